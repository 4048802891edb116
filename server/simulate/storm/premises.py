"""What a server in a storm stands on: a disk with room on it or none, and what it may refuse for want of that."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import RequestRefused
from server.full_disk import DiskFull
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.counts import Befell, Kind
from server.simulate.storm.room import Room

T = TypeVar("T")


class Premises:
    """Of one server. `faults`: answers that it must never give. `troubled`: days of trouble."""

    def __init__(self, world: SimulatedEnvironment) -> None:
        self.world = world
        self.faults: list[str] = []
        self.befell = Befell()
        self.troubled: set[date] = set()
        self._room = Room()
        self._is_waiting = False

    def _with_room(self, work: Callable[[], T], otherwise: Kind) -> T | None:
        """What it gives; None where there is no room for it, which is counted as that, and then it is tried again."""
        try:
            with self._room.everywhere():
                return work()
        except (DiskFull, RequestRefused) as error:
            if not self._room.explains(error):
                raise
            self.befell[otherwise] += 1
        self._is_waiting = True
        self.troubled.add(self.world.now().date())
        return None

    def _refused_for_room(self, error: DBAPIError | RequestRefused) -> None:
        """Raises what has nothing to do with the disk."""
        if not self._room.explains(error):
            raise error
        self._had_no_room()

    def _is_excused(self, said: str, path: str) -> None:
        """Only what the database itself refused for want of room, while there was none."""
        if self._room.explains(said):
            self._had_no_room()
        else:
            self.faults.append(f"{path} was answered with {said}, and that was not for want of room")

    def _had_no_room(self) -> None:
        self.troubled.add(self.world.now().date())
        self.befell[Kind.SERVER_FULL] += 1
