"""One process of several does it, once a turn."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from diary_app.core.times import format_utc
from server.db import claims, state
from server.services import Services
from server.simulate.environment import SimulatedEnvironment

LEASE = timedelta(hours=1)


def midnight(clock: SimulatedEnvironment) -> datetime:
    return clock.now().replace(hour=0, minute=0)


def taken(services: Services, clock: SimulatedEnvironment, turn_ago: float = 0) -> bool:
    now = clock.now()
    turn = midnight(clock) - timedelta(days=turn_ago)
    return services.writer.run("", lambda connection: claims.take(connection, "night", turn, now, LEASE))


def test_a_turn_is_taken_once(services: Services, clock: SimulatedEnvironment) -> None:
    assert [taken(services, clock), taken(services, clock)] == [True, False]


def test_the_next_turn_is_another_one(services: Services, clock: SimulatedEnvironment) -> None:
    assert [taken(services, clock, turn_ago=1), taken(services, clock), taken(services, clock, turn_ago=1)] == [
        True, True, False,
    ]  # fmt: skip


def test_who_was_killed_loses_it_when_the_lease_ends(services: Services, clock: SimulatedEnvironment) -> None:
    assert taken(services, clock)
    clock.advance(minutes=59)
    assert not taken(services, clock)
    clock.advance(minutes=1)
    assert taken(services, clock)


def test_what_is_done_is_done_for_good(services: Services, clock: SimulatedEnvironment) -> None:
    assert taken(services, clock)
    turn = midnight(clock)
    services.writer.run("", lambda connection: claims.done(connection, "night", turn))
    clock.advance(hours=2)
    assert not taken(services, clock)


def test_what_did_not_work_may_be_tried_at_once(services: Services, clock: SimulatedEnvironment) -> None:
    assert taken(services, clock)
    turn = midnight(clock)
    services.writer.run("", lambda connection: claims.give_back(connection, "night", turn))
    assert [taken(services, clock), taken(services, clock)] == [True, False]


def test_a_clock_that_was_far_ahead_keeps_nobody_from_the_turns_that_come(
    services: Services, clock: SimulatedEnvironment
) -> None:
    assert taken(services, clock)
    clock.set_clock(timedelta(days=2, hours=5))
    assert taken(services, clock)
    services.writer.run("", lambda connection: claims.done(connection, "night", midnight(clock)))
    clock.set_clock(timedelta())
    found = []
    for _ in range(4):
        clock.advance(days=1)
        found.append([taken(services, clock), taken(services, clock)])
    assert found == [[True, False]] * 4


def test_clocks_a_day_apart_do_not_take_turns_from_each_other_for_ever(
    services: Services, clock: SimulatedEnvironment
) -> None:
    found = []
    for _ in range(6):
        clock.set_clock(timedelta(days=1))
        found.append(taken(services, clock))
        clock.set_clock(timedelta())
        found.append(taken(services, clock))
        clock.advance(minutes=5)
    assert found == [True, True, *[False] * 10]


def test_what_a_release_before_noted_ahead_of_time_is_free_and_the_rest_is_not(
    services: Services, clock: SimulatedEnvironment
) -> None:
    tonight, ahead = midnight(clock), midnight(clock) + timedelta(days=120)
    with services.engine.begin() as connection:
        state.set_value(connection, "claim night", f"{format_utc(tonight)} done")
    assert not taken(services, clock)
    with services.engine.begin() as connection:
        state.set_value(connection, "claim night", f"{format_utc(ahead)} done")
    assert taken(services, clock)


def test_a_release_before_reads_what_is_noted_and_is_heard(services: Services, clock: SimulatedEnvironment) -> None:
    """It knows one row of two words: the turn, and until when or that it is done."""
    assert taken(services, clock)
    turn, name = midnight(clock), "claim night"
    with services.engine.begin() as connection:
        assert state.value(connection, name) == f"{format_utc(turn)} {format_utc(clock.now() + LEASE)}"
        state.set_value(connection, name, f"{format_utc(turn)} done")
    clock.advance(hours=2)
    assert not taken(services, clock)
    services.writer.run("", lambda connection: claims.give_back(connection, "night", turn))
    with services.engine.begin() as connection:
        assert state.value(connection, name) == ""


def test_of_many_that_come_together_one_gets_it(
    open_more: Callable[..., Services], clock: SimulatedEnvironment
) -> None:
    processes = [open_more() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda services: taken(services, clock), processes)) == [False, False, False, True]
