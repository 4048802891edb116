"""Guessing passwords gets slower and slower, and never locks out the person whose account it is."""

from datetime import timedelta

import pytest

from diary_app.core.errors import Code, RequestRefused
from server.access import throttle
from server.access.throttle import Guess
from server.db import attempts
from server.db.engine import reading
from server.db.log_in_tries import Tries
from server.services import Services
from server.simulate.environment import SimulatedEnvironment

WARD, HOME, ELSEWHERE = "192.0.2.10", "198.51.100.7", "203.0.113.66"


def guess(services: Services, address: str = WARD, username: str = "carol") -> Guess:
    return throttle.guess(services.secret, username, address, services.environment.now())


def wait(services: Services, address: str = WARD, username: str = "carol") -> int:
    """Try once with a wrong password; the seconds to wait when the try was not admitted, else 0."""
    try:
        with services.engine.begin() as connection:
            throttle.admit(connection, guess(services, address, username))
    except RequestRefused as refusal:
        return refusal.retry_after or 0
    return 0


def succeed(services: Services, address: str = WARD) -> None:
    with services.engine.begin() as connection:
        throttle.admit(connection, guess(services, address))
        throttle.accept(connection, guess(services, address))


def first_wait(services: Services) -> int:
    return next(seconds for seconds in (wait(services) for _ in range(100)) if seconds)


def test_each_further_try_waits_twice_as_long(services: Services, clock: SimulatedEnvironment) -> None:
    waits = []
    for _ in range(6):
        waits.append(first_wait(services))
        clock.advance(seconds=waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32]


def test_waiting_has_a_stable_code(services: Services) -> None:
    first_wait(services)
    with services.engine.begin() as connection, pytest.raises(RequestRefused) as refusal:
        throttle.admit(connection, guess(services))
    assert refusal.value.code is Code.TOO_MANY_TRIES


def test_tries_that_a_clock_far_ahead_noted_keep_nobody_waiting_until_then(
    services: Services, clock: SimulatedEnvironment
) -> None:
    clock.set_clock(timedelta(days=120))
    first_wait(services)
    clock.set_clock(timedelta())
    assert wait(services) == 0


def test_being_told_to_wait_does_not_count(services: Services, clock: SimulatedEnvironment) -> None:
    first_wait(services)
    assert [wait(services) for _ in range(10)] == [1] * 10
    clock.advance(seconds=1)
    assert wait(services) == 0


def test_an_hour_later_all_is_forgiven(services: Services, clock: SimulatedEnvironment) -> None:
    first_wait(services)
    clock.advance(hours=1, seconds=1)
    assert [wait(services) for _ in range(throttle.FREE_FOR_PAIR)] == [0] * throttle.FREE_FOR_PAIR


def test_the_right_password_wipes_the_slate(services: Services, clock: SimulatedEnvironment) -> None:
    first_wait(services)
    clock.advance(seconds=1)
    succeed(services)
    assert [wait(services) for _ in range(throttle.FREE_FOR_PAIR)] == [0] * throttle.FREE_FOR_PAIR


def test_guessing_elsewhere_does_not_lock_carol_out(services: Services) -> None:
    succeed(services, WARD)
    for number in range(throttle.FREE_FOR_ACCOUNT):
        assert wait(services, f"203.0.113.{number}") == 0
    assert wait(services, ELSEWHERE)
    assert wait(services, HOME)
    assert wait(services, WARD) == 0


def test_her_place_is_known_for_a_while_and_survives_tidying(services: Services, clock: SimulatedEnvironment) -> None:
    succeed(services, WARD)
    clock.advance(days=89)
    with services.engine.begin() as connection:
        attempts.forget(connection, clock.now())
    for number in range(throttle.FREE_FOR_ACCOUNT):
        wait(services, f"203.0.113.{number}")
    assert wait(services, WARD) == 0
    clock.advance(days=2)
    for number in range(throttle.FREE_FOR_ACCOUNT):
        wait(services, f"203.0.113.{number}")
    assert wait(services, WARD)


def test_many_names_from_one_address_are_slowed_down(services: Services) -> None:
    waits = [wait(services, ELSEWHERE, f"name{number}") for number in range(throttle.FREE_FOR_ADDRESS + 1)]
    assert waits == [0] * throttle.FREE_FOR_ADDRESS + [1]
    assert wait(services, HOME) == 0


def test_one_household_counts_as_one_address(services: Services) -> None:
    for number in range(throttle.FREE_FOR_PAIR):
        wait(services, f"2001:db8:0:1::{number}")
    assert wait(services, "2001:db8:0:1::ffff")
    assert wait(services, "2001:db8:0:2::1") == 0


def test_an_address_that_is_none_is_counted_too(services: Services) -> None:
    waits = [wait(services, "") for _ in range(throttle.FREE_FOR_PAIR + 1)]
    assert waits[-1] == 1


def test_waiting_has_an_end(clock: SimulatedEnvironment) -> None:
    now = clock.now()
    waits = [throttle.wait_after(Tries(count, now), 5, now) for count in (4, 5, 6, 15, 1000)]
    assert waits == [timedelta(seconds=seconds) for seconds in (0, 1, 2, 900, 900)]


@pytest.mark.parametrize("trace", ["carol", WARD])
def test_neither_names_nor_addresses_are_kept(services: Services, trace: str) -> None:
    wait(services)
    succeed(services)
    with reading(services.engine) as connection:
        assert trace not in str(connection.exec_driver_sql("SELECT subject FROM attempt").all())
