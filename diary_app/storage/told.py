"""What the server told this phone: facts, grades of days, study files; the caller owns the transaction.

All of it belongs to an epoch. While the changes of a new epoch are still coming in, those of the last complete one
are shown, so that a schedule never appears half known.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, insert, literal_column, select
from sqlalchemy.dialects.sqlite import insert as upsert

from diary_app.core.facts import Fact, FactInvalid, detail_from
from diary_app.core.times import format_utc, parse_utc
from diary_app.core.wire import DayChange, FactChange
from diary_app.storage.tables import DAY_STATE, SERVER_FACT, STUDY_VERSION

_IN_EPOCH = SERVER_FACT.c.epoch == bindparam("of")
_FACT_IDS = select(SERVER_FACT.c.id).where(_IN_EPOCH)
_ADD_FACT = insert(SERVER_FACT)
_FACTS = (
    select(SERVER_FACT.c.id, SERVER_FACT.c.change_no, SERVER_FACT.c.at, SERVER_FACT.c.body)
    .where(_IN_EPOCH)
    .order_by(SERVER_FACT.c.change_no, SERVER_FACT.c.id)
)
_PUT_DAY = upsert(DAY_STATE)
_REPLACE_DAY = _PUT_DAY.on_conflict_do_update(
    index_elements=["instrument", "diary_day"],
    set_={name: _PUT_DAY.excluded[name] for name in ("epoch", "state", "reason", "entry", "received_at")},
)
_DROP_DAYS = delete(DAY_STATE).where(DAY_STATE.c.epoch != bindparam("of"))
_DAYS = select(DAY_STATE).where(DAY_STATE.c.instrument == bindparam("of"))
_ADD_STUDY = insert(STUDY_VERSION)
_STUDY = select(STUDY_VERSION.c.text).where(STUDY_VERSION.c.sha256 == bindparam("digest"))
_STUDIES = select(STUDY_VERSION.c.text).order_by(literal_column("rowid").desc())


@dataclass(frozen=True)
class DayState:
    """The server's grade of one diary day: its state, why, the entry that counts and when that was received."""

    state: str
    reason: str | None
    entry: str | None
    received_at: datetime | None


def add_facts(connection: Connection, epoch: str, changes: Collection[FactChange]) -> None:
    """Keep the facts that are new in this epoch."""
    if not changes:
        return
    known = set(connection.execute(_FACT_IDS, {"of": epoch}).scalars())
    new: dict[str, dict[str, object]] = {}
    for change in changes:
        if change.id not in known:
            new.setdefault(change.id, _fact_row(epoch, change))
    if new:
        connection.execute(_ADD_FACT, [*new.values()])


def facts(connection: Connection, epoch: str) -> Iterator[Fact]:
    """The server's facts in the order in which they became known; kinds that only a newer app knows are passed over."""
    for row in connection.execute(_FACTS, {"of": epoch}):
        fact = _fact(*row)
        if fact is not None:
            yield fact


def put_days(connection: Connection, epoch: str, changes: Iterable[DayChange]) -> None:
    """Each change replaces what was known of its day."""
    rows = [_day_row(epoch, change) for change in changes]
    if rows:
        connection.execute(_REPLACE_DAY, rows)


def drop_days_of_other_epochs(connection: Connection, epoch: str) -> None:
    """Grades that a restored server did not repeat are no longer its grades."""
    connection.execute(_DROP_DAYS, {"of": epoch})


def day_states(connection: Connection, instrument: str) -> dict[date, DayState]:
    """Diary day -> grade."""
    rows = connection.execute(_DAYS, {"of": instrument})
    return {
        date.fromisoformat(row.diary_day): DayState(
            row.state, row.reason, row.entry, parse_utc(row.received_at) if row.received_at else None
        )
        for row in rows
    }


def add_study(connection: Connection, version: str, text: str) -> str:
    """Keep a study file; its SHA-256."""
    digest = sha256(text.encode()).hexdigest()
    if study_text(connection, digest) is None:
        connection.execute(_ADD_STUDY, {"sha256": digest, "version": version, "text": text})
    return digest


def study_text(connection: Connection, digest: str) -> str | None:
    """A study file as it was received."""
    return connection.execute(_STUDY, {"digest": digest}).scalar_one_or_none()


def study_texts(connection: Connection) -> Sequence[str]:
    """Every study file as it was received, the newest first."""
    return connection.execute(_STUDIES).scalars().all()


def _fact_row(epoch: str, change: FactChange) -> dict[str, object]:
    at, body = format_utc(change.at), json.dumps(change.body, sort_keys=True)
    return {"id": change.id, "epoch": epoch, "change_no": change.change_no, "at": at, "body": body}


@lru_cache(maxsize=4096)
def _fact(id: str, change_no: int, at: str, body: str) -> Fact | None:
    """Every screen and every sync reads all facts; each is decoded once."""
    try:
        return Fact(id, parse_utc(at), change_no, detail_from(json.loads(body)))
    except FactInvalid:
        return None


def _day_row(epoch: str, change: DayChange) -> dict[str, object]:
    return {
        "instrument": change.instrument, "diary_day": change.diary_day.isoformat(), "epoch": epoch,
        "state": change.state, "reason": change.reason, "entry": change.entry,
        "received_at": None if change.received_at is None else format_utc(change.received_at),
    }  # fmt: skip
