"""One participant whose row this transaction holds: its counter of changes and the head of its chain of facts.

Change numbers are taken while the row is held, so their order is the order of commits, and a cursor can rely on it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.db import participants
from server.db.participants import Participant


class Held:
    """A locked participant. Changes are kept here and written once, by `save`, at the end."""

    def __init__(self, connection: Connection, row: Participant) -> None:
        self.connection = connection
        self.id = row.id
        self._stored = self._row = row
        self._changes = row.change_no

    @property
    def row(self) -> Participant:
        """The row as it stands now."""
        if self._row.change_no != self._changes:
            self._row = self._row._replace(change_no=self._changes)
        return self._row

    def next_change(self) -> int:
        """The number of one more changed row."""
        self._changes += 1
        return self._changes

    def change(self, **values: Any) -> None:
        """Give the row other values; its counter is changed by `next_change` alone."""
        self._row = self._row._replace(**values)

    @property
    def stored(self) -> Participant:
        """The row as it was when it was locked."""
        return self._stored

    @property
    def is_changed(self) -> bool:
        """Whether the row differs from the stored one."""
        return self.row != self._stored

    @property
    def is_only_counted(self) -> bool:
        """Whether changes were counted and nothing else of the row is another: so it is with nearly everybody."""
        if self._changes == self._stored.change_no:
            return False
        return self._row is self._stored or self.row == self._stored._replace(change_no=self._changes)

    @property
    def counter(self) -> tuple[str, int]:
        """Whose counter of changes this is, and where it stands."""
        return self.id, self._changes


def save(connection: Connection, holders: Iterable[Held]) -> None:
    """Write back the rows that changed, together; nothing is done with the holders afterwards."""
    counted, changed = list[tuple[str, int]](), list[Participant]()
    for held in holders:
        if held.is_only_counted:
            counted.append(held.counter)
        elif held.is_changed:
            changed.append(held.row)
    participants.count(connection, counted)
    participants.save(connection, changed)


@contextmanager
def holding(connection: Connection, participant: str) -> Iterator[Held]:
    """Lock one participant and write its row back at the end. Raises `RequestRefused` (not_found)."""
    row = participants.lock(connection, participant)
    if row is None:
        raise unknown_participant(participant)
    held = Held(connection, row)
    yield held
    save(connection, [held])


@contextmanager
def holding_all(connection: Connection, people: Iterable[str]) -> Iterator[dict[str, Held]]:
    """The same for several, locked in ascending order and written back together."""
    wanted = sorted(set(people))
    holders = {row.id: Held(connection, row) for row in participants.lock_all(connection, wanted)}
    for participant in wanted:
        if participant not in holders:
            raise unknown_participant(participant)
    yield holders
    save(connection, holders.values())


def unknown_participant(participant: str) -> RequestRefused:
    """What is said about a participant that is not there."""
    return RequestRefused(
        Code.NOT_FOUND,
        "There is no participant {participant}.",
        "Check the number, or add the participant first.",
        participant=participant,
    )
