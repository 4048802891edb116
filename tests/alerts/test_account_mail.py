"""Holders of accounts hear what happens to their log-in: once, in their language, and nothing that lets anybody in."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from diary_app.core.errors import RequestRefused
from diary_app.resources import LANGUAGES
from server.access import passwords, second_factor, sessions, staff
from server.access.account_facts import TOLD, Happened, note
from server.access.guessing import note_guessing
from server.access.sessions import Held, LoggedIn
from server.access.totp import Shared
from server.alerts.account_mail import (
    MAILED_WITHIN,
    SHOWN_FOR,
    owe_former_address,
    tell_former_address,
    tell_holders,
    to_show,
)
from server.alerts.account_words import WHAT, told
from server.db import accounts, notices, site_facts
from server.db.accounts import Account
from server.db.engine import reading
from server.db.notices import Notice
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.post_office import PostOffice, with_mail

PASSWORD = "rolig vinter aften"
#: Wrong tries on which a holder is told, where nothing else is set.
MANY = 10
CAROLS = "carol@hospital.example"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def settings(database_url: str, tmp_path: Path, post_office: PostOffice) -> Settings:
    return with_mail(database_url, tmp_path / "var", post_office)


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD, bytes(16))


@pytest.fixture(autouse=True)
def people(services: Services, password_hash: str) -> None:
    """Carol reads Danish and has an address, Ines reads English and has none."""
    now = services.environment.now()
    with services.engine.begin() as connection:
        accounts.add(connection, Account("carol-id", "carol", "Carol", "da", password_hash, now, email=CAROLS))
        accounts.add(connection, Account("ines-id", "ines", "Ines", "en", password_hash, now))


def happens(services: Services, kind: Happened, account: str = "carol-id") -> None:
    with services.engine.begin() as connection:
        note(connection, services.environment, kind, account, author="root")


def tell(services: Services) -> int:
    return tell_holders(services, services.environment.now())


def log_in(services: Services, name: str = "carol", agent: str = FIREFOX, address: str = "192.0.2.10") -> LoggedIn:
    return sessions.log_in(services, username=name, password=PASSWORD, address=address, agent=agent)


def held(services: Services, logged_in: LoggedIn) -> Held:
    with reading(services.engine) as connection:
        return sessions.held_by(connection, services.settings, logged_in.secret, services.environment.now())


def guess(services: Services, name: str, times: int) -> None:
    """From another address each time, as whoever has many does."""
    for number in range(times):
        with pytest.raises(RequestRefused):
            sessions.log_in(services, username=name, password="not it at all", address=f"203.0.113.{number}")


def waiting(services: Services) -> list[Notice]:
    with reading(services.engine) as connection:
        return notices.every(connection)


def shown(services: Services, account: str = "ines-id") -> list[str]:
    with reading(services.engine) as connection:
        later = services.environment.now() + timedelta(seconds=1)
        return [one.kind for one in to_show(connection, services, account, later)]


def letters(post_office: PostOffice) -> list[str]:
    return [str(one.get_content()).replace("\r\n", "\n") for one in post_office.messages]


def test_a_changed_password_is_mailed_once_to_the_account_alone(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    with services.engine.begin() as connection:
        carol = accounts.of_id(connection, "carol-id")
        assert carol is not None
        staff.set_password(connection, services.environment, carol, "tre gule både sejler", author="root")
    assert [tell(services), tell(services)] == [1, 0]
    assert post_office.receivers == [CAROLS]
    (message,) = post_office.messages
    assert message["Subject"] == "Om dit login"
    lines = letters(post_office)[0].split("\n\n")
    assert lines[0] == "Adgangskoden til din konto er ændret."
    assert re.match(r"Det skete søn. 22. nov. 19.00 CET.", lines[1].replace("\u00a0", " "))
    assert "aldrig med et link" in lines[3]
    assert waiting(services) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(TOLD))
def test_each_message_tells_what_happened_and_lets_nobody_in(services: Services, language: str, kind: Happened) -> None:
    now = services.environment.now()
    notice = Notice(fact="f", account="carol-id", kind=kind, at=now, browser="Firefox", system="Windows", next_at=now)
    said = told(services.study, notice, language)
    assert said.text.count("\n\n") == 3
    assert "Firefox" in said.text
    for telling in ("http", "{", "carol", "rolig", services.settings.public_url):
        assert telling not in f"{said.subject} {said.text}"


def test_every_kind_that_is_told_has_words_of_its_own() -> None:
    assert WHAT.keys() == TOLD
    assert len(set(WHAT.values())) == len(TOLD)


def test_what_is_undone_tells_nobody(services: Services, post_office: PostOffice) -> None:
    def undone(connection: Connection) -> None:
        note(connection, services.environment, Happened.PASSWORD_CHANGED, "carol-id", author="root")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        services.writer.run("", undone)
    assert (waiting(services), tell(services), post_office.raw) == ([], 0, [])


def test_a_mail_server_that_was_down_is_tried_again_with_the_same_mark(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    happens(services, Happened.RECOVERY_CODE_USED)
    post_office.at_data = "451 later"
    assert tell(services) == 0
    post_office.at_data = ""
    clock.advance(seconds=30)
    assert tell(services) == 0, "a server in trouble is left alone for a minute"
    clock.advance(seconds=31)
    assert tell(services) == 1
    assert len(post_office.raw) == 1
    happens(services, Happened.RECOVERY_CODE_USED)
    tell(services)
    assert len({one["Message-ID"] for one in post_office.messages}) == 2


def test_while_one_process_sends_the_other_does_not(
    services: Services, open_more: Callable[..., Services], post_office: PostOffice
) -> None:
    other = open_more()
    happens(services, Happened.PASSWORD_CHANGED)
    met: list[int] = []
    post_office.during = lambda _: met.append(tell(other))
    assert tell(services) == 1
    assert met == [0]
    assert len(post_office.raw) == 1


def test_after_a_process_that_was_killed_another_takes_over(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    happens(services, Happened.PASSWORD_CHANGED)
    with monkeypatch.context() as killed:
        killed.setattr("server.alerts.account_mail._letter", None)
        with pytest.raises(TypeError):
            tell(services)
    assert tell(services) == 0
    clock.advance(minutes=15)
    assert tell(services) == 1
    assert post_office.receivers == [CAROLS]


def test_whom_no_mail_reaches_is_shown_it_at_the_next_log_in(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    post_office.refused[CAROLS] = "550 nobody here"
    happens(services, Happened.PASSWORD_CHANGED)
    happens(services, Happened.PASSWORD_CHANGED, "ines-id")
    assert (shown(services, "carol-id"), shown(services)) == ([], ["password_changed"])
    assert tell(services) == 0
    assert shown(services, "carol-id") == ["password_changed"]
    post_office.refused.clear()
    clock.advance(hours=2)
    assert tell(services) == 0, "its server said that it never will"


def test_what_could_not_be_mailed_for_days_is_shown_and_not_mailed_late(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    post_office.close()
    happens(services, Happened.PASSWORD_CHANGED)
    tell(services)
    assert shown(services, "carol-id") == []
    clock.advance(seconds=MAILED_WITHIN.total_seconds())
    post_office.open()
    assert tell(services) == 0
    assert shown(services, "carol-id") == ["password_changed"]
    clock.advance(seconds=SHOWN_FOR.total_seconds())
    tell(services)
    assert waiting(services), "one look may be at a wrong clock"
    clock.advance(hours=1)
    tell(services)
    assert waiting(services) == []


def test_what_happened_by_a_clock_far_ahead_is_mailed_as_soon_as_it_is_right(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    clock.set_clock(timedelta(days=120))
    happens(services, Happened.PASSWORD_CHANGED)
    clock.set_clock(timedelta())
    assert [tell(services), tell(services)] == [1, 0]
    assert post_office.receivers == [CAROLS]


def test_guessing_that_a_clock_far_ahead_noted_hides_none_that_comes_until_then(
    services: Services, clock: SimulatedEnvironment
) -> None:
    clock.set_clock(timedelta(days=120))
    guess(services, "carol", MANY)
    assert note_guessing(services, clock.now()) == 1
    clock.set_clock(timedelta())
    guess(services, "carol", MANY)
    assert [note_guessing(services, clock.now()) for _ in range(2)] == [1, 0]


def test_a_closed_account_hears_nothing_more(services: Services, post_office: PostOffice) -> None:
    happens(services, Happened.PASSWORD_CHANGED)
    with services.engine.begin() as connection:
        staff.disable(connection, services.environment, "carol-id", author="root")
    assert (tell(services), post_office.raw, waiting(services)) == (0, [], [])


def test_another_kind_of_browser_is_told_with_its_name_and_known_from_then_on(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    for agent, count in ((FIREFOX, 0), (FIREFOX, 0), (SAFARI, 1), (SAFARI, 0), (FIREFOX, 0)):
        log_in(services, agent=agent)
        assert tell(services) == count
        clock.advance(days=90)
    assert "Browseren: Safari på iPhone." in letters(post_office)[0]
    clock.advance(days=190)
    log_in(services, agent=SAFARI)
    assert tell(services) == 1, "a year without it"


def test_what_is_kept_of_browsers_names_neither_them_nor_anybody(services: Services) -> None:
    log_in(services)
    log_in(services, agent=SAFARI)
    with reading(services.engine) as connection:
        kept = str(connection.exec_driver_sql("SELECT subject FROM attempt").all())
        facts = site_facts.of_kinds(connection, [Happened.OTHER_BROWSER])
    assert [fact.body for fact in facts] == ['{"account":"carol-id"}']
    for trace in ("carol", "Firefox", "Safari", "192.0.2"):
        assert trace not in kept


def test_guessing_passwords_is_told_once_a_day(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    guess(services, "carol", MANY - 1)
    assert tell(services) == 0
    guess(services, "carol", 1)
    guess(services, "mallory", MANY)
    assert [tell(services), tell(services)] == [1, 0]
    assert "Der er prøvet mange forkerte adgangskoder" in letters(post_office)[0]
    assert "har holdt" in letters(post_office)[0]
    clock.advance(hours=25)
    guess(services, "carol", MANY)
    assert tell(services) == 1


def test_from_how_many_wrong_tries_on_it_is_told_can_be_set(services: Services, clock: SimulatedEnvironment) -> None:
    wary = replace(services, settings=services.settings.model_copy(update={"alarm_wrong_tries": 4}))
    guess(services, "carol", 3)
    assert note_guessing(wary, clock.now()) == 0
    guess(services, "carol", 1)
    assert [note_guessing(one, clock.now()) for one in (services, wary)] == [0, 1]


def test_two_processes_put_a_guesser_on_record_once(
    services: Services,
    open_more: Callable[..., Services],
    post_office: PostOffice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guess(services, "ines", MANY)
    other, run, told = open_more(), services.writer.run, list[int]()

    def overtaken(*work: Any) -> Any:
        """The other one looks and writes after this one has looked."""
        if not told:
            told.append(0)
            told.append(note_guessing(other, services.environment.now()))
        return run(*work)

    monkeypatch.setattr(services.writer, "run", overtaken)
    assert note_guessing(services, services.environment.now()) == 0
    assert told == [0, 1]
    tell(services)
    with reading(services.engine) as connection:
        assert len(site_facts.of_kinds(connection, [Happened.PASSWORDS_TRIED])) == 1


def set_up(services: Services) -> Shared:
    """Carol's authenticator; half a minute later, with nothing left to tell."""
    entered = log_in(services)
    shared = second_factor.offered(services, held(services, entered))
    second_factor.set_up(services, held(services, entered), shared.code_at(services.environment.now()), "192.0.2.10")
    services.environment.advance(minutes=1)  # type: ignore[attr-defined]
    tell(services)
    return shared


