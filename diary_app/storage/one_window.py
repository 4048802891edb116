"""One window of the app at a time talks with the server: two would take each other's answers for a second phone's.

In a browser there is only one, as the page's lock sees to it (`web/shell/python-worker.js`). Elsewhere it is a lock on
an empty file beside the diary's, which the system lets go of when the app ends, however it ends.
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

from diary_app.core.errors import Code, DiaryUnavailable

#: Behind the name of the diary's file.
SUFFIX = ".sending"
_HAS_ONE_WINDOW = sys.platform == "emscripten"


@contextmanager
def alone(path: str) -> Iterator[None]:
    """No other window on that file talks meanwhile. Raises `DiaryUnavailable` (sending_elsewhere) while one does."""
    with ExitStack() as held:
        if not _HAS_ONE_WINDOW:
            _lock(f"{path}{SUFFIX}", held)
        yield


def _lock(file: str, held: ExitStack) -> None:
    try:
        connection = held.enter_context(closing(sqlite3.connect(file, timeout=0, isolation_level=None)))
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise _elsewhere() from error
        # damaged, or none can be made, as on a phone without room: what it holds is sent all the same
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            with suppress(OSError):
                os.truncate(file, 0)  # nobody can hold it as it is; from the next time on it is a lock again


def _elsewhere() -> DiaryUnavailable:
    return DiaryUnavailable(
        Code.SENDING_ELSEWHERE,
        "The diary is open in another window, which is sending just now.",
        "There is nothing to do: this window sends when the other one has ended.",
    )
