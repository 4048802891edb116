"""`trail/site_trail.csv`: facts about sites and the study alone, as accounts, rights, cuts and extracts.

A bundle of some sites has what is about them, and of what is about the whole study that which concerns them: not
accounts that never had a role reaching there, nor extracts of other sites, nor the log of breaches. What was counted
over everybody is hidden there, and so are participants of other sites. No hash of the chain of the whole study is in
such a bundle: with those of neighbours values can be tried until one fits, and what is hidden is short.
"""

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from diary_app.core.times import format_utc
from server.access.rights import GIVEN
from server.db import participants, site_facts
from server.db.site_facts import EVERYWHERE, SiteFact
from server.export import tally
from server.export.csv_table import LINE_END, harmless, kept
from server.export.trail_columns import CHANGES, SITES, TEST, names
from server.incidents.incident import KIND as INCIDENT
from server.trail.extracts import EXTRACT_MADE
from server.trail.fields import HIDDEN, TrailRow, site_rows

#: Numbers over the whole study, by the first part of a field's name.
_OF_EVERYBODY = frozenset({"rows", "heads", "records", "facts", "chains", "flaws"})
_PARTICIPANT = "participant"


def write_site_trail(
    connection: Connection, folder: Path, sites: Collection[str] | None, *, is_test: bool
) -> "Counter[str]":
    """Write what is about these sites, or about all; how many facts that were, by the name of the tally."""
    mark = [TEST.upper()] if is_test else []
    seen: set[str] = set()
    with kept(folder / SITES) as file:
        lines = csv.writer(file, lineterminator=LINE_END)
        lines.writerow(names(CHANGES, is_test=is_test))
        for row in _rows(connection, sites):
            seen.add(row.source)
            cells = {**vars(row), "received": format_utc(row.received), "captured": ""}
            lines.writerow([*map(harmless, cells.values()), *mark])
    return Counter({tally.SITE_FACTS: len(seen)})


def count(connection: Connection, sites: Collection[str] | None) -> "Counter[str]":
    """How many facts there are to tell, and how many of them are on no chain of the bundle, by the tally's names."""
    facts = [fact for site in site_facts.sites(connection) for fact in site_facts.of_site(connection, site)]
    if sites is None:
        return Counter({tally.SITE_FACTS: len(facts), tally.UNCHAINED: 0})
    scope = _Scope.of(connection, sites)
    told = [fact for fact in facts if scope.has(fact)]
    unchained = sum(fact.site == EVERYWHERE for fact in told)
    return Counter({tally.SITE_FACTS: len(told), tally.UNCHAINED: unchained})


def _rows(connection: Connection, sites: Collection[str] | None) -> Iterator[TrailRow]:
    scope = None if sites is None else _Scope.of(connection, sites)
    for site in site_facts.sites(connection):
        told = None if scope is None else {
            fact.id for fact in site_facts.of_site(connection, site) if scope.has(fact)
        }  # fmt: skip
        for row in site_rows(connection, site):
            if told is None:
                yield row
            elif scope is not None and row.source in told:
                yield scope.shown(row)


@dataclass(frozen=True)
class _Scope:
    """A bundle of some sites. `accounts`: those that ever had a role there or everywhere."""

    connection: Connection
    sites: frozenset[str]
    accounts: frozenset[str]

    @classmethod
    def of(cls, connection: Connection, sites: Collection[str]) -> "_Scope":
        """`sites`: by id."""
        given = [json.loads(fact.body) for fact in site_facts.of_kinds(connection, [GIVEN])]
        reaching = frozenset(body["account"] for body in given if body["site"] in {*sites, EVERYWHERE})
        return cls(connection, frozenset(sites), reaching)

    def has(self, fact: SiteFact) -> bool:
        """Whether the fact is about one of them, or concerns one."""
        if fact.site != EVERYWHERE:
            return fact.site in self.sites
        body = json.loads(fact.body)
        if "account" in body:
            return body["account"] in self.accounts
        return fact.kind != INCIDENT and (fact.kind != EXTRACT_MADE or self._was_taken(body))

    def shown(self, row: TrailRow) -> TrailRow:
        """Without what is of others."""
        if row.site == EVERYWHERE:
            row = replace(row, hash=HIDDEN)
        if row.participant and not self._is_theirs(row.participant):
            row = replace(row, participant=HIDDEN)
        of_other = row.field.rpartition(".")[2] == _PARTICIPANT and not self._is_theirs(row.new)
        is_counted = row.site == EVERYWHERE and row.field.partition(".")[0] in _OF_EVERYBODY
        return replace(row, old=row.old and HIDDEN, new=row.new and HIDDEN) if of_other or is_counted else row

    def _was_taken(self, body: dict[str, Any]) -> bool:
        """Whether an extract held something of them: a bundle names its sites, a trail at most a participant."""
        if "sites" in body:
            return body["sites"] == EVERYWHERE or not self.sites.isdisjoint(str(body["sites"]).split())
        only = body.get("filter", {}).get(_PARTICIPANT)
        return only is None or self._is_theirs(only)

    def _is_theirs(self, participant: str) -> bool:
        found = participants.get(self.connection, participant)
        return found is not None and found.site in self.sites
