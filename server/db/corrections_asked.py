"""Store: for whom a correction was ever asked, found by an index of nothing else."""

from collections.abc import Collection

from sqlalchemy import Connection, select, text

from server.db import participants, staff_facts
from server.db.fact_tables import IS_REQUEST

_FACT, _PARTICIPANT = staff_facts.TABLE.c, participants.TABLE.c


def asked_at(connection: Connection, sites: Collection[str]) -> list[str]:
    """Participants at these sites, ascending."""
    asked = select(_FACT.participant).where(text(f"participant_fact.{IS_REQUEST}")).distinct().subquery()
    statement = (
        select(asked.c.participant)
        .join(participants.TABLE, _PARTICIPANT.id == asked.c.participant)
        .where(_PARTICIPANT.site.in_(sites))
        .order_by(asked.c.participant)
    )
    return [str(row[0]) for row in connection.execute(statement)]
