"""Going on from a database that something else than `xerodiary restore` put back."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete

from server.backup import erasures, mark
from server.backup.rows import PASSING
from server.db import codes, devices, participants, state
from server.db.engine import reading
from server.db.tables import METADATA
from server.db.writer import LAST
from server.services import Services
from server.trail.verify import verify


@dataclass(frozen=True)
class NewEpoch:
    """What was done. `until`: the last moment that the database knows of; `erased`: whose contact data, once more."""

    epoch: str
    until: str | None
    erased: int
    flaws: int


def begin(services: Services) -> NewEpoch:
    """Make the copy another epoch. Nobody may serve from it meanwhile.

    Phones then compare and send what is missing; none of them was heard in the new epoch. No change gets a number that
    one had which the database forgot: a phone's entry names the last one that it had heard of, and is judged by the
    plan of then. Unused codes, log-ins and invitations are void, and contact data that was erased since is
    erased again. Accounts, passwords and phones are as they were.
    """
    environment = services.environment
    epoch, now = environment.new_id(), environment.now()
    left = mark.noted(services.settings.var_folder / mark.FILE)
    noted = erasures.noted(erasures.folder_of(services.settings) / erasures.FILE)

    def put_right(connection: Connection) -> NewEpoch:
        swept_at = state.value(connection, state.SWEPT_AT)
        seen = left.set_back if left else ""
        until = min(filter(None, (swept_at, seen)), default=None)
        since = erasures.not_made(connection, noted)
        for one in since:
            erasures.erase(connection, one)
        for name in sorted(PASSING):
            connection.execute(delete(METADATA.tables[name]))
        codes.expire_all(connection, now)
        devices.forget_nonces(connection)
        participants.count_from(connection, now, left.given if left else 0)
        state.follow(connection, state.value(connection, state.EPOCH) or "", left.epoch if left else "")
        state.set_value(connection, state.EPOCH, epoch)
        return NewEpoch(epoch, until, len({one.participant for one in since}), 0)

    done = services.writer.run(LAST, put_right)
    with reading(services.engine) as connection:
        return NewEpoch(done.epoch, done.until, done.erased, len(verify(connection).found))
