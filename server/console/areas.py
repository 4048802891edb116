"""The areas of the console, as the rail lists them, with how much in each waits for somebody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from server.access.console_table import Anyone, needed_for
from server.access.roles import Permission
from server.access.sessions import Staff
from server.console.calls.finding import call_list
from server.console.inbox.finding import waiting
from server.console.marks import Mark
from server.console.snapshots import snapshot
from server.incidents import log
from server.services import Services


@dataclass(frozen=True)
class Asking:
    """Who looks at the rail, and when; `today` is the date at their first site."""

    services: Services
    staff: Staff
    now: datetime
    today: date

    def sites(self, permission: Permission) -> tuple[str, ...]:
        """Where it is theirs, in the study's order."""
        return tuple(self.staff.rights.sites(permission, [site.id for site in self.services.study.sites]))


@dataclass(frozen=True)
class Counted:
    """How much waits there for whoever asks, and as of which mark."""

    number: int
    mark: Mark


#: Quick, as every page asks.
Count = Callable[[Connection, Asking], Counted]


@dataclass(frozen=True)
class Area:
    """`path`: its first page, whose line in the table says who sees it. `starts_group`: a space in the rail before it.

    `count`: how much waits there; None where nothing ever does.
    """

    path: str
    name: str
    starts_group: bool = False
    count: Count | None = None

    def is_for(self, staff: Staff) -> bool:
        """Whether they may open it."""
        needed = needed_for("GET", self.path)
        return needed is Anyone.LOGGED_IN or (isinstance(needed, Permission) and staff.rights.may(needed))

    def is_current(self, here: str) -> bool:
        """Whether a page belongs to it."""
        path = here.partition("?")[0]
        return path == self.path or (self.path != "/console/" and path.startswith(f"{self.path}/"))


def _to_call(connection: Connection, asking: Asking) -> Counted:
    sites = asking.sites(Permission.SEE_STATES)
    found = call_list(connection, asking.services.study, sites, asking.today, asking.now)
    return Counted(len(found.now), found.mark)


def _in_inbox(connection: Connection, asking: Asking) -> Counted:
    found = waiting(connection, asking.services.study, asking.sites(Permission.LOG_CONTACT), asking.now)
    return Counted(found.number, found.mark)


def _to_decide(connection: Connection, asking: Asking) -> Counted:
    """Others read the log; nothing in it waits for them."""
    is_theirs = asking.staff.rights.may(Permission.KEEP_INCIDENTS)
    number = sum(one.said.is_open for one in log.every(connection)) if is_theirs else 0
    return Counted(number, Mark(asking.now, {}))


#: In the order of the rail. A page without an area of its own names the area it belongs to by its address.
AREAS = (
    Area("/console/", message("Overview")),
    Area("/console/calls", message("Call list"), count=_to_call),
    Area("/console/inbox", message("Inbox"), count=_in_inbox),
    Area("/console/participants", message("Participants")),
    Area("/console/visits", message("Visits")),
    Area("/console/compliance", message("Compliance")),
    Area("/console/enrol", message("New participant"), starts_group=True),
    Area("/console/paper", message("Paper back-up")),
    Area("/console/rescue", message("Rescue file")),
    Area("/console/exports", message("Exports"), starts_group=True),
    Area("/console/trail", message("Trail")),
    Area("/console/study", message("Study")),
    Area("/console/health", message("System health")),
    Area("/console/incidents", message("Data breaches"), count=_to_decide),
    Area("/console/people", message("Accounts")),
    Area("/console/me", message("My account"), starts_group=True),
)


def areas_for(staff: Staff) -> tuple[Area, ...]:
    """Those that they may open; the space before a group stays although its first area is not theirs."""
    found: list[Area] = []
    is_due = False
    for area in AREAS:
        is_due |= area.starts_group
        if area.is_for(staff):
            found.append(replace(area, starts_group=is_due))
            is_due = False
    return tuple(found)


def waiting_for(asking: Asking) -> Mapping[str, Counted]:
    """By path, how much waits in those areas that they may open."""
    counted = [(area.path, area.count) for area in areas_for(asking.staff) if area.count is not None]
    if not counted:
        return {}
    with snapshot(asking.services.engine) as connection:
        return {path: count(connection, asking) for path, count in counted}
