"""Carol prints blank sheets and types one that came back: twice, looked at in between, stored once."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from server.access.roles import Role
from server.db import days, staff_facts
from server.db.engine import reading
from server.intake.sweep import sweep
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import MORNING, TODAY, YESTERDAY, LogIn, Page
from tests.server.handset import ready

PATH = f"/console/paper/transcribe/{ALICE}"
SATURDAY = YESTERDAY - timedelta(days=1)
ANSWERS = {
    "DMD01": "8", "DMD02": "7", "DMD03": "0", "DMD04": "not_applicable", "DMD05": "prefer_not_to_answer", "DMD06": "2",
}  # fmt: skip
USUAL = {
    "form": "page 1", "diary_day": SATURDAY.isoformat(), "day": SATURDAY.isoformat(), "at": "21.30",
    "filled_by": "self", "reason": "phone_failed", "reference": "binder 3, sheet 12", "language": "da", "dated": "1",
    **ANSWERS,
}  # fmt: skip
AGAIN = {f"again_{name}": text for name, text in USUAL.items() if name in ("day", "at", *ANSWERS)}


async def sent(client: httpx.AsyncClient, page: Page, form: Mapping[str, str], path: str = PATH) -> Page:
    return Page(await client.post(path, data={"csrf": page.csrf, **form}, follow_redirects=True))


def stored(services: Services) -> int:
    with reading(services.engine) as connection:
        return len(staff_facts.of_kinds(connection, [ALICE], ["paper_entry"]))


def state(services: Services) -> str:
    with reading(services.engine) as connection:
        (row,) = days.named(connection, ALICE, [("DMD", SATURDAY)])
    return row.state


@pytest.fixture
async def desk(services: Services, log_in: LogIn, clock: SimulatedEnvironment) -> Page:
    """Alice's diary began on Friday, and her phone has been silent since."""
    clock.move_to(MORNING - timedelta(days=4))
    ready(services, ALICE)
    clock.move_to(MORNING)
    services.writer.run("~", lambda connection: sweep(connection, MORNING))
    staged.participant(services, BOB, {})
    return await log_in("carol")


# ---- typing ---------------------------------------------------------------------------------------------------


async def test_a_sheet_is_typed_looked_at_and_typed_again(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    review = await sent(client, desk, USUAL)
    assert review.response.status_code == 200
    assert "Will count as done , on paper" in review.text
    assert "Saturday 21 November" in review.text
    assert stored(services) == 0
    page = await sent(client, desk, {**USUAL, **AGAIN, "step": "save"})
    assert "The sheet is stored." in page.text
    assert page.response.url.path == PATH
    assert (stored(services), state(services)) == (1, "done")
    assert "binder 3, sheet 12" in page.text
    assert "Carol Holm" in page.text
    assert page.inline == []


async def test_the_second_typing_starts_empty(client: httpx.AsyncClient, desk: Page) -> None:
    review = await sent(client, desk, USUAL)
    again = re.findall(r'<select id="again_DMD\d\d".*?</select>', review.response.text, re.DOTALL)
    assert len(again) == len(ANSWERS)
    assert not any(" selected" in one for one in again)
    assert re.search(r'<input id="again_at"[^>]*value=""', review.response.text)


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ({"again_DMD01": "7"}, "question 1"),
        ({"again_DMD03": ""}, "question 3"),
        ({"again_at": "21.31"}, "the time"),
        ({"again_day": YESTERDAY.isoformat(), "again_DMD06": "1"}, "the date, question 6"),
    ],
)
async def test_a_slip_between_both_typings_stores_nothing_and_is_named(
    services: Services, client: httpx.AsyncClient, desk: Page, slip: Mapping[str, str], said: str
) -> None:
    page = await sent(client, desk, {**USUAL, **AGAIN, **slip, "step": "save"})
    assert page.response.status_code == 422
    assert f"not like the first: {said}." in page.text
    assert stored(services) == 0
    assert 'value="binder 3, sheet 12"' in page.response.text
    chosen = re.findall(r'<select id="(DMD\d\d)".*?</select>', page.response.text, re.DOTALL)
    assert len(chosen) == len(ANSWERS)
    kept = len(re.findall(r'<option value="[^"]+" selected', page.response.text))
    lists = 3  # who, why, which language
    wrong = sum(name.startswith("again_DMD") for name in slip)
    assert kept == lists + len(ANSWERS) - wrong


async def test_a_double_click_is_one_sheet(services: Services, client: httpx.AsyncClient, desk: Page) -> None:
    for _ in range(2):
        page = await sent(client, desk, {**USUAL, **AGAIN, "step": "save"})
        assert page.response.status_code == 200
    assert stored(services) == 1


