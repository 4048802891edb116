"""CSV without any answer, for whoever may export states alone: expected days, visits, how complete they are."""

import csv
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from diary_app.core.anchors import periods
from diary_app.core.times import format_utc
from server.export import dictionary, tally
from server.export.compliance_rows import KeptUp
from server.export.content import OVER, About
from server.export.csv_columns import COMPLIANCE, COMPLIANCE_BY_DAY, DICTIONARY, EXPECTED_DAYS, VISITS, columns_of
from server.export.csv_table import Cells, CsvTable, kept
from server.export.participant import ExportedParticipant, PersonRows, visit_rows

FILES = (EXPECTED_DAYS, VISITS, COMPLIANCE, COMPLIANCE_BY_DAY)
_OVER = frozenset(state.value for state in OVER)


def open_states(folder: Path, about: About) -> "StatesPart":
    """Make every file; see `Opener`."""
    return StatesPart(folder, about)


class StatesPart:
    """A `Part`."""

    def __init__(self, folder: Path, about: About) -> None:
        self._folder, self._about = folder, about
        every = columns_of(about.study, about.instruments)
        self._columns = {name: every[name] for name in FILES}
        self._files = ExitStack()
        self._tables = {
            name: CsvTable(self._files.enter_context(kept(folder / name)), Cells(columns))
            for name, columns in self._columns.items()
        }
        anchors = [anchor.id for anchor in about.study.anchors]
        self._kept_up = KeptUp(about.study.studyid, periods(anchors), anchors[0] if anchors else None, about.cut)
        self._now = format_utc(about.cut.at)
        self._found: Counter[str] = Counter()

    def add(self, person: ExportedParticipant) -> None:
        """See `Part`."""
        rows = PersonRows(self._about.study, person)
        for row in rows.expected(self._about.cut.at):
            self._tables[EXPECTED_DAYS].write(row)
            state = str(row["state"])
            if state in _OVER and str(row["late_until_utc"]) <= self._now:
                self._found[tally.EXPECTED] += 1
                self._found[state] += 1
        for row in visit_rows(self._about.study, person):
            self._tables[VISITS].write(row)
        for row in self._kept_up.add(person, rows):
            self._tables[COMPLIANCE].write(row)
        self._found[tally.PARTICIPANTS] += 1

    def finish(self) -> "Counter[str]":
        """See `Part`; days alone, as no answer is in it."""
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
