"""Staff log in with a password, stay as long as they work, and nobody guesses their way in or locks them out."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused, RequestRefused
from server import logs
from server.access import passwords, sessions, staff, throttle
from server.access.sessions import LoggedIn, NotLoggedIn
from server.db import accounts, log_ins
from server.db.accounts import Account
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import QUICK_HASHER, SHIPPED_HASHER

PASSWORD = "rolig vinter aften"
WRONG = "en forkert sætning"
WARD = "192.0.2.10"


@pytest.fixture(scope="module")
def password_hash() -> str:
    """Made once, as it is meant to be slow."""
    return passwords.hash_password(PASSWORD, bytes(16))


@pytest.fixture(autouse=True)
def carol(services: Services, password_hash: str) -> str:
    """Carol's account; its id."""
    account = Account("carol-id", "carol", "Carol", "da", password_hash, services.environment.now())
    with services.engine.begin() as connection:
        accounts.add(connection, account)
    return account.id


def log_in(services: Services, password: str = PASSWORD, **more: str) -> LoggedIn:
    return sessions.log_in(services, username="carol", password=password, address=WARD, **more)


def behind(services: Services, secret: str) -> sessions.Staff:
    with reading(services.engine) as connection:
        return sessions.staff_behind(connection, services.settings, secret, services.environment.now())[0]


def refusal_of(services: Services, password: str = WRONG) -> RequestRefused:
    with pytest.raises(RequestRefused) as refusal:
        log_in(services, password)
    return refusal.value


def change_password(connection: Connection, services: Services, account: str, new: str) -> None:
    found = accounts.of_id(connection, account)
    assert found is not None
    staff.set_password(connection, services.environment, found, new, author="root")


def test_the_right_password_opens_a_session(services: Services, carol: str) -> None:
    opened = log_in(services)
    assert behind(services, opened.secret) == opened.staff
    assert (opened.staff.account, opened.staff.display_name, opened.staff.language) == (carol, "Carol", "da")


def test_only_the_hash_of_the_secret_is_kept(services: Services) -> None:
    opened = log_in(services)
    assert len(bytes.fromhex(opened.secret)) == 32
    with reading(services.engine) as connection:
        rows = connection.exec_driver_sql("SELECT * FROM session").all()
    assert opened.secret not in str(rows)


@pytest.mark.parametrize(("username", "password"), [("carol", WRONG), ("nobody", PASSWORD), ("", "")])
def test_wrong_name_and_wrong_password_look_the_same(services: Services, username: str, password: str) -> None:
    with pytest.raises(RequestRefused) as refusal:
        sessions.log_in(services, username=username, password=password, address=WARD)
    assert (refusal.value.code, refusal.value.message) == (Code.NOT_ALLOWED, "User name or password is wrong.")


def test_composed_and_decomposed_letters_are_the_same_password(services: Services, carol: str) -> None:
    with services.engine.begin() as connection:
        change_password(connection, services, carol, "smørrebrød på blåt")
    assert log_in(services, "smørrebrød pa\u030a bla\u030at").secret


def test_a_closed_account_is_out_at_once(services: Services, carol: str) -> None:
    opened = log_in(services)
    with services.engine.begin() as connection:
        staff.disable(connection, services.environment, carol, author="root")
    with pytest.raises(NotLoggedIn):
        behind(services, opened.secret)
    assert refusal_of(services, PASSWORD).code is Code.NOT_ALLOWED


def test_a_new_password_logs_out_everywhere(services: Services, carol: str) -> None:
    opened = log_in(services)
    with services.engine.begin() as connection:
        change_password(connection, services, carol, "en helt anden sætning")
    with pytest.raises(NotLoggedIn):
        behind(services, opened.secret)


class Meanwhile:
    """The writer, before whose last work somebody else does something."""

    def __init__(self, services: Services, works: int, act: Callable[[Connection], object]) -> None:
        self._services, self._left, self._act = services, works, act

    def run(self, participant: str, work: Callable[[Connection], Any]) -> Any:
        self._left -= 1
        if self._left == 0:
            with self._services.engine.begin() as connection:
                self._act(connection)
        return self._services.writer.run(participant, work)


