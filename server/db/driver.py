"""A statement whose text and values are ready goes to the driver as it is.

What SQLAlchemy puts around each takes longer than SQLite takes to run it. Connections, transactions, errors and whoever
listens to statements stay with SQLAlchemy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Done:
    """`rows`: as the driver gives them, none for a statement that gives none. `rowcount`: how many it changed."""

    rows: Sequence[Any]
    rowcount: int


def run(connection: Connection, text: str, given: Any, *, many: bool = False) -> Done:
    """Run it in the connection's transaction, which begins where there is none.

    `given`: values as the driver takes them, `many`: a list of those. Raises what SQLAlchemy raises.
    """
    if not connection.in_transaction():
        connection.begin()
    return _run(connection, text, given, many=many)


def begin(connection: Connection, text: str) -> None:
    """Run what begins a transaction, from within SQLAlchemy's own beginning."""
    _run(connection, text, (), many=False)


def _run(connection: Connection, text: str, given: Any, *, many: bool) -> Done:
    cursor = None
    try:
        for listen in connection.engine.dispatch.before_cursor_execute:
            listen(connection, None, text, given, None, many)
        cursor = connection.connection.cursor()
        if many:
            cursor.executemany(text, given)
        else:
            cursor.execute(text, given)
        done = Done(cursor.fetchall() if cursor.description is not None else (), cursor.rowcount)
        cursor.close()
    except BaseException as error:
        if isinstance(error, Exception) and not isinstance(error, connection.dialect.loaded_dbapi.Error):
            if cursor is not None:
                cursor.close()
            raise  # of whoever listens or of the values: SQLAlchemy would name it an error of the statement
        connection._handle_dbapi_exception(error, text, given, cursor, None)  # noqa: SLF001 - the one door for it
    return done
