"""The trail as text to take away, and the note in the trail that somebody took it (R26)."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, BinaryIO

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.times import format_utc
from server.db import site_facts
from server.db.site_facts import EVERYWHERE
from server.export.csv_table import harmless
from server.trail.fields import Asked, TrailRow

EXTRACT_MADE = "extract_made"
COLUMNS = tuple(one.name for one in fields(TrailRow))


class Format(StrEnum):
    """How the trail is written."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True)
class Extract:
    """What was written: how many rows, and the hash of its bytes."""

    format: Format
    rows: int
    sha256: str


def write(out: BinaryIO, format: Format, rows: Iterable[TrailRow]) -> Extract:
    """Write row by row, in UTF-8; a CSV begins with its columns, and no cell of it is a formula to a spreadsheet."""
    text = _Hashed(out)
    count, line = 0, _writer(text, format)
    for row in rows:
        line(row)
        count += 1
    return Extract(format, count, text.digest.hexdigest())


class _Hashed:
    """Text on its way into a file, hashed as it passes."""

    def __init__(self, out: BinaryIO) -> None:
        self.digest = hashlib.sha256()
        self._out = out

    def write(self, text: str) -> int:
        data = text.encode()
        self.digest.update(data)
        return self._out.write(data)


def note(
    connection: Connection,
    made: Extract,
    asked: Asked,
    *,
    answers: bool,
    author: str,
    environment: Environment,
    sites: Sequence[str] = (EVERYWHERE,),
) -> None:
    """Add to the trail that it was made: with which filter, with answers or not, and what came out.

    `sites`: whose rows were taken, so that whoever may read those finds it.
    """
    body = {
        "what": "trail", "format": made.format.value, "rows": made.rows, "sha256": made.sha256,
        "with_answers": int(answers), "filter": {name: _cell(value) for name, value in asdict(asked).items() if value},
    }  # fmt: skip
    for site in sites:
        site_facts.append(
            connection, site=site, kind=EXTRACT_MADE, body=body, author=author,
            at=environment.now(), id=environment.new_id(),
        )  # fmt: skip


def _writer(out: _Hashed, format: Format) -> Callable[[TrailRow], object]:
    match format:
        case Format.TABLE:
            return lambda row: out.write(_in_words(row) + "\n")
        case Format.JSONL:
            return lambda row: out.write(json.dumps(_cells(row), ensure_ascii=False) + "\n")
        case Format.CSV:
            lines = csv.writer(out, lineterminator="\r\n")
            lines.writerow(COLUMNS)
            return lambda row: lines.writerow(map(harmless, _cells(row).values()))


def _cells(row: TrailRow) -> dict[str, str]:
    return {name: _cell(getattr(row, name)) for name in COLUMNS}


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return format_utc(value)
        case date():
            return value.isoformat()
    return str(value)


def _in_words(row: TrailRow) -> str:
    about = " ".join(filter(None, (row.participant or row.site, row.instrument, row.diary_day, row.kind)))
    by = ", ".join(filter(None, (row.role, row.organisation)))
    reason = "".join(f"  {said}" for said in (row.why, row.code) if said)
    change = f"{row.field}: {row.old or '-'} -> {row.new or '-'}"
    return _on_one_line(f"{format_utc(row.received)}  {about}  {change}  {row.who} ({by}){reason}")


def _on_one_line(text: str) -> str:
    """What a phone sent may hold line ends and worse, which would pass for rows of their own or steer a terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
