"""The calendar of a participant: a table a month, each day with the shape of its state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from diary_app.core.anchors import add_months
from diary_app.core.entries import BY_STAFF
from diary_app.core.grading import State
from diary_app.core.locks import is_locked
from server.console.heatmap import Cell
from server.console.person.person import Person
from server.console.words import TYPED
from server.db.days import ExpectedDay

_WEEK = 7


@dataclass(frozen=True)
class Day:
    """One day; without `number` a place before or after the month."""

    number: int = 0
    shape: str = ""
    classes: str = ""
    words: str = ""
    link: str = ""


@dataclass(frozen=True)
class Month:
    """`weeks` begin on Monday, each with its number."""

    name: str
    weeks: tuple[tuple[int, tuple[Day, ...]], ...]


def weekdays(person: Person) -> list[tuple[str, str]]:
    """Initial and name of Monday to Sunday."""
    monday = date(2026, 11, 23)
    days = [monday + timedelta(days=number) for number in range(_WEEK)]
    return [(person.calendar.initial(day), person.calendar.weekday(day)) for day in days]


@dataclass(frozen=True)
class Months:
    """Every month with a day of the diary or a treatment. `back`: from this one; `coming`: the next first."""

    back: tuple[Month, ...]
    coming: tuple[Month, ...]


def months(person: Person) -> Months:
    """The calendar of a participant."""
    made, this = _Months(person), person.today.replace(day=1)
    shown = sorted({day.replace(day=1) for day in made.days})
    back, coming = [one for one in shown if one <= this], [one for one in shown if one > this]
    return Months(tuple(map(made.month, reversed(back))), tuple(map(made.month, coming)))


class _Months:
    def __init__(self, person: Person) -> None:
        self._person = person
        self._rows = {row.diary_day: row for row in person.rows}
        self._treated = person.course.treatments_by_day
        self._with_entry = {one.day for one in person.versions}
        self._typed = {one.day: one.mode for one in person.graded if one.mode and one.mode in BY_STAFF}
        self.days = (
            [day for day, row in self._rows.items() if person.states[day] is not State.NOT_EXPECTED or row.reason]
            + list(self._treated)
            + [person.today]
        )

    def month(self, first: date) -> Month:
        after = add_months(first, 1)
        days = [first + timedelta(days=number) for number in range((after - first).days)]
        return Month(self._person.calendar.month_and_year(first), tuple(self._weeks(days)))

    def _weeks(self, days: list[date]) -> Iterator[tuple[int, tuple[Day, ...]]]:
        for number, inside in groupby(days, key=lambda day: day.isocalendar().week):
            week = [(day.weekday(), self._day(day)) for day in inside]
            placed = dict(week)
            yield number, tuple(placed.get(place, Day()) for place in range(_WEEK))

    def _day(self, day: date) -> Day:
        person, cell = self._person, self._cell(day)
        words = f"{person.calendar.day(day)}: {person.words.state(cell)}"
        if cell.treatment:
            words += f". {person.words.treatment(cell)}"
        if mode := self._typed.get(day):
            words += f". {person.desk.say(TYPED[mode])}"
        locked = is_locked(person.facts, day)
        if locked:
            words += f". {person.desk.say('locked')}"
        marks = (
            ("treatment", cell.treatment and not cell.is_planned), ("planned", cell.treatment and cell.is_planned),
            ("today", day == person.today), ("paper", day in self._typed), ("locked", locked),
        )  # fmt: skip
        return Day(
            number=day.day,
            shape="" if cell.state is State.NOT_EXPECTED else cell.sign.value,
            classes=" ".join(name for name, applies in marks if applies),
            words=words,
            link=f"{person.path}/entries?month={day:%Y-%m}#day-{day}" if day in self._with_entry else "",
        )

    def _cell(self, day: date) -> Cell:
        treated = self._treated.get(day)
        treatment, planned = (treated.id, treated.actual is None) if treated else (None, False)
        row = self._rows.get(day)
        if row is None:
            return Cell(day, State.NOT_EXPECTED, None, None, False, treatment, planned)
        return cell_of(row, self._person, treatment, planned)


def cell_of(row: ExpectedDay, person: Person, treatment: str | None = None, is_planned: bool = False) -> Cell:
    """The day as the overview draws it."""
    state, is_late_hour, until = person.states[row.diary_day], False, None
    if state is State.OPEN:
        is_late_hour = row.closes <= person.desk.now
        until = row.late_until if is_late_hour else row.closes
    elif state is State.NOT_YET_DUE:
        until = row.opens
    return Cell(row.diary_day, state, row.reason, until, is_late_hour, treatment, is_planned)
