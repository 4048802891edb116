"""What a page of the console is made with: who is at the desk, which sites are theirs here, what time it is.

Routes take a `DeskDep`, those that change something a `FormDeskDep`, and answer with
`desk.page(...)` or `desk.to(...)`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from diary_app.core.catalogue import Catalogue
from diary_app.core.errors import Code, RequestRefused, XerodiaryError
from diary_app.core.study import Site
from diary_app.core.times import local_date
from server.access import sessions
from server.access.acting import Acting
from server.access.console_table import Needed, needed_for
from server.access.dependencies import StaffDep, not_allowed, require
from server.access.roles import Permission
from server.access.sessions import Staff
from server.console.areas import Asking, Counted, waiting_for
from server.console.calls.finding import forget
from server.console.dates import Calendar
from server.console.kept import drop
from server.console.marks import Mark, Watched
from server.console.pages import HOME, render
from server.console.refusals import told
from server.console.said import SAID
from server.console.snapshots import acted, snapshot
from server.db import participants
from server.db.participants import Participant
from server.dependencies import ServicesDep
from server.errors import answer_for
from server.routing import BuiltWhenAsked
from server.services import Services
from server.study_words import words_of

Result = TypeVar("Result")


@dataclass(frozen=True)
class Desk:
    """One request of somebody who is logged in. `query`: what the address asks for; `here`: that address."""

    services: Services
    staff: Staff
    needed: Needed
    now: datetime
    here: str
    query: Mapping[str, str]

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Where the permission that this route needs is theirs, in the study's order; none where it needs none."""
        return self.sites_for(self.needed) if isinstance(self.needed, Permission) else ()

    @cached_property
    def site_ids(self) -> tuple[str, ...]:
        """The ids of `sites`."""
        return tuple(site.id for site in self.sites)

    @cached_property
    def calendar(self) -> Calendar:
        """Days and times as read here: in the zone of their first site."""
        zone = (self.sites or self.services.study.sites)[0].zone
        return Calendar(self.staff.language, zone, local_date(self.now, zone))

    @cached_property
    def texts(self) -> Catalogue:
        """The words of their language."""
        return words_of(self.services.study, self.staff.language)

    @property
    def acting(self) -> Acting:
        """Who writes something down; the role is asked for in the transaction that does it."""
        return Acting(self.staff.account)

    def say(self, pattern: str, **named: object) -> str:
        """A message in their language."""
        return self.texts.text(pattern, **named)

    def may(self, permission: Permission, site: str | None = None) -> bool:
        """Whether it is theirs at the site, or without one, anywhere."""
        return self.staff.rights.may(permission, site)

    def sites_for(self, permission: Permission) -> tuple[Site, ...]:
        """Where another permission is theirs."""
        study = self.services.study
        held = self.staff.rights.sites(permission, [site.id for site in study.sites])
        return tuple(study.site(site) for site in held)

    def reading(self) -> AbstractContextManager[Connection]:
        """A snapshot to read from."""
        return snapshot(self.services.engine)

    def write(self, participant: str, work: Callable[[Connection], Result]) -> Result:
        """Do it in a transaction, with the rest of the participant's (empty: of nobody's)."""
        result = self.services.writer.run(participant, work)
        self.changed()
        return result

    def changed(self) -> None:
        """Something was written: what pages have kept is made anew."""
        acted(self.services.engine)
        forget(self.services.engine)
        drop(self.services.engine)

    def participant(self, connection: Connection, number: str) -> Participant:
        """Somebody at one of `sites`. Raises `RequestRefused` (not_found): who is elsewhere is not there at all."""
        found = participants.get(connection, number)
        if found is None or found.site not in self.site_ids:
            raise RequestRefused(
                Code.NOT_FOUND,
                "There is no such participant at your sites.",
                "Check the number.",
            )
        return found

    def site(self, wanted: str | None) -> Sequence[Site]:
        """The site that the address asks for, or all of theirs. Raises `RequestRefused` for another's."""
        if wanted and wanted not in self.site_ids:
            raise not_allowed()
        return [site for site in self.sites if not wanted or wanted == site.id]

    @property
    def again(self) -> str:
        """The page that is shown, without what it said once."""
        path, _, asked = self.here.partition("?")
        kept = [(name, value) for name, value in parse_qsl(asked, keep_blank_values=True) if name != "said"]
        return f"{path}?{urlencode(kept)}" if kept else path

    def page(
        self, template: str, *, refusal: XerodiaryError | None = None, watched: Watched | None = None, **values: Any
    ) -> HTMLResponse:
        """The page; with `refusal`, what was wrong stands at its top and what was typed is kept by the template.

        `watched`: what the page asks about while it is open; one that was refused asks nothing.
        """
        counted = waiting_for(Asking(self.services, self.staff, self.now, self.calendar.today))
        return render(
            template, self.services, self.staff.language, waiting={path: one.number for path, one in counted.items()},
            news=self._news(watched, counted) if watched and not refusal else None,
            staff=self.staff, status=answer_for(refusal)[1] if refusal else 200, desk=self, here=self.here,
            refusal=told(refusal, self.texts) if refusal else None,
            said=SAID.get(self.query.get("said", "")), calendar=self.calendar, **values,
        )  # fmt: skip

    def _news(self, watched: Watched, counted: Mapping[str, Counted]) -> Mapping[str, str]:
        """For the script: where to ask, and as of when all of the page is, the rail included."""
        mark = reduce(Mark.or_older, [one.mark for one in counted.values()], watched.mark)
        return {
            "address": watched.address, "mark": mark.token(self.services, self.staff.account),
            "at": str(int(mark.at.timestamp() * 1000)), "day": self.calendar.today.isoformat(),
            "time": self.calendar.time(mark.at),
        }  # fmt: skip

    def to(self, path: str, said: str = "", **query: object) -> Response:
        """After a form: go to a page, which says what was done (a key of `SAID`)."""
        asked = {name: str(value) for name, value in query.items()} | ({"said": said} if said else {})
        return RedirectResponse(f"{path}?{urlencode(asked)}" if asked else path, 303)


