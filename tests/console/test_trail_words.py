"""What the trail calls kinds and fields: each has words in both languages, and is found by them and by its code."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import httpx
import pytest
from pydantic import BaseModel

from diary_app.core import facts
from diary_app.core.correction_facts import CorrectionChange
from diary_app.core.entries import EntryBody
from diary_app.core.records import RecordKind
from diary_app.resources import LANGUAGES, catalogue
from server.access.account_facts import Happened
from server.console.person.trail_words import FIELDS, KINDS, TrailWords, fields_found, kinds_found
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.changes import BESIDE, MEASURED
from server.trail.fields import Asked, TrailRow
from tests.conftest import ALICE
from tests.console.conftest import MORNING, LogIn, Page
from tests.console.file_of_alice import FIRST, keep_diary, staff
from tests.server.handset import Handset

TRAIL = "/console/trail"
#: A choice is told as `choices.` and the instrument that it is about.
UNSHOWN = BESIDE | MEASURED | {"choice"}


def models(union: Any) -> Iterator[type[BaseModel]]:
    """Every model of a union, however it is put together."""
    for one in get_args(union):
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield one
        else:
            yield from models(one)


STATED = tuple(models(facts.Detail))


def test_every_kind_of_fact_and_record_has_words() -> None:
    kinds = {str(one.model_fields["kind"].default) for one in STATED} | set(RecordKind) | set(Happened)
    assert len(kinds) > 40
    assert kinds <= KINDS.keys()


def test_every_field_of_them_has_words() -> None:
    fields = {name for one in (*STATED, *models(CorrectionChange), EntryBody) for name in one.model_fields}
    assert len(fields) > 60
    assert fields - UNSHOWN <= FIELDS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("known", "found"), [(KINDS, kinds_found), (FIELDS, fields_found)])
def test_words_of_either_language_mean_one_code(language: str, known: Mapping[str, str], found: Any) -> None:
    texts = catalogue(language, "console")
    assert {code: found(texts.text(words)) for code, words in known.items()} == {code: code for code in known}


@pytest.mark.parametrize("known", [KINDS, FIELDS])
def test_danish_words_are_danish(known: Mapping[str, str]) -> None:
    texts = catalogue("da", "console")
    same = {words for words in known.values() if texts.text(words) == words}
    assert same <= {"installation", "format", "status", "reference", "app version", "e-mail", "filter"}


def test_a_part_of_words_means_all_that_have_it() -> None:
    assert kinds_found("godkendt") == "correction_approved godkendt"
    assert kinds_found("second step").split() == [
        Happened.SECOND_FACTOR_SET_UP, Happened.SECOND_FACTOR_TAKEN_OFF, Happened.SECOND_FACTOR_RESET,
        "second_step",
    ]  # fmt: skip
    assert kinds_found("of a later app") == "of_a_later_app"
    assert kinds_found("") == fields_found("") == ""


def test_a_code_that_is_not_listed_is_asked_for_beside_words_that_have_it() -> None:
    assert "cut_id" in fields_found("id").split()
    assert "id" in fields_found("id").split()
    assert "late_sign" in kinds_found("late sign").split()


def test_capitals_of_a_code_do_not_matter() -> None:
    assert (kinds_found("Anchor"), fields_found("CUT_ID")) == ("anchor", "cut_id")
    row = TrailRow(
        MORNING, None, ALICE, "copenhagen", "DMD", str(FIRST), "entry", "answers.DMD03", "", "4", ALICE, "participant",
        "", "", "", "", "",
    )  # fmt: skip
    assert Asked(field=fields_found("svar · dmd03"), kind=kinds_found("ENTRY")).takes(row)
    assert not Asked(field=fields_found("svar · dmd04")).takes(row)


@pytest.mark.parametrize(
    "typed", ["answers.DMD03", "answers · DMD03", "svar · DMD03", "Svar.DMD03", "  answers · DMD03 "]
)
def test_a_field_is_found_as_the_page_writes_it(typed: str) -> None:
    assert fields_found(typed.strip()) == "answers.DMD03"


def changed(kind: str, field: str, new: str) -> TrailRow:
    return TrailRow(
        MORNING, None, ALICE, "copenhagen", "", "", kind, field, "", new, "carol", "coordinator", "", "", "", "", ""
    )


def test_a_fact_without_a_field_was_noted() -> None:
    words = TrailWords(catalogue("da", "console"))
    row = changed("training", "training", "training")
    assert (words.has_no_field(row), words.value(row, row.new)) == (True, "noteret")


@pytest.mark.parametrize(
    ("kind", "field", "new"),
    [
        ("anchor", "anchor", "treatment_1"),
        ("status", "status", "died"),
        ("entry", "mode", "own_phone"),
        ("correction_requested", "reference", "reference"),
        ("account_named", "name", "name"),
    ],
)
def test_a_field_is_named_and_its_value_shown_as_it_is_stored(kind: str, field: str, new: str) -> None:
    words = TrailWords(catalogue("da", "console"))
    row = changed(kind, field, new)
    assert (words.has_no_field(row), words.value(row, row.new)) == (False, new)


def test_what_came_later_than_the_words_is_said_as_it_is() -> None:
    words = TrailWords(catalogue("da", "console"))
    assert words.field("change.new") == "ændring · ny værdi"
    assert words.kind("of_a_later_app") == "of a later app"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    staff(services)
    return keep_diary(services, clock, evenings=2)


async def test_the_danish_page_says_it_in_danish_and_finds_both(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("mona")
    await client.post("/console/language", data={"csrf": page.csrf, "language": "da"})
    asked = {"participant": ALICE, "day": str(FIRST)}
    by_words = Page(await client.get(TRAIL, params={**asked, "kind": "besvarelse", "field": "svar · DMD03"}))
    by_code = Page(await client.get(TRAIL, params={**asked, "kind": "entry", "field": "answers.DMD03"}))
    row = rf"{ALICE} DMD 2026-11-24 besvarelse entry svar · DMD03 answers.DMD03 {ALICE} deltager – •••"
    assert re.search(row, by_words.text)
    assert re.search(row, by_code.text)
    assert f'<a href="/console/participants/{ALICE}/trail">{ALICE}</a>' in by_words.response.text


async def test_an_extract_keeps_the_codes_and_notes_them(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    page = await log_in("mona")
    form = {"csrf": page.csrf, "participant": ALICE, "kind": "besvarelse", "format": "csv"}
    taken = await client.post(f"{TRAIL}/export", data=form)
    assert ",entry,answers.DMD03," in taken.text
    assert "besvarelse" not in taken.text
    noted = Page(await client.get(TRAIL, params={"field": "filter"}))
    assert re.search(r"extract taken extract_ made filter · kind .* – entry", noted.text)
