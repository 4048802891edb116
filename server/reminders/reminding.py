"""The job: look whose prompts are due, queue them, claim what waits, send it, write down how it fared."""

from datetime import datetime, timedelta

from server.reminders.claiming import claim
from server.reminders.delivery import Clock, deliver, record
from server.reminders.queueing import queue
from server.services import Services

#: Sorts behind every participant: in a shared transaction a job runs when nothing will wait for a lock any more.
LAST = "~"


def remind(services: Services, now: datetime) -> int:
    """Everything that is due by now, in small batches; how many reminders were looked at for sending."""
    while services.writer.run(LAST, lambda connection: queue(connection, services, now)):
        pass
    started, total = services.environment.monotonic(), 0

    def clock() -> datetime:
        return now + timedelta(seconds=services.environment.monotonic() - started)

    while looked := _send_batch(services, clock):
        total += looked
    return total


def _send_batch(services: Services, clock: Clock) -> int:
    looked, claimed = services.writer.run(LAST, lambda connection: claim(connection, clock()))
    if sendings := deliver(services, claimed, clock):
        services.writer.run(LAST, lambda connection: record(connection, services, sendings))
    return looked
