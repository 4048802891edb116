"""ADQS as CSV, Dataset-JSON, NDJSON and SAS transport file, written in one pass over the participants."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from server.export import tally
from server.export.adam.columns import NAME, Kind, Row, variables
from server.export.adam.dataset_json import RowTexts, head_of, write_both
from server.export.adam.define import FILE, define_xml
from server.export.adam.parameters import catalogue
from server.export.adam.rows import Rows
from server.export.adam.xpt import require_fit, write_xpt
from server.export.content import About
from server.export.csv_table import Cells, CsvTable, kept, let_go
from server.export.dictionary import Column
from server.export.participant import ExportedParticipant

CSV = f"{NAME.lower()}.csv"
_ASIDE = f".{NAME.lower()}.rows"
_KINDS = {Kind.TEXT: "text", Kind.INTEGER: "whole number", Kind.FLOAT: "decimal", Kind.DATE: "date"}


def open_adam(folder: Path, about: About) -> "AdamPart":
    """Make every file; see `Opener`. Raises `CommandRefused`."""
    return AdamPart(folder, about)


class AdamPart:
    """A `Part`."""

    def __init__(self, folder: Path, about: About) -> None:
        self._found = catalogue(about)
        self._folder, self._about = folder, about
        self._columns = variables(about.study)
        require_fit(about, self._columns, self._found)
        self._files = ExitStack()
        cells = Cells([Column(one.name, _KINDS[one.kind], one.meaning) for one in self._columns])
        self._csv = CsvTable(self._files.enter_context(kept(folder / CSV)), cells)
        self._aside = (folder / _ASIDE).open("w+", encoding="utf-8", newline="\n")
        self._json = RowTexts(self._columns)
        self._counts: Counter[str] = Counter()

    def add(self, person: ExportedParticipant) -> None:
        """See `Part`."""
        entries: dict[str, bool] = {}
        for row in Rows(self._about, self._found, person).all():
            self._csv.write(row)
            self._aside.write(f"{self._json.of(row)}\n")
            self._count(row, entries)
        self._counts[tally.ENTRIES] += len(entries)
        self._counts[tally.EXTRA] += sum(entries.values())

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return {CSV: self._csv.file, _ASIDE: self._aside}

    def learned(self) -> Any:
        """See `Part`."""
        return self._csv.count, self._json.longest, self._json.empty, self._counts

    def take(self, learned: Any) -> None:
        """See `Part`."""
        rows, longest, empty, counts = learned
        self._csv.count += rows
        self._counts.update(counts)
        self._json.include(longest, empty)

    def finish(self) -> "Counter[str]":
        """See `Part`; entries and their answers. Days without an entry have no row."""
        self._files.close()
        about, columns, longest, empty = self._about, self._columns, self._json.longest, self._json.empty
        write_both(self._folder, head_of(about, columns, self._csv.count, longest), self._aside)
        with kept(self._folder / FILE) as file:
            file.write(define_xml(about, columns, self._found, longest, empty))
        write_xpt(self._folder, about, columns, longest, self._aside)
        self._aside.close()
        (self._folder / _ASIDE).unlink()
        return self._counts

    def close(self) -> None:
        """See `Part`."""
        let_go(self._files)
        self._aside.close()

    def _count(self, row: Row, entries: dict[str, bool]) -> None:
        """Of the rows of answers alone: those that a row of QS is the source of."""
        if row.get("SRCSEQ") is not None:
            entries[str(row["QSGRPID"])] = row["QSTIMELI"] == "EXTRA"
            self._counts[tally.SKIPS if row["AVAL"] is None else tally.ANSWERS] += 1
