"""Corrections at the console: Carol asks without seeing a value, Ines looks, which is noted, and decides once."""

import asyncio
import re

import httpx
import pytest
from fastapi import FastAPI

from diary_app.core.correction_facts import ParticipantAnswer
from diary_app.core.corrections import answer_body
from server.access.roles import Role
from server.db import staff_facts
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.console.file_of_alice import PATH, keep_diary, staff
from tests.server.handset import Handset

QUESTION = "How thick or sticky has your saliva been today, …?"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    staff(services)
    return keep_diary(services, clock)


async def send(client: httpx.AsyncClient, page: Page, path: str, **form: str) -> Page:
    return Page(await client.post(f"{PATH}/corrections{path}", data={"csrf": page.csrf, **form}, follow_redirects=True))


async def asked(client: httpx.AsyncClient, page: Page, alice: Handset, **changes: str) -> Page:
    """For the first evening: DMD03 was meant to be 6."""
    entry = next(one for one in alice.records if one.kind == "entry")
    form = {
        "entry": entry.id, "what": "item", "item": "DMD03", "new": "6", "source": "participant_call",
        "stated_on": "2026-11-27", "reason": "tapped_wrong_answer", "reference": "phone note 12", **changes,
    }  # fmt: skip
    return await send(client, page, "", **form)


def told(services: Services, kind: str) -> list[staff_facts.ParticipantFact]:
    with reading(services.engine) as connection:
        return staff_facts.of_kinds(connection, [ALICE], [kind])


def the_one(services: Services) -> str:
    (fact,) = told(services, "correction_requested")
    return f"/{fact.id}"


async def test_carol_asks_for_another_answer_and_sees_none(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    carol = await log_in("carol")
    page = await asked(client, carol, alice)
    assert "The correction is asked for." in page.text
    assert f"Tue 24 Nov: another answer to DMD03 · {QUESTION} Waits for the participant's answer" in page.text
    assert '"old":9' in told(services, "correction_requested")[0].body
    for path in (f"{PATH}/corrections", f"{PATH}/entries", f"{PATH}/trail"):
        assert not re.search(r"DMD03[^•·]{0,30}\b[69]\b", Page(await client.get(path)).text)
    assert (await client.get(f"{PATH}/corrections{the_one(services)}")).status_code == 403


async def test_ines_sees_what_she_approves_and_the_view_is_noted(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await asked(client, await log_in("carol"), alice)
    path = the_one(services)
    ines = await log_in("ines")
    listed = Page(await client.get(f"{PATH}/corrections"))
    assert f'action="{PATH}/corrections{path}/approve"' not in listed.response.text
    await send(client, ines, f"{path}/waive", reason="no_phone")
    assert told(services, "answers_seen") == []
    looked = Page(await client.get(f"{PATH}/corrections{path}"))
    assert re.search(r"Question DMD03 · How .*\? Now 9 As it was meant 6", looked.text)
    assert len(told(services, "answers_seen")) == 1
    done = await send(client, ines, f"{path}/approve")
    assert "The correction counts; the original stays readable." in done.text
    answers = Page(await client.get(f"{PATH}/answers"))
    assert re.search(r"DMD03 6 corrected – → 9 .*? 9 → 6", answers.text)


async def test_what_the_participant_confirmed_waits_for_the_investigator(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    carol = await log_in("carol")
    await asked(client, carol, alice)
    alice.record("acknowledgement", **answer_body(the_one(services)[1:], ParticipantAnswer.RIGHT))
    alice.sync()
    page = Page(await client.get(f"{PATH}/corrections"))
    state = "Confirmed by the participant; waits for the investigator"
    assert f"Tue 24 Nov: another answer to DMD03 · {QUESTION} {state}" in page.text


async def test_an_answer_in_words_is_chosen_by_its_words(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    carol = await log_in("carol")
    of_times = {"item": "DMD06", "new": "", "meant": "DMD06:2"}
    assert "DMD06 · 11 to 20 times" in Page(await client.get(f"{PATH}/corrections")).text
    assert "The correction is asked for." in (await asked(client, carol, alice, **of_times)).text
    assert '"new":2' in told(services, "correction_requested")[0].body
    await log_in("ines")
    looked = Page(await client.get(f"{PATH}/corrections{the_one(services)}"))
    assert re.search(r"\? Now More than 40 times As it was meant 11 to 20 times", looked.text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        # Twice that evening is "1 to 10 times", and the number of another answer.
        ({"item": "DMD06", "new": "2"}, "This question is answered with words, not with a number."),
        ({"item": "DMD03", "new": "", "meant": "DMD06:2"}, "The answer belongs to another question."),
        ({"item": "DMD06", "meant": "DMD06:2"}, "The new answer is missing or given twice."),
    ],
)
async def test_a_number_never_stands_for_words(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient, typed: dict[str, str], said: str
) -> None:
    page = await asked(client, await log_in("carol"), alice, **typed)
    assert said in page.text
    assert told(services, "correction_requested") == []


async def test_two_investigators_approving_at_once_is_one_approval(
    services: Services, app: FastAPI, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await asked(client, await log_in("carol"), alice)
    path = the_one(services)
    staged.account(services, "ivan", (Role.INVESTIGATOR, "copenhagen"))
    ines = await log_in("ines")
    await send(client, ines, f"{path}/waive", reason="no_phone")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=client.base_url, headers=client.headers) as other:
        form = {"username": "ivan", "password": staged.PASSWORD}
        ivan = Page(await other.post("/console/login", data=form, follow_redirects=True))
        pages = await asyncio.gather(send(client, ines, f"{path}/approve"), send(other, ivan, f"{path}/approve"))
    assert sorted(page.response.status_code for page in pages) == [200, 422]
    assert any("The correction is approved already." in page.text for page in pages)
    assert len(told(services, "correction_approved")) == 1


async def test_a_refused_question_keeps_what_was_typed(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await asked(client, await log_in("carol"), alice, reference="call 12345678")
    assert page.response.status_code == 422
    assert "The reference looks as if it held a telephone number." in page.text
    assert 'value="call 12345678"' in page.response.text
    assert '<option value="DMD03" selected>' in page.response.text
    assert told(services, "correction_requested") == []


async def test_an_answer_given_twice_is_no_answer(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    page = await asked(client, await log_in("carol"), alice, skip="prefer_not_to_answer")
    assert "The new answer is missing or given twice." in page.text


async def test_what_is_refused_or_withdrawn_stays_readable(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    carol = await log_in("carol")
    await asked(client, carol, alice, what="void")
    path = the_one(services)
    ines = await log_in("ines")
    shown = await send(client, ines, f"{path}/refuse", reason="not_justified")
    assert "refused · Ines Krogh" in shown.text
    again = await send(client, ines, f"{path}/withdraw")
    assert again.response.status_code == 422


async def test_nothing_is_asked_for_without_a_source(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("carol")
    for source in ("", "nurse"):
        assert (await asked(client, page, alice, source=source)).response.status_code == 422
    assert told(services, "correction_requested") == []
