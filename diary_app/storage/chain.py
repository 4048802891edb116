"""Queries on the phone's own records and their receipts; the caller owns the transaction."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, false, func, insert, literal, or_, select
from sqlalchemy.exc import DatabaseError

from diary_app.core.grading import State
from diary_app.core.records import CHAIN_BROKEN, GENESIS, Record, RecordKind, canonical
from diary_app.core.times import format_utc
from diary_app.core.wire import ChainHead, Receipt
from diary_app.storage.tables import DAY_STATE, RECEIPT, RECORD
from diary_app.storage.vault import Resting, about_record

_CONTENTS = select(RECORD.c.content)
_ORDER_OF_MAKING = (RECORD.c.made_at, RECORD.c.sequence)
_IN_CHAIN = RECORD.c.device == bindparam("chain")
_HEAD = select(RECORD.c.sequence, RECORD.c.hash).where(_IN_CHAIN).order_by(RECORD.c.sequence.desc()).limit(1)
_LAST_SEQUENCE = select(func.max(RECORD.c.sequence)).where(_IN_CHAIN)
_HASH = select(RECORD.c.hash).where(_IN_CHAIN, RECORD.c.sequence == bindparam("place"))
_ADD = insert(RECORD)
_AFTER = (
    _CONTENTS.where(_IN_CHAIN, RECORD.c.sequence > bindparam("after"))
    .order_by(RECORD.c.sequence)
    .limit(bindparam("most"))
)
_HOW_MANY_AFTER = select(func.count()).select_from(RECORD).where(_IN_CHAIN, RECORD.c.sequence > bindparam("after"))
_LINKS_AFTER = (
    select(RECORD.c.id, RECORD.c.hash, RECORD.c.content, RECORD.c.envelope)
    .where(_IN_CHAIN, RECORD.c.sequence > bindparam("after"))
    .order_by(RECORD.c.sequence)
    .limit(bindparam("most"))
)
_RESTING = select(RECORD.c.id, RECORD.c.content)
_OF_DAY = _CONTENTS.where(
    RECORD.c.kind == bindparam("of_kind"),
    RECORD.c.instrument == bindparam("of"),
    RECORD.c.diary_day == bindparam("day"),
).order_by(*_ORDER_OF_MAKING)
_OF_INSTRUMENT = _CONTENTS.where(
    RECORD.c.kind == bindparam("of_kind"), RECORD.c.instrument == bindparam("of")
).order_by(*_ORDER_OF_MAKING)
_BY_DAY = (
    select(RECORD.c.diary_day, RECORD.c.content)
    .where(RECORD.c.kind == bindparam("of_kind"), RECORD.c.instrument == bindparam("of"))
    .order_by(*_ORDER_OF_MAKING)
)
_DAYS_WAITING = (
    select(RECORD.c.diary_day, RECORD.c.content)
    .outerjoin(RECEIPT, and_(RECEIPT.c.record == RECORD.c.id, RECEIPT.c.epoch == bindparam("now")))
    .where(RECORD.c.kind == bindparam("of_kind"), RECORD.c.instrument == bindparam("of"), RECEIPT.c.record.is_(None))
)
#: Of days that the study has named no outcome of, or one under which an evening can be filled in all the same.
_DAYS_TAKEN_IN = (
    select(RECORD.c.diary_day, RECORD.c.content)
    .join(
        RECEIPT,
        and_(RECEIPT.c.record == RECORD.c.id, RECEIPT.c.epoch == bindparam("now"), RECEIPT.c.accepted == literal(1)),
    )
    .outerjoin(
        DAY_STATE,
        and_(DAY_STATE.c.instrument == RECORD.c.instrument, DAY_STATE.c.diary_day == RECORD.c.diary_day),
    )
    .where(
        RECORD.c.kind == bindparam("of_kind"),
        RECORD.c.instrument == bindparam("of"),
        or_(DAY_STATE.c.state.is_(None), DAY_STATE.c.state.in_([State.OPEN, State.NOT_YET_DUE, State.EXCUSED])),
    )
)
_OF_ID = _CONTENTS.where(RECORD.c.id == bindparam("named"))
_WITHOUT_RECEIPT = (
    select(func.count())
    .select_from(RECORD.outerjoin(RECEIPT, and_(RECEIPT.c.record == RECORD.c.id, RECEIPT.c.epoch == bindparam("now"))))
    .where(_IN_CHAIN, RECORD.c.sequence > bindparam("after"), RECEIPT.c.record.is_(None))
)
_DAYS_WITHOUT_RECEIPT = (
    select(RECORD.c.diary_day)
    .select_from(RECORD.outerjoin(RECEIPT, and_(RECEIPT.c.record == RECORD.c.id, RECEIPT.c.epoch == bindparam("now"))))
    .where(_IN_CHAIN, RECORD.c.sequence > bindparam("after"), RECEIPT.c.record.is_(None))
    .where(RECORD.c.kind == literal(RecordKind.ENTRY.value))
    .distinct()
)
_BROKEN_AT = (
    select(func.min(RECORD.c.sequence))
    .join(RECEIPT, and_(RECEIPT.c.record == RECORD.c.id, RECEIPT.c.epoch == bindparam("now")))
    .where(_IN_CHAIN, RECEIPT.c.accepted == literal(0), RECEIPT.c.code.in_(sorted(CHAIN_BROKEN)))
)
_RECEIVED = ("record", "epoch", "accepted", "code", "received_at")
_ADD_RECEIPT = insert(RECEIPT).from_select(
    _RECEIVED,
    select(*(bindparam(f"new_{name}", type_=RECEIPT.c[name].type) for name in _RECEIVED)).where(
        ~exists(literal(1)).where(
            RECEIPT.c.record == bindparam("new_record"), RECEIPT.c.epoch == bindparam("new_epoch")
        )
    ),
)
_RECEIPTS = (
    select(RECEIPT, RECORD.c.hash)
    .join(RECORD, RECORD.c.id == RECEIPT.c.record)
    .where(RECEIPT.c.epoch == bindparam("now"))
)
_SALVAGE = "SELECT id, hash, device, sequence, content, envelope FROM record NOT INDEXED WHERE rowid = ?"
#: One page of an index over rows that is damaged hides some hundreds; years of a diary have fewer than this.
MOST_UNREADABLE = 2000


class Link(NamedTuple):
    """One record of a chain as sync sees it, whether or not it can be read here."""

    id: str
    hash: str
    content: bytes
    envelope: bytes | None


def stand_in(link: Link) -> str:
    """What is sent in the place of a record that nobody can read any more; it is no record, and says so to staff.

    A server sets it aside, notes that this chain is broken, confirms what follows without waiting for what is missing,
    and has the phone go on under another id: what is made from then on counts as ever.
    """
    return canonical({"unreadable_record": link.id, "hash": link.hash, "note": "It cannot be read on the phone."})


def head(connection: Connection, device: str) -> ChainHead:
    """Highest sequence and its hash; sequence 0 with the genesis hash before the first record."""
    row = connection.execute(_HEAD, {"chain": device}).one_or_none()
    return ChainHead(sequence=row.sequence, hash=row.hash) if row else ChainHead(sequence=0, hash=GENESIS)


def hash_at(connection: Connection, device: str, sequence: int) -> str | None:
    """The hash of the record there; the genesis hash at 0; None beyond the head."""
    if sequence == 0:
        return GENESIS
    return connection.execute(_HASH, {"chain": device, "place": sequence}).scalar_one_or_none()


def add(connection: Connection, record: Record, content: bytes, envelope: bytes | None, made_at: str) -> None:
    """Append; the guards refuse a second record with the same id, the schema one at the same place."""
    row = {
        "id": record.id, "device": record.device, "sequence": record.sequence, "kind": record.kind,
        "previous": record.previous, "hash": record.hash, "made_at": made_at, "content": content,
        "envelope": envelope,
        "instrument": record.body.get("instrument"), "diary_day": record.body.get("diary_day"),
    }  # fmt: skip
    connection.execute(_ADD, row)


def contents_after(connection: Connection, device: str, sequence: int, limit: int) -> Sequence[bytes]:
    """At most `limit` records of that chain, by sequence."""
    return connection.execute(_AFTER, {"chain": device, "after": sequence, "most": limit}).scalars().all()


def links_after(connection: Connection, device: str, sequence: int, limit: int) -> list[Link]:
    """At most `limit` records of that chain, by sequence, with what is needed to send them."""
    rows = connection.execute(_LINKS_AFTER, {"chain": device, "after": sequence, "most": limit})
    return [Link(*row) for row in rows]


def salvaged_after(connection: Connection, device: str, sequence: int) -> tuple[list[Link], int]:
    """As `links_after` in a damaged file, past what cannot be read; and how many are known to be missing.

    Row by row and by no index: an index may be what is damaged. Rows were never removed, so their numbers have no gaps.
    """
    found: dict[int, Link] = {}
    number, silent = 0, 0
    while silent < MOST_UNREADABLE:
        number, silent = number + 1, silent + 1
        try:
            row = connection.exec_driver_sql(_SALVAGE, (number,)).one_or_none()
        except DatabaseError:
            continue
        if row is not None:
            silent = 0
            if row.device == device and isinstance(row.sequence, int) and row.sequence > sequence:
                found[row.sequence] = Link(row.id, row.hash, _bytes(row.content) or b"", _bytes(row.envelope))
    last = max(sequence, _last_in_index(connection, device), *found)
    return [found[place] for place in sorted(found)], last - sequence - len(found)


def _bytes(value: object) -> bytes | None:
    """A damaged row may give a value of any kind."""
    return value if isinstance(value, bytes) else None


def _last_in_index(connection: Connection, device: str) -> int:
    """The sequence of the newest record, which may itself be lost; 0 where the index is."""
    try:
        last = connection.execute(_LAST_SEQUENCE, {"chain": device}).scalar_one()
    except DatabaseError:
        return 0
    return last if isinstance(last, int) else 0


def count_after(connection: Connection, device: str, sequence: int) -> int:
    """How many records that chain holds beyond the sequence."""
    return connection.execute(_HOW_MANY_AFTER, {"chain": device, "after": sequence}).scalar_one()


def contents_of_kinds(connection: Connection, kinds: Sequence[str]) -> Sequence[bytes]:
    """Every record of these kinds, whichever chain, in the order in which they were made."""
    return connection.execute(_of_kinds(tuple(kinds))).scalars().all()


def contents_of_day(connection: Connection, kind: str, instrument: str, day: date) -> Sequence[bytes]:
    """Every record of that kind for that diary day, whichever chain."""
    of_day = {"of_kind": kind, "of": instrument, "day": day.isoformat()}
    return connection.execute(_OF_DAY, of_day).scalars().all()


def contents_of_instrument(connection: Connection, kind: str, instrument: str) -> Sequence[bytes]:
    """Every record of that kind for that questionnaire, whichever chain and day."""
    return connection.execute(_OF_INSTRUMENT, {"of_kind": kind, "of": instrument}).scalars().all()


def contents_by_day(connection: Connection, kind: str, instrument: str) -> Sequence[tuple[str, bytes]]:
    """Diary day and record, for every record of that kind for that questionnaire."""
    return [(day, content) for day, content in connection.execute(_BY_DAY, {"of_kind": kind, "of": instrument})]


def waiting_by_day(connection: Connection, kind: str, instrument: str, epoch: str) -> Sequence[tuple[str, bytes]]:
    """Diary day and record, for those without a receipt in this epoch."""
    waiting = {"of_kind": kind, "of": instrument, "now": epoch}
    return [(day, content) for day, content in connection.execute(_DAYS_WAITING, waiting)]


def taken_in_by_day(connection: Connection, kind: str, instrument: str, epoch: str) -> Sequence[tuple[str, bytes]]:
    """Diary day and record, for those accepted in this epoch whose day had not ended in anything when last told of."""
    taken = {"of_kind": kind, "of": instrument, "now": epoch}
    return [(day, content) for day, content in connection.execute(_DAYS_TAKEN_IN, taken)]


def content_of(connection: Connection, record: str) -> bytes | None:
    """One record by id."""
    return connection.execute(_OF_ID, {"named": record}).scalar_one_or_none()


def without_receipt(connection: Connection, device: str, epoch: str, after: int) -> int:
    """How many records of that chain beyond `after` have no receipt in this epoch."""
    return connection.execute(_WITHOUT_RECEIPT, {"chain": device, "now": epoch, "after": after}).scalar_one()


def days_without_receipt(connection: Connection, device: str, epoch: str, after: int) -> frozenset[str]:
    """The diary days of entries among those, however often each was corrected."""
    waiting = {"chain": device, "now": epoch, "after": after}
    return frozenset(connection.execute(_DAYS_WITHOUT_RECEIPT, waiting).scalars())


def broken_at(connection: Connection, device: str, epoch: str) -> int | None:
    """Which record of that chain the server has confirmed without a place on it; it never holds more than is before."""
    place: int | None = connection.execute(_BROKEN_AT, {"chain": device, "now": epoch}).scalar_one()
    return place


def add_receipts(connection: Connection, epoch: str, receipts: Iterable[tuple[str, Receipt]]) -> None:
    """Keep the first receipt of each record in this epoch; a repeated one says the same."""
    rows = [
        {
            "new_record": record, "new_epoch": epoch, "new_accepted": int(receipt.accepted),
            "new_code": receipt.code or "", "new_received_at": format_utc(receipt.received_at),
        }
        for record, receipt in receipts
    ]  # fmt: skip
    if rows:
        connection.execute(_ADD_RECEIPT, rows)


def receipts(connection: Connection, epoch: str) -> dict[str, Receipt]:
    """Record id -> receipt in this epoch."""
    rows = connection.execute(_RECEIPTS, {"now": epoch}).mappings()
    return {
        row["record"]: Receipt(
            id=row["record"], hash=row["hash"], accepted=bool(row["accepted"]), code=row["code"] or None,
            received_at=row["received_at"],
        )
        for row in rows
    }  # fmt: skip


def resting(connection: Connection) -> list[Resting]:
    """Every record as it rests."""
    return [Resting(row.content, about_record(row.id)) for row in connection.execute(_RESTING)]


@cache
def _of_kinds(kinds: tuple[str, ...]) -> Select[Any]:
    """Once for each of the few combinations asked for; `IN` would be taken apart again at every call."""
    return _CONTENTS.where(or_(false(), *(RECORD.c.kind == kind for kind in kinds))).order_by(*_ORDER_OF_MAKING)
