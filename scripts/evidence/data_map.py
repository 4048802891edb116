"""Every column of server and phone by the kind of data it holds: read, checked against the tables, written as pages."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

from diary_app.storage import tables as phone_tables
from scripts.evidence.pages import MADE
from server.access.roles import HOLDERS, Permission
from server.db.tables import ERASABLE_TABLES, FACT_TABLES
from server.db.tables import METADATA as SERVER

FILE = Path(__file__).with_name("data_map.toml")
WHERE: Mapping[str, MetaData] = {"server": SERVER, "phone": phone_tables.METADATA}
TITLES = {"server": "On the server", "phone": "On the phone"}
COLUMNS = ("where", "table", "column", "category", "seen_by", "kept", "exported", "kind")
FOR_WHOM = """For an assessment of data protection (GDPR article 35) and the record of processing (article 30). Whoever
runs the server and can read its disk or its backups can read all of it, whatever role they have.
"""
ERASABLE, FACT, WORKING = "erasable", "fact", "working"


@dataclass(frozen=True)
class Datum:
    """One column with what there is to say of it."""

    where: str
    table: str
    column: str
    category: str
    seen_by: str
    kept: str
    exported: str
    kind: str


def classified() -> dict[str, Any]:
    """The file as it is."""
    with FILE.open("rb") as opened:
        return tomllib.load(opened)


def faults(read: Mapping[str, Any]) -> list[str]:
    """Every column that is missing, unknown or in two categories; empty when the map is whole."""
    found: list[str] = []
    for where, metadata in WHERE.items():
        said = read[where]
        found += [f"{where}.{name}: no such table" for name in said if name not in metadata.tables]
        for name, table in metadata.tables.items():
            columns = [column for category in read["category"] for column in said.get(name, {}).get(category, ())]
            there = list(table.columns.keys())
            found += [f"{where}.{name}.{one}: not classified" for one in there if one not in columns]
            found += [f"{where}.{name}.{one}: no such column" for one in columns if one not in there]
            found += [f"{where}.{name}.{one}: twice" for one in sorted(set(columns)) if columns.count(one) > 1]
    return found


def data() -> list[Datum]:
    """Every column in the order of the file."""
    read = classified()
    return [datum for where in WHERE for name in read[where] for datum in _of_table(read, where, name)]


def _of_table(read: Mapping[str, Any], where: str, name: str) -> Iterator[Datum]:
    said = read[where][name]
    for category, about in read["category"].items():
        by = said.get("seen", {}).get(category, about["seen"])
        seen = "the participant" if where == "phone" and category != "technical" else who(by)
        for column in said.get(category, ()):
            yield Datum(where, name, column, category, seen, said["kept"], said["exported"], kind_of(where, name))


def who(permission: str) -> str:
    """The roles that have it, as the program gives rights."""
    if permission == "nobody":
        return "no screen"
    return ", ".join(sorted(role.value for role in HOLDERS[Permission(permission)]))


def kind_of(where: str, name: str) -> str:
    """Whether its rows are never changed, may have to be forgotten, or can be computed again."""
    if where == "phone":
        return FACT if name in {table.name for table in phone_tables.FACT_TABLES} else WORKING
    if name in {str(row.__tablename__) for row in FACT_TABLES}:
        return FACT
    return ERASABLE if name in {str(row.__tablename__) for row in ERASABLE_TABLES} else WORKING


def table() -> str:
    """As CSV."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows([getattr(one, name) for name in COLUMNS] for one in data())
    return out.getvalue()


def page() -> str:
    """As a page."""
    read, everything = classified(), data()
    parts = [
        "# Every column that holds data\n",
        MADE,
        FOR_WHOM,
        "## Kinds of data\n",
        "| kind | what | seen on a screen by |\n|---|---|---|\n"
        + "".join(_kind(*one) for one in read["category"].items()),
    ]
    for where, title in TITLES.items():
        parts.append(f"## {title}\n")
        parts += [_section(read[where][name], [d for d in everything if (d.where, d.table) == (where, name)])
                  for name in read[where]]  # fmt: skip
    parts.append("## What leaves, and who then processes it\n")
    parts.append("| way | what is sent | what they learn | who | turned on by |\n|---|---|---|---|---|")
    parts += [_channel(*one) for one in read["channel"].items()]
    return "\n".join(parts) + "\n"


def _kind(name: str, about: Mapping[str, str]) -> str:
    return f"| {name} | {about['says']} | {who(about['seen'])} |\n"


def _section(said: Mapping[str, str], columns: Sequence[Datum]) -> str:
    one = columns[0]
    kinds = {category: [d.column for d in columns if d.category == category] for category in
             dict.fromkeys(d.category for d in columns)}  # fmt: skip
    seen = {d.category: d.seen_by for d in columns}
    listed = "".join(
        f"| {category} | {', '.join(f'`{name}`' for name in names)} | {seen[category]} |\n"
        for category, names in kinds.items()
    )
    return (
        f"### `{one.table}`: {said['says']}\n\n"
        f"Rows: {one.kind}. Kept: {one.kept}. Exported: {one.exported}.\n\n"
        f"| kind | columns | seen by |\n|---|---|---|\n{listed}"
    )


def _channel(name: str, about: Mapping[str, str]) -> str:
    setting = f"`XERODIARY_{about['setting'].upper()}`"
    return f"| {name} | {about['says']} | {about['gets']} | {about['processor']} | {setting} |"
