"""CSV without any answer, for whoever may export states alone: expected days, visits, how complete they are.

The CSV of a whole bundle has the same files, written here as well.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from diary_app.core.grading import State
from server.export import dictionary, tally
from server.export.compliance_rows import KeptUp, Sums
from server.export.content import About, days_over
from server.export.csv_columns import COMPLIANCE, COMPLIANCE_BY_DAY, DICTIONARY, EXPECTED_DAYS, VISITS, columns_of
from server.export.csv_lines import Lines, PersonLines
from server.export.csv_table import LINE_END, Cells, CsvTable, kept, let_go
from server.export.dictionary import Column
from server.export.participant import ExportedParticipant, PersonRows, visit_rows
from server.export.rated import RATED

FILES = (EXPECTED_DAYS, VISITS, COMPLIANCE, COMPLIANCE_BY_DAY)
#: What `dictionary.TRANSFER` says.
STUDY, TEST = "study", "TEST"
#: By the names of the tally, by site, and rows by file.
_Learned = tuple[Counter[str], Mapping[str, Sums], dict[str, int]]


def open_states(folder: Path, about: About) -> "StatesPart":
    """Make every file; see `Opener`."""
    return StatesPart(folder, about)


class StateTables:
    """The files of `FILES`, open until `files` is closed. `found`: what was written, by the names of the tally."""

    def __init__(self, folder: Path, about: About, files: ExitStack) -> None:
        self._about = about
        every = columns_of(about.study, about.instruments)
        self.tables = {name: opened(folder / name, about, files, Cells(every[name][1:])) for name in FILES}
        self._kept_up = KeptUp(about.study, about.cut)
        self.lines = Lines(about.study, transfer_of(about))
        self.found: Counter[str] = Counter()

    def add(self, person: ExportedParticipant, rows: PersonRows) -> PersonLines:
        """One participant; what the lines of other tables begin with, too."""
        lines, cut = self.lines.of(person, rows), self._about.cut
        expected = [
            day for day in person.days if day.not_expected is None and day.state != State.EXTRA and day.opens <= cut.at
        ]
        counted = person.counted(cut.at)
        text = "".join([f"{self.lines.expected(lines, day)},{counted}{LINE_END}" for day in expected])
        self.tables[EXPECTED_DAYS].write_lines(text, len(expected))
        over = Counter([day.state for day in days_over(person, cut)])
        self.found.update({tally.EXPECTED: over.total(), **over} if over else {})
        self.found[tally.LEFT_OUT] += over.total() if counted != RATED else 0
        for row in visit_rows(self._about.study, person):
            self.tables[VISITS].write(row)
        for row in self._kept_up.add(person, rows):
            self.tables[COMPLIANCE].write(row)
        self.found[tally.PARTICIPANTS] += 1
        return lines

    @property
    def files(self) -> dict[str, TextIO]:
        """See `Part`."""
        return {name: table.file for name, table in self.tables.items()}

    def learned(self) -> "_Learned":
        """See `Part`."""
        return self.found, self._kept_up.learned(), {name: table.count for name, table in self.tables.items()}

    def take(self, learned: "_Learned") -> None:
        """See `Part`."""
        found, kept_up, counts = learned
        self.found.update(found)
        self._kept_up.take(kept_up)
        for name, count in counts.items():
            self.tables[name].count += count

    def end(self) -> None:
        """What is only known once everybody was added."""
        for row in self._kept_up.sites_and_all():
            self.tables[COMPLIANCE].write(row)
        for row in self._kept_up.by_day():
            self.tables[COMPLIANCE_BY_DAY].write(row)


class StatesPart:
    """A `Part`."""

    def __init__(self, folder: Path, about: About) -> None:
        every = columns_of(about.study, about.instruments)
        self._folder, self._study = folder, about.study
        self._columns = {name: every[name] for name in FILES}
        self._files = ExitStack()
        self._states = StateTables(folder, about, self._files)

    def add(self, person: ExportedParticipant) -> None:
        """See `Part`."""
        self._states.add(person, PersonRows(self._study, person))

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return self._states.files

    def learned(self) -> "_Learned":
        """See `Part`."""
        return self._states.learned()

    def take(self, learned: "_Learned") -> None:
        """See `Part`."""
        self._states.take(learned)

    def finish(self) -> "Counter[str]":
        """See `Part`; days alone, as no answer is in it."""
        self._states.end()
        self._files.close()
        write_dictionary(self._folder, self._columns)
        return self._states.found

    def close(self) -> None:
        """See `Part`."""
        let_go(self._files)


def opened(file: Path, about: About, files: ExitStack, *cells: Cells) -> CsvTable:
    """One file with its columns in groups, after the one that says whether this is a test transfer."""
    return CsvTable(files.enter_context(kept(file)), *cells, transfer=transfer_of(about))


def transfer_of(about: About) -> str:
    """The first column of every file."""
    return TEST if about.is_test else STUDY


def write_dictionary(folder: Path, columns: Mapping[str, Iterable[Column]]) -> None:
    """Every column of every file beside it."""
    with kept(folder / DICTIONARY) as file:
        csv.writer(file, lineterminator="\r\n").writerows(dictionary.rows(columns.items()))
