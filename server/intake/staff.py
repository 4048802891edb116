"""What staff record about a participant: each fact is checked, chained, and takes effect in one transaction."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from diary_app.core.anchors import anchors, replaces_what_was_given
from diary_app.core.enrolment_code import code_from, normalise
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import (
    AnchorSet,
    CodeIssued,
    DeviceState,
    DeviceStateSet,
    Excused,
    Fact,
    ParticipantAdded,
    PhoneActivated,
    PhoneLent,
    RemindersChosen,
    StatusRevoked,
    StatusSet,
    WindowChosen,
)
from diary_app.core.history import zone_at
from diary_app.core.lending import is_lent
from diary_app.core.locks import is_locked
from diary_app.core.paper import TypedEntry
from diary_app.core.records import GENESIS
from diary_app.core.staff_acts import Act, DaysLocked, DaysUnlocked, QuarantineReopened, QuarantineSettled
from diary_app.core.study import Study
from diary_app.core.study_values import wall_minutes
from diary_app.core.times import format_utc, local_date
from diary_app.core.wishes import AT_ONCE
from server.db import codes, devices, participants, push_addresses
from server.db.codes import EnrolmentCode
from server.db.participants import Participant
from server.intake import installations
from server.intake.enrol import keyed_hash
from server.intake.held import Held, holding
from server.intake.known import append, facts_of
from server.intake.regrade import Change, moved, regrade, regrade_all, settle
from server.intake.schedule import reschedule
from server.intake.status_days import check_status_day
from server.intake.unsealing import read_again, unseal
from server.services import Services

EXCUSE_DAYS = 7


def add_participant(
    connection: Connection,
    services: Services,
    *,
    site: str,
    subject: str,
    author: str,
    at: datetime,
    zone: str | None = None,
    language: str | None = None,
    choices: Mapping[str, str] | None = None,
    reminders: RemindersChosen | None = None,
) -> str:
    """Add a participant under the number on the trial's own list; the pseudonym. Raises `RequestRefused`.

    `site`: id of a site of the study. `zone` and `language`: the site's and the study's first when not given.
    """
    reminders = reminders or RemindersChosen()
    participant, where = _pseudonym(services.study, site, subject)
    if participants.get(connection, participant) is not None:
        raise RequestRefused(
            Code.ALREADY_EXISTS,
            "Participant {participant} is there already.",
            "Check the number on the trial's list.",
            participant=participant,
        )
    row = Participant(participant, site, services.study.id, 0, 0, GENESIS, at)
    participants.add(connection, row)
    detail = ParticipantAdded(
        site=site, zone=zone or where, language=language or services.study.languages[0], choices=dict(choices or {}),
        usual=reminders.usual, channels=reminders.channels,
    )  # fmt: skip
    _check_choices(services.study, detail.choices)
    _check_reminders(services.study, reminders)
    append_fact(connection, services, participant, detail, author=author, at=at)
    return participant


def append_fact(
    connection: Connection,
    services: Services,
    participant: str,
    detail: BaseModel,
    *,
    author: str,
    at: datetime,
    id: str | None = None,
) -> Fact:
    """Record one fact at `at`, which is now, and let it take effect. Raises `RequestRefused` with nothing changed."""
    with holding(connection, participant) as held:
        facts = facts_of(connection, participant)
        _check(held, services.study, facts, detail, at)
        return take_effect(held, services, facts, detail, author=author, at=at, id=id or services.environment.new_id())


def take_effect(
    held: Held, services: Services, facts: tuple[Fact, ...], detail: BaseModel, *, author: str, at: datetime, id: str
) -> Fact:
    """Record a fact that was checked, and everything that follows from it. `facts`: those known before."""
    fact = append(held, detail, author=author, at=at, id=id)
    services.graded.note(at)
    if isinstance(detail, DeviceStateSet):
        _set_device(held, detail, at)
    if _ends_reminders(detail):
        push_addresses.forget(held.connection, [held.id])
    is_settlement = isinstance(detail, QuarantineSettled | QuarantineReopened)
    known = facts_of(held.connection, held.id) if is_settlement else (*facts, fact)  # a zone may count, or no more
    changes = moved(reschedule(held, services.versions, known, at))
    if is_settlement:
        _check_moves_none_locked(known, changes)
    settle([held], changes, at)
    if isinstance(detail, StatusRevoked):
        unseal(held, services, at)
    if isinstance(detail, DaysUnlocked):
        read_again(held.connection, [held], services, at)
    _regrade(held, detail, at)
    return fact


def issue_code(
    connection: Connection, services: Services, participant: str, *, author: str, at: datetime, ends: str | None = None,
    lent: bool = False,
) -> str:  # fmt: skip
    """A one-time code as it is printed, for a first or another phone; the participant's earlier ones end.

    `ends`: when the code was made that whoever asks knows to end with it, in UTC as text, empty for none; None asks
    nothing. Raises `RequestRefused` (fact_invalid) when it is another one by now.

    `lent`: it is for a phone of the site's own, whose entries will say so. The trail says who made the code: whoever
    holds it gets the participant's own entries onto a phone.
    """
    with holding(connection, participant) as held:
        earlier = codes.waiting(connection, participant, at)
        if ends is not None and ends != (format_utc(earlier.issued_at) if earlier else ""):
            raise refused(
                "Meanwhile somebody else has made a letter, or a letter was used.",
                "Look at what is said below, and decide again.",
            )
        code = code_from(services.environment.random_bytes(7))
        codes.expire(connection, participant, at)
        expires = at + timedelta(days=services.settings.code_valid_days)
        codes.add(connection, EnrolmentCode(keyed_hash(services, "code", normalise(code)), participant, at, expires))
        detail = CodeIssued(until=expires, lent=1 if lent else None)
        append(held, detail, author=author, at=at, id=services.environment.new_id())
        return code


def report_lost(
    connection: Connection, services: Services, participant: str, *, reason: str, author: str, at: datetime
) -> Fact | None:
    """The participant's active phone is lost: from now on it is told to lock. None when no phone is active."""
    device = installations.active(connection, participant)
    if device is None:
        return None
    detail = DeviceStateSet(device=device.device, state=DeviceState.LOST, reason=reason)
    return append_fact(connection, services, participant, detail, author=author, at=at)


