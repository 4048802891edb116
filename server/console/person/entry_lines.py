"""The entries of a month as lines of a table; what was answered stands apart, for whoever may read it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from diary_app.core.anchors import add_months
from diary_app.core.entries import BY_STAFF, Mode
from diary_app.core.instruments import Item
from diary_app.resources import catalogue, instrument
from server.console.person.clock import lasted
from server.console.person.coded import capital, coded
from server.console.person.entries import Stands, Version
from server.console.person.person import Person
from server.trail.fields import TrailRow

_DAY_NAMED = re.compile(r"\{weekday\}\W*\{date\}")


@dataclass(frozen=True)
class Value:
    """One answer. `trail`: every change of it, oldest first."""

    item: str
    text: str
    is_corrected: bool
    trail: tuple[TrailRow, ...]


@dataclass(frozen=True)
class Line:
    """One version. Empty texts where nobody may read what it says, or it cannot be read."""

    id: str
    anchor: str
    day: str
    questionnaire: str
    version: str
    stands: str
    saved: str
    received: str
    lag: str
    timeliness: str
    mode: str
    filled_by: str
    app: str
    corrected: str
    values: tuple[Value, ...] = ()
    trail: tuple[TrailRow, ...] = ()


@dataclass(frozen=True)
class Month:
    """Which entries are shown. `first`: the first of the month."""

    first: date
    others: tuple[date, ...]

    def holds(self, day: date) -> bool:
        """Whether the day is in it."""
        return self.first <= day < add_months(self.first, 1)


def month_of(person: Person, asked: str) -> Month:
    """The month that the address asks for where it has entries, else the newest that has."""
    there = sorted({one.day.replace(day=1) for one in person.versions}, reverse=True)
    wanted = next((one for one in there if f"{one:%Y-%m}" == asked), None)
    return Month(wanted or next(iter(there), person.today.replace(day=1)), tuple(there))


def lines(
    person: Person, month: Month, trails: Mapping[str, Sequence[TrailRow]], *, with_values: bool = False
) -> list[Line]:
    """Those of the month, newest first. `trails`: rows of the trail by the entry that they are about."""
    seen: set[date] = set()
    made = []
    for one in person.versions:
        if month.holds(one.day):
            made.append(_line(person, one, trails.get(one.id, ()), with_values, is_first=one.day not in seen))
            seen.add(one.day)
    return made


def question(person: Person, item: Item) -> str:
    """The words of a question in the reader's language, the day left open."""
    words = catalogue(person.desk.staff.language)
    return _DAY_NAMED.sub("…", words.text(item.text)) if item.text else item.short


def _line(person: Person, one: Version, trail: Sequence[TrailRow], with_values: bool, *, is_first: bool) -> Line:
    texts, calendar, body = person.desk.texts, person.calendar, one.body
    by = capital(coded(texts, body.filled_by)) if body else ""
    return Line(
        id=one.id,
        anchor=f"day-{one.day}" if is_first else "",
        day=calendar.short_day(one.day),
        questionnaire=body.instrument if body else "",
        version=str(body.revision) if body else "",
        stands=_stands(person, one),
        saved=calendar.moment(body.captured_at) if body else "",
        received=calendar.moment(one.received_at),
        lag=lasted(texts, one.lag) if one.lag is not None else "",
        timeliness=_timeliness(person, one),
        mode=capital(coded(texts, body.mode)) if body else "",
        filled_by=by,
        app=body.app_version if body else "",
        corrected=", ".join(one.corrected),
        values=tuple(_values(person, one, trail)) if with_values else (),
        trail=tuple(trail),
    )


def _stands(person: Person, one: Version) -> str:
    said = capital(person.desk.say(one.stands.value))
    return f"{said}: {coded(person.desk.texts, one.code)}" if one.code else said


def _timeliness(person: Person, one: Version) -> str:
    if one.body is None or one.stands is not Stands.COUNTS:
        return ""
    if one.is_on_time is None:
        return person.desk.say("Outside any window")
    if one.body.mode in BY_STAFF:
        return person.desk.say("On paper") if one.body.mode is Mode.PAPER else person.desk.say("Asked by staff")
    if one.is_on_time:
        return person.desk.say("On time")
    why = coded(person.desk.texts, one.body.late_reason)
    return f"{person.desk.say('Late')}: {why}" if why else person.desk.say("Late")


def _values(person: Person, one: Version, trail: Sequence[TrailRow]) -> list[Value]:
    if one.body is None:
        return []
    return [
        Value(
            item, answer(person, value), item in one.corrected,
            tuple(row for row in trail if row.field == f"answers.{item}"),
        )
        for item, value in one.body.answers.items()
    ]  # fmt: skip


def answer(person: Person, value: int | str) -> str:
    """A number, or in words why there is none."""
    return str(value) if isinstance(value, int) else coded(person.desk.texts, value)


def items_of(person: Person, shown: Sequence[Version]) -> list[tuple[str, str]]:
    """Code and words of every question that these entries answer; of a choice also what each number stands for."""
    return [(item.code, " ".join([question(person, item), *_numbered(person, item)])) for item in questions_of(shown)]


def questions_of(shown: Sequence[Version]) -> list[Item]:
    """Every question that these entries answer."""
    versions = dict.fromkeys((one.body.instrument, one.body.instrument_version) for one in shown if one.body)
    return [item for key in versions for item in instrument(*key).items]


def choices_of(person: Person, item: Item) -> dict[int, str]:
    """What each number of a choice stands for, in the reader's language; empty for a scale and for licensed words."""
    words = catalogue(person.desk.staff.language)
    return {choice.value: words.text(choice.label) for choice in item.choices if choice.label}


def _numbered(person: Person, item: Item) -> list[str]:
    found = ", ".join(f"{value} = {words}" for value, words in choices_of(person, item).items())
    return [f"({found})"] if found else []
