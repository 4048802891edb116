"""Which prompts have become due: each is queued once, or its first event says why it is dropped.

A participant's prompts are looked at while their row is held, from where the last look ended. After downtime only the
last prompt that is due is sent; the earlier ones are dropped as overtaken.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.facts import Channel
from diary_app.core.grading import State
from diary_app.core.prompts import FRESH_FOR, Prompt, prompts, sendable_until
from diary_app.core.windows import DiaryDay
from server.clocks import CLOCKS_DIFFER
from server.db import days, participants, reminders
from server.db.days import ExpectedDay
from server.db.reminders import Key, Reminder
from server.intake.held import Held, save
from server.reminders.ledger import Change, Standing, Step, Why, begin, blank, go_on
from server.reminders.people import People
from server.reminders.routes import Routes, reach_of, usable
from server.services import Services

PARTICIPANTS_AT_ONCE = 200
_AHEAD = timedelta(days=2)
#: Without any prompt ahead; whatever brings one forward moves the look forward too.
_LOOK_AGAIN = timedelta(hours=12)
_LONGEST_DOWNTIME = timedelta(days=14)
_SETTLED = frozenset({State.DONE.value, State.LATE.value, State.EXCUSED.value})


@dataclass(frozen=True)
class _Plan:
    """One prompt with the day it belongs to."""

    prompt: Prompt
    day: DiaryDay
    settled: bool
    until: datetime

    def key(self, participant: str) -> Key:
        return (participant, self.prompt.instrument, self.prompt.day, self.prompt.number)


@dataclass(frozen=True)
class _Batch:
    """What is known about the participants of one batch. `ahead`: dropped by a clock that was ahead, so not `there`."""

    people: People
    days: dict[str, list[ExpectedDay]]
    there: frozenset[Key]
    ahead: dict[Key, Reminder]
    routes: Routes

    @classmethod
    def read(
        cls, connection: Connection, services: Services, ids: Sequence[str], since: datetime, now: datetime
    ) -> "_Batch":
        by_participant: dict[str, list[ExpectedDay]] = defaultdict(list)
        for row in days.around(connection, ids, since, now + _AHEAD):
            by_participant[row.participant].append(row)
        there = reminders.since(connection, ids, (since - _AHEAD).date())
        routes = Routes(
            usable(services.settings),
            reach_of(connection, ids),
            reminders.silent_days(connection, ids, now),
        )
        ahead = _dropped_ahead(connection, there, now)
        known = frozenset(row.key for row in there if row.key not in ahead)
        return cls(People(connection, ids), by_participant, known, ahead, routes)


def _dropped_ahead(connection: Connection, there: Sequence[Reminder], now: datetime) -> dict[Key, Reminder]:
    """Those that a clock ahead has dropped as overtaken or too late: their evening was still to come."""
    dropped = {row.key: row for row in there if row.state == Standing.DROPPED}
    if not dropped:
        return {}
    first = min(row.diary_day for row in dropped.values())
    keys = reminders.dropped_after(connection, [key[0] for key in dropped], first, now + CLOCKS_DIFFER)
    return {key: dropped[key] for key in keys if key in dropped}


def queue(connection: Connection, services: Services, now: datetime, limit: int = PARTICIPANTS_AT_ONCE) -> int:
    """Queue what has become due for participants whose moment has come; how many were looked at."""
    due = participants.prompts_due(connection, now, limit)
    holders = [Held(connection, row) for row in participants.lock_free(connection, due)] if due else []
    if not holders:
        return 0
    since = min(_looked_until(held, now) for held in holders)
    batch = _Batch.read(connection, services, [held.id for held in holders], since, now)
    changes = [change for held in holders for change in _look(held, batch, services, now)]
    reminders.record(connection, [(change.seen, change.row, change.events) for change in changes])
    save(connection, holders)
    return len(holders)


def _looked_until(held: Held, now: datetime) -> datetime:
    since = held.row.prompts_from
    if since is None or since > now:  # never, or by a clock that was wrong
        return now - FRESH_FOR
    return max(since, now - _LONGEST_DOWNTIME)


def _look(held: Held, batch: _Batch, services: Services, now: datetime) -> list[Change]:
    """What becomes of this participant's prompts up to now; the row remembers from where to go on."""
    plans = _plans(held.id, batch, services)
    ahead = [plan.prompt.at for plan in plans if plan.prompt.at > now]
    since = _looked_until(held, now)
    held.change(prompts_from=min([*ahead, now + _LOOK_AGAIN]))
    new = [plan for plan in plans if since <= plan.prompt.at <= now and plan.key(held.id) not in batch.there]
    return list(_decide(held.id, [plan for plan in new if not plan.settled], batch, services, now))


def _plans(participant: str, batch: _Batch, services: Services) -> list[_Plan]:
    rule, people = services.study.prompts, batch.people
    rows = {row.diary_day: row for row in batch.days[participant]}
    laid = {day: _diary_day(row) for day, row in rows.items()}
    usual = people.wishes(participant).usual_within(rule)
    over = {
        day: row.state in _SETTLED or row.received_at is not None or people.ended_by(participant, day) is not None
        for day, row in rows.items()
    }
    found = prompts(rule, laid.values(), usual=usual, pauses=people.pauses(participant))
    return [
        _Plan(prompt, laid[prompt.day], over[prompt.day], sendable_until(rule, prompt, laid[prompt.day]))
        for prompt in found
    ]


def _diary_day(row: ExpectedDay) -> DiaryDay:
    return DiaryDay(row.instrument, row.diary_day, "", row.zone, row.opens, row.closes, row.late_until)


def _decide(
    participant: str, plans: Sequence[_Plan], batch: _Batch, services: Services, now: datetime
) -> Iterator[Change]:
    """Dropped as planned, overtaken by a later one, too late, without a channel, or queued; ascending."""
    wanted = batch.people.wishes(participant)
    if not batch.routes.anything_wanted(participant, wanted.channels):
        return
    sendable = [plan for plan in plans if plan.prompt.dropped is None]
    channel = batch.routes.channel(participant, wanted.channels, services.study.prompts.next_channel_after_days)
    for plan in plans:
        key = plan.key(participant)
        why = plan.prompt.dropped or (Why.STOPPED if wanted.stopped else _why_not(plan, sendable, channel, now))
        step, by, code = (Step.DROPPED, "", why.value) if why else (Step.QUEUED, channel.value if channel else "", "")
        if dropped := batch.ahead.get(key):
            next_at = now if step is Step.QUEUED else None
            yield go_on(dropped, now, step, channel=by, code=code, next_at=next_at)
        else:
            yield begin(blank(*key, plan.prompt.at, plan.until), now, step, channel=by, code=code)


def _why_not(plan: _Plan, sendable: Collection[_Plan], channel: Channel | None, now: datetime) -> Why | None:
    if any(other.prompt.at > plan.prompt.at for other in sendable):
        return Why.OVERTAKEN
    if now >= plan.until:
        return Why.EXPIRED
    return None if channel else Why.NO_CHANNEL
