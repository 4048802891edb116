"""Whether somebody else of theirs is reached by the same address or number: asked before it is kept.

A slip in typing sends one person's reminders to another; a couple may share a telephone, so it can be confirmed. Only
sites whose contact details are open to whoever types are looked at: nobody learns who takes part elsewhere.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import ContactField
from server.access.roles import Permission
from server.console.desk import Desk
from server.db import contact_details

_SAID: Mapping[ContactField, str] = {
    ContactField.EMAIL: message("The same e-mail address is kept for {numbers} too."),
    ContactField.PHONE: message("The same telephone number is kept for {numbers} too."),
}
_OF_BOTH = message("The same e-mail address or telephone number is kept for {numbers} too.")
_REMEDY = message("Correct it if it was typed wrong. If they share it, as a couple may, tick that and send again.")


class SharedReach(RequestRefused):
    """Nothing is kept yet. `shared`: what the form sends along once it is confirmed, about these people alone."""

    def __init__(self, found: Mapping[ContactField, Collection[str]]) -> None:
        named = {"numbers": ", ".join(sorted({number for some in found.values() for number in some}))}
        said = _SAID[next(iter(found))] if len(found) == 1 else _OF_BOTH
        super().__init__(Code.ALREADY_EXISTS, said, _REMEDY, None, **named)
        self.shared = " ".join(sorted(f"{field}:{number}" for field, some in found.items() for number in some))


def check_not_shared(
    connection: Connection, desk: Desk, reach: Mapping[ContactField, str], *, but: str, confirmed: str
) -> None:
    """`reach`: as it is kept; `but`: whose it is; `confirmed`: what the form sent along. Raises `SharedReach`."""
    sites = [site.id for site in desk.sites_for(Permission.SEE_CONTACT_DETAILS)]
    shared = contact_details.shared(connection, reach, sites=sites, but=but)
    if shared and (refusal := SharedReach(shared)).shared != confirmed:
        raise refusal


def to_confirm(refusal: RequestRefused | None) -> str:
    """The value of the tick that confirms; empty where nothing is asked."""
    return refusal.shared if isinstance(refusal, SharedReach) else ""
