"""What the server told this phone: facts, grades of days, study files; the caller owns the transaction.

All of it belongs to an epoch. While the changes of a new epoch are still coming in, those of the last complete one
are shown, so that a schedule never appears half known.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from diary_app.core.facts import Fact, FactInvalid, detail_from
from diary_app.core.times import format_utc, parse_utc
from diary_app.core.wire import DayChange, FactChange
from diary_app.storage.tables import DAY_STATE, SERVER_FACT, STUDY_VERSION


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
    known = set(connection.execute(select(SERVER_FACT.c.id).where(SERVER_FACT.c.epoch == epoch)).scalars())
    for change in changes:
        if change.id not in known:
            known.add(change.id)
            at, body = format_utc(change.at), json.dumps(change.body, sort_keys=True)
            values = {"id": change.id, "epoch": epoch, "change_no": change.change_no, "at": at, "body": body}
            connection.execute(insert(SERVER_FACT).values(**values))


def facts(connection: Connection, epoch: str) -> Iterator[Fact]:
    """The server's facts in the order in which they became known; kinds that only a newer app knows are passed over."""
    query = select(SERVER_FACT).where(SERVER_FACT.c.epoch == epoch)
    for row in connection.execute(query.order_by(SERVER_FACT.c.change_no, SERVER_FACT.c.id)):
        with suppress(FactInvalid):
            yield Fact(row.id, parse_utc(row.at), row.change_no, detail_from(json.loads(row.body)))


def put_days(connection: Connection, epoch: str, changes: Iterable[DayChange]) -> None:
    """Each change replaces what was known of its day."""
    for change in changes:
        key = {"instrument": change.instrument, "diary_day": change.diary_day.isoformat()}
        received = None if change.received_at is None else format_utc(change.received_at)
        value = {"epoch": epoch, "state": change.state, "reason": change.reason, "entry": change.entry}
        value["received_at"] = received
        statement = upsert(DAY_STATE).values(**key, **value)
        connection.execute(statement.on_conflict_do_update(index_elements=[*key], set_=value))


def drop_days_of_other_epochs(connection: Connection, epoch: str) -> None:
    """Grades that a restored server did not repeat are no longer its grades."""
    connection.execute(delete(DAY_STATE).where(DAY_STATE.c.epoch != epoch))


def day_states(connection: Connection, instrument: str) -> dict[date, DayState]:
    """Diary day -> grade."""
    rows = connection.execute(select(DAY_STATE).where(DAY_STATE.c.instrument == instrument))
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
        connection.execute(insert(STUDY_VERSION).values(sha256=digest, version=version, text=text))
    return digest


def study_text(connection: Connection, digest: str) -> str | None:
    """A study file as it was received."""
    return connection.execute(select(STUDY_VERSION.c.text).where(STUDY_VERSION.c.sha256 == digest)).scalar_one_or_none()
