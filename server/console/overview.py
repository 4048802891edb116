"""The overview page: what is read, for which sites, and how it is asked for in the address."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from itertools import groupby
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.grading import State
from diary_app.core.study import Site, Study
from diary_app.core.times import local_date
from diary_app.resources import catalogue, instruments
from server.access.dependencies import not_allowed
from server.console import heatmap
from server.console.calls.finding import call_list
from server.console.calls.words import CallWords
from server.console.course import KINDS, Course, course
from server.console.dates import Calendar
from server.console.desk import Desk
from server.console.heatmap import LISTED_DAYS, Overview, days_needed, without_days
from server.console.marks import Mark, Watched, of_sites
from server.console.pages import DOMAIN, HOME, cell_drawer
from server.console.strips import BARS, DAY_WIDTH, Strip, months, places, strip
from server.console.viewer import ROWS, Viewer
from server.console.words import LANGUAGE_NAMES, STATES, Words
from server.db import staff_facts
from server.db.gaps import evenings_of, with_state
from server.db.overview import ListedParticipant, days_at, diary_spans, participants_at, seen, unused_codes
from server.intake.known import fact_from_row
from server.services import Services

LICENCE_ENDS = message(
    "The licence for {questionnaire} in {language} ends on {day}. Phones offer the questionnaire until then."
)
LICENCE_ENDED = message(
    "The licence for {questionnaire} in {language} ended on {day}. Phones no longer offer the questionnaire."
)
CALLS_SHOWN = 3
#: Twenty pages of them, about ten megabytes.
_STRIPS_KEPT = 1000


@dataclass(frozen=True)
class Calls:
    """How many are on the call list, and the first of them with why; as of `mark`."""

    number: int
    first: tuple[tuple[str, str], ...]
    mark: Mark


class Span(IntEnum):
    """How many days the heat map can show."""

    TWO_WEEKS = 14
    FOUR_WEEKS = 28
    EIGHT_WEEKS = 56
    YEAR = 365


class Shown(BaseModel):
    """What the address asks for: one site or all, one state or all, and how many days."""

    model_config = ConfigDict(frozen=True)

    site: str | None = None
    state: State | None = None
    days: Span = Span.FOUR_WEEKS
    page: int = Field(default=1, ge=1, le=99_999)

    def address(self, **changes: object) -> str:
        """The page with something else shown; what is as usual stays out of the address."""
        wanted = self.model_copy(update={"page": 1, **changes})
        usual = Shown()
        asked = {name: value for name, value in wanted if value != getattr(usual, name)}
        return HOME + (f"?{urlencode({name: str(value) for name, value in asked.items()})}" if asked else "")


def page(desk: Desk, allowed: Sequence[str], shown: Shown) -> HTMLResponse:
    """The page for the sites that are allowed. Raises `RequestRefused` for another."""
    study, now = desk.services.study, desk.now
    sites = _sites(study, allowed, shown.site)
    calendar = Calendar(desk.staff.language, sites[0].zone, local_date(now, sites[0].zone))
    is_year = shown.days is Span.YEAR
    with desk.reading() as connection:
        names = [site.id for site in sites]
        mark = of_sites(connection, names, now)
        found = read(connection, study, names, calendar, LISTED_DAYS + 1 if is_year else shown.days, now)
        view = _viewer(study, calendar, codes_of(connection, found)).view(
            found, shown.state, now, shown.page, _among(connection, study, names, shown, calendar)
        )
        strips = _strips(connection, desk, [row.number for row in view.rows]) if is_year else {}
        calls = _calls(connection, desk, names, calendar)
    return desk.page(
        "overview.html",
        shown=shown,
        spans=tuple(Span),
        own_sites=[study.site(site) for site in allowed],
        sites=sites,
        as_of=calendar.time_with_zone(now),
        today=calendar.day(calendar.today),
        licences=_licences(desk.services, calendar),
        drawn=cell_drawer(),
        view=view,
        pages=max(1, -(-view.found // ROWS)),
        strips=strips,
        months=months(_first_of_year(calendar), Span.YEAR, calendar) if is_year else (),
        strip_width=Span.YEAR * DAY_WIDTH,
        bars=BARS,
        calls=calls,
        watched=Watched(mark.or_older(calls.mark), site=shown.site),
    )


def _licences(services: Services, calendar: Calendar) -> list[str]:
    """What there is to know about licences that end, in words."""
    texts = catalogue(calendar.language, DOMAIN)
    found = services.licensed.endings(services.study, instruments(), calendar.today)
    return [
        texts.text(
            LICENCE_ENDED if one.last_day < calendar.today else LICENCE_ENDS,
            questionnaire=f"{one.key.instrument} {one.key.version}", day=calendar.day(one.last_day),
            language=texts.text(LANGUAGE_NAMES.get(one.key.language, one.key.language)),
        )
        for one in found
    ]  # fmt: skip


def read(
    connection: Connection, study: Study, sites: Sequence[str], calendar: Calendar, length: int, now: datetime
) -> Overview:
    """Everything the page shows, with a handful of queries however many participants there are."""
    today, instrument = calendar.today, study.diary.instrument
    people = participants_at(connection, sites)
    days = days_at(connection, sites, instrument, today - timedelta(days=days_needed(length) - 1), today)
    known = courses(connection, study, people, without_days(people, days), now)
    return heatmap.overview(people, days, today, length, now, known)


def courses(
    connection: Connection, study: Study, people: Sequence[ListedParticipant], without: Sequence[str], now: datetime
) -> dict[str, Course]:
    """Where each of them stands. `without`: those whose diary has no day in what was read."""
    spans = diary_spans(connection, without, study.diary.instrument) if without else {}
    rows = staff_facts.of_kinds(connection, [person.id for person in people], KINDS)
    facts = {who: map(fact_from_row, list(theirs)) for who, theirs in groupby(rows, key=lambda row: row.participant)}
    return {person.id: course(study, facts.get(person.id, ()), now, spans.get(person.id)) for person in people}


def _sites(study: Study, allowed: Sequence[str], wanted: str | None) -> list[Site]:
    if wanted is not None and wanted not in allowed:
        raise not_allowed()
    return [study.site(site) for site in allowed if wanted in (None, site)]


def _viewer(study: Study, calendar: Calendar, codes: dict[str, datetime]) -> Viewer:
    texts = catalogue(calendar.language, DOMAIN)
    treatments = {anchor.id: anchor.label.get(calendar.language, anchor.id) for anchor in study.anchors}
    return Viewer(texts, calendar, Words(texts, calendar, treatments), codes)


def codes_of(connection: Connection, found: Overview) -> dict[str, datetime]:
    """Until when unused codes can be used."""
    return unused_codes(connection, [person.id for person in found.never_activated])


def _among(
    connection: Connection, study: Study, sites: Sequence[str], shown: Shown, calendar: Calendar
) -> Collection[str] | None:
    """Who shows the state in a year; None where the cells that were read say it."""
    if shown.state is None or shown.days is not Span.YEAR:
        return None
    return with_state(connection, sites, study.diary.instrument, shown.state, _first_of_year(calendar))


def _first_of_year(calendar: Calendar) -> date:
    return calendar.today - timedelta(days=Span.YEAR - 1)


def _strips(connection: Connection, desk: Desk, people: Sequence[str]) -> dict[str, Strip]:
    first, today = _first_of_year(desk.calendar), desk.calendar.today
    packed = evenings_of(connection, people, desk.services.study.diary.instrument, first, today, desk.now)
    return {who: _strip(days, first, desk.staff.language) for who, days in packed}


@lru_cache(maxsize=_STRIPS_KEPT)
def _strip(packed: str, first: date, language: str) -> Strip:
    """Drawn once as long as no day of it changes: it follows from the days and the language alone."""
    texts = catalogue(language, DOMAIN)

    def words(counted: Counter[State]) -> str:
        return ", ".join(f"{counted[state]} {texts.text(STATES[state])}" for state in BARS if counted[state])

    return strip(packed, places(first, Span.YEAR), words)


def _calls(connection: Connection, desk: Desk, sites: Sequence[str], calendar: Calendar) -> Calls:
    listed = call_list(connection, desk.services.study, sites, calendar.today, desk.now)
    found = listed.now
    words = CallWords(desk.texts, calendar, desk.services.study)
    about = seen(connection, [one.participant for one in found[:CALLS_SHOWN]])
    reasons = [(one.participant, words.reason(one, about[one.participant][1])) for one in found[:CALLS_SHOWN]]
    return Calls(len(found), tuple(reasons), listed.mark)
