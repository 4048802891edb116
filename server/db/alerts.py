"""Queries behind alerts: one for each kind, for all participants of some sites, none made once per participant."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)

from diary_app.core.errors import Code
from diary_app.core.facts import Channel, ContactField, DeviceState
from diary_app.core.records import RecordKind
from diary_app.core.wire import CLOCK_TOLERANCE_MS
from server.db import quarantine, shapes
from server.db.days import ExpectedDay
from server.db.fact_tables import IS_LOCK
from server.db.working_tables import IS_AFTER_LOCK

_PARTICIPANT = shapes.table("participant")
_DEVICE = shapes.table("device")
_DAY = shapes.table("expected_day")
_CONTACT = shapes.table("contact")
_RECORD = shapes.table("record")
_FACT = shapes.table("participant_fact")
_REMINDER = shapes.table("reminder")
_EVENT = shapes.table("reminder_event")
_REACH = shapes.table("contact_detail")
_QUARANTINE = quarantine.TABLE
_ACTIVE = _DEVICE.c.state == DeviceState.ACTIVE.value
_LAST_SEEN = func.coalesce(_DEVICE.c.last_seen_at, _DEVICE.c.active_from)


@dataclass(frozen=True, slots=True)
class Case:
    """One participant to whom it applies. `since`: its newest cause; what comes again is new. `count`: causes."""

    participant: str
    site: str
    since: datetime
    count: int


class Late(NamedTuple):
    """An entry that came after days were locked, of which nobody has said yet whether its own day was."""

    site: str
    participant: str
    id: str
    code: str
    diary_day: date
    captured_at: datetime
    received_at: datetime
    change_no: int


def never_activated(connection: Connection, sites: Collection[str], before: datetime) -> list[Case]:
    """Added before that moment, and no phone yet."""
    waiting = _PARTICIPANT.c.activated_at.is_(None) & (_PARTICIPANT.c.added_at < before)
    return _read(connection, select(*_case(_PARTICIPANT.c.added_at, 1)).where(waiting), sites)


def silent_phones(connection: Connection, sites: Collection[str], before: datetime, now: datetime) -> list[Case]:
    """Active phones not heard from since before that moment, although an evening was expected and has passed."""
    expected = exists().where(
        _DAY.c.participant == _DEVICE.c.participant,
        _DAY.c.not_expected.is_(None),
        _DAY.c.late_until > _LAST_SEEN,
        _DAY.c.late_until <= now,
    )
    statement = select(*_case(_LAST_SEEN, 1)).join(_DEVICE, _DEVICE.c.participant == _PARTICIPANT.c.id)
    return _read(connection, statement.where(_ACTIVE, before > _LAST_SEEN, expected), sites)


def wrong_clocks(connection: Connection, sites: Collection[str]) -> list[Case]:
    """Active phones whose clock was further off than is passed over when they were last in contact."""
    off = func.abs(func.coalesce(_DEVICE.c.clock_offset_ms, 0)) > CLOCK_TOLERANCE_MS
    statement = select(*_case(_LAST_SEEN, 1)).join(_DEVICE, _DEVICE.c.participant == _PARTICIPANT.c.id)
    return _read(connection, statement.where(_ACTIVE, off), sites)


def flagged_contacts(
    connection: Connection, sites: Collection[str], flags: Collection[Code], after: datetime
) -> list[Case]:
    """Contacts after that moment with one of these flags."""
    has_one = or_(*(_CONTACT.c.flags.like(f"%{flag.value}%") for flag in flags))
    statement = _newest(_CONTACT, _CONTACT.c.received_at).where(has_one, _CONTACT.c.received_at > after)
    return _read(connection, statement, sites)


def set_aside(connection: Connection, sites: Collection[str], *, gaps: bool, before: datetime) -> list[Case]:
    """What waits in quarantine since before that moment: only what lies beyond a gap, or everything else."""
    is_gap = _QUARANTINE.c.code == Code.CHAIN_GAP.value
    statement = _newest(_QUARANTINE, _QUARANTINE.c.received_at).where(
        quarantine.WAITS, is_gap if gaps else ~is_gap, _QUARANTINE.c.received_at < before
    )
    return _read(connection, statement, sites)


def evenings_after_lock(connection: Connection, sites: Collection[str]) -> list[Case]:
    """Days for which an entry, or a later version of one, came when they were locked, as they still are."""
    statement = _newest(_DAY, _DAY.c.after_lock_at).where(text(f"expected_day.{IS_AFTER_LOCK}"))
    return _read(connection, statement, sites)


def after_some_lock(connection: Connection, sites: Collection[str], instruments: Collection[str]) -> list[Late]:
    """Entries of these questionnaires that came after any days of their participant were locked, by participant."""
    locked = select(_FACT.c.participant, func.min(_FACT.c.revision).label("since")).where(
        text(f"participant_fact.{IS_LOCK}")
    )
    first = locked.group_by(_FACT.c.participant).subquery()
    statement = (
        select(_PARTICIPANT.c.site, *(_RECORD.c[name] for name in Late._fields[1:]))
        .join(first, first.c.participant == _PARTICIPANT.c.id)
        .join(_RECORD, and_(_RECORD.c.participant == first.c.participant, _RECORD.c.change_no > first.c.since))
        .where(_PARTICIPANT.c.site.in_(sites), _RECORD.c.instrument.in_(instruments))
        .where(_RECORD.c.kind == RecordKind.ENTRY, _RECORD.c.practice == 0)
        .order_by(_RECORD.c.participant, _RECORD.c.change_no)
    )
    return [Late._make(row) for row in connection.execute(statement)]


def failed_reminders(
    connection: Connection, sites: Collection[str], state: str, after: datetime, of_addresses: Collection[str]
) -> list[Case]:
    """Reminders that were due after that moment and are in that state, of whoever has got none since.

    Not those that failed for the address, by one of these codes, while `refused_addresses` says so or once something
    was recorded of the contact details: it is seen to there.
    """
    later = _REMINDER.alias()
    got_one = exists().where(later.c.participant == _REMINDER.c.participant, later.c.sent_at > _REMINDER.c.due_at)
    statement = _newest(_REMINDER, _REMINDER.c.due_at).where(
        _REMINDER.c.state == state, _REMINDER.c.due_at > after, ~got_one, ~_is_of_address(of_addresses)
    )
    return _read(connection, statement, sites)


def _is_of_address(codes: Collection[str]) -> ColumnElement[bool]:
    same = [_EVENT.c[name] == _REMINDER.c[name] for name in ("participant", "instrument", "diary_day", "number")]
    failed_so = exists().where(*same, _EVENT.c.sequence == _REMINDER.c.sequence, _EVENT.c.code.in_(codes))
    refused = or_(
        *(
            and_(_REMINDER.c.channel == channel, _REACH.c[f"{field}_refused_at"].is_not(None))
            for channel, field in ((Channel.EMAIL, ContactField.EMAIL), (Channel.SMS, ContactField.PHONE))
        )
    )
    is_refused = exists().where(_REACH.c.participant == _REMINDER.c.participant, refused)
    recorded_since = exists().where(
        _FACT.c.participant == _REMINDER.c.participant, _FACT.c.kind == "contact_detail",
        _FACT.c.at >= _REMINDER.c.due_at,
    )  # fmt: skip
    return and_(failed_so, or_(is_refused, recorded_since))


def refused_addresses(connection: Connection, sites: Collection[str]) -> list[Case]:
    """Whose address or number is refused, until it is changed, confirmed or erased."""
    times = [_REACH.c.email_refused_at, _REACH.c.phone_refused_at]
    since = case((func.coalesce(times[0], 0) > func.coalesce(times[1], 0), times[0]), else_=times[1])
    columns = _case(since, literal(1))
    statement = select(*columns).join(_REACH, _REACH.c.participant == _PARTICIPANT.c.id)
    return _read(connection, statement.where(or_(*(one.is_not(None) for one in times))), sites)


def evenings(
    connection: Connection, sites: Collection[str], instrument: str, since: date,
    participants: Collection[str] | None = None,
) -> list[ExpectedDay]:  # fmt: skip
    """Days of the diary from that one on, of everybody at the sites or of some, by participant and day."""
    statement = (
        select(*shapes.columns(_DAY, ExpectedDay))
        .join(_PARTICIPANT, _PARTICIPANT.c.id == _DAY.c.participant)
        .where(_PARTICIPANT.c.site.in_(sites), _DAY.c.instrument == instrument, _DAY.c.diary_day >= since)
    )
    if participants is not None:
        statement = statement.where(_DAY.c.participant.in_(participants))
    rows = connection.execute(statement.order_by(_DAY.c.participant, _DAY.c.diary_day))
    return [ExpectedDay._make(row) for row in rows]


def _case(since: Any, count: Any) -> list[Any]:
    return [_PARTICIPANT.c.id, _PARTICIPANT.c.site, since, count]


def _newest(of: FromClause, since: Any) -> Select[Any]:
    columns = _case(func.max(since), func.count())
    joined = select(*columns).join(of, of.c.participant == _PARTICIPANT.c.id)
    return joined.group_by(_PARTICIPANT.c.id, _PARTICIPANT.c.site)


def _read(connection: Connection, statement: Select[Any], sites: Collection[str]) -> list[Case]:
    there = statement.where(and_(_PARTICIPANT.c.site.in_(sites))).order_by(_PARTICIPANT.c.id)
    return [Case(*row) for row in connection.execute(there)]
