"""Staff in a storm, who may do everything: rights are looked at elsewhere."""

from sqlalchemy import Connection

from server.access.acting import OPERATOR, Acting
from server.access.proving import Person as Proven
from server.access.roles import Permission

WHO = Acting("storm", is_operator=True)


class Anybody(Proven):
    """Rights are looked at elsewhere."""

    def role_for(self, connection: Connection, permission: Permission, site: str) -> str:
        """See `Person.role_for`."""
        return OPERATOR
