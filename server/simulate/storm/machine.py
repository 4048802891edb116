"""A phone as a machine: the file that its diary is in, room on its disk, and what switches it off in mid-air."""

from pathlib import Path

from sqlalchemy import Engine

from diary_app.storage import meta
from diary_app.storage.meta import Name
from server.simulate.storm.fuses import Fuse
from server.simulate.storm.room import Room
from server.simulate.storm.statements import share_statements
from server.simulate.storm.tabs import TabDatabase


class Machine:
    """One; `name` is unique in the run. Its file gets another number whenever another one takes its place."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._number = 0
        self._fuse: Fuse | None = None
        self._room = Room()
        self._database: TabDatabase

    @property
    def file(self) -> Path:
        """Where the diary is now."""
        return self._folder / f"{self.name}-{self._number}.sqlite"

    @property
    def engine(self) -> Engine:
        """Of its database."""
        return self._database.engine

    @property
    def is_full(self) -> bool:
        """Whether its disk is."""
        return self._room.is_full

    def opened_file(self) -> TabDatabase:
        """A connection of its own to the diary's file."""
        database = TabDatabase(str(self.file))
        share_statements(database.engine)
        self._room.of(database.engine, may_lack_a_log=False)
        return database

    def nonces(self) -> list[str]:
        """With which it would go on talking to the server, one for each of its chains."""
        with self._database.reading() as connection:
            return [kept for name, kept in meta.get_all(connection).items() if kept and name.startswith(Name.NONCE_OF)]

    def will_die(self, steps: int) -> None:
        """After so many storage steps from now."""
        self.put_out()
        self._fuse = Fuse(self._database.engine, steps, self.file, self._next_file())

    def fill_disk(self) -> None:
        """SQLite gets not one page more."""
        self._room.fill(self.engine)

    def free_disk(self) -> None:
        """There is room again."""
        self._room.free(self.engine)

    def put_out(self) -> None:
        """Nothing kills it any more."""
        if self._fuse is not None:
            self._fuse.put_out()
            self._fuse = None

    def _next_file(self) -> Path:
        return self._folder / f"{self.name}-{self._number + 1}.sqlite"
