"""Tries counted per subject and span of time; subjects are keyed hashes, spans are forgotten."""

from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from server.db import shapes, state
from server.db.engine import is_sqlite

TABLE = shapes.table("attempt")


def take_turn(connection: Connection) -> None:
    """Hold all counting until the transaction ends: tries are counted in any order, and two processes that share
    subjects would wait for each other."""
    state.value_or_first(connection, "tries", "")


def count(connection: Connection, subject: str, span_start: datetime) -> int:
    """One more try; how many it makes in this span."""
    given = {"the_subject": subject, "since": span_start}
    return int(connection.execute(_one_more(is_sqlite(connection)), given).scalar_one())


def take_one_back(connection: Connection, subject: str, span_start: datetime) -> None:
    """One try of this span was none after all."""
    its = TABLE.c.subject == subject, TABLE.c.span_start == span_start, TABLE.c.tries > 0
    connection.execute(update(TABLE).where(*its).values(tries=TABLE.c.tries - 1))


def forget(connection: Connection, before: datetime) -> int:
    """Drop the spans that began before then; how many there were."""
    return connection.execute(delete(TABLE).where(TABLE.c.span_start < before)).rowcount


@cache
def _one_more(on_sqlite: bool) -> Executable:
    added = sqlite.insert(TABLE) if on_sqlite else postgresql.insert(TABLE)
    first = added.values(subject=bindparam("the_subject"), span_start=bindparam("since"), tries=1)
    return first.on_conflict_do_update(
        index_elements=[TABLE.c.subject, TABLE.c.span_start], set_={"tries": TABLE.c.tries + 1}
    ).returning(TABLE.c.tries)
