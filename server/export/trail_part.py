"""The audit trail of every participant as a table and as JSON lines, in the server's order; what was set aside.

What is about sites alone is about no participant, and is in a file of its own (`site_trail`).
"""

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TextIO

from diary_app.core.times import format_utc, zone_names
from server.export.content import About, Part
from server.export.csv_table import LINE_END, harmless, line_of
from server.export.participant import ExportedParticipant
from server.export.set_aside_table import SetAsideTable
from server.export.tally import PARTICIPANTS, SET_ASIDE
from server.export.trail_columns import AUDIT, AUDIT_LINES, CHANGES, TEST, names, write_dictionary
from server.trail.fields import HIDDEN, TrailRow

CSV, NDJSON = AUDIT, AUDIT_LINES
#: Where somebody travels identifies them.
ELSEWHERE = "OTHER"
_MAY_STAND = frozenset({"", HIDDEN})
_ZONE = re.compile(r"(?<!\w)[A-Za-z]\w*(?:/[\w+-]+)+")
#: The rows of one entry have most of their cells in common.
_as_text = lru_cache(maxsize=512)(harmless)
_ALIKE = 8192


def open_trail(folder: Path, about: About) -> Part:
    """Begin both files."""
    return _TrailPart(folder, about)


class _TrailPart:
    """Both files row by row; they hold the same rows, and differ only in how a spreadsheet is kept from reckoning."""

    def __init__(self, folder: Path, about: About) -> None:
        self._folder, self._about = folder, about
        self._aside = SetAsideTable(folder, is_test=about.is_test)
        self._table, self._lines = _open(folder / CSV), _open(folder / NDJSON)
        self._mark = {TEST: TEST.upper()} if about.is_test else {}
        csv.writer(self._table, lineterminator=LINE_END).writerow(names(CHANGES, is_test=about.is_test))
        self._count = Counter[str]()

    def add(self, person: ExportedParticipant) -> None:
        """Write one participant's; sealed things come hidden, and what came after the cut is not in it."""
        self._count[PARTICIPANTS] += 1
        for _, made in groupby(person.read_trail(), key=_source):
            rows = [row for row in _without_practice(list(made)) if row.received <= self._about.cut.at]
            if rows:
                self._write(rows, person.home_zone)
        self._count[SET_ASIDE] += self._aside.add(person)

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return {CSV: self._table, NDJSON: self._lines, Path(self._aside.file.name).name: self._aside.file}

    def learned(self) -> "Counter[str]":
        """See `Part`."""
        return self._count

    def take(self, learned: "Counter[str]") -> None:
        """See `Part`."""
        self._count.update(learned)

    def finish(self) -> "Counter[str]":
        """Close the files once they are on the disk; the trail accounts for people, not for days."""
        for file in (self._table, self._lines):
            with file:
                file.flush()
                os.fsync(file.fileno())
        self._aside.close()
        write_dictionary(self._folder)
        return self._count

    def close(self) -> None:
        """See `Part`."""
        self._table.close()
        self._lines.close()
        self._aside.let_go()

    def _write(self, rows: Sequence[TrailRow], home_zone: str) -> None:
        """All of one record or fact: it says once whose it is, who made it and when, in the same words for each row."""
        common = {**_cells(rows[0]), **self._mark}
        before, after = ({name: common[name] for name in said if name in common} for said in (_BEFORE, _AFTER))
        table_before, lines_before = _written(before)
        table_after, lines_after = _written(after)
        changes = [_changed(row.field, row.old, row.new, home_zone) for row in rows]
        self._table.write("".join([f"{table_before},{one},{table_after}{LINE_END}" for one, _ in changes]))
        self._lines.write("".join([f"{{{lines_before},{one},{lines_after}}}\n" for _, one in changes]))


def _without_practice(made: Sequence[TrailRow]) -> Sequence[TrailRow]:
    """The rows of one record; of an entry made for practice, that it was made, and not what was answered."""
    if not any(row.field == "practice" and row.new == "1" for row in made):
        return made
    return [
        replace(row, old=row.old and HIDDEN, new=HIDDEN) if row.field.startswith("answers.") else row for row in made
    ]


_source = attrgetter("source")
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CHANGED = ("field", "old", "new")
_COLUMNS = names(CHANGES, is_test=True)
_BEFORE = _COLUMNS[: _COLUMNS.index(_CHANGED[0])]
_AFTER = _COLUMNS[len(_BEFORE) + len(_CHANGED) :]


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _cells(row: TrailRow) -> dict[str, str]:
    return {
        **vars(row),
        "received": format_utc(row.received),
        "captured": format_utc(row.captured) if row.captured else "",
    }


@lru_cache(maxsize=_ALIKE)  # most fields of an entry say what those of other entries say
def _changed(field: str, old: str, new: str, home_zone: str) -> tuple[str, str]:
    """What is said of one field, for either file."""
    names_zone = "zone" in field.rpartition(".")[2]
    values = (field, *(_at_home(text, home_zone, names_zone=names_zone) for text in (old, new)))
    return _written(dict(zip(_CHANGED, values, strict=True)))


def _written(cells: Mapping[str, str]) -> tuple[str, str]:
    """Some cells that stand beside each other, as their part of a line of either file."""
    return line_of(map(_as_text, cells.values())), _json(cells)[1:-1]


def _at_home(text: str, home_zone: str, *, names_zone: bool) -> str:
    """The value without any zone other than the home zone; a newer app may name one under any field."""
    if text in _MAY_STAND or text == home_zone:
        return text
    if names_zone:
        return ELSEWHERE
    return _ZONE.sub(lambda found: _zone_at_home(found[0], home_zone), text) if "/" in text else text


def _zone_at_home(text: str, home_zone: str) -> str:
    return ELSEWHERE if text != home_zone and text in zone_names() else text
