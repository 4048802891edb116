"""The study as it is in use, and evenings ahead as the running engine lays them out; no licensed word, no arm."""

import csv
import io

import httpx
import pytest

from server.access.roles import Role
from server.services import Services
from tests.console import staged
from tests.console.conftest import LogIn, Page

AHEAD = "/console/study/ahead"


@pytest.mark.parametrize("role", list(Role))
async def test_everybody_with_a_role_sees_what_is_live(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, role: Role
) -> None:
    staged.account(services, "somebody", (role, "copenhagen"))
    await log_in("somebody")
    page = Page(await client.get("/console/study"))
    assert "Version 1 is in use at every site" in page.text
    assert "It is a demonstration" in page.text
    assert services.study.sha256[:16] in page.text


async def test_every_table_can_be_taken_away(client: httpx.AsyncClient, log_in: LogIn) -> None:
    await log_in("carol")
    answer = await client.get("/console/study?s.csv=1")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[:2] for line in lines] == [
        ["Number", "Site"], ["01", "Rigshospitalet"], ["02", "Odense Universitetshospital"],
    ]  # fmt: skip


async def shown(client: httpx.AsyncClient, **asked: str) -> list[list[str]]:
    answer = await client.get(AHEAD, params={**asked, "csv": "1"})
    assert answer.status_code == 200, Page(answer).text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


async def test_the_night_clocks_change_keeps_wall_time(client: httpx.AsyncClient, log_in: LogIn) -> None:
    await log_in("carol")
    rows = await shown(client, start="2027-03-26", days="4")
    assert [row[0] for row in rows] == ["2027-03-26", "2027-03-27", "2027-03-28", "2027-03-29"]
    assert {tuple(row[2:5]) for row in rows} == {("18:00", "03:00+1", "12:00+1")}
    assert [row[6] for row in rows] == ["", "clocks change during the evening", "", ""]


async def test_a_journey_skips_an_evening_and_says_so(client: httpx.AsyncClient, log_in: LogIn) -> None:
    await log_in("carol")
    rows = await shown(
        client, start="2026-11-23", days="10", day_1="2026-11-26", zone_1="Asia/Tokyo", day_2="2026-11-29",
        zone_2="Europe/Copenhagen",
    )  # fmt: skip
    zones = [row[1] for row in rows]
    assert zones[0] == zones[-1] == "Europe/Copenhagen"
    assert "Asia/Tokyo" in zones
    assert sum("new time zone" in row[6] for row in rows) == 2


async def test_reminders_show_what_is_dropped(client: httpx.AsyncClient, log_in: LogIn) -> None:
    await log_in("carol")
    page = Page(await client.get(AHEAD, params={"start": "2026-11-23", "days": "1", "window": "late_evening"}))
    assert "20:00, 21:15, 22:15" in page.text
    early = Page(await client.get(AHEAD, params={"start": "2026-11-23", "days": "1", "usual": "17.00"}))
    assert "17:00 is dropped (not open yet)" in early.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"start": "tomorrow"}, "The date cannot be read."),
        ({"days": "400"}, "So many days cannot be shown."),
        ({"days": "-1"}, "So many days cannot be shown."),
        ({"window": "midnight"}, "midnight is no window of this study."),
        ({"home": "Mars"}, "There is no such time zone."),
        ({"usual": "23.59"}, "No prompt comes after the latest time"),
        ({"usual": "x"}, "The time of the first reminder cannot be read."),
        ({"day_1": "2026-11-26"}, "A journey has a day and a time zone."),
        ({"day_1": "2026-11-26", "zone_1": "Nowhere"}, "There is no such time zone."),
        ({"start": "9999-12-30"}, "The date cannot be read."),
    ],
)
async def test_what_makes_no_sense_is_said(
    client: httpx.AsyncClient, log_in: LogIn, asked: dict[str, str], said: str
) -> None:
    await log_in("carol")
    page = Page(await client.get(AHEAD, params=asked))
    assert 400 <= page.response.status_code < 500
    assert said in page.text


async def test_the_pages_speak_danish(services: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    staged.account(services, "dorte", (Role.MONITOR, "copenhagen"), language="da")
    await log_in("dorte")
    assert "har været i brug på alle centre" in Page(await client.get("/console/study")).text
    page = Page(await client.get(AHEAD, params={"start": "2027-03-27", "days": "1"}))
    assert "urene stilles i løbet af aftenen" in page.text
    assert "18.00" in page.text
