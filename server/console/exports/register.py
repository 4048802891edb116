"""The register of extracts: who took what out, when; read from the trail, where each is noted before it leaves."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from server.console.dates import Calendar
from server.console.listing import Column
from server.db import accounts, site_facts
from server.intake.known import COMMAND_LINE
from server.trail.extracts import EXTRACT_MADE

WHATS = {
    "bundle": message("bundle"),
    "test": message("test transfer"),
    "trail": message("trail"),
}


@dataclass(frozen=True)
class Taken:
    """One extract. `sites`: None where it is of everybody."""

    at: datetime
    account: str
    who: str
    what: str
    detail: str
    sites: frozenset[str] | None
    with_answers: bool
    rows: int
    sha256: str


def taken(connection: Connection, account: str, sites: Collection[str], *, everywhere: bool) -> list[Taken]:
    """What an account may know of, newest first: its own, and those of its sites alone or, everywhere, all."""
    facts = site_facts.of_kinds(connection, [EXTRACT_MADE])
    names = accounts.names(connection, {fact.author for fact in facts})
    merged: dict[tuple[datetime, str, str], Taken] = {}
    for fact in facts:  # a trail is noted at each site whose rows were taken
        one = _taken(fact.at, fact.author, names, json.loads(fact.body), fact.site)
        key = (one.at, one.account, one.sha256)
        before = merged.get(key)
        merged[key] = replace(one, sites=_both(before.sites, one.sites)) if before else one
    return [
        one
        for _, one in sorted(merged.items(), key=lambda item: item[0], reverse=True)
        if everywhere or one.account == account or (one.sites is not None and one.sites <= set(sites))
    ]


def columns(calendar: Calendar, say: Any) -> list[Column[Taken]]:
    """As the table of the page has them."""
    return [
        Column("at", message("When"), lambda row: calendar.moment(row.at), lambda row: row.at.isoformat(),
               lambda row: row.at),
        Column("who", message("Who"), lambda row: say(message("at the server itself")) if row.who == COMMAND_LINE
               else row.who, lambda row: row.who),
        Column("what", message("What"), lambda row: say(WHATS[row.what]), lambda row: row.what),
        Column("detail", message("Cut or filter"), lambda row: row.detail),
        Column("answers", message("With answers"), lambda row: say(message("yes")) if row.with_answers
               else say(message("no")), lambda row: int(row.with_answers)),
        Column("rows", message("Rows or participants"), lambda row: str(row.rows), lambda row: row.rows,
               lambda row: row.rows, is_number=True),
        Column("sha256", message("SHA-256"), lambda row: row.sha256[:16], lambda row: row.sha256),
    ]  # fmt: skip


def _taken(at: datetime, author: str, names: Mapping[str, str], body: Mapping[str, Any], site: str) -> Taken:
    what = "test" if body.get("test") else str(body.get("what"))
    return Taken(
        at, author, names.get(author, author), what if what in WHATS else "trail", _detail(body), _sites(body, site),
        bool(body.get("with_answers")), int(body.get("rows", 0)), str(body.get("sha256", "")),
    )  # fmt: skip


def _detail(body: Mapping[str, Any]) -> str:
    if body.get("what") == "bundle":
        return f"{body['cut_kind']} {body['cut_at'][:16].replace('T', ' ')} UTC · {body['formats']} · {body['sites']}"
    asked = body.get("filter", {})
    return " ".join(f"{name}={value}" for name, value in sorted(asked.items())) or "–"


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


def _sites(body: Mapping[str, Any], site: str) -> frozenset[str] | None:
    named = str(body.get("sites", site))
    return None if named == "*" else frozenset(named.split())
