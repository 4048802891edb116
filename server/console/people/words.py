"""What roles, states of accounts and browsers are called."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from diary_app.core.catalogue import message
from server.access.rights import Right
from server.access.roles import Role
from server.console.desk import Desk
from server.db.log_ins import Session
from server.db.site_facts import EVERYWHERE

ROLES: Mapping[Role, str] = {
    Role.COORDINATOR: message("coordinator"),
    Role.INVESTIGATOR: message("investigator"),
    Role.MONITOR: message("monitor"),
    Role.SPONSOR: message("sponsor"),
    Role.ADMINISTRATOR: message("administrator"),
    Role.EXPORTER: message("exporter of answers"),
}
#: What a role opens, for whoever gives it.
MEANINGS: Mapping[Role, str] = {
    Role.COORDINATOR: message("looks after participants, sees states and no answers"),
    Role.INVESTIGATOR: message("sees answers, approves corrections, locks and signs"),
    Role.MONITOR: message("sees and exports states, reads the trail; no answers, no contact data, no changes"),
    Role.SPONSOR: message("sees and exports states, reads the trail; no answers, no contact data, no changes"),
    Role.ADMINISTRATOR: message("looks after accounts and the server, sees no participant"),
    Role.EXPORTER: message("may hand out files with answers"),
}


class Standing(StrEnum):
    """How an account stands."""

    OPEN = "open"
    INVITED = "invited"
    RUN_OUT = "run_out"
    WITHOUT_LINK = "without_link"
    CLOSED = "closed"


STANDINGS: Mapping[Standing, str] = {
    Standing.OPEN: message("in use"),
    Standing.INVITED: message("invited"),
    Standing.RUN_OUT: message("invitation has run out"),
    Standing.WITHOUT_LINK: message("never logged in"),
    Standing.CLOSED: message("closed"),
}


def standing_of(desk: Desk, standing: Standing, waits_until: datetime | None) -> str:
    """In use; and until when whoever typed a wrong password or code may have to wait."""
    words = desk.say(STANDINGS[standing])
    if waits_until is None:
        return words
    # The next whole minute: never one that is still too early.
    whole = waits_until.replace(second=0, microsecond=0) + timedelta(minutes=1)
    waits = desk.say("may have to wait until {moment} after wrong log-ins", moment=desk.calendar.moment(whole))
    return f"{words}; {waits}"


def site_name(desk: Desk, site: str) -> str:
    """The site's name, or that it is all of them."""
    if site == EVERYWHERE:
        return desk.say("all sites")
    return next((one.name for one in desk.services.study.sites if one.id == site), site)


def role_at(desk: Desk, right: Right) -> str:
    """Coordinator, Copenhagen."""
    return f"{desk.say(ROLES[right.role])}, {site_name(desk, right.site)}"


def roles_of(desk: Desk, held: Iterable[Right]) -> str:
    """All of them, or a dash."""
    return "; ".join(role_at(desk, right) for right in sorted(held)) or "–"


def browser(desk: Desk, session: Session) -> str:
    """Firefox on Windows."""
    if session.browser and session.system:
        return desk.say("{browser} on {system}", browser=session.browser, system=session.system)
    return session.browser or session.system or desk.say("Another browser")


def moment(desk: Desk, at: datetime | None) -> str:
    """Day and time, or a dash."""
    return desk.calendar.moment(at) if at else "–"
