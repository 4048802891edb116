"""Who records something, and in which role they do it: asked for in the transaction that writes it down."""

from dataclasses import dataclass

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.access.rights import rights_in_use
from server.access.roles import Permission

#: The role of whoever types commands on the server: no account, but the machine and its database.
OPERATOR = "operator"


@dataclass(frozen=True)
class Acting:
    """`author`: id of an account, or what stands for it in the trail where somebody types at the server itself."""

    author: str
    is_operator: bool = False


def may(connection: Connection, who: Acting, permission: Permission, site: str) -> bool:
    """Whether this is theirs at the site as well, by their rights now."""
    return who.is_operator or rights_in_use(connection, who.author).may(permission, site)


def role_of(connection: Connection, who: Acting, permission: Permission, site: str) -> str:
    """In which role they may do this at the site, by their rights now. Raises `RequestRefused` (not_allowed)."""
    if who.is_operator:
        return OPERATOR
    role = rights_in_use(connection, who.author).role_for(permission, site)
    if role is None:
        raise RequestRefused(
            Code.NOT_ALLOWED, "Your role does not include this.", "Ask somebody at the site whose role does."
        )
    return role.value
