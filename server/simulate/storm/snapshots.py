"""Snapshots of the database taken by others than the server: put back, noticed, and gone on from in another epoch."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from diary_app.core.errors import XerodiaryError
from server.backup import farthest, mark, new_epoch
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger


class Snapshots:
    """One at a time."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._taken: datetime | None = None

    @property
    def has_one(self) -> bool:
        """Whether there is one to put back."""
        return self._taken is not None

    def take(self) -> None:
        """The files as they lie there."""
        self._house.copy_database(self._file)
        self._taken = self._house.world.now()

    def put_back(self) -> None:
        """The server notices that its database went back, will not serve from it, and is told to go on."""
        house, now = self._house, self._house.world.now()
        assert self._taken is not None
        farthest.note(house.services, now)  # as it does twice a minute
        reached = mark.noted(house.settings().var_folder / mark.FILE)
        services = house.come_up_with(self._file, self._taken)
        with services.engine.connect() as connection:
            here = farthest.of(connection, now)
            is_behind = reached is not None and (here.epoch != reached.epoch or here.reached < reached.reached)
        if is_behind and not self._is_refused():
            self._ledger.violated("the database was set back, and the server serves from it")
        new_epoch.begin(services)
        house.stop()
        house.start()
        days = (now.date() - self._taken.date()).days
        house.troubled |= {self._taken.date() + timedelta(days=ahead) for ahead in range(-1, days + 1)}

    def _is_refused(self) -> bool:
        with suppress(XerodiaryError):
            farthest.require_reached(self._house.services)
            return False
        return True

    @property
    def _file(self) -> Path:
        return self._house.folder / "snapshot.sqlite"
