"""Queries on the phone's own records and their receipts; the caller owns the transaction."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, and_, func, insert, select

from diary_app.core.records import GENESIS, Record
from diary_app.core.wire import ChainHead, Receipt
from diary_app.storage.tables import RECEIPT, RECORD


def head(connection: Connection, device: str) -> ChainHead:
    """Highest sequence and its hash; sequence 0 with the genesis hash before the first record."""
    query = select(RECORD.c.sequence, RECORD.c.hash).where(RECORD.c.device == device)
    row = connection.execute(query.order_by(RECORD.c.sequence.desc()).limit(1)).one_or_none()
    return ChainHead(sequence=row.sequence, hash=row.hash) if row else ChainHead(sequence=0, hash=GENESIS)


def hash_at(connection: Connection, device: str, sequence: int) -> str | None:
    """The hash of the record there; the genesis hash at 0; None beyond the head."""
    if sequence == 0:
        return GENESIS
    query = select(RECORD.c.hash).where(RECORD.c.device == device, RECORD.c.sequence == sequence)
    return connection.execute(query).scalar_one_or_none()


def add(connection: Connection, record: Record, content: bytes, made_at: str) -> None:
    """Append; the guards refuse a second record with the same id, the schema one at the same place."""
    connection.execute(
        insert(RECORD).values(
            id=record.id, device=record.device, sequence=record.sequence, kind=record.kind, previous=record.previous,
            hash=record.hash, made_at=made_at, instrument=record.body.get("instrument"),
            diary_day=record.body.get("diary_day"), content=content,
        )
    )  # fmt: skip


def contents_after(connection: Connection, device: str, sequence: int, limit: int) -> Sequence[bytes]:
    """At most `limit` records of that chain, by sequence."""
    query = select(RECORD.c.content).where(RECORD.c.device == device, RECORD.c.sequence > sequence)
    return connection.execute(query.order_by(RECORD.c.sequence).limit(limit)).scalars().all()


def count_after(connection: Connection, device: str, sequence: int) -> int:
    """How many records that chain holds beyond the sequence."""
    query = select(func.count()).select_from(RECORD).where(RECORD.c.device == device, RECORD.c.sequence > sequence)
    return connection.execute(query).scalar_one()


def contents_of_kinds(connection: Connection, kinds: Sequence[str]) -> Sequence[bytes]:
    """Every record of these kinds, whichever chain, in the order in which they were made."""
    query = select(RECORD.c.content).where(RECORD.c.kind.in_(kinds))
    return connection.execute(query.order_by(RECORD.c.made_at, RECORD.c.sequence)).scalars().all()


def contents_of_day(connection: Connection, kind: str, instrument: str, day: date) -> Sequence[bytes]:
    """Every record of that kind for that diary day, whichever chain."""
    query = select(RECORD.c.content).where(
        RECORD.c.kind == kind, RECORD.c.instrument == instrument, RECORD.c.diary_day == day.isoformat()
    )
    return connection.execute(query.order_by(RECORD.c.made_at, RECORD.c.sequence)).scalars().all()


def content_of(connection: Connection, record: str) -> bytes | None:
    """One record by id."""
    return connection.execute(select(RECORD.c.content).where(RECORD.c.id == record)).scalar_one_or_none()


def without_receipt(connection: Connection, device: str, epoch: str, after: int) -> int:
    """How many records of that chain beyond `after` have no receipt in this epoch."""
    received = and_(RECEIPT.c.record == RECORD.c.id, RECEIPT.c.epoch == epoch)
    query = select(func.count()).select_from(RECORD.outerjoin(RECEIPT, received))
    query = query.where(RECORD.c.device == device, RECORD.c.sequence > after, RECEIPT.c.record.is_(None))
    return connection.execute(query).scalar_one()


def add_receipt(connection: Connection, record: str, epoch: str, receipt: Receipt) -> None:
    """Keep the first receipt of this epoch; a repeated one says the same."""
    known = select(RECEIPT.c.record).where(RECEIPT.c.record == record, RECEIPT.c.epoch == epoch)
    if connection.execute(known).one_or_none() is None:
        values = receipt.model_dump(mode="json", include={"accepted", "received_at"})
        connection.execute(insert(RECEIPT).values(record=record, epoch=epoch, code=receipt.code or "", **values))


def receipts(connection: Connection, epoch: str) -> dict[str, Receipt]:
    """Record id -> receipt in this epoch."""
    query = select(RECEIPT, RECORD.c.hash).join(RECORD, RECORD.c.id == RECEIPT.c.record)
    rows = connection.execute(query.where(RECEIPT.c.epoch == epoch)).mappings()
    return {
        row["record"]: Receipt(
            id=row["record"], hash=row["hash"], accepted=bool(row["accepted"]), code=row["code"] or None,
            received_at=row["received_at"],
        )
        for row in rows
    }  # fmt: skip


def all_contents(connection: Connection) -> Sequence[bytes]:
    """Every sealed record."""
    return connection.execute(select(RECORD.c.content)).scalars().all()
