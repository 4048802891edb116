"""The CSV of a bundle: answers long and wide, every expected day and visit, weekly means, compliance, a dictionary.

A row of an entry is worked out once: `long` and `wide` begin with the same text, and an answer's end of a line is the
same for everybody who gave it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from diary_app.core.entries import Answer, Skip
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument, Item
from diary_app.core.scoring import ScoreResult, score
from server.export import dictionary, tally
from server.export.content import About
from server.export.csv_columns import LONG, WEEKLY_MEANS, WIDE, answer_columns, columns_of, entry_columns
from server.export.csv_table import Cells
from server.export.participant import (
    Answered,
    ExportedParticipant,
    PersonRows,
    Row,
    answer_row,
    answers_row,
    as_given,
)
from server.export.states_part import StateTables, opened, write_dictionary
from server.export.weeks import Measured, Week, main_measures, measured, weeks


def open_csv(folder: Path, about: About) -> "CsvPart":
    """Make every file; see `Opener`."""
    return CsvPart(folder, about)


class CsvPart:
    """A `Part`. `rows`: how many each file has so far."""

    def __init__(self, folder: Path, about: About) -> None:
        self._folder, self._about, self._study = folder, about, about.study
        self._instruments = about.by_version
        self._columns = columns_of(about.study, about.instruments)
        self._entry, self._answer = Cells(entry_columns(about.study)), Cells(dictionary.ANSWER)
        self._answers = Cells(answer_columns(about.instruments))
        self._known_ends: dict[tuple[str, str], dict[tuple[str, Answer], str]] = {key: {} for key in self._instruments}
        self._files = ExitStack()
        self._states = StateTables(folder, about, self._files)
        parts = {
            LONG: (self._entry, self._answer),
            WIDE: (self._entry, self._answers),
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
        self._states.add(person, rows)
        filled = {}
        for one in person.what_counts:
            body = one.entry.version.body
            instrument = self._instruments[body.instrument, body.instrument_version]
            results = score(instrument, body.answers)
            self._write_entry(rows, one, instrument, results)
            if body.instrument == self._study.diary.instrument:
                filled[body.diary_day] = measured(one, results, instrument.scoring_version)
        self._write_weeks(rows, person, filled)

    def finish(self) -> "Counter[str]":
        """See `Part`; everything that there is to count."""
        self._states.end()
        self._files.close()
        write_dictionary(self._folder, self._columns)
        return self._found

    def close(self) -> None:
        """See `Part`."""
        self._files.close()

    def _write_entry(
        self, rows: PersonRows, one: Answered, instrument: Instrument, results: Mapping[str, ScoreResult]
    ) -> None:
        row = rows.entry(one)
        beginning, answers = self._entry.of(row), one.entry.version.body.answers
        self._tables[WIDE].write_alike(beginning, [self._answers.ended(answers_row(instrument, answers, results))])
        asked = [item for item in instrument.items if item.code in answers]
        self._tables[LONG].write_alike(beginning, self._ends(instrument, asked, one))
        skipped = sum(isinstance(answers[item.code], Skip) for item in asked)
        self._found[tally.ENTRIES] += 1
        self._found[tally.EXTRA] += row["state"] == State.EXTRA
        self._found[tally.SKIPS] += skipped
        self._found[tally.ANSWERS] += len(asked) - skipped

    def _ends(self, instrument: Instrument, asked: Iterable[Item], one: Answered) -> list[str]:
        """What `long` says of each answer, which is the same for everybody unless it was corrected."""
        answers, known = one.entry.version.body.answers, self._known_ends[instrument.code, instrument.version]
        if one.entry.version.corrected:
            rows = [{**answer_row(item, answers[item.code]), **as_given(one.entry, item.code)} for item in asked]
            return [self._answer.ended(row) for row in rows]
        ends = []
        for item in asked:
            key = (item.code, answers[item.code])
            if key not in known:
                known[key] = self._answer.ended(answer_row(item, answers[item.code]))
            ends.append(known[key])
        return ends

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
