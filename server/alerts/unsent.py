"""Noticing that reminders do not leave: nobody looks any more whose is due, or no provider takes what is sent.

Worked out each time it is asked for, from what was written down: whatever has died cannot tell that it has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.facts import Channel
from diary_app.core.times import parse_utc
from server.db import participants, reminders, state
from server.db.reminders import Lost
from server.reminders.channel import Trouble
from server.reminders.ledger import Why

#: A look comes every half a minute, and lasts five minutes at most before the next.
LOOKED_WITHIN = timedelta(minutes=15)
#: Fewer are participants with a wrong address, of whom their own site hears.
SEVERAL = 3
_EVENING_AND_MORE = timedelta(hours=24)
_REMEMBERED = timedelta(days=3)
#: Such a try fails whoever it is meant for. Others tell nothing while anything leaves from one evening to the next.
_OF_THE_CHANNEL = frozenset({
    Trouble.UNREACHABLE, Trouble.TIMED_OUT, Trouble.CONNECTION_LOST, Trouble.TLS_FAILED, Trouble.LOG_IN_REFUSED,
    Trouble.SENDER_REFUSED, Trouble.PROVIDER_FAULT, Trouble.ANSWER_UNREADABLE, Trouble.ANSWER_LOST,
    Trouble.REDIRECTED, Trouble.NOT_SET_UP, Trouble.NOT_WRITTEN, Trouble.TOO_TELLING,
})  # fmt: skip
#: Nobody was to blame but the server: it slept, or has no way to send.
_DROPPED = (Why.EXPIRED, Why.NO_CHANNEL)


@dataclass(frozen=True)
class Unsent:
    """Since when nothing leaves by one channel or by any, and how many participants that has cost a reminder."""

    since: datetime
    participants: int


def looked_at(connection: Connection) -> datetime | None:
    """When the last look at whose reminder is due has ended; None before the first."""
    found = state.value(connection, state.REMINDED_AT)
    return None if found is None else parse_utc(found)


def stopped_since(connection: Connection, now: datetime) -> datetime | None:
    """When somebody should have been looked at whom nobody has looked at; None while all is well."""
    last, due = looked_at(connection), participants.look_due_since(connection)
    late = [moment for moment in (last, due) if moment is not None and now - moment > LOOKED_WITHIN]
    return min(late, default=None)


def unsent(connection: Connection, now: datetime) -> Unsent | None:
    """The channel by which most are missed, if several are and nothing has left by it since."""
    since = now - _REMEMBERED
    left = reminders.left_last(connection, since, now)
    lost = reminders.lost(connection, since, now, _DROPPED)
    found = [*_by_channel(lost, left, since, now), *_by_any(lost, left, since, now)]
    return max(found, key=lambda one: one.participants, default=None)


def _by_channel(lost: list[Lost], left: dict[str, datetime], since: datetime, now: datetime) -> Iterator[Unsent]:
    for channel in Channel:
        last = left.get(channel, since)
        is_long = now - last > _EVENING_AND_MORE
        yield from _several(
            [
                one for one in lost
                if one.channel == channel and one.at > last
                and (one.code in _OF_THE_CHANNEL or (is_long and not _is_usual(one)))
            ],
            last if channel in left else None,
        )  # fmt: skip


def _is_usual(one: Lost) -> bool:
    """Browsers give addresses up by themselves."""
    return one.channel == Channel.PUSH and one.code == Trouble.RECIPIENT_REFUSED


def _by_any(lost: list[Lost], left: dict[str, datetime], since: datetime, now: datetime) -> Iterator[Unsent]:
    last = max(left.values(), default=None)
    if last is None or now - last > _EVENING_AND_MORE:
        yield from _several([one for one in lost if one.code in _DROPPED and one.at > (last or since)], last)


def _several(missed: list[Lost], last: datetime | None) -> Iterator[Unsent]:
    who = {one.participant for one in missed}
    if len(who) >= SEVERAL:
        yield Unsent(last or min(one.at for one in missed), len(who))