async def test_going_back_loses_nothing(client: httpx.AsyncClient, desk: Page) -> None:
    page = await sent(client, desk, {**USUAL, "step": "change"})
    assert 'value="21.30"' in page.response.text
    assert 'value="page 1"' in page.response.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dated": ""}, "A closed evening is not collected by telephone."),
        ({"DMD01": "11"}, "An answer is missing"),
        ({"DMD01": ""}, "An answer is missing"),
        ({"DMD01": "not_applicable"}, "An answer is missing"),
        ({"DMD06": "<b>"}, "An answer is missing"),
        ({"diary_day": "21/11"}, "The date cannot be read."),
        ({"day": "0000-00-00"}, "The date cannot be read."),
        ({"day": (TODAY + timedelta(days=2)).isoformat()}, "in the time to come"),
        ({"at": "25:00"}, "The time cannot be read."),
        ({"at": "half past"}, "The time cannot be read."),
        ({"reason": "whatever"}, "Something is not chosen."),
        ({"filled_by": "x"}, "Something is not chosen."),
        ({"language": "sv"}, "The diary does not have that language."),
        ({"reference": "010190-1234"}, "a CPR number"),
        ({"form": ""}, "The page was not sent whole."),
        ({"form": "x" * 37}, "The page was not sent whole."),
    ],
)
async def test_garbage_is_refused_and_what_was_typed_stays(
    services: Services, client: httpx.AsyncClient, desk: Page, wrong: Mapping[str, str], said: str
) -> None:
    page = await sent(client, desk, {**USUAL, **wrong})
    assert page.response.status_code == 422
    assert said in page.text
    assert "<b>" not in page.response.text
    assert stored(services) == 0


async def test_too_late_is_said_before_it_is_stored(client: httpx.AsyncClient, desk: Page) -> None:
    review = await sent(client, desk, {**USUAL, "day": YESTERDAY.isoformat(), "at": "12.01"})
    assert "dated after its window; does not count" in review.text


async def test_the_list_has_no_answer_and_can_be_taken_away(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    await sent(client, desk, {**USUAL, **AGAIN, "step": "save"})
    answer = await client.get(PATH, params={"csv": 1})
    (row,) = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert row["Evening"] == SATURDAY.isoformat()
    assert (row["Counts as"], row["Why not on a phone"], row["Typed by"]) == ("done", "phone_failed", "Carol Holm")
    assert "not_applicable" not in answer.text


# ---- who ------------------------------------------------------------------------------------------------------


async def test_who_is_elsewhere_is_not_there(services: Services, client: httpx.AsyncClient, desk: Page) -> None:
    elsewhere = f"/console/paper/transcribe/{BOB}"
    assert (await client.get(elsewhere)).status_code == 404
    assert (await sent(client, desk, {**USUAL, **AGAIN, "step": "save"}, elsewhere)).response.status_code == 404
    answer = await client.get("/console/paper/transcribe", params={"participant": BOB})
    assert answer.status_code == 404
    answer = await client.get("/console/paper/blank", params={"participant": BOB, "language": "da", "evenings": "1"})
    assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.MONITOR, Role.ADMINISTRATOR])
async def test_others_type_nothing(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, desk: Page, role: Role
) -> None:
    staged.account(services, "sam", (role, "*"))
    page = await log_in("sam")
    assert "/console/paper" not in page.response.text
    assert (await sent(client, page, {**USUAL, **AGAIN, "step": "save"})).response.status_code == 403
    assert (await client.get("/console/paper")).status_code == 403
    assert stored(services) == 0


# ---- blank sheets ---------------------------------------------------------------------------------------------


async def printed(client: httpx.AsyncClient, **asked: str) -> Page:
    return Page(await client.get("/console/paper/blank", params={"language": "da", "evenings": "7", **asked}))


async def test_blank_sheets_are_in_the_language_chosen_and_say_nothing_of_treatment(
    client: httpx.AsyncClient, desk: Page
) -> None:
    page = await printed(client, participant=ALICE, first="2026-11-23")
    sheets = re.findall(r"<article.*?</article>", page.response.text, re.DOTALL)
    assert len(sheets) == 7
    assert all('lang="da"' in one and ALICE in one for one in sheets)
    assert "mandag 23. november 2026" in sheets[0]
    assert "i dag, mandag 23. november, siden du vågnede?" in sheets[0]
    assert "søndag 29. november 2026" in sheets[6]
    assert "18.00" in sheets[0]
    assert all(
        text in sheets[0] for text in ("Vil helst ikke svare", "Jeg har hverken spist eller drukket", "mig selv")
    )
    assert len(re.findall(r'class="box"', sheets[0])) == 5 * 11 + 5 + 6 + 2 + 2
    for told in ("MESRIX", "stråle", "celle", "behandling", "mesenkym"):
        assert told not in sheets[0]
    assert page.inline == []


