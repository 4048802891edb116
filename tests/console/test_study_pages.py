"""The study as it is in use, and evenings ahead as the running engine lays them out; no licensed word, no arm."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from diary_app import VERSION
from diary_app.core.study import parse_study
from diary_app.core.study_versions import InForce
from server.access.roles import Role
from server.console.kept import drop
from server.console.study.phones import counted
from server.db import devices
from server.services import Services
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.server.handset import add

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


# ---- phones and their versions ---------------------------------------------------------------------------------


def phone(services: Services, number: str, seen: timedelta | None, app: str, state: str = "active") -> None:
    now = services.environment.now()
    add(services, number)
    with services.engine.begin() as connection:
        row = devices.Device(
            f"phone of {number}", number, state, 0, now - timedelta(days=9), None, "", "", 0, "",
            last_seen_at=now - seen if seen is not None else None, app_version=app,
        )  # fmt: skip
        devices.add(connection, [row])


async def phones_shown(client: httpx.AsyncClient) -> list[list[str]]:
    answer = await client.get("/console/study?p.csv=1")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return [[*line[:3], line[4]] for line in lines[1:]]


def test_a_phone_was_sent_the_version_that_was_live_at_its_last_contact(services: Services) -> None:
    now = services.environment.now()
    text = services.study.text.replace('version = "1"\n', 'version = "2"\n')
    second = InForce(now - timedelta(days=1), parse_study(text, file="next.toml"))
    versions = [InForce(now - timedelta(days=30), services.study), second]
    found = [
        (VERSION, now), (VERSION, second.since), ("0.0.1", now), ("", now - timedelta(days=2)),
        ("0.0.1", now - timedelta(days=40)),
    ]  # fmt: skip
    said = [(one.version, one.app, one.number, one.has_older_app) for one in counted(found, versions)]
    assert sorted(said) == sorted([
        ("2", "0.0.1", 1, True), ("2", VERSION, 2, False), ("1", "", 1, False), ("1", "0.0.1", 1, True),
    ])  # fmt: skip


async def test_phones_are_counted_at_the_readers_sites_and_only_those_in_use(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    await log_in("carol")
    assert "No phone is in use yet." in Page(await client.get("/console/study")).text
    phone(services, "01-001", timedelta(hours=1), VERSION)
    phone(services, "01-002", None, "0.0.1")
    phone(services, "01-003", timedelta(hours=1), VERSION, state="lost")
    phone(services, "02-001", timedelta(hours=1), VERSION)
    drop(services.engine)
    assert await phones_shown(client) == [
        ["1", "0.0.1", "1", f"older than this server's app {VERSION}"], ["1", VERSION, "1", ""],
    ]  # fmt: skip
    page = Page(await client.get("/console/study"))
    assert "2 of 2 phones in use have been sent version 1." in page.text
    await log_in("sam")
    assert [line[2] for line in await phones_shown(client)] == ["1", "2"]
