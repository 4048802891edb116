"""What becomes of something that was set aside, once somebody has looked: facts that take effect at once.

One thing at a time, each with who, in which role and why. A settlement is taken back by a later fact, never removed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Fact
from diary_app.core.records import Record, record_in
from diary_app.core.settled import settled_as
from diary_app.core.staff_acts import Outcome, QuarantineReopened, QuarantineSeen, QuarantineSettled, SettlingReason
from server.access.proving import Person
from server.access.roles import Permission
from server.db import days, set_aside, settlements
from server.db.engine import reading
from server.db.set_aside import SetAside
from server.db.settlements import Settlement
from server.intake.ahead import Ahead, Sent
from server.intake.arrivals import is_entry
from server.intake.aside_contents import (
    OfSchedule,
    check_is_new,
    check_is_own,
    check_not_sealed,
    never,
    of_schedule,
)
from server.intake.held import Held, holding
from server.intake.judging import Judge
from server.intake.known import append, facts_of
from server.intake.staff import check_not_locked, refused, take_effect
from server.intake.unsealing import settlement_of
from server.services import Services

Result = TypeVar("Result")


@dataclass(frozen=True)
class Wanted:
    """How something is to be settled; only an assignment names instrument and day."""

    outcome: Outcome
    reason: SettlingReason
    instrument: str | None = None
    diary_day: date | None = None


@dataclass(frozen=True)
class Contents:
    """What is in something that was set aside. `body` where it is a record that can be read."""

    data: bytes
    body: Mapping[str, Any] | None


def settle(services: Services, item: str, wanted: Wanted, *, by: Person) -> Fact:
    """Settle one thing that waits. Raises `RequestRefused` with nothing changed."""

    def work(held: Held, aside: SetAside, at: datetime) -> Fact:
        role = by.role_for(held.connection, _needed_for(wanted.outcome), held.row.site)
        if not aside.waits:
            raise _settled_already()
        facts = facts_of(held.connection, held.id)
        detail = QuarantineSettled(
            by_role=role, by_site=held.row.site, item=aside.id, sha256=aside.sha256, outcome=wanted.outcome,
            reason=wanted.reason, **_named(held, services, aside, wanted, at),
        )  # fmt: skip
        check_not_locked(facts, detail.diary_day)
        fact = services.environment.new_id()
        settlements.add(held.connection, [settlement_of(held.id, fact, detail)])
        return take_effect(held, services, facts, detail, author=by.account, at=at, id=fact)

    return _held(services, item, work)


def reopen(services: Services, item: str, reason: SettlingReason, *, by: Person) -> Fact:
    """Take a settlement back, so that the thing waits again. Raises `RequestRefused` with nothing changed."""

    def work(held: Held, aside: SetAside, at: datetime) -> Fact:
        role = by.role_for(held.connection, _needed_for(Outcome(aside.outcome or Outcome.NO_ENTRY)), held.row.site)
        if aside.settlement is None:
            raise refused("It is not settled.", "Settle it first.")
        if aside.code == Code.AFTER_WITHDRAWAL:
            raise refused("It follows from a withdrawal that was revoked.", "Nothing needs to be done.")
        detail = QuarantineReopened(
            by_role=role, by_site=held.row.site, item=item, sha256=aside.sha256, revokes=aside.settlement,
            reason=reason, instrument=aside.settled_instrument, diary_day=aside.settled_day,
        )  # fmt: skip
        facts = facts_of(held.connection, held.id)
        check_not_locked(facts, detail.diary_day)
        settlements.drop(held.connection, item)
        return take_effect(held, services, facts, detail, author=by.account, at=at, id=services.environment.new_id())

    return _held(services, item, work)


def look_inside(services: Services, item: str, *, by: Person) -> Contents:
    """What was received, verbatim; the trail says who looked. Raises `RequestRefused`."""

    def work(held: Held, aside: SetAside, at: datetime) -> Contents:
        role = by.role_for(held.connection, Permission.SEE_ANSWERS, held.row.site)
        data = set_aside.data_of(held.connection, item) or b""
        record = record_in(data)
        check_not_sealed(held.connection, aside, record)
        detail = QuarantineSeen(by_role=role, by_site=held.row.site, item=item, sha256=aside.sha256)
        append(held, detail, author=by.account, at=at, id=services.environment.new_id())
        return Contents(data, record.body if record else None)

    return _held(services, item, work)


def rebuild_settlements(held: Held, facts: Collection[Fact]) -> None:
    """The working rows of one participant, made again from facts."""
    found: dict[str, Settlement] = {}
    for fact in facts:
        match fact.detail:
            case QuarantineSettled() as detail:
                found[detail.item] = settlement_of(held.id, fact.id, detail)
            case QuarantineReopened(item=item):
                found.pop(item, None)
    settlements.drop_all(held.connection, held.id)
    settlements.add(held.connection, found.values())


def _held(services: Services, item: str, work: Callable[[Held, SetAside, datetime], Result]) -> Result:
    """Do it in one transaction that holds the participant; what was read before somebody else wrote is read again."""
    with reading(services.engine) as connection:
        participant = _known(connection, item).participant

    def transaction(connection: Connection) -> Result:
        with holding(connection, participant) as held:
            return work(held, _known(connection, item), services.environment.now())

    return services.writer.run(participant, transaction)


def _known(connection: Connection, item: str) -> SetAside:
    found = set_aside.one(connection, item)
    if found is None:
        raise RequestRefused(
            Code.NOT_FOUND,
            "Nothing set aside has the id {item}.",
            "xerodiary quarantine list names what there is.",
            item=item,
        )
    return found


def _needed_for(outcome: Outcome) -> Permission:
    return Permission.ACCEPT_SET_ASIDE if outcome is Outcome.ACCEPTED else Permission.SETTLE_SET_ASIDE


def _named(held: Held, services: Services, aside: SetAside, wanted: Wanted, at: datetime) -> dict[str, Any]:
    """Instrument and day of the settlement, of an accepted entry the end of its window, or what shapes the schedule."""
    if (found := of_schedule(held.connection, aside)) is not None:
        return _of_schedule(held, wanted, found)
    if wanted.outcome is Outcome.ASSIGNED:
        _check_assignment(held, services, aside, wanted)
        return {"instrument": wanted.instrument, "diary_day": wanted.diary_day}
    if wanted.instrument or wanted.diary_day:
        raise refused("Only an assignment names a day.", "Leave instrument and day out.")
    if wanted.outcome is Outcome.ACCEPTED:
        return _accepted(held, services, aside, at)
    return {"instrument": aside.instrument, "diary_day": aside.diary_day}


def _of_schedule(held: Held, wanted: Wanted, found: OfSchedule) -> dict[str, Any]:
    """What the record says goes into the fact, so that a rebuild reads nothing anew, and phones hear of it."""
    if wanted.outcome is Outcome.ASSIGNED or wanted.instrument or wanted.diary_day:
        raise refused("It is no entry, and so of no day.", "Say whether the diary follows it.")
    if wanted.outcome is Outcome.ACCEPTED:
        check_is_new(held.connection, found.record)
    return settled_as(found.record, found.said)


def _check_assignment(held: Held, services: Services, aside: SetAside, wanted: Wanted) -> None:
    instrument, day = wanted.instrument, wanted.diary_day
    if instrument is None or day is None:
        raise refused("An assignment names a questionnaire and a day.", "Name both.")
    if aside.diary_day is not None and (aside.instrument, aside.diary_day) != (instrument, day):
        raise refused(
            "It names a day itself: {instrument} {day}.", "A day is never moved.",
            instrument=aside.instrument, day=aside.diary_day,
        )  # fmt: skip
    visits = {one.code for one in services.study.instruments}
    if instrument not in visits and not days.named(held.connection, held.id, [(instrument, day)]):
        raise refused(
            "{instrument} {day} is no day of this participant's diary.", "Check questionnaire and day.",
            instrument=instrument, day=day,
        )  # fmt: skip


def _accepted(held: Held, services: Services, aside: SetAside, at: datetime) -> dict[str, Any]:
    """Judged by what is known now; what the gate would refuse stays refused, and what was too late once always is."""
    record = record_in(set_aside.data_of(held.connection, aside.id) or b"")
    if record is None or not is_entry(record):
        _check_is_theirs(held, aside, record)
        raise refused("It is no entry that can be read.", "Settle it as no_entry, or assign it to its day.")
    if aside.code == Code.TOO_LATE:
        raise never(Code.TOO_LATE)
    check_is_own(held, record)
    if not aside.on_chain:
        check_is_new(held.connection, record)
    ahead = Ahead(held.connection, [Sent(held.id, record.device, [record])], at)
    judged = Judge(held.connection, services, held.id, record.device, ahead).judged(record, 0, aside.received_at)
    if judged.row.code:
        raise never(Code(judged.row.code))
    assert judged.entry is not None
    _check_expected(held, judged.entry, judged.row.on_time_until)
    return {
        "instrument": judged.entry.instrument,
        "diary_day": judged.entry.diary_day,
        "on_time_until": judged.row.on_time_until,
    }


def _check_is_theirs(held: Held, aside: SetAside, record: Record | None) -> None:
    """Of what cannot be accepted, say first that it is sealed or somebody else's."""
    check_not_sealed(held.connection, aside, record)
    if record is not None:
        check_is_own(held, record)


def _check_expected(held: Held, body: EntryBody, on_time_until: datetime | None) -> None:
    has_row = body.visit or days.named(held.connection, held.id, [(body.instrument, body.diary_day)])
    if on_time_until is None or not has_row:
        raise never(Code.EXTRA_DAY)


def _settled_already() -> RequestRefused:
    return RequestRefused(
        Code.ALREADY_EXISTS, "It is settled already, or has joined its chain.", "Reopen it first if that was wrong."
    )