async def test_a_sheet_of_nobodys_has_lines_to_write_on(client: httpx.AsyncClient, desk: Page) -> None:
    page = await printed(client, language="en", evenings="1")
    (sheet,) = re.findall(r"<article.*?</article>", page.response.text, re.DOTALL)
    assert ALICE not in sheet
    assert "today, __________________, since you woke up?" in sheet
    assert "{weekday}" not in sheet


@pytest.mark.parametrize(
    "wrong", [{"language": "sv"}, {"evenings": "8"}, {"evenings": "x"}, {"first": "?"}, {"participant": "01-999"}]
)
async def test_what_cannot_be_printed_is_said(client: httpx.AsyncClient, desk: Page, wrong: dict[str, str]) -> None:
    page = await printed(client, **wrong)
    assert page.response.status_code in (404, 422)
    assert 'class="refusal"' in page.response.text


# ---- the heat map ---------------------------------------------------------------------------------------------


async def test_paper_has_a_folded_corner_and_the_rate_is_given_without_it(
    services: Services, client: httpx.AsyncClient, desk: Page, clock: SimulatedEnvironment
) -> None:
    await sent(client, desk, {**USUAL, **AGAIN, "step": "save"})
    page = Page(await client.get("/console/"))
    assert '<use href="#shape-done-paper"/>' in page.response.text
    assert 'id="shape-done-paper"' in page.response.text
    assert any("done, on paper" in cell for cell in page.cells)
    assert "without paper" in page.response.text


# ---- the participant's own pages ------------------------------------------------------------------------------


async def test_the_participants_pages_show_the_sheet_as_paper(
    services: Services, client: httpx.AsyncClient, desk: Page, log_in: LogIn
) -> None:
    await sent(client, desk, {**USUAL, **AGAIN, "step": "save"})
    late = {"form": "page 2", "day": YESTERDAY.isoformat(), "again_day": YESTERDAY.isoformat()}
    await sent(client, desk, {**USUAL, **AGAIN, **late, "step": "save"})
    shown = Page(await client.get(f"/console/participants/{ALICE}/entries"))
    assert shown.response.status_code == 200
    assert "On paper" in shown.text
    assert "Does not count: saved after the last minute" in shown.text
    calendar = Page(await client.get(f"/console/participants/{ALICE}"))
    assert "on paper" in calendar.response.text
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    await log_in("ines")
    answers = Page(await client.get(f"/console/participants/{ALICE}/answers"))
    assert answers.response.status_code == 200
    assert "preferred not to answer" in answers.text
    asking = Page(await client.get(f"/console/participants/{ALICE}/corrections"))
    assert 'value="paper-' in asking.response.text
    assert "The sheet of paper or the notes say so" in asking.text


# ---- interviews -----------------------------------------------------------------------------------------------


async def test_an_interview_is_typed_on_the_same_page_and_named_as_one(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    page = Page(await client.get(PATH))
    assert f"{PATH}?given=telephone" in page.response.text
    page = Page(await client.get(PATH, params={"given": "telephone"}))
    assert "Read each question aloud as it is worded" in page.text
    assert 'value="carol" selected' in page.response.text
    assert "by the sheet" not in page.text
    assert "i dag, søndag 22. november, siden du vågnede?" in page.text  # in the participant's language
    assert "0 = Slet ikke" in page.text
    asked = {**USUAL, "given": "telephone", "asked_by": "carol", "aloud": "1", "reference": "visit note 7"}
    review = await sent(client, desk, asked)
    assert "Will count as done , asked by staff" in review.text
    assert "Asked by telephone" in review.text
    assert stored(services) == 0
    page = await sent(client, desk, {**asked, **AGAIN, "step": "save"})
    assert "The interview is stored." in page.text
    assert state(services) == "done"
    answer = await client.get(PATH, params={"csv": 1})
    (row,) = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert (row["How it was given"], row["Asked by"], row["Typed by"]) == ("telephone", "Carol Holm", "Carol Holm")
    shown = Page(await client.get(f"/console/participants/{ALICE}/entries"))
    assert "Asked by staff" in shown.text
    assert "Interview" in shown.text
    assert "On paper" not in shown.text
    assert any("done, asked by staff" in cell for cell in Page(await client.get("/console/")).cells)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"aloud": ""}, "word for word"),
        ({"asked_by": "sam"}, "who asked"),
        ({"given": "letter"}, "Something is not chosen."),
        ({"day": YESTERDAY.isoformat(), "at": "12.01"}, "while the evening was open"),
    ],
)
async def test_what_is_no_interview_is_refused_and_what_was_typed_stays(
    services: Services, client: httpx.AsyncClient, desk: Page, wrong: Mapping[str, str], said: str
) -> None:
    asked = {**USUAL, "given": "face_to_face", "asked_by": "carol", "aloud": "1"}
    page = await sent(client, desk, {**asked, **wrong})
    assert page.response.status_code == 422
    assert said in page.text
    assert 'value="binder 3, sheet 12"' in page.response.text
    assert state(services) == "unknown"
