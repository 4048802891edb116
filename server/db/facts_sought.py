"""Store: about whom certain facts are known that the inbox asks for, found by an index of nothing else."""

from collections.abc import Collection

from sqlalchemy import Connection, select, text

from server.db import participants, staff_facts
from server.db.fact_tables import IS_SOUGHT

_FACT, _PARTICIPANT = staff_facts.TABLE.c, participants.TABLE.c


def sought_at(connection: Connection, sites: Collection[str], kinds: Collection[str]) -> list[tuple[str, str]]:
    """Participants at these sites with a fact of one of the kinds, ascending, and where they are."""
    sought = (
        select(_FACT.participant)
        .where(text(f"participant_fact.{IS_SOUGHT}"), _FACT.kind.in_(kinds))
        .distinct()
        .subquery()
    )
    statement = (
        select(sought.c.participant, _PARTICIPANT.site)
        .join(participants.TABLE, _PARTICIPANT.id == sought.c.participant)
        .where(_PARTICIPANT.site.in_(sites))
        .order_by(sought.c.participant)
    )
    return [(who, site) for who, site in connection.execute(statement)]