def lend(
    connection: Connection, services: Services, participant: str, *, lent: bool, author: str, at: datetime
) -> Fact | None:
    """The active phone is lent out, or the participant's own; its entries say so once it has heard of it.

    None when that is known already. Raises `RequestRefused` when no phone is active.
    """
    with holding(connection, participant) as held:
        device = installations.active(connection, participant)
        if device is None:
            raise refused("No phone of this participant is active.", "Say so when the code for the next phone is made.")
        facts = facts_of(connection, participant)
        if is_lent(facts, [device.device]) is lent:
            return None
        detail = PhoneLent(device=device.device, lent=1 if lent else 0)
        _check(held, services.study, facts, detail, at)
        return take_effect(held, services, facts, detail, author=author, at=at, id=services.environment.new_id())


def _ends_reminders(detail: BaseModel) -> bool:
    """Whether nobody may push to the participant's phone from now on; one that may again says where by itself."""
    match detail:
        case StatusSet(status=status):
            return status in AT_ONCE
        case DeviceStateSet(state=state):
            return state is not DeviceState.ACTIVE
        case _:
            return False


def _regrade(held: Held, detail: BaseModel, at: datetime) -> None:
    """Days whose windows stay and whose grade may still be another one."""
    match detail:
        case Excused(instrument=instrument, diary_day=day):
            regrade(held, [(instrument, day)], at)
        case StatusSet() | StatusRevoked() | DeviceStateSet():
            regrade_all(held, at)
        case TypedEntry(instrument=instrument, diary_day=day):
            regrade(held, [(instrument, day)], at)
        case QuarantineSettled() | QuarantineReopened() | DaysLocked() | DaysUnlocked():
            regrade_all(held, at)


def _pseudonym(study: Study, site: str, subject: str) -> tuple[str, str]:
    """The participant's id and the site's zone."""
    try:
        where = study.site(site)
    except KeyError:
        known = ", ".join(one.id for one in study.sites)
        raise RequestRefused(
            Code.NOT_FOUND, "There is no site {site}.", "The sites are {sites}.", site=site, sites=known
        ) from None
    if re.fullmatch(study.subject_pattern, subject) is None:
        raise refused(
            "{subject} is not a participant number of this study.", "Type it as on the trial's own list.",
            subject=repr(subject),
        )  # fmt: skip
    return f"{where.number}-{subject}", where.zone


