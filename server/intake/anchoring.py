"""One hash over the heads of all chains, chained to the one an hour before, so that a chain cut short shows.

An anchor keeps the heads that had moved since the one before, so that whoever verifies the trail can put together all
the heads that it saw, compute its hash again, and look each of them up.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.records import GENESIS
from server.db import chain_anchors
from server.db.chain_anchors import ChainAnchor, Head
from server.db.engine import reading
from server.db.writer import LAST
from server.services import Services


def anchor_chains(services: Services, now: datetime) -> int:
    """Add the anchor of this moment; how many heads it covers, 0 when another process was first.

    All chains are read beside the writer, which only adds what moved.
    """
    with reading(services.engine) as connection:
        before = chain_anchors.last(connection)
        seen, heads = set(chain_anchors.last_seen(connection)), chain_anchors.heads(connection)
    previous = before.heads_sha256 if before else GENESIS
    anchor = ChainAnchor(services.environment.new_id(), now, heads_sha256(previous, heads), len(heads), previous)
    moved = [head for head in heads if head not in seen]

    def keep(connection: Connection) -> int:
        chain_anchors.take_turn(connection)
        if chain_anchors.last(connection) != before:
            return 0
        chain_anchors.add(connection, anchor, moved)
        return anchor.heads

    return services.writer.run(LAST, keep)


def heads_sha256(previous: str, heads: Iterable[Head]) -> str:
    """SHA-256 over the anchor before and one line a chain, by kind and name."""
    found = hashlib.sha256(previous.encode())
    for head in heads:
        found.update(f"\n{head.kind} {head.chain} {head.sequence} {head.hash}".encode())
    return found.hexdigest()
