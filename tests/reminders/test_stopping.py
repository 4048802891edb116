"""The link in a mail that stops all messages: to open it changes nothing, one click does, and is undone there."""

import asyncio
import json
import re
from collections.abc import Iterator

import httpx
import pytest

from server.db import staff_facts
from server.db.engine import reading
from server.intake.known import SERVER
from server.reminders.delivery import deliver
from server.reminders.fates import Cancelled
from server.reminders.stopping import MOST_A_DAY, link
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, BOBS, DAY, NUMBER, choose, live, reminded, states, steps, take
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice
from tests.server.asked_over_http import asked
from tests.server.handset import Handset

EVENING, NIGHT, NEXT_NIGHT = "2026-11-23 19:05", "2026-11-23 21:30", "2026-11-24 21:30"


class Reader:
    """Somebody with a mail program and a browser, and the server behind the link."""

    def __init__(self, runner: asyncio.Runner, client: httpx.AsyncClient, services: Services, phone: Handset) -> None:
        self._runner, self._client, self.services, self.phone = runner, client, services, phone

    def get(self, address: str) -> httpx.Response:
        return self._runner.run(self._client.get(_path(address)))

    def post(self, address: str) -> httpx.Response:
        """As RFC 8058 has it: no cookies, no page before."""
        one_click = {"List-Unsubscribe": "One-Click"}
        return self._runner.run(
            self._client.post(_path(address), data=one_click, headers={"Origin": "https://mail.example"})
        )


def _path(address: str) -> str:
    return address.removeprefix("https://dagbog.example")


@pytest.fixture
def reader(settings: Settings, clock: SimulatedEnvironment) -> Iterator[Reader]:
    with asked(settings, clock) as (runner, client, opened):
        yield Reader(runner, client, opened, reminded(opened))


def said(services: Services) -> list[tuple[str, int]]:
    with reading(services.engine) as connection:
        rows = staff_facts.of_kinds(connection, [ALICE], ["reminders"])
    return [(row.author, json.loads(row.body)["stopped"]) for row in rows]


def test_a_mail_names_the_page_for_people_and_for_programs(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, EVENING)
    (message,) = post_office.messages
    address = link(services, ALICE)
    assert message["list-unsubscribe"] == f"<{address}>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert message.get_content().splitlines()[3:5] == ["Du kan stoppe beskederne her:", address]


