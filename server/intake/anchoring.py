"""One hash over the heads of all chains, chained to the one an hour before, so that a chain cut short shows."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.records import GENESIS
from server.db import chain_anchors, devices
from server.db.chain_anchors import ChainAnchor
from server.services import Services

Head = tuple[str, int, str]


def anchor_chains(connection: Connection, services: Services, now: datetime) -> ChainAnchor:
    """Add the anchor of this moment."""
    lines = [
        *_lines("device", devices.heads(connection)),
        *_lines("participant", chain_anchors.participant_heads(connection)),
        *_lines("site", chain_anchors.site_heads(connection)),
    ]
    before = chain_anchors.last(connection)
    previous = before.heads_sha256 if before else GENESIS
    anchor = ChainAnchor(services.environment.new_id(), now, heads_sha256(previous, lines), len(lines), previous)
    chain_anchors.add(connection, anchor)
    return anchor


def heads_sha256(previous: str, lines: Iterable[str]) -> str:
    """SHA-256 over the anchor before and one line a chain."""
    return hashlib.sha256("\n".join([previous, *lines]).encode()).hexdigest()


def _lines(kind: str, heads: Iterable[Head]) -> list[str]:
    return [f"{kind} {name} {sequence} {digest}" for name, sequence, digest in heads]
