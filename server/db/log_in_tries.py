"""Store: when log-ins failed, as rows of `attempt` whose span is the one moment of the try."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from server.db import attempts
from server.db.attempts import TABLE
from server.db.upserts import insert_or_change


@dataclass(frozen=True, slots=True)
class Tries:
    """How often, and when last."""

    count: int
    last: datetime | None


def within(connection: Connection, subject: str, first: datetime, last: datetime) -> Tries:
    """The failed tries of a subject from the first moment to the last."""
    query = select(func.coalesce(func.sum(TABLE.c.tries), 0), func.max(TABLE.c.span_start))
    row = connection.execute(query.where(TABLE.c.subject == subject, TABLE.c.span_start.between(first, last))).one()
    return Tries(int(row[0]), row[1])


def often(connection: Connection, beginning: str, moment: datetime, at_least: int) -> frozenset[str]:
    """The subjects that begin so and have that many failed tries from that moment on."""
    there = select(TABLE.c.subject).where(TABLE.c.subject.startswith(beginning), TABLE.c.span_start >= moment)
    query = there.group_by(TABLE.c.subject).having(func.sum(TABLE.c.tries) >= at_least)
    return frozenset(connection.execute(query).scalars())


def number(connection: Connection, beginning: str, first: datetime, end: datetime) -> int:
    """All tries of subjects that begin so, from the first moment to before the end."""
    within = TABLE.c.subject.startswith(beginning), TABLE.c.span_start >= first, TABLE.c.span_start < end
    return int(connection.execute(select(func.coalesce(func.sum(TABLE.c.tries), 0)).where(*within)).scalar_one())


def add(connection: Connection, subjects: Collection[str], at: datetime) -> None:
    """One more try of each."""
    for subject in subjects:
        attempts.count(connection, subject, at)


def take_back(connection: Connection, subjects: Collection[str], at: datetime) -> None:
    """The tries made at that moment were right after all."""
    connection.execute(delete(TABLE).where(TABLE.c.subject.in_(subjects), TABLE.c.span_start == at))


def clear(connection: Connection, subject: str) -> None:
    """Forget every try of a subject."""
    connection.execute(delete(TABLE).where(TABLE.c.subject == subject))


def remember(connection: Connection, subject: str, until: datetime) -> None:
    """Know a subject until then; kept as a span in the future, so that tidying up leaves it alone."""
    clear(connection, subject)
    insert_or_change(connection, TABLE, {"subject": subject, "span_start": until, "tries": 0})


def is_remembered(connection: Connection, subject: str, now: datetime) -> bool:
    """Whether `remember` still holds."""
    query = select(TABLE.c.tries).where(TABLE.c.subject == subject, TABLE.c.span_start > now)
    return connection.execute(query).first() is not None
