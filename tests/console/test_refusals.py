"""What staff are refused reads in their language; what is said at the command line and to programs stays as it was."""

import ast
import re
import runpy
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from diary_app.core.corrections import OPEN, CorrectionState
from diary_app.core.errors import Code, Phrase, RequestRefused, XerodiaryError
from diary_app.core.facts import AnchorSet, Excused, ExcuseReason, RemindersChosen
from diary_app.core.references import Identifying
from diary_app.core.staff_acts import LockingReason
from diary_app.resources import catalogue
from server.access.dependencies import cookie_name
from server.access.roles import Role
from server.console.refusals import told
from server.errors import STATUS, answer_for, server_fault
from server.intake import locking, settling
from server.intake.set_aside_words import WHY
from server.services import Services
from server.study_words import DOMAIN
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import TODAY, LogIn, Page
from tests.server.desk import INES, NO_ENTRY
from tests.server.handset import DMD, add, record_fact

ROOT = Path(__file__).parents[2]
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/catalogues.py"))
DANISH, ENGLISH = catalogue("da", DOMAIN), catalogue("en", DOMAIN)
NOT_TO_STAFF = {str(ROOT / place) for place in SCRIPT["_NOT_TO_STAFF"]}
PLACE = re.compile(r"\{(\w+)\}")
DAY = date(2026, 11, 22)


def refusal(**named: Any) -> RequestRefused:
    return RequestRefused(Code.DAY_LOCKED, "{day} is locked.", "The investigator can unlock it.", **named)


def shown(error: XerodiaryError) -> str:
    """At the command line and in an answer."""
    return f"{error.message} {error.remedy}"


def in_danish(error: XerodiaryError) -> str:
    said = told(error, DANISH)
    return f"{said.message} {said.remedy}"


# ---- putting it into words ------------------------------------------------------------------------------------


def test_a_day_is_written_as_each_reader_writes_it() -> None:
    error = refusal(day=DAY)
    assert shown(error) == "2026-11-22 is locked. The investigator can unlock it."
    assert in_danish(error) == "Dagen er låst: søndag 22. november 2026. Investigator kan låse den op."
    assert told(error, ENGLISH).message == "Sunday 22 November 2026 is locked."
    assert told(error, DANISH).code is Code.DAY_LOCKED


def test_a_time_of_day_too() -> None:
    error = RequestRefused(Code.FACT_INVALID, "No first reminder comes at {usual}.", "", usual=time(3, 5))
    assert (error.message, told(error, DANISH).message) == (
        "No first reminder comes at 03:05.", "Der kommer ingen første påmindelse kl. 03.05.",
    )  # fmt: skip


def test_a_phrase_is_translated_on_its_own() -> None:
    found = Phrase(Identifying.EMAIL)
    error = RequestRefused(Code.REFERENCE_IDENTIFIES, "The reference looks as if it held {found}.", "", found=found)
    assert error.message == "The reference looks as if it held an e-mail address."
    assert told(error, DANISH).message == "Henvisningen ser ud til at indeholde en e-mailadresse."


def test_braces_that_somebody_typed_stay_as_they_are() -> None:
    assert refusal(day="{day}").message == "{day} is locked."
    assert told(refusal(day="{0}"), DANISH).message == "Dagen er låst: {0}."
    assert RequestRefused(Code.NOT_FOUND, "{not a place}", "").message == "{not a place}"


@pytest.mark.parametrize(
    "phrase", [*WHY.values(), *Identifying, *(state for state in CorrectionState if state not in OPEN)]
)
def test_every_phrase_is_in_danish(phrase: str) -> None:
    assert DANISH.text(str(phrase)) != str(phrase)


# ---- what is really refused -----------------------------------------------------------------------------------

