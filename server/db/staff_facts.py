"""Facts about one participant, chained in the order in which they became known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from server.db import shapes

TABLE = shapes.table("participant_fact")


@dataclass(frozen=True, slots=True)
class ParticipantFact:
    """A row of `participant_fact`."""

    id: str
    participant: str
    sequence: int
    kind: str
    at: datetime
    author: str
    body: str
    previous: str
    hash: str
    revision: int


_ALL = select(*shapes.columns(TABLE, ParticipantFact))


def add(connection: Connection, row: ParticipantFact) -> None:
    """Insert the next fact of a participant whose row is held."""
    shapes.add(connection, TABLE, [row])


def of(connection: Connection, participant: str) -> list[ParticipantFact]:
    """All facts about one participant, in order."""
    statement = _ALL.where(TABLE.c.participant == participant).order_by(TABLE.c.sequence)
    return shapes.read(connection, statement, ParticipantFact)


def of_kinds(connection: Connection, participants: Collection[str], kinds: Collection[str]) -> list[ParticipantFact]:
    """Facts of certain kinds about these participants, each participant's in order."""
    statement = _ALL.where(TABLE.c.participant.in_(participants), TABLE.c.kind.in_(kinds))
    return shapes.read(connection, statement.order_by(TABLE.c.participant, TABLE.c.sequence), ParticipantFact)


def after(
    connection: Connection, participant: str, revision: int, kinds: Collection[str], limit: int
) -> list[ParticipantFact]:
    """Facts of certain kinds that became known after that change number, in order."""
    statement = (
        _ALL.where(TABLE.c.participant == participant, TABLE.c.revision > revision, TABLE.c.kind.in_(kinds))
        .order_by(TABLE.c.revision)
        .limit(limit)
    )
    return shapes.read(connection, statement, ParticipantFact)


def participants(connection: Connection) -> list[str]:
    """Everybody about whom something is known, ascending."""
    statement = select(TABLE.c.participant).distinct().order_by(TABLE.c.participant)
    return [str(row[0]) for row in connection.execute(statement)]
