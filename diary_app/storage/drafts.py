"""Queries on entries being filled in; the caller owns the transaction."""

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from diary_app.storage.tables import DRAFT
from diary_app.storage.vault import Resting, about_draft

_OF_DAY = (DRAFT.c.instrument == bindparam("of"), DRAFT.c.diary_day == bindparam("day"))
_CONTENT = select(DRAFT.c.content).where(*_OF_DAY)
_ALL = select(DRAFT.c.instrument, DRAFT.c.diary_day, DRAFT.c.content)
_DROP = delete(DRAFT).where(*_OF_DAY)
_PUT = insert(DRAFT)
_REPLACE = _PUT.on_conflict_do_update(
    index_elements=["instrument", "diary_day"],
    set_={"saved_at": _PUT.excluded.saved_at, "content": _PUT.excluded.content},
)


def put(connection: Connection, instrument: str, day: str, saved_at: str, content: bytes) -> None:
    """In place of an earlier draft for that day."""
    value = {"instrument": instrument, "diary_day": day, "saved_at": saved_at, "content": content}
    connection.execute(_REPLACE, value)


def content_of(connection: Connection, instrument: str, day: str) -> bytes | None:
    """The sealed draft; None when there is none."""
    return connection.execute(_CONTENT, {"of": instrument, "day": day}).scalar_one_or_none()


def drop(connection: Connection, instrument: str, day: str) -> None:
    """Saved as an entry, or started over."""
    connection.execute(_DROP, {"of": instrument, "day": day})


def resting(connection: Connection) -> list[Resting]:
    """Every draft as it rests."""
    rows = connection.execute(_ALL)
    return [Resting(row.content, about_draft(row.instrument, row.diary_day)) for row in rows]
