"""Going on from a database that something else than `xerodiary restore` put back."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete

from diary_app.core.times import parse_utc
from server.backup import erasures
from server.backup.rows import PASSING
from server.db import codes, state
from server.db.engine import reading
from server.db.tables import METADATA
from server.db.writer import LAST
from server.services import Services
from server.trail.verify import verify

#: The sweep says every half minute that it ran, so the database is at most that much later than it says.
_UNDER_WAY = timedelta(minutes=5)


@dataclass(frozen=True)
class NewEpoch:
    """What was done. `until`: the last moment that the database knows of; `erased`: whose contact data, once more."""

    epoch: str
    until: str | None
    erased: int
    flaws: int


def begin(services: Services) -> NewEpoch:
    """Make the copy another epoch; what was ended since must not be good again. Nobody may serve from it meanwhile.

    Phones then compare and send what is missing. Unused codes, log-ins and invitations are void, and contact data that
    was erased since is erased again.
    """
    environment = services.environment
    epoch, now = environment.new_id(), environment.now()
    noted = erasures.noted(erasures.folder_of(services.settings) / erasures.FILE)

    def put_right(connection: Connection) -> NewEpoch:
        until = state.value(connection, state.SWEPT_AT)
        since = [one for one in noted if until is None or one.at > parse_utc(until) - _UNDER_WAY]
        for one in since:
            erasures.erase(connection, one)
        for name in sorted(PASSING):
            connection.execute(delete(METADATA.tables[name]))
        codes.expire_all(connection, now)
        state.set_value(connection, state.EPOCH, epoch)
        return NewEpoch(epoch, until, len({one.participant for one in since}), 0)

    done = services.writer.run(LAST, put_right)
    with reading(services.engine) as connection:
        return NewEpoch(done.epoch, done.until, done.erased, len(verify(connection).found))
