"""Facts about one participant, chained in the order in which they became known."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from server.db import shapes
from server.db.among import among

TABLE = shapes.table("participant_fact")
_PARTICIPANT = shapes.table("participant")


class ParticipantFact(NamedTuple):
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
_OF = _ALL.where(TABLE.c.participant == shapes.given("participant")).order_by(TABLE.c.sequence)
_OF_ALL = _ALL.where(among(TABLE.c.participant, "participants")).order_by(TABLE.c.participant, TABLE.c.sequence)
_OF_KINDS = _ALL.where(among(TABLE.c.participant, "participants"), among(TABLE.c.kind, "kinds")).order_by(
    TABLE.c.participant, TABLE.c.sequence
)
_BODIES = select(TABLE.c.kind, TABLE.c.body)
_AFTER = (
    _ALL.where(TABLE.c.participant == shapes.given("participant"), TABLE.c.revision > shapes.given("revision"))
    .where(among(TABLE.c.kind, "kinds"))
    .order_by(TABLE.c.revision)
    .limit(shapes.given("limit"))
)


#: One look into an index for each participant; the newest of all would be a look at every fact.
_LAST_OF_EACH = (
    select(
        select(TABLE.c.at)
        .where(TABLE.c.participant == _PARTICIPANT.c.id)
        .order_by(TABLE.c.sequence.desc())
        .limit(1)
        .scalar_subquery()
        .label("at")
    )
    .select_from(_PARTICIPANT)
    .subquery()
)
_LATEST = select(func.max(_LAST_OF_EACH.c.at))


def bodies(connection: Connection) -> Iterator[tuple[str, str]]:
    """Kind and body of every fact about anybody, never all of them in memory."""
    for row in connection.execute(_BODIES, execution_options={"yield_per": 1000}):
        yield row.kind, row.body


def add(connection: Connection, row: ParticipantFact) -> None:
    """Insert the next fact of a participant whose row is held."""
    shapes.add(connection, TABLE, [row])


def one(connection: Connection, id: str) -> ParticipantFact | None:
    """By id."""
    return shapes.first(connection, _ALL.where(TABLE.c.id == id), ParticipantFact)


def of(connection: Connection, participant: str) -> list[ParticipantFact]:
    """All facts about one participant, in order."""
    return shapes.read(connection, _OF, ParticipantFact, participant=participant)


def of_all(connection: Connection, participants: Collection[str]) -> list[ParticipantFact]:
    """All facts about these participants, each participant's in order."""
    return shapes.read(connection, _OF_ALL, ParticipantFact, participants=list(participants))


def of_kinds(connection: Connection, participants: Collection[str], kinds: Collection[str]) -> list[ParticipantFact]:
    """Facts of certain kinds about these participants, each participant's in order."""
    return shapes.read(connection, _OF_KINDS, ParticipantFact, participants=list(participants), kinds=list(kinds))


def after(
    connection: Connection, participant: str, revision: int, kinds: Collection[str], limit: int
) -> list[ParticipantFact]:
    """Facts of certain kinds that became known after that change number, in order."""
    return shapes.read(
        connection, _AFTER, ParticipantFact, participant=participant, revision=revision, kinds=list(kinds), limit=limit
    )


def every(connection: Connection) -> Iterator[ParticipantFact]:
    """All facts, one participant's chain after the other."""
    return shapes.stream(connection, _ALL.order_by(TABLE.c.participant, TABLE.c.sequence), ParticipantFact)


def every_of_kinds(connection: Connection, kinds: Collection[str]) -> list[ParticipantFact]:
    """All facts of certain kinds, one participant's after the other's; for kinds that are few."""
    statement = _ALL.where(TABLE.c.kind.in_(kinds)).order_by(TABLE.c.participant, TABLE.c.sequence)
    return shapes.read(connection, statement, ParticipantFact)


def latest(connection: Connection) -> datetime | None:
    """When anything was last recorded about anybody, by the clock of then; None before the first fact."""
    found: datetime | None = connection.execute(_LATEST).scalar()
    return found


def participants(connection: Connection) -> list[str]:
    """Everybody about whom something is known, ascending."""
    statement = select(TABLE.c.participant).distinct().order_by(TABLE.c.participant)
    return [str(row[0]) for row in connection.execute(statement)]