def refused_meanwhile(services: Services, act: Callable[[Connection], object]) -> Code:
    """A log-in with the password that is right when it is looked at, and no longer when the log-in would begin."""
    slow = replace(services, writer=Meanwhile(services, 2, act))
    return refusal_of(slow, PASSWORD).code


def test_who_changes_the_password_leaves_no_log_in_that_was_under_way(services: Services, carol: str) -> None:
    new = "en helt anden sætning"
    met = refused_meanwhile(services, lambda connection: change_password(connection, services, carol, new))
    assert met is Code.NOT_ALLOWED
    with reading(services.engine) as connection:
        assert log_ins.of_account(connection, carol) == []
    assert log_in(services, new).secret


def test_a_hash_that_is_renewed_never_puts_back_the_password_of_before(services: Services, carol: str) -> None:
    weak, new = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD), "en helt anden sætning"
    with services.engine.begin() as connection:
        accounts.set_password_hash(connection, carol, weak)
    refused_meanwhile(services, lambda connection: change_password(connection, services, carol, new))
    assert refusal_of(services, PASSWORD).code is Code.NOT_ALLOWED
    assert log_in(services, new).secret


def test_an_account_that_is_closed_meanwhile_is_not_logged_in(services: Services, carol: str) -> None:
    met = refused_meanwhile(
        services, lambda connection: staff.disable(connection, services.environment, carol, author="root")
    )
    assert met is Code.NOT_ALLOWED
    with reading(services.engine) as connection:
        assert log_ins.of_account(connection, carol) == []


def test_logging_in_again_ends_the_old_session(services: Services) -> None:
    first = log_in(services)
    second = log_in(services, old_secret=first.secret)
    assert first.secret != second.secret
    with pytest.raises(NotLoggedIn):
        behind(services, first.secret)


def test_logging_out_ends_the_session(services: Services) -> None:
    opened = log_in(services)
    with services.engine.begin() as connection:
        sessions.log_out(connection, opened.secret)
    with pytest.raises(NotLoggedIn):
        behind(services, opened.secret)


def test_idle_staff_are_logged_out(services: Services, clock: SimulatedEnvironment) -> None:
    opened = log_in(services)
    clock.advance(minutes=29)
    assert behind(services, opened.secret)
    clock.advance(minutes=1)
    with pytest.raises(NotLoggedIn):
        behind(services, opened.secret)


def test_busy_staff_stay_until_the_day_is_over(services: Services, clock: SimulatedEnvironment) -> None:
    opened = log_in(services)
    for _ in range(35):
        clock.advance(minutes=20)
        assert behind(services, opened.secret)
        with services.engine.begin() as connection:
            sessions.touch(connection, opened.secret, clock.now())
    clock.advance(minutes=20)
    with pytest.raises(NotLoggedIn):
        behind(services, opened.secret)


def test_a_session_of_a_clock_far_ahead_does_not_stay_open_until_then(
    services: Services, clock: SimulatedEnvironment
) -> None:
    clock.set_clock(timedelta(days=120))
    opened = log_in(services)
    assert behind(services, opened.secret)
    clock.set_clock(timedelta())
    with pytest.raises(NotLoggedIn):
        behind(services, opened.secret)


def test_who_was_seen_by_a_clock_far_ahead_is_idle_as_ever(services: Services, clock: SimulatedEnvironment) -> None:
    opened = log_in(services)
    clock.set_clock(timedelta(minutes=20))
    with services.engine.begin() as connection:
        sessions.touch(connection, opened.secret, clock.now())
    clock.set_clock(timedelta())
    with reading(services.engine) as connection:
        _, touch_due = sessions.staff_behind(connection, services.settings, opened.secret, clock.now())
    assert touch_due


def test_lapsed_sessions_are_tidied_away(services: Services, clock: SimulatedEnvironment) -> None:
    lapsed = log_in(services)
    clock.advance(minutes=30)
    kept = log_in(services)
    with services.engine.begin() as connection:
        left = connection.exec_driver_sql("SELECT csrf FROM session").scalars().all()
    assert left == [kept.staff.csrf] != [lapsed.staff.csrf]


