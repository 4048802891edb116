"""Sending what was claimed and writing down how it fared.

Just before each message it is looked at once more: a death or withdrawal recorded since, messages stopped since, an
evening answered since, an address erased since, a claim that is no longer ours.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from hmac import new as hmac
from itertools import chain, groupby

from sqlalchemy import Connection

from diary_app.core.facts import Channel as Name
from diary_app.core.facts import ContactField, Status
from diary_app.core.grading import UnknownReason
from server.db import push_addresses, reminders
from server.db.engine import NOT_NOW, looking_again
from server.db.reminders import BeforeSending, Reminder
from server.logs import logger
from server.reminders.channel import Channel, Letter, NotSent, Sent, Session, Trouble
from server.reminders.channels import channel_of
from server.reminders.claiming import Claimed, unwanted
from server.reminders.fates import Cancelled, Fate, Sending, is_refused
from server.reminders.ledger import Change, Step, Why, go_on, then
from server.reminders.people import People
from server.reminders.refusing import note_refusals
from server.reminders.routes import ADDRESS, Routes, after, reach_of, usable
from server.reminders.stopping import link
from server.reminders.texts import MessageTelling, Words, words
from server.services import Services

_log = logger()
#: A claim that ends within that time is not acted on: another process may take it up.
_MARGIN = timedelta(seconds=30)
#: What has left within that time is written down together: with a quick server that is a whole batch.
_UNWRITTEN_SECONDS = 5
_FIRST_WAIT = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(minutes=30)
#: What may have arrived is not repeated before a gateway that hangs may have come round.
_DOUBT_WAITS = timedelta(minutes=10)

Clock = Callable[[], datetime]
Ways = Callable[[Services, Name], Channel]


def deliver(services: Services, claimed: Sequence[Claimed], clock: Clock, ways: Ways = channel_of) -> list[Sending]:
    """All at once, as `delivered` gives them."""
    return list(chain.from_iterable(delivered(services, claimed, clock, ways)))


def delivered(
    services: Services, claimed: Sequence[Claimed], clock: Clock, ways: Ways = channel_of
) -> Iterator[list[Sending]]:
    """Send each through its channel, one session a channel; those whose claim ran out meanwhile are left out.

    Given after a few seconds each, to be written down before more is sent: whatever has left and is not written down
    when a process dies is sent again. Where the database is lost half-way it ends there, with what has left by then.
    """
    spoken = cache(lambda language: words(services.study, language, services.settings))
    monotonic = services.environment.monotonic
    for name, group in groupby(sorted(claimed, key=_channel), key=_channel):
        way, done, is_lost = ways(services, Name(name)), list[Sending](), False
        try:
            with looking_again(services.engine) as look, way.session() as session:
                began = monotonic()
                for sending in _send_all(_Way(services, session, look, spoken), list(group), clock):
                    done.append(sending)
                    if monotonic() - began >= _UNWRITTEN_SECONDS:
                        yield done
                        done, began = [], monotonic()
                if done:  # before a server that may hang is taken leave of
                    yield done
                    done = []
        except NOT_NOW as error:
            _log.warning("reminders_interrupted", exc_info=error)
            is_lost = True
        if done:
            yield done
        if is_lost:
            return


def _channel(claimed: Claimed) -> str:
    return claimed.row.channel


@dataclass(frozen=True)
class _Way:
    """What every message of one channel's batch needs."""

    services: Services
    session: Session
    look: Callable[[], AbstractContextManager[Connection]]
    spoken: Callable[[str], Words]


def _send_all(way: _Way, group: Sequence[Claimed], clock: Clock) -> Iterator[Sending]:
    """A machine that was suspended for hours in the middle of it goes on by `clock` as if no time had passed."""
    for claimed in group:
        row, at = claimed.row, clock()
        latest = max(at, way.services.environment.now())
        if row.next_moment is None or latest > row.next_moment - _MARGIN or latest >= row.until:
            continue  # the next look says what becomes of it
        fate = _send_or_fail(way, claimed, at)
        if fate is not None:
            yield Sending(row, fate, at)


def _send_or_fail(way: _Way, claimed: Claimed, at: datetime) -> Fate | None:
    """One message that nobody foresaw must not hold up the others, nor have those sent again that have left."""
    try:
        return _send_one(way, claimed, at)
    except NOT_NOW:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is; its words may quote the address
        _log.error("reminder_fault", channel=claimed.row.channel, error=type(error).__name__)
        return NotSent(Trouble.FAULT, final=True)


def _send_one(way: _Way, claimed: Claimed, at: datetime) -> Fate | None:
    row, services = claimed.row, way.services
    with way.look() as connection:
        now = reminders.before_sending(connection, row.key)
        ended = _ended_by(connection, row) if now and now.said else None
        address = _address(connection, services, row, now) if now else None
    if now is None or now.sequence != row.sequence:
        return None
    if why := ended or unwanted(now.state, now.not_expected, now.received_at):
        return Cancelled(str(why))
    if now.set_aside:
        return Cancelled(UnknownReason.QUARANTINED.value)
    if address is None:
        return NotSent(Trouble.NO_ADDRESS, final=True)
    try:
        said = way.spoken(claimed.language)
    except MessageTelling as error:
        _log.error("reminder_too_telling", exc_info=error)
        return NotSent(Trouble.TOO_TELLING)  # whoever runs the server may set it right while it still makes sense
    mark, is_mail = mark_of(services, row.key), row.channel == Name.EMAIL
    stop = link(services, row.participant) if is_mail else ""
    text = said.mail(stop) if is_mail else said.text
    return way.session.send(Letter(address, mark, said.subject, text, said.sender, at, row.until, stop))


