"""Carol takes in a rescue file or its codes; Mallory, a broken file and a form of another log-in change nothing."""

import re
from collections.abc import Sequence
from datetime import timedelta
from html import unescape

import httpx
import pytest

from diary_app.core.rescue import MAX_FILE_BYTES, read_rescue
from diary_app.core.rescue_codes import codes_of
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


async def scan(client: httpx.AsyncClient, lines: Sequence[str], csrf: str) -> Page:
    """As the form sends it: a text among the parts, with the line ends of browsers."""
    parts = {"csrf": (None, csrf), "codes": (None, "\r\n".join(lines))}
    return Page(await client.post(PATH, files=parts))


def codes_from(handset: Handset) -> tuple[str, ...]:
    """On its screen, several for a phone that has something to say."""
    for _ in range(3):
        handset.record("app_event")
    codes = codes_of(read_rescue(file_of(handset)))
    assert len(codes) > 2
    return codes


def in_field(page: Page) -> list[str]:
    """The lines that are still there."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.response.text, re.DOTALL)
    assert found is not None
    return unescape(found[1]).split()


async def test_scanned_codes_are_taken_in_as_the_file_is(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    csrf, codes = (await log_in("carol")).csrf, codes_from(alice)
    page = await scan(client, [code.lower() for code in reversed(codes)], csrf)
    assert f"{ALICE} : 4 taken in, 0 known already, 0 set aside" in page.text
    assert (in_field(page), page.inline) == ([], [])
    again = await scan(client, codes, csrf)
    assert "0 taken in, 4 known already" in again.text
    assert len(alice.sync().receipts) == 4


async def test_the_inbox_looks_back_on_what_was_taken_in(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    csrf = (await log_in("carol")).csrf
    assert "Taken in lately" not in Page(await client.get("/console/inbox")).text
    await scan(client, codes_from(alice), csrf)
    page = Page(await client.get("/console/inbox"))
    assert re.search(
        rf"Taken in lately {ALICE} 4 taken in, 0 known already, 0 set aside Tue 24 Nov .* Carol Holm", page.text
    )
    assert page.inline == []


async def test_a_missing_code_is_named_and_the_others_stay(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    csrf, codes = (await log_in("carol")).csrf, codes_from(alice)
    page = await scan(client, codes[:1] + codes[2:], csrf)
    assert f"Not all codes are here. Still to scan: 2 (of {len(codes)})." in page.text
    assert ("rescue_codes_missing" in page.text, page.response.status_code) == (True, 422)
    assert in_field(page) == [*codes[:1], *codes[2:]]
    done = await scan(client, [codes[1], *in_field(page)], csrf)
    assert "4 taken in" in done.text


async def test_one_button_is_the_first_and_it_is_that_of_what_was_begun(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    csrf, codes = (await log_in("carol")).csrf, codes_from(alice)
    primary = re.compile(r'class="primary">([^<]+)<')
    assert primary.findall((await client.get("/console/rescue")).text) == ["Take in the file"]
    page = await scan(client, codes[:1], csrf)
    assert primary.findall(page.response.text) == ["Take in the codes"]


async def test_a_code_that_lost_a_letter_is_named_in_danish(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    csrf, codes = (await log_in("carol")).csrf, codes_from(alice)
    await client.post("/console/language", data={"csrf": csrf, "language": "da"})
    page = await scan(client, [codes[0][:-1], *codes[1:]], csrf)
    assert f"Noget gik tabt mellem telefon og scanner. Scan: 1 (af {len(codes)})." in page.text


async def test_what_was_typed_instead_of_a_code_is_shown_as_text(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await scan(client, ["</textarea><script>alert(1)</script>"], (await log_in("carol")).csrf)
    assert "None of these lines is a code from the diary." in page.text
    assert (in_field(page), page.inline) == (["</textarea><script>alert(1)</script>"], [])


async def test_codes_in_a_form_of_another_log_in_change_nothing(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    csrf, codes = (await log_in("carol")).csrf, codes_from(alice)
    assert (await scan(client, codes, "0" * 64)).response.status_code == 403
    assert "4 taken in, 0 known already" in (await scan(client, codes, csrf)).text


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


@pytest.mark.parametrize("chains", [True, False])
async def test_what_is_on_the_phone_alone_is_said(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient, chains: bool
) -> None:
    csrf, whole = (await log_in("carol")).csrf, read_rescue(file_of(alice))
    file = whole.model_copy(update={"left_out": 3} if chains else {"left_out": 3, "chains": ()})
    page = await hand_over(client, file.to_bytes(), csrf)
    assert "3 records could not be put into the file: they are on the phone alone." in page.text
    assert ("1 taken in" in page.text, "had sent everything" in page.text) == (chains, False)
