"""Administrators' pages: the register, an invitation from its form to its link, and one account."""

import re

import httpx
import pytest

from server.access.roles import Role
from server.db import accounts
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.console.stepping import NEW, send

DORTE = {
    "username": "dorte", "display_name": "Dorte Dahl", "language": "en", "role": "coordinator", "site": "copenhagen",
}  # fmt: skip


@pytest.fixture
async def alma(services: Services, log_in: LogIn) -> Page:
    """Alma, administrator of the whole study, logged in."""
    staged.account(services, "alma", (Role.ADMINISTRATOR, "*"))
    return await log_in("alma")


def id_of(services: Services, username: str) -> str:
    with reading(services.engine) as connection:
        account = accounts.of_username(connection, username)
    assert account is not None
    return account.id


def path_of(services: Services, username: str) -> str:
    return f"/console/people/{id_of(services, username)}"


async def test_the_register_lists_everybody_with_roles(client: httpx.AsyncClient, alma: Page) -> None:
    page = Page(await client.get("/console/people"))
    assert "Carol Holm carol coordinator, Rigshospitalet in use no" in page.text
    assert "administrator, all sites" in page.text


async def test_the_register_is_a_file_too(client: httpx.AsyncClient, alma: Page) -> None:
    lines = (await client.get("/console/people?csv=1")).text.splitlines()
    assert lines[0].endswith("Name,User name,Roles,Account,Second step,Last log-in")
    assert "Carol Holm,carol,coordinator copenhagen,open,no," in lines


async def test_the_register_answers_for_a_past_day(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    staged.account(services, "alma", (Role.ADMINISTRATOR, "*"))
    clock.advance(days=3)
    alma = await log_in("alma")
    await send(client, alma, f"{path_of(services, 'carol')}/roles/take", role="coordinator", site="copenhagen")
    await send(client, alma, "/console/people/invite", **DORTE)
    now, then = [Page(await client.get(f"/console/people{query}")) for query in ("", "?on=2026-11-23")]
    assert "coordinator, Rigshospitalet" in then.text
    assert "as they were at the end of Monday" in then.text
    assert "Dorte" not in then.text
    assert "Carol Holm carol – in use" in now.text


@pytest.mark.parametrize("path", ["/console/people", "/console/people/invite", "/console/me"])
async def test_pages_keep_to_the_strict_policy(client: httpx.AsyncClient, alma: Page, path: str) -> None:
    page = Page(await client.get(path))
    assert (page.response.status_code, page.inline) == (200, [])


async def test_an_invitation_leads_from_the_form_to_a_log_in(
    services: Services, client: httpx.AsyncClient, alma: Page
) -> None:
    page = await send(client, alma, "/console/people/invite", **DORTE)
    assert "whoever opens it first gets the account" in page.text
    found = re.search(r">http://127\.0\.0\.1:8000(/console/join\?code=[0-9a-f]{64})<", page.response.text)
    assert found is not None
    assert "invited" in Page(await client.get(path_of(services, "dorte"))).text
    client.cookies.clear()
    await client.get(found[1], follow_redirects=True)
    await client.post("/console/join", data={"password": NEW, "again": NEW})
    assert "Dorte Dahl" in Page(await client.get("/console/")).text


async def test_the_link_goes_by_mail_and_names_the_study_as_participants_know_it(
    services: Services, client: httpx.AsyncClient, alma: Page
) -> None:
    services.settings.outbox = True
    page = await send(
        client, alma, "/console/people/invite", **DORTE, email="dorte@hospital.example", by_mail="1"
    )  # fmt: skip
    assert "The link is on its way to dorte@hospital.example." in page.text
    assert "/console/join" not in page.response.text
    (file,) = (services.settings.var_folder / "outbox").iterdir()
    letter = file.read_text(encoding="utf-8")
    assert "/console/join?code=" in letter
    assert not re.search(r"mesrix|dry mouth|mundtørhed|copenhagen|coordinator", letter, re.IGNORECASE)


async def test_a_mail_server_that_is_away_shows_the_link(
    services: Services, client: httpx.AsyncClient, alma: Page
) -> None:
    services.settings.smtp_host, services.settings.smtp_port = "127.0.0.1", 1
    page = await send(
        client, alma, "/console/people/invite", **DORTE, email="dorte@hospital.example", by_mail="1"
    )  # fmt: skip
    assert "It could not be sent by e-mail." in page.text
    assert "/console/join?code=" in page.response.text


async def test_the_link_of_whoever_has_a_password_is_shown_to_nobody(
    services: Services, client: httpx.AsyncClient, alma: Page
) -> None:
    path = f"{path_of(services, 'carol')}/link"
    refused = await send(client, alma, path)
    assert "goes to their own e-mail address" in refused.text
    with services.engine.begin() as connection:
        accounts.set_email(connection, id_of(services, "carol"), "carol@hospital.example")
    unsent = await send(client, alma, path)
    assert "It could not be sent by e-mail." in unsent.text
    services.settings.outbox = True
    sent = await send(client, alma, path)
    assert "The link is on its way to carol@hospital.example." in sent.text
    assert not any("/console/join" in page.response.text for page in (refused, unsent, sent))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"username": "carol"}, "This user name is taken."),
        ({"username": "Dorte Dahl"}, "This cannot be a user name."),
        ({"role": "king"}, "No role is chosen."),
        ({"site": "aarhus"}, "There is no such site."),
        ({"email": "dorte at hospital"}, "e-mail"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    services: Services, client: httpx.AsyncClient, alma: Page, wrong: dict[str, str], words: str
) -> None:
    page = await send(client, alma, "/console/people/invite", **{**DORTE, **wrong})
    assert page.response.status_code >= 400
    assert words in page.text
    assert 'value="Dorte Dahl"' in page.response.text


