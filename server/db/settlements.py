"""How what was set aside is settled: one row each while it is, made from the facts that say so."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, select

from server.db import shapes
from server.db.among import among

TABLE = shapes.table("settlement")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A row of `settlement`; `fact` is the one that says so."""

    item: str
    participant: str
    fact: str
    outcome: str
    instrument: str | None
    diary_day: date | None
    on_time_until: datetime | None


_ALL = select(*shapes.columns(TABLE, Settlement))
_DROP_ALL = delete(TABLE).where(TABLE.c.participant == shapes.given("the_participant"))
_OF = _ALL.where(among(TABLE.c.participant, "participants"))


def add(connection: Connection, rows: Iterable[Settlement]) -> None:
    """Insert; the participant is held and nothing else settles the item."""
    shapes.add(connection, TABLE, rows)


def of(connection: Connection, participants: Collection[str]) -> dict[str, Settlement]:
    """Everything settled of these participants, by item."""
    return {row.item: row for row in shapes.read(connection, _OF, Settlement, participants=list(participants))}


def participants(connection: Connection) -> list[str]:
    """Everybody of whom something is settled, ascending."""
    statement = select(TABLE.c.participant).distinct().order_by(TABLE.c.participant)
    return [str(row[0]) for row in connection.execute(statement)]


def drop(connection: Connection, item: str) -> None:
    """It waits again."""
    connection.execute(delete(TABLE).where(TABLE.c.item == item))


def drop_all(connection: Connection, participant: str) -> None:
    """Forget the working rows; only a rebuild does that."""
    connection.execute(_DROP_ALL, {"the_participant": participant})
