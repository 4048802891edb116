"""The job: look whose prompts are due, queue them, claim what waits, send it, write down how it fared."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.db.writer import LAST
from server.reminders.channels import channel_of
from server.reminders.claiming import claim
from server.reminders.delivery import Clock, Sending, Ways, deliver, record
from server.reminders.patience import write_down
from server.reminders.queueing import PARTICIPANTS_AT_ONCE, queue
from server.services import Services

#: After so few in a batch nobody is left, or another process is looking at them.
_FEW = PARTICIPANTS_AT_ONCE // 2


def remind(services: Services, now: datetime, ways: Ways = channel_of) -> int:
    """Everything that is due by now, in small batches; how many reminders were looked at for sending."""
    while services.writer.run(LAST, lambda connection: queue(connection, services, now)) > _FEW:
        pass
    started, total = services.environment.monotonic(), 0

    def clock() -> datetime:
        return now + timedelta(seconds=services.environment.monotonic() - started)

    while looked := _send_batch(services, clock, ways):
        total += looked
    return total


def _send_batch(services: Services, clock: Clock, ways: Ways) -> int:
    looked, claimed = services.writer.run(LAST, lambda connection: claim(connection, clock()))
    if sendings := deliver(services, claimed, clock, ways):
        _write_down(services, sendings)
    return looked


def _write_down(services: Services, sendings: Sequence[Sending]) -> None:
    write_down(services, lambda connection: record(connection, services, sendings))
