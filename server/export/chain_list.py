"""`trail/chain.csv`: every record and fact of the cut by its place on its chain, with hashes and without contents."""

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, literal, select

from server.db import shapes

COLUMNS = ("kind", "chain", "sequence", "id", "previous", "hash")
_CHAINS = (
    ("device", "record", "device"),
    ("participant", "participant_fact", "participant"),
    ("site", "site_fact", "site"),
)


def write_chain_list(connection: Connection, file: Path) -> int:
    """By kind, chain and place; how many rows. The connection is a replica's, whose texts sort by their bytes."""
    count = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\r\n")
        lines.writerow(COLUMNS)
        for row in _rows(connection):
            lines.writerow(row)
            count += 1
    return count


def _rows(connection: Connection) -> Iterator[tuple[object, ...]]:
    for kind, name, chain in _CHAINS:
        source = shapes.table(name).c
        wanted = select(literal(kind), source[chain], source.sequence, source.id, source.previous, source.hash)
        found = connection.execute(
            wanted.order_by(source[chain], source.sequence), execution_options={"yield_per": 1000}
        )
        yield from map(tuple, found)
