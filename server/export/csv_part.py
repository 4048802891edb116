"""The CSV of a bundle: answers long and wide, every expected day and visit, weekly means, compliance, a dictionary.

A row of an entry is worked out once: `long` and `wide` begin with the same text, and an answer's end of a line is the
same for everybody who gave it.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from diary_app.core.anchors import periods
from diary_app.core.entries import Answer, Skip
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument, Item
from diary_app.core.scoring import ScoreResult, score
from diary_app.core.times import format_utc
from server.export import dictionary, tally
from server.export.compliance_rows import KeptUp
from server.export.content import OVER, About
from server.export.csv_columns import (
    COMPLIANCE,
    COMPLIANCE_BY_DAY,
    DICTIONARY,
    EXPECTED_DAYS,
    LONG,
    VISITS,
    WEEKLY_MEANS,
    WIDE,
    answer_columns,
    columns_of,
    entry_columns,
)
from server.export.csv_table import Cells, CsvTable, kept
from server.export.participant import (
    Answered,
    ExportedParticipant,
    PersonRows,
    Row,
    answer_row,
    answers_row,
    as_given,
    visit_rows,
)
from server.export.weeks import Measured, Week, main_measures, measured, weeks

#: What `dictionary.TRANSFER` says.
STUDY, TEST = "study", "TEST"
_OVER = frozenset(state.value for state in OVER)


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
        parts = {LONG: (self._entry, self._answer), WIDE: (self._entry, self._answers)}
        transfer = TEST if about.is_test else STUDY
        self._tables = {
            name: CsvTable(file, *parts.get(name, (Cells(columns),)), transfer=transfer)
            for name, (_, *columns) in self._columns.items()
            for file in [self._files.enter_context(kept(folder / name))]
        }
        anchors = [anchor.id for anchor in about.study.anchors]
        self._first_anchor = anchors[0] if anchors else None
        self._kept_up = KeptUp(about.study.studyid, periods(anchors), self._first_anchor, about.cut)
        self._means = main_measures(about.instruments, about.study.diary.instrument)
        self._now = format_utc(about.cut.at)
        self._found: Counter[str] = Counter()

    @property
    def rows(self) -> Mapping[str, int]:
        """By file."""
        return {name: table.count for name, table in self._tables.items()}

    def add(self, person: ExportedParticipant) -> None:
        """See `Part`."""
        rows = PersonRows(self._study, person)
        for row in rows.expected(self._about.cut.at):
            self._tables[EXPECTED_DAYS].write(row)
            self._count_day(row)
        for row in visit_rows(self._study, person):
            self._tables[VISITS].write(row)
        filled = {}
        for one in person.what_counts:
            body = one.entry.version.body
            instrument = self._instruments[body.instrument, body.instrument_version]
            results = score(instrument, body.answers)
            self._write_entry(rows, one, instrument, results)
            if body.instrument == self._study.diary.instrument:
                filled[body.diary_day] = measured(one, results, instrument.scoring_version)
        self._write_weeks(rows, person, filled)
        for row in self._kept_up.add(person, rows):
            self._tables[COMPLIANCE].write(row)
        self._found[tally.PARTICIPANTS] += 1

    def finish(self) -> "Counter[str]":
        """See `Part`; everything that there is to count."""
        for row in self._kept_up.sites_and_all():
            self._tables[COMPLIANCE].write(row)
        for row in self._kept_up.by_day():
            self._tables[COMPLIANCE_BY_DAY].write(row)
        self._files.close()
        with kept(self._folder / DICTIONARY) as file:
            csv.writer(file, lineterminator="\r\n").writerows(dictionary.rows(self._columns.items()))
        return self._found

    def close(self) -> None:
        """See `Part`."""
        self._files.close()

    def _count_day(self, row: Row) -> None:
        state = str(row["state"])
        if state in _OVER and str(row["late_until_utc"]) <= self._now:
            self._found[tally.EXPECTED] += 1
            self._found[state] += 1

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
