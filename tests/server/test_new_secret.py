"""The server's secret can be replaced and nobody is locked out: what the former one made is taken while it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from diary_app.core.errors import RequestRefused
from server.access import familiar, passwords, second_factor, sessions, throttle, totp
from server.access.account_facts import Happened
from server.access.browsers import Browser
from server.access.sessions import Held, LoggedIn
from server.access.totp import Shared
from server.db import accounts, second_factors, site_facts
from server.db.accounts import Account
from server.db.engine import reading
from server.own_secret import FORMER_FILE, SECRET_FILE
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, add, new_code

PASSWORD = "rolig vinter aften"
WARD, ELSEWHERE = "192.0.2.10", "203.0.113.66"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, var_folder=tmp_path / "var", second_factor="required")


class Replaced:
    """What Carol and Alice had with the first secret, and the server that goes on with another one."""

    def __init__(self, settings: Settings, clock: SimulatedEnvironment) -> None:
        self.settings, self.clock = settings, clock
        first = open_services(settings, clock)
        self.secret = first.secret
        hashed = passwords.hash_password(PASSWORD, bytes(16))
        with first.engine.begin() as connection:
            accounts.add(connection, Account("carol-id", "carol", "Carol", "da", hashed, clock.now()))
        entered = log_in(first)
        self.phone = second_factor.offered(first, held(first, entered))
        _, self.codes = second_factor.set_up(first, held(first, entered), self.phone.code_at(clock.now()), WARD)
        add(first, ALICE)
        self.code = new_code(first, ALICE)
        first.close()
        clock.advance(minutes=5)

    def opened(self, *, with_former: bool) -> Services:
        file, former = self.settings.var_folder / SECRET_FILE, self.settings.var_folder / FORMER_FILE
        if not former.exists():
            file.rename(former)
        if not with_former:
            former.unlink()
        return open_services(self.settings, self.clock)


@pytest.fixture
def replaced(settings: Settings, clock: SimulatedEnvironment) -> Replaced:
    return Replaced(settings, clock)


@pytest.fixture
def after(replaced: Replaced) -> Iterator[Services]:
    """The server with its new secret, the former one beside it."""
    services = replaced.opened(with_former=True)
    yield services
    services.close()


def log_in(services: Services) -> LoggedIn:
    return sessions.log_in(services, username="carol", password=PASSWORD, address=WARD, agent=FIREFOX)


def held(services: Services, logged_in: LoggedIn) -> Held:
    with reading(services.engine) as connection:
        return sessions.held_by(connection, services.settings, logged_in.secret, services.environment.now())


def pass_with(services: Services, phone: Shared) -> LoggedIn:
    code = phone.code_at(services.environment.now())
    return second_factor.pass_with_code(services, held(services, log_in(services)), code, WARD)


def test_authenticators_go_on_and_need_the_former_one_no_more(
    replaced: Replaced, after: Services, clock: SimulatedEnvironment
) -> None:
    assert after.secret not in (replaced.secret, after.former_secret)
    assert pass_with(after, replaced.phone).due is None
    with reading(after.engine) as connection:
        factor = second_factors.of(connection, "carol-id")
    assert factor is not None
    assert totp.opens(factor.sealed, after.secret, "carol-id")
    assert not totp.opens(factor.sealed, replaced.secret, "carol-id")
    clock.advance(minutes=5)
    alone = replaced.opened(with_former=False)
    assert pass_with(alone, replaced.phone).due is None
    alone.close()


def test_recovery_codes_of_before_still_work_once(replaced: Replaced, after: Services) -> None:
    entered = held(after, log_in(after))
    assert second_factor.pass_with_recovery_code(after, entered, replaced.codes[0], WARD).due is None
    with pytest.raises(RequestRefused):
        second_factor.pass_with_recovery_code(after, held(after, log_in(after)), replaced.codes[0], WARD)


def test_a_letter_that_is_on_its_way_still_enrols(replaced: Replaced, after: Services) -> None:
    alice = Handset(after)
    assert alice.enrol(replaced.code).participant == ALICE
    with pytest.raises(RequestRefused):
        Handset(after, "mallory").enrol(replaced.code)


def test_carols_place_and_browser_are_still_known(replaced: Replaced, after: Services) -> None:
    for number in range(throttle.FREE_FOR_ACCOUNT):
        with pytest.raises(RequestRefused):
            sessions.log_in(after, username="carol", password="not it at all", address=f"203.0.113.{number}")
    with pytest.raises(RequestRefused, match="too many"):
        sessions.log_in(after, username="carol", password=PASSWORD, address=ELSEWHERE)
    assert pass_with(after, replaced.phone).due is None
    with reading(after.engine) as connection:
        assert site_facts.of_kinds(connection, [Happened.OTHER_BROWSER]) == []
    with after.engine.begin() as connection:
        familiar.note_other_browser(connection, after, "carol-id", Browser("Safari", "iPhone"))
        assert len(site_facts.of_kinds(connection, [Happened.OTHER_BROWSER])) == 1


def test_without_the_former_one_nothing_of_before_is_taken(
    replaced: Replaced, settings: Settings, clock: SimulatedEnvironment
) -> None:
    alone = replaced.opened(with_former=False)
    with pytest.raises(RequestRefused):
        pass_with(alone, replaced.phone)
    with pytest.raises(RequestRefused):
        second_factor.pass_with_recovery_code(alone, held(alone, log_in(alone)), replaced.codes[0], WARD)
    with pytest.raises(RequestRefused):
        Handset(alone).enrol(replaced.code)
    alone.close()


def test_both_can_be_settings(replaced: Replaced, clock: SimulatedEnvironment) -> None:
    named = replaced.settings.model_copy(update={"secret": None})
    named = Settings(
        **named.model_dump(exclude={"secret", "former_secret"}), secret="n" * 40, former_secret=replaced.secret.decode()
    )
    services = open_services(named, clock)
    assert services.secrets == (b"n" * 40, replaced.secret)
    assert pass_with(services, replaced.phone).due is None
    assert "n" * 40 not in repr(services) + repr(named)
    assert replaced.secret.decode() not in repr(services) + repr(named)
    services.close()


def test_sealing_anew_is_done_once_and_leaves_others_alone(
    replaced: Replaced, after: Services, clock: SimulatedEnvironment
) -> None:
    again = open_services(replaced.settings, clock)
    with reading(again.engine) as connection:
        sealed = [one.sealed for one in second_factors.everyones(connection)]
    again.close()
    with reading(after.engine) as connection:
        assert [one.sealed for one in second_factors.everyones(connection)] == sealed
