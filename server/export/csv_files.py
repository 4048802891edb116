"""CSV: long, wide, expected days, visits and a dictionary, written whole or not at all."""

import csv
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from server.export import dictionary
from server.export.dictionary import Column
from server.export.participant import Cell, ExportedParticipant, Row, expected_rows, long_rows, visit_rows, wide_rows

EXPECTED_DAYS = "expected_days.csv"
VISITS = "visits.csv"
LONG = "long.csv"
WIDE = "wide.csv"
DICTIONARY = "dictionary.csv"


@dataclass
class ExportReport:
    """How many rows each file got."""

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)


class CsvTable:
    """One CSV file with the columns of the dictionary, in its order; a row with an unknown column is a fault."""

    def __init__(self, file: TextIO, columns: Sequence[Column]) -> None:
        self.count = 0
        self._names = [column.name for column in columns]
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._writer.writerow(self._names)

    def write(self, row: Row) -> None:
        """Raises KeyError for a column that the dictionary does not have."""
        unknown = row.keys() - set(self._names)
        if unknown:
            raise KeyError(f"columns missing from the dictionary: {sorted(unknown)}")
        self._writer.writerow([_text(row.get(name)) for name in self._names])
        self.count += 1


def columns_of(study: Study, instruments: Iterable[Instrument]) -> dict[str, tuple[Column, ...]]:
    """The columns of every file."""
    labelled = (*dictionary.IDENTIFIERS, *dictionary.DAY, *dictionary.labels(study))
    of_visits = (*dictionary.IDENTIFIERS, *dictionary.DAY, dictionary.VISIT, *dictionary.labels(study))
    entry = (*of_visits, dictionary.STATE[0], *dictionary.CAPTURE)
    return {
        EXPECTED_DAYS: (*labelled, *dictionary.WINDOW, *dictionary.STATE),
        VISITS: (*dictionary.IDENTIFIERS, *dictionary.VISITS),
        LONG: (*entry, *dictionary.ANSWER),
        WIDE: (*entry, *_answer_columns(instruments)),
    }


def write_csv(
    folder: Path,
    study: Study,
    instruments: Sequence[Instrument],
    people: Iterable[ExportedParticipant],
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write all files into `folder`, which must be absent or empty. Raises `CommandRefused`."""
    columns = columns_of(study, instruments)
    by_version = {(instrument.code, instrument.version): instrument for instrument in instruments}
    report = ExportReport(folder)
    with whole_or_nothing(folder) as draft, ExitStack() as files:
        tables = {name: CsvTable(files.enter_context(_open(draft / name)), columns[name]) for name in columns}
        for done, person in enumerate(people, 1):
            for name, rows in (
                (EXPECTED_DAYS, expected_rows(study, person, now)),
                (VISITS, visit_rows(study, person)),
                (LONG, long_rows(study, by_version, person)),
                (WIDE, wide_rows(study, by_version, person)),
            ):
                for row in rows:
                    tables[name].write(row)
            if progress is not None:
                progress(done)
        with _open(draft / DICTIONARY) as file:
            csv.writer(file, lineterminator="\r\n").writerows(dictionary.rows(columns.items()))
        report.rows = {name: table.count for name, table in tables.items()}
    return report


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """A draft folder beside the target that takes its name only when everything was written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandRefused(
            Code.FOLDER_NOT_EMPTY, f"{folder} is not an empty folder.", "Name a folder that does not exist."
        )
    draft = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        yield draft
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise CommandRefused(
            Code.FOLDER_NOT_WRITABLE,
            f"{folder} cannot be written: {error.strerror}.",
            "Check the disk and your rights.",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _answer_columns(instruments: Iterable[Instrument]) -> Iterator[Column]:
    """Answer and score columns, each once, over all versions of the instruments that hold own wording."""
    seen: dict[str, Column] = {}
    for instrument in instruments:
        for item in instrument.items:
            seen.setdefault(item.code, Column(item.code, "whole number", f"{item.short}; or the reason for no answer"))
    for instrument in instruments:
        for rule in instrument.scores:
            for suffix, kind, meaning in (
                ("score", "decimal", f"{rule.label}{' (exploratory)' if rule.exploratory else ''}"),
                ("answered", "whole number", f"How many of its {len(rule.items)} items were answered"),
                ("scoring_version", "text", "Version of the scoring rule"),
            ):
                name = f"{rule.code}_{suffix}"
                seen.setdefault(name, Column(name, kind, meaning))
    yield from seen.values()
