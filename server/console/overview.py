"""The overview page: what is read, for which sites, and how it is asked for in the address."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urlencode

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.study import Site, Study
from diary_app.core.times import local_date
from diary_app.resources import instruments
from server.access.dependencies import not_allowed
from server.access.roles import Permission
from server.console import reckoning
from server.console.calls.finding import call_list
from server.console.calls.words import CallWords
from server.console.dates import Calendar
from server.console.desk import Desk
from server.console.drawer import STRIP_WIDTH, Drawer, Span, first_of_year
from server.console.heatmap import LISTED_DAYS, Line, Overview
from server.console.marks import Mark, Watched, of_sites
from server.console.overview_file import as_file
from server.console.pages import HOME
from server.console.phases import phases
from server.console.signs import Sign
from server.console.strips import BARS, months
from server.console.viewer import Viewer
from server.console.words import LANGUAGE_NAMES, Words
from server.db.gaps import with_state
from server.db.overview import seen, unused_codes
from server.services import Services
from server.study_words import words_of

LICENCE_ENDS = message(
    "The licence for {questionnaire} in {language} ends on {day}. Phones offer the questionnaire until then."
)
LICENCE_ENDED = message(
    "The licence for {questionnaire} in {language} ended on {day}. Phones no longer offer the questionnaire."
)
CALLS_SHOWN = 3
#: Of those whose evening is open; one more line would push the calls down.
NAMED = 12
#: Of one page.
ROWS = 50


@dataclass(frozen=True)
class Calls:
    """How many are on the call list, and the first of them with why; as of `mark`."""

    number: int
    first: tuple[tuple[str, str], ...]
    mark: Mark


class Shown(BaseModel):
    """What the address asks for: one site or all, one state or phase or all, how many days, and whether as a file."""

    model_config = ConfigDict(frozen=True)

    site: str | None = None
    state: Sign | None = None
    phase: str | None = None
    days: Span = Span.FOUR_WEEKS
    page: int = Field(default=1, ge=1, le=99_999)
    csv: int = 0

    @property
    def is_narrowed(self) -> bool:
        """Whether rows are left out."""
        return self.state is not None or self.phase is not None

    def address(self, **changes: object) -> str:
        """The page with something else shown; what is as usual stays out of the address."""
        wanted = self.model_copy(update={"page": 1, "csv": 0, **changes})
        usual = Shown()
        asked = {name: value for name, value in wanted if value != getattr(usual, name)}
        return HOME + (f"?{urlencode({name: str(value) for name, value in asked.items()})}" if asked else "")


def page(desk: Desk, allowed: Sequence[str], shown: Shown) -> Response:
    """The page for the sites that are allowed. Raises `RequestRefused` for another, and for a phase that is none."""
    study, now = desk.services.study, desk.now
    sites = _sites(study, allowed, shown.site)
    named = phases(study, desk.texts, desk.staff.language)
    if shown.phase is not None and shown.phase not in named:
        raise _unknown_phase()
    calendar = Calendar(desk.staff.language, sites[0].zone, local_date(now, sites[0].zone))
    is_year = shown.days is Span.YEAR
    with desk.reading() as connection:
        names = [site.id for site in sites]
        mark = of_sites(connection, names, now)
        length = LISTED_DAYS + 1 if is_year else shown.days
        found = reckoning.read(connection, study, names, calendar.today, length, now)
        lines = _narrowed(found.overview.lines, shown, calendar, _among(connection, study, names, shown, calendar))
        if shown.csv:
            return as_file(connection, desk, lines, calendar, shown.days)
        viewer = _viewer(study, calendar, unused_codes_of(connection, found.overview))
        drawer = Drawer(connection, desk, viewer, calendar, found.kept)
        rows = drawer.rows(lines[(shown.page - 1) * ROWS : shown.page * ROWS], is_year=is_year)
        calls = _calls(connection, desk, names, calendar)
    return desk.page(
        "overview.html",
        shown=shown,
        spans=tuple(Span),
        phases=named,
        own_sites=[study.site(site) for site in allowed],
        sites=sites,
        as_of=calendar.time_with_zone(now),
        today=calendar.day(calendar.today),
        licences=_licences(desk.services, calendar),
        view=viewer.view(found.overview, now),
        rows=rows,
        pages=max(1, -(-len(lines) // ROWS)),
        months=months(first_of_year(calendar), Span.YEAR, calendar) if is_year else (),
        strip_width=STRIP_WIDTH,
        bars=BARS,
        calls=calls,
        undecided=_undecided(desk, found.overview),
        not_in=_not_in(found.overview),
        open_now=found.overview.latest.open if found.overview.latest else 0,
        watched=Watched(mark.or_older(calls.mark), site=shown.site),
    )


def _not_in(overview: Overview) -> list[str]:
    """The first of those whose evening is still open; the map shows all of them."""
    if overview.latest is None or not overview.latest.open:
        return []
    day = overview.latest.day
    waiting = (
        line.participant.id
        for line in overview.lines
        if any(cell.day == day and cell.sign is Sign.OPEN for cell in line.cells[-2:])
    )
    return list(islice(waiting, NAMED))


def _unknown_phase() -> RequestRefused:
    return RequestRefused(
        Code.REQUEST_INVALID,
        "The request cannot be understood: {places}.",
        "Correct what is named and send it again.",
        places="query.phase",
    )


def _narrowed(lines: Sequence[Line], shown: Shown, calendar: Calendar, among: Collection[str] | None) -> Sequence[Line]:
    """The rows that the address asks for. `among`: who shows the state in a year."""
    if among is not None:
        lines = [line for line in lines if line.participant.id in among]
    elif shown.state is not None:
        lines = [line for line in lines if shown.state in line.signs]
    if shown.phase is not None:
        lines = [line for line in lines if line.course.phase(calendar.today) == shown.phase]
    return lines


def _licences(services: Services, calendar: Calendar) -> list[str]:
    """What there is to know about licences that end, in words."""
    texts = words_of(services.study, calendar.language)
    found = services.licensed.endings(services.study, instruments(), calendar.today)
    return [
        texts.text(
            LICENCE_ENDED if one.last_day < calendar.today else LICENCE_ENDS,
            questionnaire=f"{one.key.instrument} {one.key.version}", day=calendar.day(one.last_day),
            language=texts.text(LANGUAGE_NAMES.get(one.key.language, one.key.language)),
        )
        for one in found
    ]  # fmt: skip


def _sites(study: Study, allowed: Sequence[str], wanted: str | None) -> list[Site]:
    if wanted is not None and wanted not in allowed:
        raise not_allowed()
    return [study.site(site) for site in allowed if wanted in (None, site)]


def _viewer(study: Study, calendar: Calendar, codes: dict[str, datetime]) -> Viewer:
    texts = words_of(study, calendar.language)
    treatments = {anchor.id: anchor.label.get(calendar.language, anchor.id) for anchor in study.anchors}
    return Viewer(texts, calendar, Words(texts, calendar, treatments), codes)


def unused_codes_of(connection: Connection, found: Overview) -> dict[str, datetime]:
    """Until when unused codes can be used."""
    return unused_codes(connection, [person.id for person in found.never_activated])


def _among(
    connection: Connection, study: Study, sites: Sequence[str], shown: Shown, calendar: Calendar
) -> Collection[str] | None:
    """Who shows the state in a year; None where the cells that were read say it."""
    if shown.state is None or shown.days is not Span.YEAR:
        return None
    undecided = shown.state is Sign.UNDECIDED
    instrument, since = study.diary.instrument, first_of_year(calendar)
    return with_state(connection, sites, instrument, shown.state.value, since, undecided=undecided)


def _undecided(desk: Desk, found: Overview) -> list[str]:
    """Whose days wait for the inbox; nobody for whoever may not decide there."""
    may = {site.id for site in desk.sites_for(Permission.SETTLE_SET_ASIDE)}
    there = [line for line in found.lines if line.participant.site in may]
    return [line.participant.id for line in there if any(cell.waits_in_inbox for cell in line.cells)]


def _calls(connection: Connection, desk: Desk, sites: Sequence[str], calendar: Calendar) -> Calls:
    listed = call_list(connection, desk.services.study, sites, calendar.today, desk.now)
    found = listed.now
    words = CallWords(desk.texts, calendar, desk.services.study)
    about = seen(connection, [one.participant for one in found[:CALLS_SHOWN]])
    reasons = [(one.participant, words.reason(one, about[one.participant][1])) for one in found[:CALLS_SHOWN]]
    return Calls(len(found), tuple(reasons), listed.mark)
