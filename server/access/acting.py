"""Who records something, and in which role they do it: asked for in the transaction that writes it down."""

from dataclasses import dataclass

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.access.rights import Right, rights_of
from server.access.roles import HOLDERS, Permission, Role
from server.db.site_facts import EVERYWHERE

#: The role of whoever types commands on the server: no account, but the machine and its database.
OPERATOR = "operator"


@dataclass(frozen=True)
class Acting:
    """`author`: id of an account, or what stands for it in the trail where somebody types at the server itself."""

    author: str
    is_operator: bool = False


def role_of(connection: Connection, who: Acting, permission: Permission, site: str) -> str:
    """In which role they may do this at the site, by their rights now. Raises `RequestRefused` (not_allowed)."""
    if who.is_operator:
        return OPERATOR
    held = {right.role for right in rights_of(connection, who.author).held if _gives(right, permission, site)}
    if not held:
        raise RequestRefused(
            Code.NOT_ALLOWED, "Your role does not include this.", "Ask somebody at the site whose role does."
        )
    return next(role for role in Role if role in held).value


def _gives(right: Right, permission: Permission, site: str) -> bool:
    return right.role in HOLDERS[permission] and right.site in (site, EVERYWHERE)
