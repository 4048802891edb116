"""The server of tests/server with its console, staff who log in as a browser would, and what is on their pages."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from server.access.roles import Role
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged

#: Monday morning: Sunday's evening can still be filled in until 12:00, today's has not opened.
MORNING = datetime(2026, 11, 23, 7, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)
YESTERDAY = TODAY - timedelta(days=1)

LogIn = Callable[[str], Awaitable["Page"]]


class Page:
    """A page as far as tests look at it: its text, its cells' words, and what strict policies forbid."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response

    @cached_property
    def _read(self) -> "Reading":
        """Only when asked for: most pages are looked at for their form or their status alone."""
        return Reading(self.response.text)

    @property
    def texts(self) -> list[str]:
        return self._read.texts

    @property
    def cells(self) -> list[str]:
        return self._read.cells

    @property
    def inline(self) -> list[str]:
        return self._read.inline

    @property
    def text(self) -> str:
        """Everything that is read, with single spaces."""
        return re.sub(r"\s+", " ", " ".join(self.texts).replace("\u00a0", " "))

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.response.text)
        assert found is not None
        return found[1]


class Reading(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.cells: list[str] = []
        self.inline: list[str] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        names = {name for name, _ in attributes}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        if tag in ("meta", "link", "input", "use", "path", "circle"):
            self._inside.pop()

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside[-2:] == ["svg", "title"] and "td" in self._inside:
            self.cells.append(data)
        else:
            self.texts.append(data)


@pytest.fixture
def clock() -> SimulatedEnvironment:
    return SimulatedEnvironment(MORNING)


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """Pages need one database; what they ask of it is asked of both in `test_overview_queries`."""
    return migrated_sqlite


@pytest.fixture
def services(app: FastAPI, client: httpx.AsyncClient) -> Services:
    """The services of the server that answers; Carol is coordinator at Copenhagen, and reads English."""
    opened: Services = app.state.services
    client.headers["accept-language"] = "en-GB"
    staged.account(opened, "carol", (Role.COORDINATOR, "copenhagen"), display="Carol Holm")
    return opened


@pytest.fixture
def log_in(services: Services, client: httpx.AsyncClient) -> LogIn:
    """Log in and arrive on the overview."""

    async def log_in_as(name: str) -> Page:
        form = {"username": name, "password": staged.PASSWORD}
        return Page(await client.post("/console/login", data=form, follow_redirects=True))

    return log_in_as
