"""A disk without room while a server starts: it refuses in words, loses nothing, and starts once there is room."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import Code, XerodiaryError
from server.db.engine import is_full

#: No room on the disk, none within the quota of this user, none within the limit for one file.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DATABASE = "the database"


class DiskFull(XerodiaryError):
    """There is no room for what a server writes when it starts."""


@contextmanager
def room_for(place: object) -> Iterator[None]:
    """Whatever finds no room meanwhile, a file of ours or the database, is told as that. Raises `DiskFull`.

    `place`: where, as long as the system does not name the file.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise _no_room(error.filename or place) from error
    except DBAPIError as error:
        if not is_full(error):
            raise
        raise _no_room(DATABASE) from error


def _no_room(place: object) -> DiskFull:
    return DiskFull(
        Code.DISK_FULL,
        "The disk has no room left for {place}.",
        "Make room on it, then start again. Nothing is lost: what phones have not sent stays on them.",
        place=place,
    )
