"""One consistent view of the database for an export, participant by participant."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from diary_app import resources
from diary_app.core.corrections import overlay_of
from diary_app.core.history import home_zone
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from server.db.export_rows import answered_instruments, days_of, entries_of, participants_in_order
from server.export.participant import ExportedParticipant
from server.intake.known import facts_of
from server.intake.visits import visit_states


def everybody(connection: Connection, study: Study, now: datetime) -> Iterator[ExportedParticipant]:
    """All participants in order; each is read when it is its turn, so memory holds one at a time."""
    for participant, site in participants_in_order(connection):
        facts = facts_of(connection, participant)
        yield ExportedParticipant(
            id=participant,
            site=site,
            home_zone=home_zone(facts),
            facts=facts,
            days=days_of(connection, participant),
            entries=entries_of(connection, participant, overlay_of(facts)),
            visits=tuple(visit_states(connection, study, [participant], now)),
        )


def instruments_in_use(connection: Connection, study: Study) -> list[Instrument]:
    """The diary's questionnaire, then every other one that an entry names; a union over all versions."""
    daily = (study.diary.instrument, study.diary.version)
    answered = [one for one in sorted(answered_instruments(connection)) if one != daily]
    return [resources.instrument(*one) for one in (daily, *answered)]
