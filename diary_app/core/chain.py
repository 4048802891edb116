"""A device's chain of records: where the next one belongs, and how far a run of them holds together."""

from collections.abc import Iterable
from enum import StrEnum

from diary_app.core.records import GENESIS, Record
from diary_app.core.wire import ChainHead

START = ChainHead(sequence=0, hash=GENESIS)


class Placement(StrEnum):
    """How an arriving record stands to the chain that is stored already."""

    NEXT = "next"
    REPLAY = "replay"  # stored already, byte for byte
    GAP = "gap"  # something between is missing
    FORK = "fork"  # another record has its place: a clone or a restored phone


def head_of(record: Record) -> ChainHead:
    """The head of a chain that ends with this record."""
    return ChainHead(sequence=record.sequence, hash=record.hash)


def place(head: ChainHead, record: Record, stored_hash: str | None) -> Placement:
    """Where a record belongs. `head` is the highest contiguous record stored, `stored_hash` the hash of the record
    stored under this sequence number, None when there is none."""
    if stored_hash is not None:
        return Placement.REPLAY if stored_hash == record.hash else Placement.FORK
    if record.sequence > head.sequence + 1:
        return Placement.GAP
    if record.sequence == head.sequence + 1 and record.previous == head.hash:
        return Placement.NEXT
    return Placement.FORK


def follow(records: Iterable[Record], start: ChainHead = START) -> ChainHead:
    """The head after the unbroken run from `start`; stops before the first record that does not continue it.

    Parse the records from their texts first: a changed text then has another hash, which the next record does not
    name, and the last one differs from the head noted elsewhere.
    """
    head = start
    for record in records:
        if place(head, record, None) is not Placement.NEXT:
            break
        head = head_of(record)
    return head
