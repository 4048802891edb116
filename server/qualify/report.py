"""The protocol of a qualification: a page to sign, and the same as data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from diary_app import VERSION
from diary_app.core.times import format_utc
from server.qualify.finding import Finding, summary

PAGE, DATA = "qualification.md", "qualification.json"
_SIGNATURES = """## Signatures

| | name | role | date | signature |
|---|---|---|---|---|
| carried out by | | | | |
| reviewed by | | | | |
| approved by | | | | |
"""


@dataclass(frozen=True)
class About:
    """Which server, and when it was looked at. `database` names no user and no password."""

    address: str
    database: str
    study: str
    at: datetime


def write(folder: Path, about: About, parts: Mapping[str, Sequence[Finding]]) -> list[Path]:
    """Write both into the folder, which is made. `parts`: findings by the title of their part."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page(about, parts), encoding="utf-8")
    (folder / DATA).write_text(data(about, parts), encoding="utf-8")
    return [folder / PAGE, folder / DATA]


def page(about: About, parts: Mapping[str, Sequence[Finding]]) -> str:
    """Markdown: what was expected, what was seen, what to do, and who signs."""
    head = (
        "# Qualification of a Xerodiary server\n\n"
        f"| | |\n|---|---|\n| server | {_cell(about.address)} |\n| database | {_cell(about.database)} |\n"
        f"| study | {_cell(about.study)} |\n| version | {VERSION} |\n| carried out | {format_utc(about.at)} |\n"
    )
    return "\n".join([head, *(_part(title, found) for title, found in parts.items()), _SIGNATURES])


def data(about: About, parts: Mapping[str, Sequence[Finding]]) -> str:
    """JSON."""
    return json.dumps(
        {
            "version": VERSION, "address": about.address, "database": about.database, "study": about.study,
            "at": format_utc(about.at),
            "parts": {title: [asdict(one) for one in found] for title, found in parts.items()},
        },
        indent=1,
        ensure_ascii=False,
    )  # fmt: skip


def _part(title: str, found: Sequence[Finding]) -> str:
    rows = "".join(
        f"| {number} | {_cell(one.name)} | {_cell(one.expected)} | {_cell(one.seen)} | **{one.verdict}** | "
        f"{_cell(one.remedy)} |\n"
        for number, one in enumerate(found, 1)
    )
    head = "| | check | expected | seen | verdict | what to do |\n|---|---|---|---|---|---|\n"
    return f"## {title}\n\n{summary(found)}\n\n{head}{rows}"


def _cell(text: str) -> str:
    """On one line, and no cell ends early."""
    return " ".join(text.split()).replace("|", "\\|")
