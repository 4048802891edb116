"""What a server in a storm stands on: a disk with room on it or none, what it may refuse for want of that, and the file
of the study.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import RequestRefused
from server.full_disk import DiskFull
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.counts import Befell, Kind
from server.simulate.storm.editions import Edition, Editions
from server.simulate.storm.room import Room

T = TypeVar("T")


class Premises:
    """Of one server. `faults`: answers that it must never give. `troubled`: days of trouble.

    `editions`: versions of the study that it was given. `has_lost_an_edition`: whether the database that went back last
    did not know the one in use.
    """

    def __init__(self, world: SimulatedEnvironment, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.editions = Editions()
        self._number = 0
        self._study_file: Path | None = None
        self._text = ""
        self._amended_to: Edition | None = None
        self._to_follow: list[Edition] = []
        self.has_lost_an_edition = False
        self.faults: list[str] = []
        self.befell = Befell()
        self.troubled: set[date] = set()
        self._room = Room()
        self._is_waiting = False

    @property
    def is_amended(self) -> bool:
        """Whether it was given another study file, and could not start with it yet."""
        return self._amended_to is not None

    def _come_back_to(self, edition: Edition, *, older_file: bool) -> None:
        """A database of then is not served with an earlier study file than that of then."""
        now, self._to_follow = self.editions.current, []  # what an earlier copy lacked is no matter any more
        self.has_lost_an_edition = edition is not now
        if edition.number > now.number or (older_file and edition is not now):
            self._take_up(edition)
        elif len(lost := self.editions.between(edition, now)) > 1:
            self._take_up(lost[0])
            self._to_follow = lost[1:]

    def _take_up(self, edition: Edition) -> None:
        self._study_file = self.folder / f"study-{self._number}-{edition.version}.toml"
        self._study_file.write_text(edition.written_into(self._text), encoding="utf-8")
        self._amended_to = edition

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
