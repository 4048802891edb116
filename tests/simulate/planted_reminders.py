"""Faults of reminders, planted one at a time into the real programs, for the storm to find."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection

from diary_app.core import prompts
from diary_app.core.prompts import Prompt
from server.db import days
from server.reminders import claiming, delivery, queueing, reminding
from server.reminders.channel import Sent
from server.reminders.people import People
from server.simulate.storm.drawing import HOME

_EARLY, _LATE = timedelta(hours=-9), timedelta(hours=3)


def leave_twice() -> AbstractContextManager[Any]:
    """Each message is handed over twice, at the same moment."""
    send = delivery._send_one  # noqa: SLF001

    def twice(*given: Any) -> Any:
        send(*given)
        return send(*given)

    return patch.object(delivery, "_send_one", twice)


def leave_only_by_word() -> AbstractContextManager[Any]:
    """What was claimed is said to have been sent."""
    return patch.object(delivery, "_send_one", lambda *_: Sent())


def are_early() -> AbstractContextManager[Any]:
    """Nine hours."""
    return _moved(_EARLY)


@contextmanager
def come_at_night() -> Iterator[None]:
    """Three hours late, whether or not anybody sleeps."""
    with _moved(_LATE), patch.object(prompts, "_is_quiet", lambda *_: False):
        yield


def go_by_the_clock_at_home() -> AbstractContextManager[Any]:
    """Wherever somebody is, reminders come by the clock of the site."""
    walls = prompts.wall_to_utc

    def at_home(day: Any, minutes: int, _zone: str, *, last: bool) -> datetime:
        return walls(day, minutes, HOME, last=last)

    planned = queueing.prompts

    def whenever(*given: Any, **named: Any) -> Sequence[Prompt]:
        with patch.object(prompts, "wall_to_utc", at_home):
            return [replace(one, dropped=None) for one in planned(*given, **named)]

    return patch.object(queueing, "prompts", whenever)


def _moved(by: timedelta) -> AbstractContextManager[Any]:
    planned = queueing.prompts

    def moved(*given: Any, **named: Any) -> Sequence[Prompt]:
        return [replace(one, at=one.at + by, dropped=None) for one in planned(*given, **named)]

    return patch.object(queueing, "prompts", moved)


@contextmanager
def outlive_the_participant() -> Iterator[None]:
    """The dead are reminded, and those who withdrew."""
    with patch.object(People, "ended_by", lambda *_: None), are_about_what_nobody_expects():
        yield


@contextmanager
def are_about_what_nobody_expects() -> Iterator[None]:
    """An evening that is expected no more is reminded of."""
    asked = claiming.unwanted

    def around(
        connection: Connection, participants: Collection[str], after: datetime, before: datetime
    ) -> list[days.ExpectedDay]:
        rows = (row for participant in participants for row in days.of(connection, participant))
        return [row for row in rows if row.closes > after and row.opens < before]

    def unwanted(state: str | None, _not_expected: str | None, received_at: datetime | None) -> str | None:
        return asked(state, None, received_at)

    with (
        patch.object(days, "around", around),
        patch.object(claiming, "unwanted", unwanted),
        patch.object(delivery, "unwanted", unwanted),
    ):
        yield


@contextmanager
def outlive_the_answer() -> Iterator[None]:
    """Who has answered is reminded all the same."""
    plan = queueing._Plan  # noqa: SLF001

    def unsettled(prompt: Any, day: Any, _settled: Any, until: Any) -> Any:
        return plan(prompt, day, settled=False, until=until)

    with (
        patch.object(queueing, "_Plan", unsettled),
        patch.object(claiming, "unwanted", lambda *_: None),
        patch.object(delivery, "unwanted", lambda *_: None),
    ):
        yield


def are_forgotten_on_wednesdays() -> AbstractContextManager[Any]:
    """They count as overtaken."""
    why = queueing._why_not  # noqa: SLF001

    def why_not(plan: Any, *given: Any) -> Any:
        return queueing.Why.OVERTAKEN if plan.day.day.weekday() == 2 else why(plan, *given)

    return patch.object(queueing, "_why_not", why_not)


def are_not_written_down() -> AbstractContextManager[Any]:
    """What left is written down only where somebody looks for it later."""
    return patch.object(reminding, "_write_down", lambda _services, _sendings: None)