def test_without_https_there_is_no_click_of_a_program(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    services.settings = services.settings.model_copy(update={"public_url": "http://dagbog.example"})
    reminded(services)
    live(services, clock, EVENING)
    (message,) = post_office.messages
    assert message["list-unsubscribe"] == f"<{link(services, ALICE)}>"
    assert message["list-unsubscribe-post"] is None


def test_the_link_names_nobody_and_is_each_ones_own(services: Services) -> None:
    hers, his = link(services, ALICE), link(services, BOB)
    assert hers != his
    assert re.fullmatch(r"https://dagbog\.example/stop/[0-9a-f]{40,60}", hers)
    assert ALICE not in hers


def test_a_text_message_has_no_second_link(
    services: Services, clock: SimulatedEnvironment, gateway: SmsGateway
) -> None:
    reminded(services, phone=NUMBER)
    live(services, clock, EVENING)
    assert [("/stop/" in str(one), "/app/" in str(one)) for one in gateway.taken] == [(False, True)]


def test_to_open_the_page_changes_nothing(reader: Reader) -> None:
    page = reader.get(link(reader.services, ALICE))
    assert (page.status_code, "Vil du stoppe beskederne?" in page.text) == (200, True)
    assert said(reader.services) == []


def test_one_click_stops_every_message_once_and_for_all_its_repeats(
    reader: Reader, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    answers = [reader.post(link(reader.services, ALICE)) for _ in range(3)]
    assert [(one.status_code, "Beskederne er stoppet" in one.text) for one in answers] == [(200, True)] * 3
    live(reader.services, clock, NIGHT)
    assert post_office.raw == []
    assert said(reader.services) == [(SERVER, 1)]
    assert steps(reader.services) == [("dropped", "stopped")]


def test_on_the_same_page_they_are_sent_again(
    reader: Reader, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reader.post(link(reader.services, ALICE))
    live(reader.services, clock, NIGHT)
    back = reader.post(f"{link(reader.services, ALICE)}/again")
    assert "Du får beskeder igen" in back.text
    live(reader.services, clock, NEXT_NIGHT)
    assert len(post_office.raw) == 3
    assert said(reader.services) == [(SERVER, 1), (SERVER, 0)]


def test_one_that_waits_to_be_tried_again_is_cancelled(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    post_office.refused[ALICES] = "450 4.2.0 later"
    live(services, clock, "2026-11-23 19:01", minutes=1)
    choose(services, stopped=1)
    post_office.refused.clear()
    live(services, clock, NIGHT)
    assert post_office.raw == []
    assert steps(services)[-1] == ("cancelled", "stopped")
    assert "sent" not in states(services)


def test_one_that_is_about_to_leave_is_kept_back(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    clock.advance(hours=20, minutes=30)
    claimed = take(services, clock)
    choose(services, stopped=1)
    (sending,) = deliver(services, claimed, clock.now)
    assert (sending.fate, post_office.raw) == (Cancelled("stopped"), [])


def test_nobody_elses_messages_stop(reader: Reader, clock: SimulatedEnvironment, post_office: PostOffice) -> None:
    reminded(reader.services, BOB, "bob", email=BOBS)
    reader.post(link(reader.services, ALICE))
    live(reader.services, clock, EVENING)
    assert post_office.receivers == [BOBS]


@pytest.mark.parametrize("code", ["x", "a" * 44, "%00", "é", "-" * 400])
def test_another_link_is_refused_in_plain_words(reader: Reader, code: str) -> None:
    for answer in (reader.get(f"/stop/{code}"), reader.post(f"/stop/{code}"), reader.post(f"/stop/{code}/again")):
        assert (answer.status_code, "Linket virker ikke længere." in answer.text) == (404, True)


def test_a_changed_letter_is_another_link(reader: Reader) -> None:
    address = link(reader.services, ALICE)
    assert reader.post(address[:-10] + ("a" if address[-10] != "a" else "b") + address[-9:]).status_code == 404


def test_the_link_survives_a_new_secret_while_the_former_is_kept(reader: Reader) -> None:
    services, address = reader.services, link(reader.services, ALICE)
    services.secret, services.former_secret = b"new", services.secret
    assert reader.post(address).status_code == 200
    services.former_secret = None
    assert reader.post(address).status_code == 404


def test_a_program_that_clicks_on_and_on_is_stopped(reader: Reader, clock: SimulatedEnvironment) -> None:
    address = link(reader.services, ALICE)
    answers = [reader.post(address + turn) for _ in range(MOST_A_DAY) for turn in ("", "/again")]
    refused = [one for one in answers if one.status_code == 429]
    assert (len(refused), len(said(reader.services))) == (MOST_A_DAY // 2, MOST_A_DAY + 1)
    assert all(one.headers["retry-after"] for one in refused)
    clock.advance(hours=25)
    assert reader.post(f"{address}/again").status_code == 200


def test_the_way_out_stays_open_after_however_many_changes(reader: Reader) -> None:
    address = link(reader.services, ALICE)
    for _ in range(MOST_A_DAY // 2):
        reader.post(address)
        reader.post(f"{address}/again")
    stopped = reader.post(address)
    assert (stopped.status_code, "Beskederne er stoppet" in stopped.text) == (200, True)
    assert said(reader.services)[-1] == ("server", 1)


def test_the_page_says_no_more_than_a_message_does(reader: Reader) -> None:
    shown = reader.post(link(reader.services, ALICE))
    words = shown.text.lower()
    assert [word for word in (ALICE, ALICES, "xero", "mesrix", "mund", "forsøg", "studie") if word in words] == []
    assert shown.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (shown.headers["cache-control"], shown.headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_the_page_speaks_the_language_of_the_diary(reader: Reader, clock: SimulatedEnvironment) -> None:
    clock.advance(hours=20)
    reader.phone.fill_in(DAY, language="en")
    reader.phone.sync()
    assert "Stop the messages?" in reader.get(link(reader.services, ALICE)).text
