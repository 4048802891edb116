"""`trail/chain.csv`: every record and fact of the cut by its place on its chain, with hashes and without contents."""

import csv
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy import Connection, literal, select

from diary_app.core.records import GENESIS
from server.db import shapes

COLUMNS = ("kind", "chain", "sequence", "id", "previous", "hash")
_CHAINS = (
    ("device", "record", "device"),
    ("participant", "participant_fact", "participant"),
    ("site", "site_fact", "site"),
)
_AT_A_TIME = {"yield_per": 1000}


def write_chain_list(connection: Connection, file: Path, sites: Collection[str] | None) -> str:
    """By kind, chain and place, of everybody or of some sites; what the ends of the chains hash to.

    The connection is a replica's, whose texts sort by their bytes.
    """
    found, here, end = hashlib.sha256(GENESIS.encode()), ("", ""), ""
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\r\n")
        lines.writerow(COLUMNS)
        for kind, chain, sequence, name, previous, digest in _rows(connection, sites):
            lines.writerow((kind, chain, sequence, name, previous, digest))
            if (kind, chain) != here:
                found.update(end.encode())
                here = kind, chain
            end = f"\n{kind} {chain} {sequence} {digest}"
    found.update(end.encode())
    return found.hexdigest()


def _rows(connection: Connection, sites: Collection[str] | None) -> Iterator[tuple[str, str, int, str, str, str]]:
    person = shapes.table("participant").c
    theirs = select(person.id).where(person.site.in_(sites or ()))
    for kind, name, chain in _CHAINS:
        source = shapes.table(name).c
        wanted = select(literal(kind), source[chain], source.sequence, source.id, source.previous, source.hash)
        if sites is not None:
            wanted = wanted.where(source.site.in_(sites) if kind == "site" else source.participant.in_(theirs))
        ordered = wanted.order_by(source[chain], source.sequence)
        for row in connection.execute(ordered, execution_options=_AT_A_TIME):
            yield row[0], row[1], row[2], row[3], row[4], row[5]
