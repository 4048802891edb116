"""Snapshots of the database taken by others than the server: put back, noticed, and gone on from in another epoch."""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

from diary_app.core.errors import XerodiaryError
from server.backup import farthest, mark, new_epoch
from server.backup.mark import Farthest
from server.services import Services, open_services
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger


class Snapshots:
    """One at a time."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._taken: datetime | None = None
        self._edition = house.editions.current

    @property
    def has_one(self) -> bool:
        """Whether there is one to put back."""
        return self._taken is not None

    def take(self) -> None:
        """The files as they lie there."""
        self._house.copy_database(self._file)
        self._taken, self._edition = self._house.world.now(), self._house.editions.current

    def put_back(self, then: Callable[[], None]) -> None:
        """The database goes back, and the server is told to go on, once there is room. `then`: done after it."""
        house, now, taken = self._house, self._house.world.now(), self._taken
        assert taken is not None
        farthest.note(house.services, now)  # as it does twice a minute
        reached = mark.noted(house.settings().var_folder / mark.FILE)

        def go_on() -> Services:
            with closing(open_services(house.settings(), house.clock)) as services:
                self._look(services, reached, now)
                new_epoch.begin(services)
            then()
            return services

        house.come_up_with(self._file, taken, self._edition, go_on)
        days = (now.date() - taken.date()).days
        house.troubled |= {taken.date() + timedelta(days=ahead) for ahead in range(-1, days + 1)}

    def _look(self, services: Services, reached: Farthest | None, now: datetime) -> None:
        """A server notices that its database went back, and will not serve from it."""
        with services.engine.connect() as connection:
            here = farthest.of(connection, now)
        is_behind = reached is not None and (here.epoch != reached.epoch or here.reached < reached.reached)
        if is_behind and not _is_refused(services):
            self._ledger.violated("the database was set back, and the server serves from it")

    @property
    def _file(self) -> Path:
        return self._house.folder / "snapshot.sqlite"


def _is_refused(services: Services) -> bool:
    with suppress(XerodiaryError):
        farthest.require_reached(services)
        return False
    return True
