"""A one-time code becomes an installation: checked, counted against guessing, answered the same when asked again."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.enrolment_code import normalise
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState, ParticipantAdded
from diary_app.core.lending import is_code_for_lent
from diary_app.core.wire import CURRENT, OLDEST, EnrolAnswer, EnrolRequest
from server.access.throttle import network_of
from server.db import attempts, codes, devices
from server.db.codes import EnrolmentCode
from server.db.devices import Activation, Device
from server.intake import installations
from server.intake.held import Held, holding
from server.intake.known import facts_of
from server.intake.pull import nothing, pull
from server.intake.regrade import regrade_all, settle
from server.intake.schedule import reschedule
from server.intake.visits_told import NOTHING, of_visits
from server.services import Services

SAME_ANSWER = timedelta(hours=24)
SECOND_ACTIVATION = timedelta(hours=48)
_HOUR = timedelta(hours=1)
#: Under which tries from all addresses are counted.
EVERYBODY = "enrol:everywhere"
#: Guesses from everywhere together, as a multiple of what one address may try.
_EVERYWHERE = 50


def keyed_hash(services: Services, purpose: str, value: str) -> str:
    """What is kept instead of a code or an address."""
    return _keyed(services.secret, purpose, value)


def _keyed(key: bytes, purpose: str, value: str) -> str:
    return hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()


def check_protocol(protocol: int) -> None:
    """An enrolment carries no data, so both directions are refused. Raises `RequestRefused`."""
    if protocol > CURRENT.number:
        raise too_new()
    if protocol < OLDEST.number:
        raise RequestRefused(
            Code.PROTOCOL_TOO_OLD, "This app is too old for the server.", "Update the app, then enter the code again."
        )


def too_new() -> RequestRefused:
    """What a server says that was not updated yet."""
    return RequestRefused(
        Code.PROTOCOL_TOO_NEW,
        "This app is newer than the server.",
        "Nothing is lost: the phone keeps everything and tries again; the server has to be updated.",
        retry_after=3600,
    )


def count_try(connection: Connection, services: Services, address: str, now: datetime) -> RequestRefused | None:
    """Count one try of an address before its code is looked at; the refusal when there were too many this hour.

    What an address is refused counts for nobody else, so that no single place can keep everybody from enrolling.
    """
    start, limit = _hour_of(now), services.settings.enrol_tries_per_hour
    attempts.take_turn(connection)
    here = attempts.count(connection, _place(services, address), start)
    if here <= limit and attempts.count(connection, EVERYBODY, start) <= limit * _EVERYWHERE:
        return None
    return RequestRefused(
        Code.TOO_MANY_TRIES,
        "Too many codes were tried.",
        "Wait, compare the code with the letter, and try again.",
        retry_after=max(1, int((start + _HOUR - now).total_seconds())),
    )


def take_try_back(connection: Connection, services: Services, address: str, now: datetime) -> None:
    """The code that was counted at that moment was right, so it is no guess: many of those enrol in one hour."""
    attempts.take_turn(connection)
    for subject in (_place(services, address), EVERYBODY):
        attempts.take_one_back(connection, subject, _hour_of(now))


def participant_of(connection: Connection, services: Services, typed: str) -> str:
    """Whose code it is. Raises `RequestRefused` (code_malformed, code_unknown)."""
    return _code(connection, services, typed).participant


def enrol(connection: Connection, services: Services, request: EnrolRequest, now: datetime) -> EnrolAnswer:
    """Activate an installation, or give the first answer again. Raises `RequestRefused` with nothing changed."""
    code = _code(connection, services, request.code)
    _check_whose(code, request)
    with holding(connection, code.participant) as held:
        code = _code(connection, services, request.code)  # as it is now that nobody else can use it
        device = _enrolled(held, services, code, request, now)
        facts = facts_of(connection, held.id)
        services.graded.note(now)
        settle([held], reschedule(held, services.versions, facts, now), now)
        regrade_all(held, now)
        added = next(fact.detail for fact in facts if isinstance(fact.detail, ParticipantAdded))
        state = installations.standing(device, facts, now)
        pulled = pull(connection, held.row, device.device, 0) if state is DeviceState.ACTIVE else nothing(0)
        told = of_visits(connection, services, held.id, (), now) if state is DeviceState.ACTIVE else NOTHING
        return EnrolAnswer(
            protocol=CURRENT.number, participant=held.id, site=added.site, language=added.language,
            study_version=services.study.version, study_text=services.study.text,
            epoch=services.epoch, nonce=device.nonce,
            device_state=state, facts=pulled.facts,
            days=pulled.days, cursor=pulled.cursor, more=pulled.more,
            wordings=told.wordings, visits=told.done, sealing_key=services.sealing.public, server_time=now,
        )  # fmt: skip


def _place(services: Services, address: str) -> str:
    return keyed_hash(services, "enrol", network_of(address))


def _hour_of(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _code(connection: Connection, services: Services, typed: str) -> EnrolmentCode:
    code = normalise(typed)
    found = (codes.get(connection, _keyed(key, "code", code)) for key in services.secrets)
    row = next(filter(None, found), None)
    if row is None:
        raise RequestRefused(
            Code.CODE_UNKNOWN, "This code is not known.", "Compare it with the letter, or ask the site for a new one."
        )
    return row


def _enrolled(held: Held, services: Services, code: EnrolmentCode, request: EnrolRequest, now: datetime) -> Device:
    if code.used_at is not None:
        return _asked_again(held, code, request, now)
    if code.expires_at <= now:
        raise RequestRefused(Code.CODE_EXPIRED, "This code has expired.", "Ask the site for a new code.")
    known = devices.activation(held.connection, request.device)
    if known is not None:
        device = _known_already(held, known, request)
    else:
        _retire_first(held, services, now)
        made = Activation(request.device, held.id, request.token_sha256, now, code_hash=code.code_hash)
        device = installations.begin(held, services, made)
    codes.use(held.connection, code.code_hash, request.device, request.token_sha256, now)
    facts = facts_of(held.connection, held.id)
    installations.note_lent(held, services, facts, device, is_code_for_lent(facts), now)
    return device


def _asked_again(held: Held, code: EnrolmentCode, request: EnrolRequest, now: datetime) -> Device:
    """The answer was lost on its way: the same phone hears it again."""
    assert code.used_at is not None
    is_same = (code.device, code.token_sha256) == (request.device, request.token_sha256)
    if not is_same or now >= code.used_at + SAME_ANSWER:
        raise RequestRefused(Code.CODE_USED, "This code was used already.", "Ask the site for a new code.")
    device = devices.get(held.connection, request.device)
    assert device is not None
    return device


def _check_whose(code: EnrolmentCode, request: EnrolRequest) -> None:
    """The code stays good, and the phone that its participant has stays in use."""
    if request.participant not in ("", code.participant):
        raise RequestRefused(
            Code.WRONG_PARTICIPANT,
            "This phone holds another participant's diary.",
            "Use the code that belongs to this diary, or another phone.",
        )


def _known_already(held: Held, known: Activation, request: EnrolRequest) -> Device:
    """A phone that never heard that its first code worked comes with another one."""
    device = devices.get(held.connection, known.device)
    is_same = (known.participant, known.token_sha256) == (held.id, request.token_sha256)
    if device is None or not is_same or device.state != DeviceState.ACTIVE:
        raise RequestRefused(
            Code.REQUEST_INVALID, "This installation is registered already.", "Remove the app, install it again."
        )
    return device


def _retire_first(held: Held, services: Services, now: datetime) -> None:
    """One installation at a time. Soon after the first activation the first one must have sent what it holds."""
    first = installations.active(held.connection, held.id)
    if first is None:
        return
    is_soon = now < installations.enrolled_at(held.connection, first) + SECOND_ACTIVATION
    if is_soon and _holds_something(first):
        raise RequestRefused(
            Code.NOT_ALLOWED,
            "The first phone still holds answers that have not been sent.",
            "Open the diary there and let it send, or ask the site to report that phone as lost.",
        )
    installations.set_state(
        held, services, first, DeviceState.REPLACED, reason="new_activation", doubtful=False, now=now
    )


def _holds_something(device: Device) -> bool:
    """By its last contact; one that was never heard of again after its activation has nothing to wait for."""
    return device.last_seen_at is not None and device.pending > 0
