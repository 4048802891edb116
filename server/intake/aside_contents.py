"""What is in something that was set aside, whose it may be, and who may see it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from diary_app.core.errors import Code, Phrase, RequestRefused
from diary_app.core.facts import SCHEDULE_RECORDS, Fact, FactInvalid, fact_from_record
from diary_app.core.records import Record, record_in
from diary_app.core.status import is_with_consent, withdrawn_from
from server.db import devices, records, set_aside
from server.db.set_aside import SetAside
from server.intake.arrivals import captured_at
from server.intake.held import Held
from server.intake.known import facts_of
from server.intake.set_aside_words import why
from server.intake.staff import refused


@dataclass(frozen=True)
class OfSchedule:
    """A record that shapes the schedule, and what it says, which nobody has numbered."""

    record: Record
    said: Fact


def of_schedule(connection: Connection, aside: SetAside) -> OfSchedule | None:
    """A zone, choice or training record of this participant.

    None for everything else, and for what may have been made after a withdrawal of consent.
    """
    if aside.kind not in SCHEDULE_RECORDS:
        return None
    record = record_in(set_aside.data_of(connection, aside.id) or b"")
    maker = devices.activation(connection, record.device) if record else None
    if record is None or maker is None or maker.participant != aside.participant:
        return None
    try:
        check_not_sealed(connection, aside, record)
        return OfSchedule(record, fact_from_record(record))
    except (FactInvalid, RequestRefused):
        return None


def check_not_sealed(connection: Connection, aside: SetAside, record: Record | None) -> None:
    """What anybody whose it may be may have made after withdrawing consent is shown to nobody."""
    made = (captured_at(record) if record else None) or aside.received_at
    for participant in _possibly_of(connection, aside, record):
        if not is_with_consent(withdrawn_from(facts_of(connection, participant)), made, aside.received_at):
            raise never(Code.AFTER_WITHDRAWAL)


def _possibly_of(connection: Connection, aside: SetAside, record: Record | None) -> set[str]:
    """Whose phone sent it, whose phone made it, and whom it names."""
    if record is None:
        return {aside.participant}
    named, maker = record.body.get("participant"), devices.activation(connection, record.device)
    found = {aside.participant, maker.participant if maker else "", named if isinstance(named, str) else ""}
    return found - {""}


def check_is_own(held: Held, record: Record) -> None:
    activation = devices.activation(held.connection, record.device)
    if activation is None or activation.participant != held.id:
        raise never(Code.WRONG_PARTICIPANT)


def check_is_new(connection: Connection, record: Record) -> None:
    """One id stands for one version for ever."""
    if any(head.hash != record.hash for head in records.with_ids(connection, [record.id])):
        raise never(Code.RECORD_CONFLICT)
    if records.with_ids(connection, [record.id]) or set_aside.is_accepted(connection, record.id):
        raise refused("The same is here already.", "Settle this one as no_entry: exact_double.")


def never(code: Code) -> RequestRefused:
    return RequestRefused(
        code, "It cannot be accepted or shown, as {reason}.", "It is kept as it is.", reason=Phrase(why(code))
    )
