"""One participant whose row this transaction holds: its counter of changes and the head of its chain of facts.

Change numbers are taken while the row is held, so their order is the order of commits, and a cursor can rely on it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.db import participants
from server.db.participants import Participant


class Held:
    """A locked participant. Changes are kept here and written once, by `save`, at the end."""

    def __init__(self, connection: Connection, row: Participant) -> None:
        self.connection = connection
        self.row = row
        self._stored = row

    @property
    def id(self) -> str:
        """The participant."""
        return self.row.id

    def next_change(self) -> int:
        """The number of one more changed row."""
        self.change(change_no=self.row.change_no + 1)
        return self.row.change_no

    def change(self, **values: Any) -> None:
        """Give the row other values."""
        self.row = replace(self.row, **values)

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
        """Whether changes were counted and nothing else of the row is another."""
        return self.row == replace(self._stored, change_no=self.row.change_no)


def save(connection: Connection, holders: Iterable[Held]) -> None:
    """Write back the rows that changed, together; nothing is done with the holders afterwards."""
    changed = [held for held in holders if held.is_changed]
    participants.count(connection, [held.row for held in changed if held.is_only_counted])
    participants.save(connection, [held.row for held in changed if not held.is_only_counted])


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
