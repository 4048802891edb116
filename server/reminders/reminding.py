"""The job: look whose prompts are due, queue them, claim what waits, send it, write down how it fared.

That a whole pass has ended is noted with its moment: where none ends any more, somebody has to hear of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.times import format_utc, parse_utc
from server.clocks import is_ahead
from server.db import participants, state
from server.db.writer import LAST
from server.reminders.channels import channel_of
from server.reminders.claiming import claim
from server.reminders.delivery import Clock, Ways, delivered, record
from server.reminders.fates import Sending
from server.reminders.patience import write_down
from server.reminders.queueing import PARTICIPANTS_AT_ONCE, queue
from server.services import Services

#: After so few in a batch nobody is left, or another process is looking at them.
_FEW = PARTICIPANTS_AT_ONCE // 2
#: A pass that takes longer is ended, so that what became due meanwhile is queued; the next one goes on.
_LONGEST_PASS = timedelta(minutes=5)


def remind(services: Services, now: datetime, ways: Ways = channel_of) -> int:
    """Everything that is due by now, in small batches; how many reminders were looked at for sending."""
    while services.writer.run(LAST, lambda connection: _queue(connection, services, now)) > _FEW:
        pass
    started, total = services.environment.monotonic(), 0

    def clock() -> datetime:
        return now + timedelta(seconds=services.environment.monotonic() - started)

    while looked := _send_batch(services, clock, ways):
        total += looked
        if clock() - now >= _LONGEST_PASS:
            break
    services.writer.run(LAST, lambda connection: state.set_value(connection, state.REMINDED_AT, format_utc(clock())))
    return total


def _queue(connection: Connection, services: Services, now: datetime) -> int:
    """When a pass is said to have ended at a moment that has not come, looks were put off by a clock that was ahead."""
    before = state.value(connection, state.REMINDED_AT)
    if before is not None and is_ahead(parse_utc(before), now):
        participants.look_again_from(connection, now)
        state.set_value(connection, state.REMINDED_AT, format_utc(now))
    return queue(connection, services, now)


def _send_batch(services: Services, clock: Clock, ways: Ways) -> int:
    looked, claimed = services.writer.run(LAST, lambda connection: claim(connection, clock()))
    for sendings in delivered(services, claimed, clock, ways):
        _write_down(services, sendings)
    return looked


def _write_down(services: Services, sendings: Sequence[Sending]) -> None:
    write_down(services, lambda connection: record(connection, services, sendings))
