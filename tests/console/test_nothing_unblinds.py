"""Every page and file of the console, read as each role: no arm, no score, no licensed word, nothing to reach anybody.

The title of the study and its entry in the registry may say what is compared; they are the only exceptions, and no page
shows them beside a participant.
"""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from diary_app.core.facts import ContactField
from server.access.console_table import CONSOLE, Anyone
from server.access.roles import Role
from server.intake.reaching import change_contact
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import kept, staged
from tests.console.conftest import MORNING, LogIn
from tests.console.test_console_table import address

EMAIL, PHONE = "somebody@example.org", "+4520304050"
#: What would tell blinded staff who got what, and what no screen sums up.
FORBIDDEN = re.compile(
    r"placebo|stem cell|stamcelle|mesenchym|allogen|adipose|\barm\b|\bactive treatment|kontrolgruppe|"
    r"\bscores?\b|\bmean\b|gennemsnit|\baverage\b|DMDTOT",
    re.IGNORECASE,
)
REACHED = re.compile(r"example\.org|20 ?30 ?40 ?50")
PAGES = [name for name, needed in CONSOLE.items() if name.startswith("GET") and needed is not Anyone.PUBLIC]


@pytest.fixture
def clock() -> SimulatedEnvironment:
    """Early enough for a diary to have been kept when the morning comes."""
    return SimulatedEnvironment(kept.begin(MORNING))


@pytest.fixture
def study(services: Services) -> Services:
    """A site as it looks after some weeks, with somebody who can be written to and rung up."""
    kept.keep(services, MORNING)
    given = {ContactField.EMAIL: EMAIL, ContactField.PHONE: PHONE}
    with services.engine.begin() as connection:
        change_contact(connection, services, kept.NUMBER, given, author="carol", at=services.environment.now())
    return services


async def opened(client: httpx.AsyncClient) -> AsyncIterator[tuple[str, str]]:
    """Every page that this account may open, with its CSV where it has one."""
    for name in PAGES:
        path = address(name)[1].replace("01-001", kept.NUMBER)
        answer = await client.get(path)
        if answer.status_code == 200:
            yield path, answer.text
            for link in set(re.findall(r'href="([^"]*csv=1[^"]*)"', answer.text)):
                file = await client.get(link.replace("&amp;", "&"))
                yield link, file.content.decode("utf-8-sig")


def told(text: str) -> str:
    """What is read of a page: no addresses of links, no names of classes."""
    return re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("language", ["en", "da"])
async def test_no_page_says_more_than_it_should(
    study: Services, app: FastAPI, client: httpx.AsyncClient, log_in: LogIn, role: Role, language: str
) -> None:
    staged.account(study, "somebody", (role, "copenhagen"), language=language)
    assert (await log_in("somebody")).response.status_code == 200
    faults: list[str] = []
    seen = 0
    async for path, text in opened(client):
        seen += 1
        faults += [f"{path}: {found[0]}" for found in FORBIDDEN.finditer(told(text))]
        faults += [f"{path}: contact data" for _ in REACHED.finditer(text)]
    assert faults == []
    assert seen >= (2 if role in (Role.ADMINISTRATOR, Role.EXPORTER) else 10)


def test_the_scan_finds_what_it_looks_for() -> None:
    said = "<p>The mean of the active treatment</p><a href='/arm'>ring 20 30 40 50</a>"
    assert [found[0] for found in FORBIDDEN.finditer(told(said))] == ["mean", "active treatment"]
    assert REACHED.search(said)