REALLY: dict[str, tuple[Callable[[Services], object], str, str]] = {
    "reminders": (
        lambda services: record_fact(services, ALICE, RemindersChosen(usual="23:45")),
        "No first reminder comes at 23:45. Choose a time outside quiet hours, 22:15 at the latest.",
        "Der kommer ingen første påmindelse kl. 23.45. Vælg et tidspunkt uden for de stille timer, senest kl. 22.15.",
    ),
    "treatment": (
        lambda services: record_fact(services, ALICE, AnchorSet(anchor="treatment_9", planned=TODAY)),
        "The study has no treatment treatment_9. Choose one that the study file names.",
        "Forsøget har ikke behandlingen treatment_9. Vælg en, som forsøgets fil nævner.",
    ),
    "excuse": (
        lambda services: record_fact(
            services, ALICE, Excused(instrument=DMD, diary_day=TODAY - timedelta(days=8), reason=ExcuseReason.TOO_ILL)
        ),
        "The day is more than 7 days back. The investigator can approve it and name the source.",
        "Dagen ligger mere end 7 dage tilbage. Investigator kan godkende det og angive kilden.",
    ),
    "participant": (
        lambda services: add(services, ALICE),
        "Participant 01-001 is there already. Check the number on the trial's list.",
        "Deltager 01-001 er allerede oprettet. Se nummeret efter på forsøgets liste.",
    ),
    "number": (
        lambda services: add(services, "01-{x}"),
        "'{x}' is not a participant number of this study. Type it as on the trial's own list.",
        "'{x}' er ikke et deltagernummer i dette forsøg. Skriv det som på forsøgets egen liste.",
    ),
    "range": (
        lambda services: locking.lock(services, ALICE, (TODAY, DAY), LockingReason.FINAL_CUT, by=INES),
        "2026-11-22 is before 2026-11-23. Name the first day first.",
        "Den sidste dag (søndag 22. november 2026) ligger før den første (mandag 23. november 2026). Angiv den første dag først.",  # noqa: E501
    ),
    "aside": (
        lambda services: settling.settle(services, "x{y}", NO_ENTRY, by=INES),
        "Nothing set aside has the id x{y}. xerodiary quarantine list names what there is.",
        "Intet af det, der er lagt til side, har id'et x{y}. Se listen over det, der er lagt til side.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REALLY)
def test_both_languages_say_the_same(services: Services, name: str) -> None:
    work, english, danish = REALLY[name]
    add(services, ALICE)
    with pytest.raises(RequestRefused) as caught:
        work(services)
    assert (shown(caught.value), in_danish(caught.value)) == (english, danish)


async def test_a_refusal_with_values_is_a_page_in_danish(services: Services, client: httpx.AsyncClient) -> None:
    pages = {
        language: Page(await client.get("/console/login?out=perhaps", headers={"accept-language": language})).text
        for language in ("da", "en")
    }
    assert "Forespørgslen kan ikke forstås: query.out. Ret det, der er nævnt, og send igen." in pages["da"]
    assert "The request cannot be understood: query.out. Correct what is named" in pages["en"]


async def test_the_api_answers_in_english(services: Services, client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"accept-language": "da"})
    assert (answer.json()["message"], answer.json()["remedy"]) == ("Not Found.", "Check the address.")


async def test_an_address_that_is_none_knows_who_is_logged_in(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    staged.account(services, "dorte", (Role.COORDINATOR, "copenhagen"), language="da")
    stranger = Page(await client.get("/console/nowhere"))
    assert (stranger.response.status_code, "Not Found." in stranger.text, "Log in" in stranger.text) == (
        404,
        True,
        True,
    )
    await log_in("dorte")
    page = Page(await client.get("/console/nowhere"))
    assert (page.response.status_code, "Til overblikket" in page.text, "Log ind" in page.text) == (404, True, False)
    assert '<html lang="da">' in page.response.text
    client.cookies.clear()
    client.cookies.set(cookie_name(services.settings), "made up")
    assert "Log in" in Page(await client.get("/console/nowhere")).text


# ---- none is left out -----------------------------------------------------------------------------------------


def places() -> Iterator[Path]:
    yield from SCRIPT["_python_in"](SCRIPT["REFUSING"])


def test_every_refusal_that_staff_can_meet_is_in_danish() -> None:
    """Also one that is added later: whoever adds it puts its Danish into the catalogue."""
    uses = [use for path in places() for use in SCRIPT["refusals_in_python"](path.read_text("utf-8"), str(path))]
    spoken = [use for use in uses if use.place.rpartition(":")[0] not in NOT_TO_STAFF and use.message != "{what}."]
    assert [(use.place, use.message) for use in spoken if DANISH.text(use.message) == use.message] == []
    assert len(spoken) > 100


def test_every_place_of_a_refusal_has_its_value() -> None:
    """A pattern that names what its call does not give would fail when somebody reads it."""
    for path in places():
        for call in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if is_refusal(node)):
            given = {keyword.arg for keyword in call.keywords}
            texts = [use.message for text in SCRIPT["_texts_of_refusal"](call) for use in SCRIPT["_patterns"](text, "")]
            needed = set(PLACE.findall(" ".join(texts)))
            assert needed <= given or None in given, f"{path.name}:{call.lineno}"
            assert needed or given <= {"retry_after", None}, f"{path.name}:{call.lineno} gives what it does not name"


def test_no_refusal_of_staff_is_called_a_fault_of_the_server() -> None:
    """Without a status of its own a `CommandRefused` is answered with 500, and its words are kept back."""
    calls = (call for path in places() for call in ast.walk(ast.parse(path.read_text("utf-8"))) if is_refusal(call))
    codes = {
        ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) in {"CommandRefused", "RescueRefused"}
    }
    named = {code for code in Code if f"Code.{code.name}" in codes}
    assert named - set(STATUS) == {Code.RESCUE_TOO_MUCH_FOR_CODES}, "which a phone says"
    assert answer_for(refusal(day=DAY))[1] < 500 <= answer_for(server_fault("1"))[1]


def is_refusal(node: ast.AST) -> Any:
    return isinstance(node, ast.Call) and bool(SCRIPT["_texts_of_refusal"](node))


@pytest.mark.parametrize(
    ("source", "lacking"),
    [
        ('raise RequestRefused(Code.NOT_FOUND, "Gone.", "Look.")', {"Gone.", "Look."}),
        ('raise staff.refused("Gone.", "Look.")', {"Gone.", "Look."}),
        ('raise CommandRefused(code, f"No {name}.", "Look.")', {"f'No {name}.'", "Look."}),
        ('raise RescueRefused(Code.X, "One." if a else "Two.", remedy)', {"One.", "Two."}),
        ('def refused(message: str, remedy: str = "Look.") -> None: ...', {"Look."}),
        ('super().__init__(Code.NOT_ALLOWED, "Gone.", "Look.")', {"Gone.", "Look."}),
        ('CorrectionRefused(by_role=role, by_site="x"); _refused(request, error)', set()),
    ],
)
def test_the_scan_finds_what_is_refused(source: str, lacking: set[str]) -> None:
    assert {use.message for use in SCRIPT["refusals_in_python"](source, "here.py")} == lacking


def test_a_refusal_without_danish_is_missing(app: FastAPI) -> None:
    uses = list(
        SCRIPT["refusals_in_python"]('raise refused("New and untranslated.", "Look at the list of rights.")', "x")
    )
    known = SCRIPT["read_po"](SCRIPT["po_file"](DOMAIN).read_text(encoding="utf-8"))
    assert [use.message for use in SCRIPT["missing"](uses, known)] == ["New and untranslated."]
