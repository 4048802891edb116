"""Facts about a site, or the whole study (`*`), chained in the order in which they became known."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from diary_app.core.records import GENESIS, canonical, chain_hash
from diary_app.core.times import format_utc
from server.db import shapes, state

TABLE = shapes.table("site_fact")
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class SiteFact:
    """A row of `site_fact`; `hash` covers everything else in it."""

    id: str
    site: str
    sequence: int
    kind: str
    at: datetime
    author: str
    body: str
    previous: str
    hash: str


_ALL = select(*shapes.columns(TABLE, SiteFact))


def append(
    connection: Connection, *, site: str, kind: str, body: Mapping[str, Any], author: str, at: datetime, id: str
) -> SiteFact:
    """Add the next fact to a site's chain; the chain's head stays locked until the transaction ends."""
    state.value_or_first(connection, chain_of(site), "")
    last = _last(connection, site)
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, GENESIS)
    text = canonical(body)
    covered = fact_text(id=id, site=site, sequence=sequence, kind=kind, at=at, author=author, body=text)
    fact = SiteFact(id, site, sequence, kind, at, author, text, previous, chain_hash(previous, covered))
    shapes.add(connection, TABLE, [fact])
    return fact


def chain_of(site: str) -> str:
    """The single value whose row is locked by whoever adds to that site's chain."""
    return f"site_chain:{site}"


def of_kinds(connection: Connection, kinds: Collection[str], until: datetime | None = None) -> list[SiteFact]:
    """Facts of certain kinds of all sites as they were known at `until`, each site's in order."""
    statement = _ALL.where(TABLE.c.kind.in_(kinds)).order_by(TABLE.c.site, TABLE.c.sequence)
    return shapes.read(connection, statement if until is None else statement.where(TABLE.c.at <= until), SiteFact)


def of_site(connection: Connection, site: str) -> list[SiteFact]:
    """A site's whole chain."""
    return shapes.read(connection, _ALL.where(TABLE.c.site == site).order_by(TABLE.c.sequence), SiteFact)


def ends(connection: Connection, sites: Collection[str]) -> dict[str, int]:
    """The last number of each of these sites' chains, 0 of one that has none."""
    statement = select(TABLE.c.site, func.max(TABLE.c.sequence)).where(TABLE.c.site.in_(sites)).group_by(TABLE.c.site)
    found = {site: int(last) for site, last in connection.execute(statement)}
    return {site: found.get(site, 0) for site in sites}


def sites(connection: Connection) -> list[str]:
    """Every site that has a chain, ascending."""
    return [str(row[0]) for row in connection.execute(select(TABLE.c.site).distinct().order_by(TABLE.c.site))]


def count(connection: Connection) -> int:
    """How many there are, of all sites."""
    return connection.execute(select(func.count()).select_from(TABLE)).scalar_one()


def every(connection: Connection) -> Iterator[SiteFact]:
    """All facts, one site's chain after the other."""
    return shapes.stream(connection, _ALL.order_by(TABLE.c.site, TABLE.c.sequence), SiteFact)


def fact_text(*, id: str, site: str, sequence: int, kind: str, at: datetime, author: str, body: str) -> str:
    """What a fact's hash covers: the body and everything that says whose it is, who recorded it and when."""
    return canonical(
        {
            "at": format_utc(at),
            "author": author,
            "body": json.loads(body),
            "id": id,
            "kind": kind,
            "sequence": sequence,
            "site": site,
        }
    )


def _last(connection: Connection, site: str) -> SiteFact | None:
    statement = _ALL.where(TABLE.c.site == site).order_by(TABLE.c.sequence.desc()).limit(1)
    return shapes.first(connection, statement, SiteFact)
