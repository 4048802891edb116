"""Every table of data in the console sorts, keeps that in its address, and is downloaded as a file."""

import csv
import io
import re
from html import unescape

import httpx
import pytest

from server.access.console_table import CONSOLE, Anyone
from server.access.roles import Role
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import kept, staged
from tests.console.conftest import MORNING, LogIn
from tests.console.test_console_table import address
from tests.console.test_rehearsal_page import EARLIER, Desk

TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
HEAD = re.compile(r"<thead.*?</thead>", re.DOTALL)
SORTS = re.compile(r'<th scope="col"[^>]*><a href="([^"]+)"')
DOWNLOADS = re.compile(r'href="([^"]*csv=1[^"]*)"')
PERSON = "GET /console/participants/{participant}"
#: Pages whose tables do less, and why.
EXCEPT = {
    "GET /console/": "the heat map has an order of its own; it is filtered and downloaded by its own links",
    PERSON: "the months of a calendar",
    f"{PERSON}/entries": "the versions of a month, the trail of each folded into its line; exports take them away",
    f"{PERSON}/answers": "answers: each look is noted, and to take them away has a permission of its own, for exports",
    f"{PERSON}/trail": "sorts by its own heads, and is taken away by a form, as the trail notes who took it",
    "GET /console/trail": "sorts by its own heads, and is taken away by a form, as the trail notes who took it",
}
#: Pages of tables that do not say as of when they are: what they show follows from the address alone.
UNDATED = {"GET /console/study/ahead"}
PAGES = [name for name, needed in CONSOLE.items() if name.startswith("GET") and needed is not Anyone.PUBLIC]


@pytest.fixture
def clock() -> SimulatedEnvironment:
    """Early enough for a diary to have been kept when the morning comes."""
    return SimulatedEnvironment(kept.begin(MORNING))


@pytest.fixture
def study(services: Services) -> Services:
    kept.keep(services, MORNING)
    for name, role in (("ines", Role.INVESTIGATOR), ("sam", Role.SPONSOR), ("ada", Role.ADMINISTRATOR)):
        staged.account(services, name, (role, "*"))
    return services


async def test_every_table_of_every_page_sorts_and_is_downloaded(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    faults: list[str] = []
    undated: set[str] = set()
    with_tables: set[str] = set()
    for who in ("ines", "sam", "ada"):
        await log_in(who)
        for name in PAGES:
            path = address(name)[1].replace("01-001", kept.NUMBER)
            page = await client.get(path)
            tables = [table for table in TABLE.findall(page.text) if 'class="rates"' not in table]
            if page.status_code != 200 or not tables:
                continue
            with_tables.add(name)
            if 'class="as-of"' not in page.text:
                undated.add(name)
            if name in EXCEPT:
                continue
            sorts = [unescape(link) for table in tables for link in SORTS.findall(HEAD.findall(table)[0])[:1]]
            files = [unescape(link) for link in DOWNLOADS.findall(page.text)]
            if len(sorts) != len(tables) or len(files) != len(tables):
                faults.append(f"{who} {path}: {len(tables)} tables, {len(sorts)} sort, {len(files)} as files")
            for link in sorts:
                sorted_page = await client.get(link)
                assert 'aria-sort="ascending"' in sorted_page.text or 'aria-sort="descending"' in sorted_page.text, link
            for link in files:
                file = await client.get(link)
                assert file.headers["content-type"].startswith("text/csv"), link
                assert len(list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))) > 1, link
    assert faults == []
    assert undated == UNDATED
    assert set(EXCEPT) - with_tables == set(), "an exception that is none any more"
    assert len(with_tables - set(EXCEPT)) >= 7


async def test_the_trail_sorts_by_each_of_its_heads(study: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    await log_in("ines")
    for path in ("/console/trail", f"/console/participants/{kept.NUMBER}/trail"):
        page = (await client.get(path)).text
        assert len(SORTS.findall(HEAD.findall(page)[-1])) == 5
        assert 'action="/console/trail/export"' in page


async def test_the_tables_of_a_rehearsal_sort_filter_page_and_are_downloaded_as_they_stand(
    study: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    desk = Desk(client, (await log_in("sam")).csrf, study)
    first = (await desk.hand_over(EARLIER)).response.text
    person = f"participant={kept.NUMBER}"
    shown = (await desk.press(person)).text
    for page, tables in ((first, 2), (shown, 1)):
        heads = HEAD.findall(page)
        assert len(heads) >= tables
        assert all('class="plain-button head" form="again"' in head for head in heads)
    down = (await desk.press(f"{person}&evenings.sort=evening&evenings.down=1")).text
    assert 'aria-sort="descending"' in down
    wanted = f"{person}&evenings.sort=evening&evenings.down=1&evenings.csv=1"
    days = [row["Evening"] for row in rows_of(await desk.press(wanted))]
    assert days == sorted(days, reverse=True)
    assert len(days) > 1
    found = rows_of(await desk.press(f"{person}&evenings.csv=1", **{"evenings.find": "has opened"}))
    assert 1 <= len(found) < len(days)
    again = (await desk.press(person, **{"evenings.find": "has opened"})).text
    assert 'value="has opened"' in again
    emptied = f"{person}&evenings.find=has+opened&evenings.csv=1"
    assert len(rows_of(await desk.press(emptied, **{"evenings.find": ""}))) == len(days)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