def _check(held: Held, study: Study, facts: tuple[Fact, ...], detail: BaseModel, at: datetime) -> None:
    """Whether the fact makes sense beside those known. Raises `RequestRefused`."""
    check_not_locked(facts, getattr(detail, "diary_day", None))
    match detail:
        case ParticipantAdded() if facts:
            raise refused("The participant was added already.", "Record what changed instead.")
        case PhoneActivated():
            raise refused("Only a phone with a code activates itself.", "Give the participant a code.")
        case Act():
            raise refused("This needs somebody with the right to do it.", "Use the command or page made for it.")
        case WindowChosen(instrument=instrument, choice=choice):
            _check_choices(study, {instrument: choice})
        case RemindersChosen():
            _check_reminders(study, detail)
        case AnchorSet(anchor=anchor) if anchor not in {rule.id for rule in study.anchors}:
            raise refused(
                "The study has no treatment {anchor}.", "Choose one that the study file names.", anchor=anchor
            )
        case AnchorSet(anchor=anchor, reason=None) if replaces_what_was_given(anchors(study, facts)[anchor], detail):
            raise refused(
                "This treatment was recorded as given on another date or at another time.",
                "Say why that is replaced.",
            )
        case StatusSet():
            check_status_day(facts, detail, at)
        case StatusRevoked(revokes=revoked) if revoked not in _statuses(facts):
            raise refused("There is no such status to revoke.", "Choose one that was recorded.")
        case Excused():
            _check_excuse(facts, detail, at)
        case DeviceStateSet():
            _check_device(held, detail)


def check_not_locked(facts: tuple[Fact, ...], day: date | None) -> None:
    """Nothing is recorded about a locked day. Raises `RequestRefused` (day_locked)."""
    if day is not None and is_locked(facts, day):
        raise RequestRefused(Code.DAY_LOCKED, "{day} is locked.", "The investigator can unlock it.", day=day)


def _check_moves_none_locked(facts: tuple[Fact, ...], changes: Iterable[Change]) -> None:
    """What came by itself may move the window of a locked day; a decision never does. Raises `RequestRefused`."""
    for change in changes:
        if change.seen is not None:
            check_not_locked(facts, change.seen.diary_day)


def _check_choices(study: Study, choices: Mapping[str, str]) -> None:
    allowed = {(study.diary.instrument, rule.id) for rule in study.diary.windows}
    for wrong in set(choices.items()) - allowed:
        raise refused(
            "{instrument} has no window choice {choice}.",
            "The choices are {choices}.",
            instrument=wrong[0],
            choice=wrong[1],
            choices=", ".join(rule.id for rule in study.diary.windows),
        )


def _check_reminders(study: Study, wanted: RemindersChosen) -> None:
    rule = study.prompts
    if wanted.usual and not rule.quiet_until <= wall_minutes(wanted.usual) <= rule.latest:
        raise refused(
            "No first reminder comes at {usual}.",
            "Choose a time outside quiet hours, {latest} at the latest.",
            usual=_clock(wall_minutes(wanted.usual)),
            latest=_clock(rule.latest),
        )


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _statuses(facts: tuple[Fact, ...]) -> set[str]:
    return {fact.id for fact in facts if isinstance(fact.detail, StatusSet)}


def _check_excuse(facts: tuple[Fact, ...], detail: Excused, at: datetime) -> None:
    """At most 7 days back; beyond that with the investigator's approval and the source, as further fields.

    Never an evening to come: nobody knows yet that it will be empty, and what is filled in then has to count.
    """
    today = local_date(at, zone_at(facts, at) or "Etc/UTC")
    if detail.diary_day > today:
        raise refused(
            "{day} is an evening to come.", "Excuse it when it has come, up to {days} days later.",
            day=detail.diary_day, days=EXCUSE_DAYS,
        )  # fmt: skip
    extra: Mapping[str, Any] = detail.model_extra or {}
    if (today - detail.diary_day).days > EXCUSE_DAYS and not (extra.get("approved_by") and extra.get("source")):
        raise RequestRefused(
            Code.NOT_ALLOWED,
            "The day is more than {days} days back.",
            "The investigator can approve it and name the source.",
            days=EXCUSE_DAYS,
        )


def _check_device(held: Held, detail: DeviceStateSet) -> None:
    device = devices.get(held.connection, detail.device)
    if device is None or device.participant != held.id:
        raise refused("That phone is not one of this participant's.", "Choose one from the participant's page.")
    other = installations.active(held.connection, held.id)
    if detail.state is DeviceState.ACTIVE and other is not None and other.device != device.device:
        raise refused("Another phone is active.", "Give the participant a new code instead.")


def _set_device(held: Held, detail: DeviceStateSet, at: datetime) -> None:
    device = devices.get(held.connection, detail.device)
    assert device is not None
    devices.save(held.connection, installations.under(device, detail, at))


def refused(message: str, remedy: str, **named: Any) -> RequestRefused:
    """A fact that cannot be recorded as it is."""
    return RequestRefused(Code.FACT_INVALID, message, remedy, **named)
