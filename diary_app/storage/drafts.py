"""Queries on entries being filled in; the caller owns the transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from diary_app.storage.tables import DRAFT


def put(connection: Connection, instrument: str, day: str, saved_at: str, content: bytes) -> None:
    """In place of an earlier draft for that day."""
    value = {"saved_at": saved_at, "content": content}
    statement = insert(DRAFT).values(instrument=instrument, diary_day=day, **value)
    connection.execute(statement.on_conflict_do_update(index_elements=["instrument", "diary_day"], set_=value))


def content_of(connection: Connection, instrument: str, day: str) -> bytes | None:
    """The sealed draft; None when there is none."""
    query = select(DRAFT.c.content).where(DRAFT.c.instrument == instrument, DRAFT.c.diary_day == day)
    return connection.execute(query).scalar_one_or_none()


def drop(connection: Connection, instrument: str, day: str) -> None:
    """Saved as an entry, or started over."""
    connection.execute(delete(DRAFT).where(DRAFT.c.instrument == instrument, DRAFT.c.diary_day == day))


def all_contents(connection: Connection) -> Sequence[bytes]:
    """Every sealed draft."""
    return connection.execute(select(DRAFT.c.content)).scalars().all()