def test_a_used_code_and_many_wrong_ones_are_told(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    services.settings.second_factor = "required"
    phone = set_up(services)
    assert "Der er sat totrinslogin op" in letters(post_office)[0]
    code = phone.code_at(clock.now())
    second_factor.pass_with_code(services, held(services, log_in(services)), code, "192.0.2.10")
    overlooked = held(services, log_in(services))
    with pytest.raises(second_factor.CodeShownAgain):
        second_factor.pass_with_code(services, overlooked, code, "203.0.113.1")
    assert tell(services) == 1
    assert "en kode, som var brugt før" in letters(post_office)[1]
    for number in range(MANY):
        with pytest.raises(RequestRefused):
            second_factor.pass_with_code(services, overlooked, "000000", f"203.0.113.{number}")
    assert tell(services) == 1
    assert "mange forkerte koder" in letters(post_office)[2]
    assert all(code not in one for one in letters(post_office))


def test_a_form_that_was_sent_twice_is_no_stranger(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    services.settings.second_factor = "required"
    phone = set_up(services)
    entered, code = held(services, log_in(services)), phone.code_at(clock.now())
    second_factor.pass_with_code(services, entered, code, "192.0.2.10")
    with pytest.raises(RequestRefused):
        second_factor.pass_with_code(services, entered, code, "192.0.2.10")
    assert tell(services) == 0


def test_the_address_before_hears_that_another_takes_its_place(services: Services, post_office: PostOffice) -> None:
    with services.engine.begin() as connection:
        former = accounts.of_id(connection, "carol-id")
        assert former is not None
        staff.set_email(connection, services.environment, former, "mallory@elsewhere.example", author="root")
        owed = owe_former_address(connection, services, former)
    assert owed is not None
    assert tell_former_address(services, owed, former)
    assert tell(services) == 1
    assert post_office.receivers == [CAROLS, "mallory@elsewhere.example"]
    with reading(services.engine) as connection:
        (fact,) = site_facts.of_kinds(connection, [Happened.ADDRESS_CHANGED])
    assert "@" not in fact.body


def test_a_former_address_that_was_not_told_at_once_is_told_later_and_never_shown(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    with services.engine.begin() as connection:
        former = accounts.of_id(connection, "carol-id")
        assert former is not None
        staff.set_email(connection, services.environment, former, None, author="root")
        owe_former_address(connection, services, former)  # and the process is killed
    clock.advance(minutes=1)
    with reading(services.engine) as connection:
        shown = to_show(connection, services, "carol-id", clock.now())
    assert [one.address for one in shown] == [""]
    assert tell(services) == 1
    assert post_office.receivers == [CAROLS]
    assert [one.address for one in waiting(services)] == [""]


def test_a_former_address_that_takes_nothing_is_forgotten(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    post_office.close()
    with services.engine.begin() as connection:
        former = accounts.of_id(connection, "carol-id")
        assert former is not None
        owed = owe_former_address(connection, services, former)
    assert owed is not None
    assert not tell_former_address(services, owed, former)
    assert [one.address for one in waiting(services)] == [CAROLS]
    clock.advance(days=3)
    tell(services)
    clock.advance(hours=1)
    tell(services)
    assert waiting(services) == []


def test_a_mail_server_that_loses_its_answers_gets_it_twice_and_the_next_log_in_shows_it(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    happens(services, Happened.PASSWORD_CHANGED)
    post_office.hangs_up = True
    for _ in range(60):
        tell(services)
        clock.advance(minutes=2)
    assert post_office.receivers == [CAROLS] * 2
    assert shown(services, "carol-id") == [Happened.PASSWORD_CHANGED]
