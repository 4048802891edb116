"""A mail server that takes its time, and one that takes nobody's first try: nothing is lost, little is said twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from server.db.writer import LAST
from server.reminders import delivery
from server.reminders.channel import Channel, Session
from server.reminders.channels import channel_of
from server.reminders.reminding import remind
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.evenings import live, reminded, rows, states, utc
from tests.reminders.post_office import PostOffice

PEOPLE = 12
GREYLISTED = "451 4.7.1 Greylisted, try again later"


class _Killed(BaseException):
    """The process is gone; nothing that it meant to do is done."""


@pytest.fixture
def everybody(services: Services, clock: SimulatedEnvironment) -> list[str]:
    """Addresses of people who are reminded at seven."""
    found = [f"p{number}@example.org" for number in range(PEOPLE)]
    for number, address in enumerate(found):
        reminded(services, f"01-{number:03d}", f"phone {number}", email=address)
    live(services, clock, "2026-11-23 18:30", minutes=90)
    clock.move_to(utc("2026-11-23 19:00"))
    return found


def test_a_server_that_dies_while_a_slow_one_listens_repeats_what_left_in_some_seconds_only(
    services: Services,
    clock: SimulatedEnvironment,
    post_office: PostOffice,
    everybody: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = iter(range(0, 10_000, 3))  # each look at the clock finds it so much later
    monkeypatch.setattr(SimulatedEnvironment, "monotonic", lambda _: next(seconds))
    sent = delivery._send_one  # noqa: SLF001 - where a process may end

    def dies_at_the_tenth(*given: object) -> object:
        if len(post_office.raw) == 10:
            raise _Killed
        return sent(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "_send_one", dies_at_the_tenth)
    with pytest.raises(_Killed):
        remind(services, clock.now())
    monkeypatch.undo()
    clock.advance(minutes=6)
    remind(services, clock.now())
    assert set(post_office.receivers) == set(everybody)
    assert len(post_office.receivers) - PEOPLE <= 2
    assert set(states(services)) == {"sent"}


def test_what_has_left_is_written_down_before_a_mail_server_is_taken_leave_of(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, everybody: list[str]
) -> None:
    """One that hangs then would have a server that dies say everything of a batch twice."""
    found = []

    class Leaving:
        def __init__(self, way: Channel) -> None:
            self.way = way

        @contextmanager
        def session(self) -> Iterator[Session]:
            with self.way.session() as opened:
                yield opened
                found.append(set(states(services)))

    remind(services, clock.now(), lambda services, name: Leaving(channel_of(services, name)))
    assert found == [{"sent"}]


def test_others_are_stored_while_a_slow_one_listens(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, everybody: list[str]
) -> None:
    """No transaction is open while a mail server is waited for."""
    found = []
    post_office.during = lambda _: found.append(services.writer.run(LAST, lambda connection: not connection.closed))
    remind(services, clock.now())
    assert found == [True] * PEOPLE


def test_whoever_is_greylisted_is_reminded_a_few_minutes_later_once(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, everybody: list[str]
) -> None:
    post_office.refused = dict.fromkeys(everybody, GREYLISTED)
    while clock.now() < utc("2026-11-23 19:05"):
        remind(services, clock.now())
        clock.advance(seconds=30)
    assert post_office.receivers == []
    post_office.refused.clear()
    while clock.now() < utc("2026-11-23 19:15"):
        remind(services, clock.now())
        clock.advance(seconds=30)
    assert sorted(post_office.receivers) == sorted(everybody)
    assert set(states(services)) == {"sent"}
    late = [row.sent_at - row.due_at for row in rows(services) if row.sent_at]
    assert max(late) <= timedelta(minutes=12)