async def test_the_sponsor_does_not_get_a_site(services: Services, client: httpx.AsyncClient, alma: Page) -> None:
    page = await send(client, alma, f"{path_of(services, 'carol')}/roles", role="sponsor", site="*")
    assert page.response.status_code == 403
    assert "Nobody may both correct a site's data and speak for the sponsor." in page.text


async def test_alma_cannot_give_herself_a_role(services: Services, client: httpx.AsyncClient, alma: Page) -> None:
    path = path_of(services, "alma")
    assert "Give another role" not in Page(await client.get(path)).text
    page = await send(client, alma, f"{path}/roles", role="investigator", site="copenhagen")
    assert page.response.status_code == 403
    assert "Nobody changes their own account here." in page.text


async def test_an_account_is_closed_and_its_person_is_out(
    services: Services, client: httpx.AsyncClient, alma: Page
) -> None:
    page = await send(client, alma, f"{path_of(services, 'carol')}/close")
    assert "The account is closed." in page.text
    answer = await client.post("/console/login", data={"username": "carol", "password": staged.PASSWORD})
    assert answer.status_code == 403


async def test_an_administrator_of_odense_sees_nobody_of_copenhagen(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    staged.account(services, "ole", (Role.ADMINISTRATOR, "odense"))
    ole = await log_in("ole")
    assert "Carol" not in Page(await client.get("/console/people")).text
    path = path_of(services, "carol")
    assert (await client.get(path)).status_code == 404
    assert (await send(client, ole, f"{path}/close")).response.status_code in (403, 404)


async def test_an_administrator_sees_no_participant(services: Services, client: httpx.AsyncClient, alma: Page) -> None:
    staged.participant(services, "01-001", {})
    assert "01-001" not in alma.text
    assert (await client.get("/console/rescue")).status_code == 403


async def test_a_monitor_reads_who_has_access_to_their_site_and_changes_nothing(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    staged.account(services, "mona", (Role.MONITOR, "copenhagen"))
    staged.account(services, "alma", (Role.ADMINISTRATOR, "*"))
    staged.account(services, "bent", (Role.COORDINATOR, "odense"))
    staged.account(services, "nobody")
    await log_in("mona")
    page = Page(await client.get("/console/people"))
    assert "Carol Holm carol coordinator, Rigshospitalet in use" in page.text
    assert "administrator, all sites" in page.text
    assert not {"Bent", "Nobody", "Invite somebody", "Last log-in"} & set(page.texts)
    assert "/console/people/" not in page.response.text
    assert (await client.get(path_of(services, "carol"))).status_code == 403


async def test_an_account_that_waits_after_wrong_passwords_says_so(
    services: Services, client: httpx.AsyncClient, alma: Page, clock: SimulatedEnvironment
) -> None:
    await mistype(client, 5)
    for path in ("/console/people", path_of(services, "carol")):
        text = Page(await client.get(path)).text
        assert re.search(r"in use; may have to wait until Mon\s23\sNov 08:03\sCET after wrong log-ins", text)
        assert text.count("may have to wait") == 1, "nobody but Carol"
    assert "Carol Holm,carol,coordinator copenhagen,open," in (await client.get("/console/people?csv=1")).text
    clock.advance(minutes=15)
    assert "may have to wait" not in Page(await client.get("/console/people")).text


async def test_wrong_passwords_before_the_right_one_let_nobody_wait(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    staged.account(services, "alma", (Role.ADMINISTRATOR, "*"))
    await mistype(client, 6)
    clock.advance(minutes=5)
    await log_in("carol")
    await log_in("alma")
    assert "may have to wait" not in Page(await client.get("/console/people")).text


async def mistype(client: httpx.AsyncClient, times: int) -> None:
    """Carol types a wrong password so often."""
    for _ in range(times):
        await client.post("/console/login", data={"username": "carol", "password": "not this one, nor any other"})
