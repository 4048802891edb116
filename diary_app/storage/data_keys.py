"""Queries on the wrapped data key; the caller owns the transaction. There is one at a time."""

from sqlalchemy import Connection, delete, insert, select

from diary_app.storage.tables import DATA_KEY

_WRAP = select(DATA_KEY.c.wrap)
_DROP = delete(DATA_KEY)
_ADD = insert(DATA_KEY)


def wrap(connection: Connection) -> bytes | None:
    """The data key under the PIN; None before the first PIN."""
    return connection.execute(_WRAP).scalar_one_or_none()


def put(connection: Connection, id: str, wrap: bytes, made_at: str) -> None:
    """In place of an earlier one."""
    connection.execute(_DROP)
    connection.execute(_ADD, {"id": id, "wrap": wrap, "made_at": made_at})
