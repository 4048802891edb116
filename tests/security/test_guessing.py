"""Who guesses learns nothing from an answer, and is slowed down by every process of the server together."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event

from diary_app.core.enrolment_code import normalise
from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.wire import ENROL_PATH, SYNC_PATH
from server.access import invitations, managing, sessions, throttle
from server.access.roles import Role
from server.intake.enrol import count_try
from server.services import Services
from server.settings import Settings
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import Page
from tests.server import serving
from tests.server.handset import Handset, new_code, ready


@pytest.fixture
def both(services: Services, open_more: Callable[..., Services]) -> tuple[Services, Services]:
    """Two processes of one server."""
    return services, open_more()


def wrong(services: Services, name: str, address: str = "192.0.2.7") -> Code:
    with pytest.raises(RequestRefused) as refusal:
        sessions.log_in(services, username=name, password="not the password", address=address)
    return Code(refusal.value.code)


def test_wrong_log_ins_are_counted_by_all_processes_together(both: tuple[Services, Services]) -> None:
    here, there = both
    met = [wrong(services, "carol") for services in (here, there, here, there, here)]
    assert met == [Code.NOT_ALLOWED] * 5
    assert [wrong(there, "carol"), wrong(here, "carol")] == [Code.TOO_MANY_TRIES] * 2


def test_wrong_codes_are_counted_by_all_processes_together(both: tuple[Services, Services]) -> None:
    now = both[0].environment.now()
    limit = both[0].settings.enrol_tries_per_hour

    def tried(services: Services) -> bool:
        return services.writer.run("", lambda connection: count_try(connection, services, "192.0.2.7", now)) is None

    met = [tried(both[number % 2]) for number in range(limit + 2)]
    assert met == [True] * limit + [False, False]


@pytest.fixture
def two_servers(migrated_postgresql: str, tmp_path: Path) -> Iterator[list[serving.Serving]]:
    """Two real processes on one database."""
    settings = Settings(database_url=migrated_postgresql, var_folder=tmp_path / "var")
    started: list[serving.Serving] = []
    try:
        started += [serving.start(settings, ENROL_TRIES_PER_HOUR=3) for _ in range(2)]
        yield started
    finally:
        for one in started:
            one.kill()


def test_real_processes_share_what_they_count(two_servers: list[serving.Serving]) -> None:
    """Codes that are well-formed and nobody's; the third server-wide is the last that is looked at."""
    phone = {"protocol": 1, "device": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "token_sha256": "0" * 64,
             "device_clock": "2026-11-22T18:00:00.000Z", "app_version": "1.0", "code": a_code()}  # fmt: skip

    def met_from(address: str) -> list[int]:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=serving.PATIENCE) as client:
            asked = [f"{one.url}{ENROL_PATH}" for one in two_servers] * 3
            return [client.post(url, content=json.dumps(phone)).status_code for url in asked]

    hour, met = this_hour(), met_from("127.0.0.1")
    if this_hour() != hour:  # it was counted from nothing again in between; nobody has tried from elsewhere yet
        met = met_from("127.0.0.2")
    assert met == [404, 404, 404, 429, 429, 429]


def this_hour() -> datetime:
    """As the servers, which have the machine's own clock, count tries."""
    return SystemEnvironment().now().replace(minute=0, second=0, microsecond=0)


@contextmanager
def statements(services: Services) -> Iterator[list[str]]:
    """Every statement that runs meanwhile."""
    ran: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        ran.append(statement)

    event.listen(services.engine, "before_cursor_execute", note)
    yield ran
    event.remove(services.engine, "before_cursor_execute", note)


def a_code() -> str:
    """The first that has the right check character."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for last in (first + second for first in letters for second in letters):
        try:
            return normalise("0" * 10 + last)
        except RequestRefused:
            continue
    raise AssertionError("no code fits")


class TestNobodyIsTold:
    """On one database: what is answered does not depend on it."""

    @pytest.fixture
    def database_url(self, migrated_sqlite: str) -> str:
        return migrated_sqlite

    @pytest.fixture
    def services(self, app: object, client: httpx.AsyncClient) -> Services:
        opened: Services = app.state.services  # type: ignore[attr-defined]
        client.headers["accept-language"] = "en"
        return opened

    async def test_a_log_in_does_not_tell_whose_account_there_is(
        self, services: Services, client: httpx.AsyncClient
    ) -> None:
        staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
        closed = staged.account(services, "closed", (Role.COORDINATOR, "copenhagen"))
        root = staged.account(services, "root", (Role.ADMINISTRATOR, "copenhagen"))
        with services.engine.begin() as connection:
            wanted = invitations.Wanted("invited", "Invited", "en", [(Role.COORDINATOR, "copenhagen")])
            invitations.invite(connection, services, wanted, author="root")
            managing.close(connection, services, closed, by=root)
        met = set()
        for name in ("carol", "closed", "invited", "mallory"):
            answer = await client.post("/console/login", data={"username": name, "password": "not the password"})
            words = Page(answer).text
            met.add((answer.status_code, words, answer.text.replace(name, "?"), tuple(sorted(answer.headers))))
        assert len(met) == 1

    def test_a_refused_log_in_does_the_same_work_for_a_name_that_nobody_has(self, services: Services) -> None:
        staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
        done: dict[str, list[str]] = {}
        for name in ("carol", "mallory"):
            for tries in range(throttle.FREE_FOR_PAIR + 1):
                with statements(services) as ran, pytest.raises(RequestRefused):
                    sessions.log_in(services, username=name, password="not the password", address="192.0.2.7")
                done[f"{name} {tries}"] = ran
        assert len(done["carol 0"]) > 2
        for tries in range(throttle.FREE_FOR_PAIR + 1):
            assert done[f"carol {tries}"] == done[f"mallory {tries}"]

    async def test_a_link_does_not_tell_whether_it_ever_was_one(
        self, services: Services, client: httpx.AsyncClient
    ) -> None:
        with services.engine.begin() as connection:
            wanted = invitations.Wanted("dorte", "Dorte", "en", [(Role.COORDINATOR, "copenhagen")])
            first = invitations.invite(connection, services, wanted, author="root")
            invitations.renew(connection, services, first.account, author="root")
        met = set()
        for code in (first.code, "0" * 64, "f" * 64, "x"):
            answer = await client.get(f"/console/join?code={code}", follow_redirects=True)
            met.add((answer.status_code, answer.text))
        assert len(met) == 1

    async def test_a_phone_does_not_learn_whether_another_is_known(
        self, services: Services, client: httpx.AsyncClient
    ) -> None:
        alice, stranger = ready(services, ALICE), Handset(services, "stranger")
        met = set()
        for device in (alice.device, stranger.device):
            body = alice.request().model_dump(mode="json", exclude_none=True) | {"device": device}
            answer = await client.post(SYNC_PATH, json=body, headers={"authorization": "Bearer wrong"})
            met.add((answer.status_code, answer.text))
        assert len(met) == 1

    async def test_a_code_that_is_no_longer_one_tells_nothing_of_its_owner(
        self, services: Services, client: httpx.AsyncClient
    ) -> None:
        """That it ran out is said, for whoever holds the letter; whose it was is not."""
        ready(services, ALICE)
        replaced = new_code(services, ALICE)
        new_code(services, ALICE)
        request = Handset(services, "stranger").enrol_request(replaced).model_dump_json()
        answer = await client.post(ENROL_PATH, content=request)
        assert answer.json().keys() == {"code", "message", "remedy", "oldest_protocol", "newest_protocol"}
        assert not [word for word in (ALICE, "copenhagen", "Copenhagen", "mesrix") if word in answer.text]