def desk_of(request: Request, services: ServicesDep, staff: StaffDep) -> Desk:
    """The desk of whoever may do what the route is for. Raises `RequestRefused` (not_allowed)."""
    here = _here(request)
    needed = _needed(request)
    return Desk(services, staff, needed, services.environment.now(), here, request.query_params)


def gate(request: Request, staff: StaffDep) -> None:
    """For every route of the console but the door. Raises `RequestRefused` (not_allowed), `NotLoggedIn`."""
    needed = _needed(request)
    if isinstance(needed, Permission):
        require(staff, needed)


def routes() -> APIRouter:
    """A router for pages behind the gate."""
    return APIRouter(
        prefix="/console", include_in_schema=False, dependencies=[Depends(gate)], route_class=BuiltWhenAsked
    )


def form_desk_of(desk: Annotated[Desk, Depends(desk_of)], csrf: Annotated[str, Form()] = "") -> Desk:
    """The same for a form that was made for this log-in. Raises `RequestRefused` (not_allowed)."""
    sessions.check_csrf(desk.staff, csrf)
    return desk


DeskDep = Annotated[Desk, Depends(desk_of)]
FormDeskDep = Annotated[Desk, Depends(form_desk_of)]


def _here(request: Request) -> str:
    """The page that is shown: of a form that was refused, the one above it that can be opened by its address."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    path, declared = request.url.path.split("/"), request.scope["route"].path.split("/")
    while len(path) > 2 and needed_for("GET", "/".join(declared)) is None:
        path, declared = path[:-1], declared[:-1]
    return "/".join(path) if len(path) > 2 else HOME


def _needed(request: Request) -> Needed:
    needed = needed_for(request.method, request.scope["route"].path)
    if needed is None:
        raise not_allowed()  # a route that nobody has put into the table
    return needed
