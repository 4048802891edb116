"""Carol takes in a rescue file; Mallory, a broken file and a form of another log-in change nothing."""

from datetime import timedelta

import httpx
import pytest

from diary_app.core.rescue import MAX_FILE_BYTES
from server.access.roles import Role
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import TODAY, LogIn, Page
from tests.server.handset import Handset, ready
from tests.server.test_rescue import file_of

PATH = "/console/rescue"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """An entry that her phone cannot send."""
    handset = ready(services, ALICE)
    clock.advance(days=1, hours=12)
    handset.fill_in(TODAY + timedelta(days=1))
    return handset


async def hand_over(client: httpx.AsyncClient, data: bytes, csrf: str) -> Page:
    return Page(await client.post(PATH, data={"csrf": csrf}, files={"file": ("diary.rescue", data)}))


async def test_a_file_is_taken_in_and_counted(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    csrf = (await log_in("carol")).csrf
    form = Page(await client.get(PATH))
    assert ("Rescue file" in form.text, form.inline) == (True, [])
    page = await hand_over(client, file_of(alice), csrf)
    assert f"{ALICE} : 1 taken in, 0 known already, 0 set aside" in page.text
    again = await hand_over(client, file_of(alice), csrf)
    assert "0 taken in, 1 known already" in again.text


@pytest.mark.parametrize("data", [b"", b"garbage", b'{"format":"xerodiary-rescue","version":1'])
async def test_a_broken_file_is_refused_with_a_code(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, data: bytes
) -> None:
    page = await hand_over(client, data, (await log_in("carol")).csrf)
    assert page.response.status_code == 422
    assert "This is not a whole rescue file." in page.text
    assert "rescue_unreadable" in page.text


async def test_a_file_that_is_too_large_is_not_even_read(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await hand_over(client, bytes(MAX_FILE_BYTES + 10_000), (await log_in("carol")).csrf)
    assert (page.response.status_code, "larger than 5 MB" in page.text) == (422, True)


async def test_a_form_of_another_log_in_changes_nothing(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    page = await hand_over(client, file_of(alice), "0" * 64)
    assert page.response.status_code == 403
    assert len(alice.sync().receipts) == 1


async def test_who_may_not_look_after_phones_sees_no_page(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "sam", (Role.SPONSOR, "copenhagen"))
    overview = await log_in("sam")
    assert "Rescue file" not in overview.text
    assert (await client.get(PATH)).status_code == 403
    assert (await hand_over(client, b"{}", overview.csrf)).response.status_code == 403


async def test_a_phone_of_another_site_is_not_hers(
    alice: Handset, services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "ines", (Role.INVESTIGATOR, "odense"))
    page = await hand_over(client, file_of(alice), (await log_in("ines")).csrf)
    assert "rescue_not_ours" in page.text
