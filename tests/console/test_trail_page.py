"""The trail and the signals at the console: what each role reads, what is noted, and that nothing is answered away."""

import csv
import io
import json
import re

import httpx
import pytest

from server.db import site_facts, staff_facts
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.console.file_of_alice import FIRST, PATH, SECRET, keep_diary, staff
from tests.server.handset import Handset

TRAIL = "/console/trail"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    staff(services)
    return keep_diary(services, clock, evenings=8)


def noted(services: Services, kind: str) -> list[dict[str, object]]:
    with reading(services.engine) as connection:
        return [json.loads(fact.body) for fact in site_facts.of_kinds(connection, [kind])]


async def test_mona_finds_changes_and_reads_no_answer(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("mona")
    page = Page(await client.get(TRAIL, params={"participant": ALICE, "field": "answers.DMD03", "day": str(FIRST)}))
    assert re.search(rf"{ALICE} DMD 2026-11-24 entry answers · DMD03 {ALICE} participant – •••", page.text)
    assert "1 row · page 1 of 1" in page.text
    assert page.inline == []


async def test_sorted_and_paged_by_the_address(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("mona")
    first = Page(await client.get(TRAIL))
    assert "page 1 of" in first.text
    assert 'aria-sort="descending"' in first.response.text
    oldest = Page(await client.get(TRAIL, params={"up": "1"}))
    assert oldest.text.index("participant added") < oldest.text.index("2026-11-24 entry")


async def test_mallory_and_carol_read_no_trail_of_alice(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("mallory")
    assert "No row matches." in Page(await client.get(TRAIL, params={"participant": ALICE})).text
    await log_in("carol")
    assert (await client.get(TRAIL)).status_code == 403


async def test_ines_reads_answers_of_one_participant_and_it_is_noted(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("ines")
    assert "•••" in Page(await client.get(f"{PATH}/trail?field=answers.DMD03")).text
    page = Page(await client.get(f"{PATH}/trail?field=answers.DMD03&answers=1"))
    assert re.search(r"answers · DMD03 01-001 participant – 9", page.text)
    with reading(services.engine) as connection:
        (seen,) = staff_facts.of_kinds(connection, [ALICE], ["answers_seen"])
    assert json.loads(seen.body)["where"] == "trail"


async def test_an_extract_is_noted_with_filter_and_hash(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("mona")
    form = {"csrf": page.csrf, "participant": ALICE, "kind": "entry", "format": "csv", "answers": "1"}
    answer = await client.post(f"{TRAIL}/export", data=form)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["new"] for row in rows if row["field"].startswith("answers")} == {"•••"}
    (made,) = noted(services, "extract_made")
    assert (made["rows"], made["with_answers"]) == (len(rows), 0)
    assert made["filter"] == {"participant": ALICE, "kind": "entry"}


async def test_an_extract_of_another_site_is_not_there(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.participant(services, BOB, {})
    page = await log_in("mona")
    answer = await client.post(f"{TRAIL}/export", data={"csrf": page.csrf, "participant": BOB, "format": "jsonl"})
    assert answer.status_code == 404
    assert noted(services, "extract_made") == []


async def test_the_chain_is_verified_and_that_is_noted(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("sam")
    shown = Page(await client.post(f"{TRAIL}/verify", data={"csrf": page.csrf}))
    assert "Everything is as it was written down" in shown.text
    assert "The whole trail was last verified here" in Page(await client.get(TRAIL)).text
    assert noted(services, "trail_verified")[0]["flaws"] == 0


async def test_a_flat_line_is_shown_without_its_values_and_reviewed_with_a_signature(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("mona")
    shown = Page(await client.get(f"{PATH}/signals"))
    assert "Tue 24 Nov – Tue 1 Dec The same answers day after day 8" in shown.text
    assert not re.search(rf"DMD0\d[^•]{{0,20}}\b({'|'.join(map(str, SECRET.values()))})\b", shown.text)
    page = await log_in("ines")
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', (await client.get(f"{PATH}/signals")).text)
    assert seen is not None
    form = {"csrf": page.csrf, "seen": seen[1], "outcome": "plausible"}
    refused = Page(await client.post(f"{PATH}/signals", data={**form, "password": "no"}))
    assert refused.response.status_code == 403
    form["password"] = staged.PASSWORD
    done = Page(await client.post(f"{PATH}/signals", data=form, follow_redirects=True))
    assert "Plausible; nothing needs to be done Ines Krogh (investigator)" in done.text
    again = Page(await client.post(f"{PATH}/signals", data=form, follow_redirects=True))
    assert again.text.count("Plausible; nothing needs to be done Ines Krogh") == 1
    stale = Page(await client.post(f"{PATH}/signals", data={**form, "seen": "0" * 64}))
    assert "The list has changed since it was shown." in stale.text
