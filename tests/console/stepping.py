"""What tests of the second step share: an authenticator read off a page, forms sent, and a log-in gone through."""

import re

import httpx

from server.access.totp import Shared
from server.db.engine import reading
from server.db.tables import METADATA
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import Page

STEP = "/console/login/step"
FORM = {"username": "carol", "password": staged.PASSWORD}
NEW = "tre gule både sejler"
CODES = re.compile(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>")


def secret_on(page: Page) -> Shared:
    """What the page offers, typed by hand."""
    found = re.search(r'class="secret"><code>([A-Z2-7 ]+)</code>', page.response.text)
    assert found is not None
    return Shared(found[1].replace(" ", ""))


async def arrive(client: httpx.AsyncClient) -> Page:
    """Carol's password was right."""
    return Page(await client.post("/console/login", data=FORM, follow_redirects=True))


async def send(client: httpx.AsyncClient, page: Page, path: str, **form: str) -> Page:
    return Page(await client.post(path, data={"csrf": page.csrf, **form}, follow_redirects=True))


async def set_up(client: httpx.AsyncClient, clock: SimulatedEnvironment) -> tuple[Shared, Page]:
    """Carol's authenticator, and the page with her recovery codes; half a minute later."""
    page = await arrive(client)
    shared = secret_on(page)
    done = await send(client, page, f"{STEP}/set-up", code=shared.code_at(clock.now()))
    clock.advance(seconds=30)
    return shared, done


def rows(services: Services, table: str) -> str:
    """Everything in a table."""
    with reading(services.engine) as connection:
        return str(connection.execute(METADATA.tables[table].select()).all())
