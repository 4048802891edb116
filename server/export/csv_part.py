"""The CSV of a bundle: answers long and wide, every expected day and visit, weekly means, compliance, a dictionary.

A row of an entry is worked out once: `long` and `wide` begin with the same text.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from diary_app.core.entries import Answer, Skip
from diary_app.core.grading import State
from server.export import dictionary, tally
from server.export.content import About
from server.export.csv_answers import AnswerLines
from server.export.csv_columns import LONG, WEEKLY_MEANS, WIDE, answer_columns, columns_of, entry_columns
from server.export.csv_lines import PersonLines
from server.export.csv_table import Cells, let_go
from server.export.participant import ExportedParticipant, PersonRows, Row
from server.export.states_part import StateTables, opened, write_dictionary
from server.export.weeks import Measured, Week, main_measures, measured, weeks


def open_csv(folder: Path, about: About) -> "CsvPart":
    """Make every file; see `Opener`."""
    return CsvPart(folder, about)


class CsvPart:
    """A `Part`. `rows`: how many each file has so far."""

    def __init__(self, folder: Path, about: About) -> None:
        self._folder, self._about, self._study = folder, about, about.study
        self._columns = columns_of(about.study, about.instruments)
        entry, answers = Cells(entry_columns(about.study)), answer_columns(about.instruments)
        self._answers = {key: AnswerLines(instrument, answers) for key, instrument in about.by_version.items()}
        self._files = ExitStack()
        self._states = StateTables(folder, about, self._files)
        parts = {
            LONG: (entry, Cells(dictionary.ANSWER)),
            WIDE: (entry, Cells(answers)),
            WEEKLY_MEANS: (Cells(self._columns[WEEKLY_MEANS][1:]),),
        }
        self._tables = {name: opened(folder / name, about, self._files, *cells) for name, cells in parts.items()}
        self._first_anchor = next((anchor.id for anchor in about.study.anchors), None)
        self._means = main_measures(about.instruments, about.study.diary.instrument)
        self._found = self._states.found

    @property
    def rows(self) -> Mapping[str, int]:
        """By file."""
        return {name: table.count for name, table in {**self._states.tables, **self._tables}.items()}

    def add(self, person: ExportedParticipant) -> None:
        """See `Part`."""
        rows = PersonRows(self._study, person)
        self._write_weeks(rows, person, self._write_entries(self._states.add(person, rows), person))

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return {**self._states.files, **{name: table.file for name, table in self._tables.items()}}

    def learned(self) -> Any:
        """See `Part`."""
        return self._states.learned(), {name: table.count for name, table in self._tables.items()}

    def take(self, learned: Any) -> None:
        """See `Part`."""
        states, counts = learned
        self._states.take(states)
        for name, count in counts.items():
            self._tables[name].count += count

    def finish(self) -> "Counter[str]":
        """See `Part`; everything that there is to count."""
        self._states.end()
        self._files.close()
        write_dictionary(self._folder, self._columns)
        return self._found

    def close(self) -> None:
        """See `Part`."""
        let_go(self._files)

    def _write_entries(self, lines: PersonLines, person: ExportedParticipant) -> dict[date, Measured]:
        """Every entry of a participant; what those of the diary say, by day."""
        long: list[str] = []
        wide: list[str] = []
        filled: dict[date, Measured] = {}
        answered: list[Answer] = []
        diary, rows, entry_of = self._study.diary.instrument, 0, self._states.lines.entry
        for one in person.what_counts:
            body = one.entry.version.body
            answers = self._answers[body.instrument, body.instrument_version]
            results = answers.score(body.answers)
            beginning, ends = entry_of(lines, one), answers.long(one)
            wide += (beginning, answers.wide(body.answers, results))
            if ends:
                long += (beginning, beginning.join(ends))
            rows += len(ends)
            answered += body.answers.values()
            if body.instrument == diary:
                filled[body.diary_day] = measured(one, results, answers.scoring_version, self._means)
        skipped = list(map(type, answered)).count(Skip)
        self._tables[LONG].write_lines("".join(long), rows)
        self._tables[WIDE].write_lines("".join(wide), len(person.what_counts))
        self._found[tally.ENTRIES] += len(person.what_counts)
        self._found[tally.EXTRA] += [one.state for one in person.what_counts].count(State.EXTRA)
        self._found[tally.SKIPS] += skipped
        self._found[tally.ANSWERS] += rows - skipped
        return filled

    def _write_weeks(self, rows: PersonRows, person: ExportedParticipant, filled: Mapping[date, Measured]) -> None:
        treatment = rows.anchors[self._first_anchor].actual if self._first_anchor else None
        if treatment is None:
            return
        diary = self._study.diary.instrument
        days = [day for day in person.days if day.instrument == diary]
        for week in weeks(treatment, days, filled, self._means, self._about.cut):
            self._tables[WEEKLY_MEANS].write({**rows.who, "instrument": diary, **_week_row(week)})


def _week_row(week: Week) -> Row:
    cells: Row = {
        "week": week.number,
        "first_day": week.first.isoformat(),
        "last_day": week.last.isoformat(),
        "expected_days": week.expected,
        "entry_days": week.filled,
        "usable": "yes" if week.is_usable else "no",
        "scoring_version": " ".join(week.scoring_versions) or None,
    }
    for name, mean in week.means.items():
        cells |= {f"{name}_days": mean.days, f"{name}_mean": mean.value}
    return cells
