"""`trail/chain.csv`: every record and fact of the cut by its place on its chain, with hashes and without contents."""

import csv
import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, literal, select

from diary_app.core.records import GENESIS
from server.db import shapes

COLUMNS = ("kind", "chain", "sequence", "id", "previous", "hash")
_CHAINS = (
    ("device", "record", "device"),
    ("participant", "participant_fact", "participant"),
    ("site", "site_fact", "site"),
)
_AT_A_TIME = 1000
#: By `COLUMNS`.
_Row = Sequence[Any]


def write_chain_list(connection: Connection, file: Path, sites: Collection[str] | None) -> str:
    """By kind, chain and place, of everybody or of some sites; what the ends of the chains hash to.

    The connection is a replica's, whose texts sort by their bytes.
    """
    found = hashlib.sha256(GENESIS.encode())
    end: _Row | None = None
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\r\n")
        lines.writerow(COLUMNS)
        for rows in _rows(connection, sites):
            lines.writerows(rows)
            for row in rows:
                if end is not None and (row[1] != end[1] or row[0] != end[0]):
                    found.update(_told(end))
                end = row
    if end is not None:
        found.update(_told(end))
    return found.hexdigest()


def _told(end: _Row) -> bytes:
    kind, chain, sequence, _, _, digest = end
    return f"\n{kind} {chain} {sequence} {digest}".encode()


def _rows(connection: Connection, sites: Collection[str] | None) -> Iterator[Sequence[_Row]]:
    """Some at a time."""
    person = shapes.table("participant").c
    theirs = select(person.id).where(person.site.in_(sites or ()))
    for kind, name, chain in _CHAINS:
        source = shapes.table(name).c
        wanted = select(literal(kind), source[chain], source.sequence, source.id, source.previous, source.hash)
        if sites is not None:
            wanted = wanted.where(source.site.in_(sites) if kind == "site" else source.participant.in_(theirs))
        ordered = wanted.order_by(source[chain], source.sequence)
        yield from connection.execute(ordered, execution_options={"yield_per": _AT_A_TIME}).partitions()