@pytest.mark.usefixtures("own_logging")
def test_log_ins_are_logged_without_names_or_secrets(services: Services, clock: SimulatedEnvironment) -> None:
    stream = io.StringIO()
    logs.configure("info", clock, stream)
    refusal_of(services)
    opened = log_in(services)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line["right"], line["account"]) for line in lines] == [
        ("log-in", False, "carol-id"),
        ("log-in", True, "carol-id"),
    ]
    assert not any(word in stream.getvalue() for word in (PASSWORD, WRONG, WARD, opened.secret))


def test_outdated_hashes_are_renewed_at_log_in(services: Services, carol: str) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with services.engine.begin() as connection:
        accounts.set_password_hash(connection, carol, weak)
    log_in(services)
    with reading(services.engine) as connection:
        account = accounts.of_id(connection, carol)
    assert account is not None
    assert not passwords.is_outdated(account.password_hash)
    assert log_in(services).secret


def test_a_password_costs_whoever_guesses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", SHIPPED_HASHER)
    stored = passwords.hash_password(PASSWORD, bytes(16))
    assert stored.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
    assert passwords.is_right(PASSWORD, stored)
    assert not passwords.is_right(WRONG, stored)
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated(QUICK_HASHER.hash(PASSWORD))


def test_guessing_is_slowed_down_and_then_not_even_looked_at(services: Services, clock: SimulatedEnvironment) -> None:
    refusals = [refusal_of(services).code for _ in range(throttle.FREE_FOR_PAIR + 1)]
    assert refusals == [Code.NOT_ALLOWED] * throttle.FREE_FOR_PAIR + [Code.TOO_MANY_TRIES]
    assert refusal_of(services, PASSWORD).code is Code.TOO_MANY_TRIES
    clock.advance(seconds=1)
    assert log_in(services).secret
    assert refusal_of(services).code is Code.NOT_ALLOWED


@pytest.mark.parametrize("username", ["", "a", "carol jensen", "<script>", "-x", "ä" * 5, "x" * 65])
def test_user_names_are_plain(services: Services, username: str) -> None:
    with services.engine.begin() as connection, pytest.raises(CommandRefused, match="user name"):
        staff.add_account(connection, services.environment, username=username, display_name="", password=PASSWORD)


def test_a_new_account_can_log_in_and_has_no_rights(services: Services) -> None:
    with services.engine.begin() as connection:
        staff.add_account(connection, services.environment, username=" Ines ", display_name="", password=PASSWORD)
    opened = sessions.log_in(services, username="INES", password=PASSWORD, address=WARD)
    assert (opened.staff.username, opened.staff.display_name) == ("ines", "ines")
    assert opened.staff.rights.roles == frozenset()


def test_a_user_name_is_taken_whatever_its_case(services: Services) -> None:
    with services.engine.begin() as connection, pytest.raises(CommandRefused) as refusal:
        staff.add_account(connection, services.environment, username="CAROL", display_name="", password=PASSWORD)
    assert refusal.value.code is Code.ALREADY_EXISTS


@pytest.mark.parametrize("password", ["", "elleve tegn", "x" * 129])
def test_passwords_have_a_sensible_length(password: str) -> None:
    with pytest.raises(CommandRefused, match="12 to 128"):
        passwords.hash_password(password, bytes(16))


def test_a_longer_one_that_was_allowed_once_still_opens() -> None:
    longer = "tolv ord " * 20
    assert passwords.is_right(longer, passwords.HASHER.hash(longer))
    assert not passwords.is_right(f"{longer}s", passwords.HASHER.hash(longer))


def test_nobody_has_the_password_of_nobody() -> None:
    assert not passwords.is_right("of nobody", None)
    assert not passwords.is_right(PASSWORD, "not a hash")


def test_many_passwords_at_once_take_turns() -> None:
    with ExitStack() as busy, ThreadPoolExecutor(1) as pool:
        for _ in range(4):
            busy.enter_context(passwords.TURNS)
        waiting = pool.submit(passwords.is_right, "not the password", None)
        assert not waiting.done()
        busy.close()
        assert waiting.result(30) is False
