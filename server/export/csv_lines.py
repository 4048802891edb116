"""Beginnings of lines for very many days and entries: columns whose text repeats are written once, then looked up.

The text is that of `Cells.of` over the whole row; a test holds one against the other.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Generic, TypeVar

from diary_app.core.anchors import DayLabel
from diary_app.core.entries import EntryBody
from diary_app.core.study import Study
from diary_app.core.times import format_utc, format_wall
from server.db.export_rows import ExportedDay
from server.export import dictionary
from server.export.csv_table import Cells, cell
from server.export.dictionary import Column
from server.export.participant import Answered, ExportedParticipant, PersonRows

_REMEMBERED = 4096
_MINUTE = timedelta(minutes=1)
_Key = TypeVar("_Key", bound=Hashable)
#: Columns of `dictionary.CAPTURE` that are alike in very many entries; `clock_offset_ms` stands between them.
HOW = ("late_reason", "mode", "originator", "paper_reason", "asked", "filled_by", "language")
WITH = ("instrument_version", "wording_sha256", "study_version", "app_version")
_how, _with = attrgetter("late_reason", "mode", "filled_by", "language"), attrgetter(*WITH)


class Texts(dict[_Key, str], Generic[_Key]):
    """Text by what it is made of. It is remembered; when there is too much of it, everything is forgotten."""

    def __init__(self, make: Callable[[_Key], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: _Key) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        made = self[key] = self._make(key)
        return made


def stretch(columns: Sequence[Column]) -> Texts[tuple[object, ...]]:
    """The text of some columns that stand beside each other, by their cells."""
    cells, names = Cells(columns), [column.name for column in columns]
    return Texts(lambda key: cells.of(dict(zip(names, key, strict=True))))


class PersonLines:
    """What every line of one participant begins with, and what each of their days is called."""

    def __init__(
        self, beginning: str, person: ExportedParticipant, rows: PersonRows, labels: Texts[tuple[object, ...]]
    ) -> None:
        self.beginning, self.home_zone = beginning, person.home_zone
        self._rows, self._labels = rows, labels
        self._days: dict[date, tuple[str, str]] = {}

    def day(self, day: date) -> tuple[str, str]:
        """The date, and the columns of `dictionary.labels`."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._called(day, self._rows.label(day))
        return found

    def visit(self, body: EntryBody) -> tuple[str, str]:
        """The same of an entry of a visit, which goes by when it was saved."""
        return self._called(body.diary_day, self._rows.label_of(body))

    def _called(self, day: date, label: DayLabel) -> tuple[str, str]:
        return day.isoformat(), self._labels[(*label.days_since.values(), label.period)]


class Lines:
    """Lines of `expected_days`, and the beginnings of those of `long` and `wide`; each without its end."""

    def __init__(self, study: Study, transfer: str) -> None:
        self._transfer, self._who = transfer, Cells(dictionary.IDENTIFIERS)
        columns = {column.name: column for column in dictionary.CAPTURE}
        self._labels, self._state = stretch(dictionary.labels(study)), stretch(dictionary.STATE)
        self._how, self._with = (stretch([columns[name] for name in names]) for names in (HOW, WITH))
        self._cells, self._window = Texts(cell), Texts(_window)

    def of(self, person: ExportedParticipant, rows: PersonRows) -> PersonLines:
        """What the lines of one participant have in common."""
        return PersonLines(f"{self._transfer},{self._who.of(rows.who)}", person, rows, self._labels)

    def expected(self, person: PersonLines, day: ExportedDay) -> str:
        """Everything about an expected day."""
        on, labels = person.day(day.diary_day)
        window, state = self._window[day.opens, day.closes, day.late_until], self._state[day.state, day.reason]
        return f"{person.beginning},{self._cells[day.instrument]},{on},{labels},{window},{state}"

    def entry(self, person: PersonLines, one: Answered) -> str:
        """Everything about an entry but its answers."""
        entry, version, first, cells = one.entry, one.entry.version, one.first.body, self._cells
        body, paper = version.body, entry.paper_reason
        captured, minutes, ahead = body.captured_at, body.utc_offset_minutes, body.clock_offset_ms
        on, labels = person.visit(body) if body.visit else person.day(body.diary_day)
        late_reason, mode, filled_by, language = _how(body)
        how = self._how[late_reason, mode, "staff" if paper else "participant", paper, entry.asked, filled_by, language]
        at = format_utc(captured)
        return (
            f"{person.beginning},{cells[body.instrument]},{on},{cells[body.visit]},{labels},{cells[one.state]},"
            f"{cell(version.id)},{body.revision},{cells[' '.join(version.corrected)] if version.corrected else ''},"
            f"{format_wall(captured + minutes * _MINUTE)},{at},{minutes},"
            f"{cells[body.zone if body.zone == person.home_zone else 'OTHER']},"
            f"{at if first is body else format_utc(first.captured_at)},{format_utc(entry.received_at)},"
            f"{(entry.received_at - captured) // _MINUTE},{how},{'' if ahead is None else ahead},"
            f"{self._with[_with(body)]}"
        )


def _window(moments: tuple[datetime, datetime, datetime]) -> str:
    return ",".join(map(format_utc, moments))
