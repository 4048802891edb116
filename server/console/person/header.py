"""What stands above every page of a participant: phase, days since each treatment, rates with n/N, and the tabs."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import HTMLResponse

from diary_app.core.anchors import Anchor, days_since
from diary_app.core.catalogue import message
from diary_app.core.compliance import ROLLING_DAYS, BothReadings, rates, rolling, tally
from server.access.roles import Permission
from server.console.marks import Watched, of_one
from server.console.person.person import Person
from server.console.person.trail_words import TrailWords

#: Path below the participant's own, title, and what is needed to open it.
TABS = (
    ("", message("Calendar"), Permission.SEE_STATES),
    ("/entries", message("Entries"), Permission.SEE_STATES),
    ("/reminders", message("Reminders"), Permission.SEE_STATES),
    ("/phone", message("Phone"), Permission.SEE_STATES),
    ("/contact", message("Contact"), Permission.SEE_STATES),
    ("/treatments", message("Treatments and status"), Permission.SEE_STATES),
    ("/corrections", message("Corrections"), Permission.SEE_STATES),
    ("/signatures", message("Signatures and locks"), Permission.SEE_STATES),
    ("/signals", message("Signals"), Permission.SEE_TRAIL),
    ("/trail", message("Trail"), Permission.SEE_TRAIL),
)
#: Pages that say when something has changed. None of them notes in the trail that somebody has looked, as pages with
#: answers do: looking again would be noted although nobody has.
WATCHED = frozenset({
    "calendar", "entries", "reminders", "phone", "contact", "treatments", "corrections", "signatures", "own_trail",
})  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """One page of the participant."""

    path: str
    title: str
    is_current: bool


@dataclass(frozen=True)
class RateLine:
    """The rates over some days, as n/N; `other` counts excused days as missed."""

    days: int
    on_time: str
    filled: str
    on_time_other: str
    filled_other: str


@dataclass(frozen=True)
class Header:
    """What the template shows."""

    number: str
    path: str
    site: str
    phase: str
    contact: str
    treatments: tuple[tuple[str, str], ...]
    rates: tuple[RateLine, ...]
    tabs: tuple[Tab, ...]
    sees_answers: bool
    approves: bool


def page(
    person: Person, template: str, tab: str = "", *, typed: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A page of the participant; `tab`: its path below the participant's own. `typed`: what a form is to keep.

    `shows`: whether this page, which can be without, has answers on it.
    """
    watches = template in WATCHED and not values.get("shows")
    watched = Watched(of_one(person.row, person.desk.now), participant=person.id) if watches else None
    return person.desk.page(
        f"person/{template}.html", head=header(person, tab), when=person.calendar,
        code=TrailWords(person.desk.texts),
        typed=defaultdict(str, typed or {}), watched=watched, **values,
    )  # fmt: skip


def header(person: Person, tab: str = "") -> Header:
    """`tab`: the path of the page that is shown, as in `TABS`."""
    return Header(
        number=person.id,
        path=person.path,
        site=person.site.name,
        phase=phase(person),
        contact=person.words.last_contact_in_full(person.last_contact),
        treatments=tuple((person.treatments[name], treatment(person, one)) for name, one in _anchors(person)),
        rates=tuple(_rate_line(person, length) for length in ROLLING_DAYS),
        tabs=tuple(
            Tab(person.path + path, title, path == tab) for path, title, needed in TABS if person.may(needed)
        ),
        sees_answers=person.may(Permission.SEE_ANSWERS),
        approves=person.may(Permission.APPROVE_CORRECTION),
    )  # fmt: skip


def phase(person: Person) -> str:
    """Where the participant stands, in words."""
    return person.words.phase(person.course, has_days=person.is_in_diary)


def treatment(person: Person, anchor: Anchor) -> str:
    """Given on Tue 10 Nov at 10:30, day 12; planned for; not given, decided; no date yet."""
    say, day = person.desk.say, person.calendar.short_day
    time = clock_time(person, anchor.actual_time)
    if anchor.actual:
        count = days_since(anchor.actual, person.today)
        given = (
            say("given {day} at {time}", day=day(anchor.actual), time=time)
            if time
            else say("given {day}, no time recorded", day=day(anchor.actual))
        )
        return f"{given} · {say('day {number}', number=count)}"
    if anchor.is_never_given and anchor.not_given:
        return say("not given, decided {day}", day=day(anchor.not_given))
    if anchor.planned is None:
        return say("no date yet")
    if time:
        return say("planned for {day} at {time}", day=day(anchor.planned), time=time)
    return say("planned for {day}", day=day(anchor.planned))


def clock_time(person: Person, wall: str | None) -> str:
    """10:30, or 10.30 as Danes write it."""
    text = wall or ""
    return text.replace(":", person.calendar.separator)


def _anchors(person: Person) -> list[tuple[str, Anchor]]:
    return list(person.course.treatments.items())


def _rate_line(person: Person, length: int) -> RateLine:
    found = rates(tally(rolling(person.graded, person.today, length), person.desk.now))
    return RateLine(length, *_both(person, found.on_time, found.on_time_or_late))


def _both(person: Person, on_time: BothReadings, filled: BothReadings) -> tuple[str, str, str, str]:
    written = person.words.fraction
    return (
        written(on_time.excused_out), written(filled.excused_out),
        written(on_time.excused_as_missed), written(filled.excused_as_missed),
    )  # fmt: skip
