"""The areas of the console, as the rail lists them, with how much in each waits for somebody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from server.access.console_table import Anyone, needed_for
from server.access.roles import Permission
from server.access.sessions import Staff

#: How much waits at those sites, for whoever asks.
Count = Callable[[Connection, Sequence[str]], int]


@dataclass(frozen=True)
class Area:
    """`path`: its first page, whose line in the table says who sees it. `group`: a space in the rail before it."""

    path: str
    name: str
    starts_group: bool = False

    def is_for(self, staff: Staff) -> bool:
        """Whether they may open it."""
        needed = needed_for("GET", self.path)
        return needed is Anyone.LOGGED_IN or (isinstance(needed, Permission) and staff.rights.may(needed))

    def is_current(self, here: str) -> bool:
        """Whether a page belongs to it."""
        path = here.partition("?")[0]
        return path == self.path or (self.path != "/console/" and path.startswith(f"{self.path}/"))


#: In the order of the rail. A page without an area of its own names the area it belongs to by its address.
AREAS = (
    Area("/console/", message("Overview")),
    Area("/console/participants", message("Participants")),
    Area("/console/trail", message("Trail")),
    Area("/console/enrol", message("New participant"), starts_group=True),
    Area("/console/paper", message("Paper back-up")),
    Area("/console/rescue", message("Rescue file")),
    Area("/console/study", message("Study"), starts_group=True),
)


def areas_for(staff: Staff) -> tuple[Area, ...]:
    """Those that they may open."""
    return tuple(area for area in AREAS if area.is_for(staff))
