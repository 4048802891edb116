"""Chain anchors: one hash over the heads of all chains, taken every hour."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from server.db import shapes

TABLE = shapes.table("chain_anchor")
_SITE_FACT = shapes.table("site_fact")
_PARTICIPANT = shapes.table("participant")


@dataclass(frozen=True, slots=True)
class ChainAnchor:
    """A row of `chain_anchor`."""

    id: str
    at: datetime
    heads_sha256: str
    heads: int
    previous: str


def add(connection: Connection, row: ChainAnchor) -> None:
    """Insert the next one."""
    shapes.add(connection, TABLE, [row])


def last(connection: Connection) -> ChainAnchor | None:
    """The newest."""
    statement = select(*shapes.columns(TABLE, ChainAnchor)).order_by(TABLE.c.at.desc(), TABLE.c.id.desc()).limit(1)
    return shapes.first(connection, statement, ChainAnchor)


def participant_heads(connection: Connection) -> list[tuple[str, int, str]]:
    """Participant, sequence and hash of every chain of staff facts, ascending."""
    columns = (_PARTICIPANT.c.id, _PARTICIPANT.c.fact_sequence, _PARTICIPANT.c.fact_hash)
    return [
        (name, sequence, digest) for name, sequence, digest in connection.execute(select(*columns).order_by(columns[0]))
    ]


def site_heads(connection: Connection) -> list[tuple[str, int, str]]:
    """Site, sequence and hash of every chain of site facts, ascending."""
    ends = (
        select(_SITE_FACT.c.site, func.max(_SITE_FACT.c.sequence).label("end")).group_by(_SITE_FACT.c.site).subquery()
    )
    statement = (
        select(_SITE_FACT.c.site, _SITE_FACT.c.sequence, _SITE_FACT.c.hash)
        .join(ends, (ends.c.site == _SITE_FACT.c.site) & (ends.c.end == _SITE_FACT.c.sequence))
        .order_by(_SITE_FACT.c.site)
    )
    return [(site, sequence, digest) for site, sequence, digest in connection.execute(statement)]
