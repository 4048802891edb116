"""The overview narrowed to a phase of the study, and taken along as a file that follows the filters."""

import csv
import io
import re
from datetime import timedelta

import httpx
import pytest

from diary_app.core.grading import State
from server.access.roles import Role
from server.services import Services
from tests.console import staged
from tests.console.conftest import MORNING, TODAY, YESTERDAY, LogIn, Page

DONE, MISSED = (State.DONE, None), (State.MISSED, None)
BEFORE, BETWEEN, AFTER = "before_treatment_1", "treatment_1_to_2", "after_treatment_2"


def stage(services: Services) -> None:
    """One participant in each phase; the second treatment of the second one is only planned."""
    ago = [TODAY - timedelta(days=days) for days in (150, 30, 10)]
    staged.participant(services, "01-001", {YESTERDAY: DONE})
    given = staged.treatment("treatment_1", ago[1], TODAY)
    planned = staged.treatment("treatment_2", TODAY + timedelta(days=90), TODAY)
    staged.participant(services, "01-002", {YESTERDAY: MISSED}, facts=[given, planned], seen_at=MORNING)
    both = [staged.treatment("treatment_1", ago[0], TODAY), staged.treatment("treatment_2", ago[2], TODAY)]
    staged.participant(services, "01-003", {YESTERDAY: DONE, TODAY - timedelta(days=200): MISSED}, facts=both)


def rows(page: Page) -> list[str]:
    return re.findall(r'scope="row" class="number"><a href="[^"]+">(\S+?)<', page.response.text)


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(("phase", "who"), [(BEFORE, "01-001"), (BETWEEN, "01-002"), (AFTER, "01-003")])
@pytest.mark.parametrize("days", [28, 365])
async def test_rows_can_be_limited_to_a_phase(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, phase: str, who: str, days: int
) -> None:
    stage(services)
    assert rows(await log_in("carol")) == ["01-001", "01-002", "01-003"]
    page = Page(await client.get(f"/console/?phase={phase}&days={days}"))
    assert rows(page) == [who]
    assert "To call now: 0 Nobody needs a call just now." in page.text
    assert f"phase={phase}&amp;days=14" in page.response.text or f"phase={phase}&days=14" in page.response.text


async def test_phase_and_state_narrow_together_and_are_let_go_together(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    stage(services)
    await log_in("carol")
    assert rows(Page(await client.get(f"/console/?phase={BETWEEN}&state=missed"))) == ["01-002"]
    page = Page(await client.get(f"/console/?phase={BEFORE}&state=missed"))
    assert rows(page) == []
    assert "No row is left with what was chosen. Show all rows" in page.text
    assert page.response.text.count('href="/console/">Show all rows') >= 1


@pytest.mark.parametrize("phase", ["after_treatment_3", "", "arm_a", "before_treatment_1%00"])
async def test_a_phase_that_the_study_does_not_have_is_refused(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, phase: str
) -> None:
    await log_in("carol")
    assert (await client.get(f"/console/?phase={phase}")).status_code == 400


async def test_phases_are_named_in_danish(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    staged.account(services, "karen", (Role.COORDINATOR, "copenhagen"), language="da")
    stage(services)
    page = await log_in("karen")
    for words in ("Alle faser", "Før 1. behandling", "Fra 1. behandling til 2. behandling", "Efter 2. behandling"):
        assert words in page.text
    empty = Page(await client.get(f"/console/?phase={BEFORE}&state=missed"))
    assert "Ingen rækker svarer til det valgte." in empty.text


async def test_the_file_follows_what_the_address_asks_for(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    stage(services)
    page = await log_in("carol")
    assert 'href="/console/?csv=1" download' in page.response.text
    everybody = lines(await client.get("/console/?csv=1"))
    assert [one["Number"] for one in everybody] == ["01-001", "01-002", "01-003"]
    (one,) = lines(await client.get(f"/console/?phase={BETWEEN}&days=14&csv=1"))
    assert (one["Site"], one["Phase"], one["Last contact"]) == ("copenhagen", BETWEEN, "2026-11-23T07:02:00.000Z")
    assert one["7 days"] == "0/0"
    assert len(one) == 6 + 14
    assert (one[YESTERDAY.isoformat()], one[TODAY.isoformat()]) == ("missed", "")


async def test_the_file_of_a_year_has_its_days(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    stage(services)
    await log_in("carol")
    (one,) = lines(await client.get(f"/console/?phase={AFTER}&days=365&csv=1"))
    assert len(one) == 6 + 365
    assert one[(TODAY - timedelta(days=200)).isoformat()] == "missed"
    assert one[YESTERDAY.isoformat()] == "done"


async def test_the_file_has_more_than_a_page_and_no_other_site(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    for index in range(1, 53):
        staged.participant(services, f"01-{index:03d}", {YESTERDAY: DONE})
    staged.participant(services, "02-001", {YESTERDAY: DONE})
    await log_in("carol")
    found = lines(await client.get("/console/?csv=1&page=2"))
    assert len(found) == 52
    assert {one["Site"] for one in found} == {"copenhagen"}
    assert (await client.get("/console/?csv=1&site=odense")).status_code == 403
