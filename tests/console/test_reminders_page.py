"""The reminders of a participant: sorted by their moments, which say their zone and are exact in the file."""

import csv
import io
import re
from datetime import timedelta

import httpx
import pytest

from server.console.person.reminders import TROUBLES
from server.db import accounts, reminders, shapes
from server.db.reminders import ReminderEvent
from server.reminders.channel import Trouble
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import kept
from tests.console.conftest import MORNING, LogIn, Page

PATH = f"/console/participants/{kept.NUMBER}/reminders"


@pytest.fixture
def clock() -> SimulatedEnvironment:
    """Early enough for a diary to have been kept when the morning comes."""
    return SimulatedEnvironment(kept.begin(MORNING))


@pytest.fixture
def study(services: Services) -> Services:
    kept.keep(services, MORNING)
    return services


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(("key", "title", "has_dashes"), [("due", "Due", False), ("sent", "Sent", True)])
async def test_moments_sort_by_when_they_were_and_a_dash_stands_last(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, key: str, title: str, *, has_dashes: bool
) -> None:
    send_some(services)
    await log_in("carol")
    for way, down in (("ascending", ""), ("descending", "&down=1")):
        asked = f"{PATH}?back=56&sort={key}{down}"
        assert f'aria-sort="{way}"' in (await client.get(asked)).text
        moments = [row[title] for row in _file(await client.get(f"{asked}&csv=1"))]
        there = [moment for moment in moments if moment]
        assert (len(set(there)) > 2, "" in moments) == (True, has_dashes)
        assert there == sorted(there, reverse=bool(down))
        assert moments == there + [""] * (len(moments) - len(there))


def send_some(services: Services) -> None:
    """Three that were sent, at moments in another order than that of their evenings."""
    events = []
    for back, hours in ((10, 50), (11, 20), (12, 80)):
        due = MORNING - timedelta(days=back)
        key = (kept.NUMBER, "DMD", due.date(), 9)
        queued = ReminderEvent(*key, 1, due, "queued", "email", due_at=due, until=due + timedelta(hours=3))
        events += [queued, ReminderEvent(*key, 2, MORNING - timedelta(hours=hours), "sent", "email")]
    services.writer.run(kept.NUMBER, lambda connection: shapes.add(connection, reminders.EVENTS, events))


@pytest.mark.usefixtures("study")
async def test_each_moment_says_its_zone_and_the_file_has_it_exactly(log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    page = Page(await client.get(f"{PATH}?back=56"))
    assert re.search(r"\d\d:\d\d CET", page.text)
    rows = _file(await client.get(f"{PATH}?back=56&csv=1"))
    assert all(re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", row["Due"]) for row in rows)


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(("language", "words"), [("en", "the connection was lost"), ("da", "forbindelsen gik tabt")])
async def test_why_a_try_failed_is_said_in_the_readers_language(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, language: str, words: str
) -> None:
    due = MORNING - timedelta(days=10)
    key = (kept.NUMBER, "DMD", due.date(), 9)
    queued = ReminderEvent(*key, 1, due, "queued", "email", due_at=due, until=due + timedelta(hours=3))
    failed = ReminderEvent(*key, 2, due, "failed", "email", code="connection_lost")
    services.writer.run(kept.NUMBER, lambda connection: shapes.add(connection, reminders.EVENTS, [queued, failed]))
    with services.engine.begin() as connection:
        carol = accounts.of_username(connection, "carol")
        assert carol is not None
        accounts.set_language(connection, carol.id, language)
    await log_in("carol")
    assert words in Page(await client.get(f"{PATH}?back=56")).text


def test_every_trouble_has_its_words() -> None:
    assert set(TROUBLES) == set(Trouble)


def _file(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
