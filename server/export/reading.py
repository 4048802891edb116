"""One consistent view of the database for an export, participant by participant."""

from collections.abc import Iterator

from sqlalchemy import Connection

from diary_app.core.history import home_zone
from server.db.export_rows import days_of, entries_of, participants_in_order
from server.export.participant import ExportedParticipant
from server.intake.known import facts_of


def everybody(connection: Connection) -> Iterator[ExportedParticipant]:
    """All participants in order; each is read when it is its turn, so memory holds one at a time."""
    for participant, site in participants_in_order(connection):
        facts = facts_of(connection, participant)
        yield ExportedParticipant(
            id=participant,
            site=site,
            home_zone=home_zone(facts),
            facts=facts,
            days=days_of(connection, participant),
            entries=entries_of(connection, participant),
        )