def _ended_by(connection: Connection, row: Reminder) -> Status | Why | None:
    people = People(connection, [row.participant])
    stopped = Why.STOPPED if people.wishes(row.participant).stopped else None
    return people.ended_by(row.participant, row.diary_day) or stopped


def _address(connection: Connection, services: Services, row: Reminder, now: BeforeSending) -> str | None:
    """Where to; empty where messages are only written out, None where it is not known any more."""
    if row.channel == Name.PUSH:
        pushed = push_addresses.of_active(connection, [row.participant]).get(row.participant)
        return pushed.said.model_dump_json() if pushed else None
    found = now.email if ADDRESS[Name(row.channel)] is ContactField.EMAIL else now.phone
    return found or ("" if services.settings.outbox else None)


def mark_of(services: Services, key: reminders.Key) -> str:
    """The same for every try, and nothing that anybody could trace back."""
    return marks_of(services, key)[0]


def marks_of(services: Services, key: reminders.Key) -> list[str]:
    """Its mark, and the one that it had while the former secret was in use."""
    text = "|".join(map(str, ("reminder", *key))).encode()
    return [hmac(secret, text, sha256).hexdigest()[:32] for secret in services.secrets]


def record(connection: Connection, services: Services, sendings: Sequence[Sending]) -> int:
    """Write down what became of each; how many there were. A failure of a claim that has passed on says nothing."""
    held = reminders.named(connection, [sending.row.key for sending in sendings])
    for sending in filter(_is_given_up, sendings):
        push_addresses.forget_older(connection, sending.row.participant, sending.at)
    note_refusals(connection, sendings)
    routes = _routes(connection, services, sendings)
    doubted = _doubted(connection, sendings)
    changes = []
    for sending in sendings:
        row = held.get(sending.row.key)
        ours = row is not None and row.sequence == sending.row.sequence
        if row is not None and (ours or isinstance(sending.fate, Sent)):
            changes.append(_change(services, routes, row, sending, row.key in doubted))
    reminders.record(connection, [(change.seen, change.row, change.events) for change in changes])
    return len(changes)


def _doubted(connection: Connection, sendings: Sequence[Sending]) -> set[reminders.Key]:
    """Those whose answer is lost now as it was at an earlier try by the same channel: a third one could be a third."""
    lost = [one.row for one in sendings if isinstance(one.fate, NotSent) and one.fate.trouble is Trouble.ANSWER_LOST]
    earlier = (
        (row, event)
        for row in lost
        for event in reminders.events(connection, participant=row.participant, first=row.diary_day, last=row.diary_day)
    )
    return {
        row.key
        for row, event in earlier
        if (event.key, event.code, event.channel) == (row.key, Trouble.ANSWER_LOST, row.channel)
    }


def _is_given_up(sending: Sending) -> bool:
    """Whether the browser takes nothing more at its address."""
    return is_refused(sending.fate) and sending.row.channel == Name.PUSH


def _routes(connection: Connection, services: Services, sendings: Sequence[Sending]) -> "_Rerouting":
    """For those that failed for good."""
    lost = sorted({one.row.participant for one in sendings if isinstance(one.fate, NotSent) and one.fate.final})
    if not lost:
        return _Rerouting(None, None)
    routes = Routes(usable(services.settings), reach_of(connection, lost), {})
    return _Rerouting(routes, People(connection, lost))


@dataclass(frozen=True)
class _Rerouting:
    routes: Routes | None
    people: People | None

    def next_channel(self, row: Reminder) -> Name | None:
        if self.routes is None or self.people is None or row.rerouted:
            return None
        order = self.routes.order(row.participant, self.people.wishes(row.participant).channels)
        return after(order, row.channel)


def _change(services: Services, rerouting: _Rerouting, row: Reminder, sending: Sending, doubted: bool) -> Change:
    at = sending.at
    match sending.fate:
        case Sent(receipt=receipt):
            return go_on(row, at, Step.SENT, receipt=receipt)
        case Cancelled(why=why):
            return go_on(row, at, Step.CANCELLED, code=why)
        case NotSent(final=True, trouble=trouble):
            failed = go_on(row, at, Step.FAILED, code=trouble)
            other = rerouting.next_channel(row)
            if other is None or at >= row.until:
                return failed
            return then(failed, go_on(failed.row, at, Step.REROUTED, channel=other, next_at=at))
        case NotSent(trouble=trouble) if doubted:
            return go_on(row, at, Step.FAILED, code=trouble)
        case NotSent(trouble=trouble, retry_after=retry_after):
            least = _DOUBT_WAITS if trouble is Trouble.ANSWER_LOST else timedelta()
            again = at + max(retry_after or least, _wait(services, row.attempts))
            return go_on(row, at, Step.FAILED, code=trouble, next_at=again if again < row.until else None)


def _wait(services: Services, attempts: int) -> timedelta:
    """Twice as long each time, and by chance up to half of it less, so that not everybody tries at once."""
    whole = min(_FIRST_WAIT * 2.0 ** max(0, attempts - 1), _LONGEST_WAIT)
    chance = int.from_bytes(services.environment.random_bytes(2), "big") / 0xFFFF
    return whole * (1 - chance / 2)
