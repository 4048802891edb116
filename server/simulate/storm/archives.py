"""A bundle of scope archive in a storm, and the server that is made of it once everything else is lost."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from diary_app.core.errors import CommandRefused
from server.export.archive_part import archive_in
from server.export.bundle import make_bundle
from server.export.content import CutKind
from server.export.formats import Format
from server.export.wanted import Scope, Wanted
from server.simulate.storm.editions import Edition
from server.simulate.storm.house import House
from server.simulate.storm.wire import ServerDown

#: Bundles leave out what is younger than this, as it may still be on its way into the database.
_AFTERWARDS = {"minutes": 30}


class Archives:
    """Of one server; the last one counts."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._last: tuple[Path, datetime, Edition] | None = None
        self._number = 0

    @property
    def has_one(self) -> bool:
        """Whether there is anything to make a server of."""
        return self._last is not None

    def make(self) -> bool:
        """Nothing befalls the server meanwhile; whether there was room, and a clock that a cut can be dated by."""
        house, taken = self._house, self._house.world.now()
        house.world.advance(**_AFTERWARDS)
        self._number += 1
        wanted = Wanted(CutKind.INTERIM, formats=frozenset({Format.CSV}), scope=Scope.ARCHIVE)
        try:
            with house.spared():
                made = make_bundle(house.services, house.folder / f"archive-{self._number}", wanted, author="keeper")
        except (CommandRefused, ServerDown):
            return False
        self._last = archive_in(made.folder), taken, house.editions.current
        return True

    def restore(self, then: Callable[[], None]) -> None:
        """A server is made of the last one. `then`: done after it."""
        assert self._last is not None
        self._house.restore(then, self._last)
