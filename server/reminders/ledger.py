"""The steps of one reminder, and where it stands after them: one fold for what is written and for what is rebuilt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby

from server.db.reminders import Reminder, ReminderEvent


class Step(StrEnum):
    """What can happen to a reminder."""

    QUEUED = "queued"
    DROPPED = "dropped"  # never sent, with the reason
    CLAIMED = "claimed"  # by one process, for one try
    SENT = "sent"  # the provider took it; whether anybody saw it cannot be known
    FAILED = "failed"  # with the code; tried again where a moment is named
    REROUTED = "rerouted"  # to the participant's next channel
    CANCELLED = "cancelled"  # because of what became known


class Standing(StrEnum):
    """Where a reminder stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


class Why(StrEnum):
    """Why a reminder is not sent, beside reasons of the plan (`prompts.Dropped`), statuses and states of the day."""

    OVERTAKEN = "overtaken"  # a later one is due too, or one has just been sent
    EXPIRED = "expired"  # too late to make sense
    NO_CHANNEL = "no_channel"  # none of the participant's channels has an address, or is set up
    STOPPED = "stopped"  # the participant wants no messages
    OUT_OF_TIME = "out_of_time"  # still failing when it no longer made sense


@dataclass(frozen=True)
class Change:
    """A row as it was seen (None: there was none), as it is afterwards, and the events that made the difference."""

    seen: Reminder | None
    row: Reminder
    events: tuple[ReminderEvent, ...]


def begin(prompt: Reminder, at: datetime, step: Step, *, channel: str = "", code: str = "") -> Change:
    """The first event of a reminder that is given as a blank row."""
    event = ReminderEvent(
        *prompt.key, sequence=1, at=at, kind=step, channel=channel, code=code, due_at=prompt.due_at, until=prompt.until,
        next_at=at if step is Step.QUEUED else None,
    )  # fmt: skip
    return Change(None, _under(prompt, event), (event,))


def go_on(
    row: Reminder,
    at: datetime,
    step: Step,
    *,
    channel: str | None = None,
    code: str = "",
    receipt: str = "",
    next_at: datetime | None = None,
) -> Change:
    """One more event of a reminder whose row is held."""
    event = ReminderEvent(
        *row.key, sequence=row.sequence + 1, at=at, kind=step, channel=row.channel if channel is None else channel,
        code=code, receipt=receipt, next_at=next_at,
    )  # fmt: skip
    return Change(row, _under(row, event), (event,))


def then(change: Change, other: Change) -> Change:
    """Two changes of the same reminder, one after the other, as one."""
    return Change(change.seen, other.row, (*change.events, *other.events))


def rebuilt(events: Iterable[ReminderEvent]) -> list[Reminder]:
    """Every reminder as its events leave it; those of one reminder stand together, in order."""
    return [_folded(list(own)) for _, own in groupby(events, key=lambda event: event.key)]


def _folded(events: Sequence[ReminderEvent]) -> Reminder:
    first = events[0]
    assert first.due_at is not None
    assert first.until is not None
    row = blank(*first.key, first.due_at, first.until)
    for event in events:
        row = _under(row, event)
    return row


def blank(
    participant: str, instrument: str, diary_day: date, number: int, due_at: datetime, until: datetime
) -> Reminder:
    """A reminder to which nothing has happened."""
    return Reminder(
        participant, instrument, diary_day, number, due_at, until, state=Standing.WAITING, channel="",
        attempts=0, rerouted=0, sequence=0, next_moment=None, sent_at=None,
    )  # fmt: skip


_AFTER = {
    Step.QUEUED: Standing.WAITING,
    Step.DROPPED: Standing.DROPPED,
    Step.CLAIMED: Standing.CLAIMED,
    Step.SENT: Standing.SENT,
    Step.FAILED: Standing.FAILED,
    Step.REROUTED: Standing.WAITING,
    Step.CANCELLED: Standing.CANCELLED,
}


def _under(row: Reminder, event: ReminderEvent) -> Reminder:
    step = Step(event.kind)
    waits = step is Step.FAILED and event.next_at is not None
    return replace(
        row,
        state=(Standing.WAITING if waits else _AFTER[step]).value,
        channel=event.channel,
        attempts=row.attempts + (step is Step.CLAIMED),
        rerouted=row.rerouted + (step is Step.REROUTED),
        sequence=event.sequence,
        next_moment=event.next_at,
        sent_at=event.at if step is Step.SENT else row.sent_at,
    )
