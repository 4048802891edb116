"""A tab of a phone's app: a process of its own on the phone's file, which waits for its turn beside another one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from server.simulate.phone import SimulatedPhone


class TabDatabase(Database):
    """A tab's way to the file. `turn` is waited for before each transaction: none begins while another one is open."""

    turn: Callable[[], object] | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See `Database`."""
        self._wait()
        with super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """See `Database`."""
        self._wait()
        with super().writing() as connection:
            yield connection

    def _wait(self) -> None:
        if self.turn is not None:
            self.turn()


@dataclass(frozen=True)
class Tab:
    """One that is open."""

    phone: SimulatedPhone
    database: TabDatabase

    @property
    def diary(self) -> Diary:
        """What is on the phone, as this tab knows it."""
        return self.phone.diary
