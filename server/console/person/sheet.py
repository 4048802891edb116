"""The sheet before a visit, for paper: states since the last visit, what is open and due; never a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import Response

from diary_app.core.compliance import GradedDay, closed, rates, tally
from diary_app.core.grading import State
from server.console.desk import DeskDep, routes
from server.console.person.coded import capital, coded
from server.console.person.header import page
from server.console.person.months import cell_of
from server.console.person.person import Person, person_at
from server.console.person.phone import active
from server.console.person.visits import unsettled
from server.console.signs import Sign, sign_of
from server.console.words import SIGNS
from server.db import quarantine
from server.intake.corrected import corrections_of
from server.intake.safety import open_of

_FIRST_LOOK = timedelta(days=28)
_IN_ORDER = (Sign.DONE, Sign.LATE, Sign.MISSED, Sign.UNKNOWN, Sign.UNDECIDED, Sign.EXCUSED)
router = routes()


@dataclass(frozen=True)
class Since:
    """The days since the last visit: how many of each state, and each that was not filled in."""

    day: str
    why: str
    counts: tuple[tuple[str, str, int], ...]
    gaps: tuple[tuple[str, str], ...]
    filled: str
    on_time: str


@router.get("/participants/{participant}/sheet")
def show_sheet(desk: DeskDep, participant: str) -> Response:
    """One page of A4."""
    with person_at(desk, participant) as person:
        return page(
            person, "sheet", since=since_last_visit(person), questions=_questions(person),
            visits=unsettled(person), phone=_phone(person),
        )  # fmt: skip


def since_last_visit(person: Person) -> Since:
    """From the last treatment that was given, else of four weeks."""
    given = [one for one in person.course.treatments.values() if one.actual and one.actual < person.today]
    last = max(given, key=lambda one: one.actual or date.min, default=None)
    first = last.actual if last and last.actual else person.today - _FIRST_LOOK
    rows = [row for row in person.rows if first <= row.diary_day < person.today]
    graded = [one for one in person.graded if first <= one.day < person.today]
    over = closed(graded, person.desk.now)
    found = rates(tally(graded, person.desk.now))
    gaps = [
        (person.calendar.short_day(row.diary_day), person.words.state(cell_of(row, person)))
        for row in rows
        if person.states[row.diary_day] in (State.MISSED, State.UNKNOWN, State.EXCUSED)
    ]
    return Since(
        day=person.calendar.day(first),
        why=person.treatments[last.id] if last else person.desk.say("the last four weeks"),
        counts=(*_counts(person, [sign_of(one.state, one.reason) for one in over]), *_still_open(person, graded)),
        gaps=tuple(gaps),
        filled=_written(person, found.on_time_or_late.excused_out.n, found.on_time_or_late.excused_out.of,
                        found.on_time_or_late.excused_as_missed.of),
        on_time=_written(person, found.on_time.excused_out.n, found.on_time.excused_out.of,
                         found.on_time.excused_as_missed.of),
    )  # fmt: skip


def _counts(person: Person, signs: Sequence[Sign]) -> list[tuple[str, str, int]]:
    """How many closed days there are of each sign: the same days as the rates beside them are of."""
    return [(one.value, capital(person.desk.say(SIGNS[one])), signs.count(one)) for one in _IN_ORDER]


def _still_open(person: Person, graded: Sequence[GradedDay]) -> list[tuple[str, str, int]]:
    """Evenings that can still be filled in or changed, with an entry or without; no line when there are none."""
    expected = [one for one in graded if one.state not in (State.NOT_EXPECTED, State.EXTRA)]
    number = sum(one.late_until is not None and one.late_until > person.desk.now for one in expected)
    words = person.desk.say("Not over yet")
    return [(State.OPEN.value, words, number)] if number else []


def _written(person: Person, n: int, of: int, of_all: int) -> str:
    said = f"{n}/{of}"
    if of == of_all:
        return said
    return f"{said} · {person.desk.say('{n}/{of} with excused days counted as missed', n=n, of=of_all)}"


def _questions(person: Person) -> list[str]:
    """What is open and can be settled when the participant is here."""
    say, texts = person.desk.say, person.desk.texts
    found = [
        say("{what} since {day}: is it handled in the safety system?", what=capital(coded(texts, one.kind)),
            day=person.calendar.short_day(one.first))
        for one in open_of(person.id, person.row.site, person.facts)
    ]  # fmt: skip
    found += [
        say("Correction of {day}: {state}", day=person.calendar.short_day(one.wanted.diary_day),
            state=coded(texts, one.state))
        for one in corrections_of(person.connection, person.id) if one.is_open
    ]  # fmt: skip
    aside = len(quarantine.unresolved(person.connection, [person.id]))
    if aside:
        found.append(texts.count("{number} thing is set aside", "{number} things are set aside", aside))
    return found


def _phone(person: Person) -> list[tuple[str, str]]:
    device, say = active(person), person.desk.say
    if device is None:
        return [(say("Phone"), say("none is active"))]
    state = say("in doubt") if device.doubtful else capital(coded(person.desk.texts, device.state))
    return [
        (say("Phone"), state),
        (say("Last contact"), person.words.last_contact_in_full(device.last_seen_at)),
        (say("Entries that it said it still held"), str(device.pending)),
        (say("App version"), device.app_version or "–"),
    ]
