"""What is wrong in a study file is said in Danish on the Danish page; what stands in the file stays as it is."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from diary_app.core import tomlfile, tomlslips
from diary_app.core.errors import Code, FileInvalid, FileProblem, Phrase
from diary_app.core.licences import check_activation
from diary_app.core.study import Study, parse_study
from diary_app.core.study_check import check_study
from diary_app.core.study_frozen import amendment_problems
from diary_app.core.study_sense import Program, sense_problems
from diary_app.resources import catalogue, instruments, is_translated, study_text
from server.access.roles import Role
from server.console.refusals import ToldFault, told_fault
from server.reminders.texts import telling_words
from server.services import Services
from server.study_words import DOMAIN
from tests.console import staged
from tests.console.conftest import LogIn
from tests.console.test_rehearsal_page import Desk
from tests.core import test_study_check, test_study_file, test_study_frozen, test_study_sense
from tests.rehearsal import test_proposed

TEXT = study_text("mesrix-more")
FIRST = parse_study(TEXT, file="study.toml")
DANISH, ENGLISH = catalogue("da", DOMAIN), catalogue("en", DOMAIN)
#: Faults of the value of one key that no test of the study file has.
MORE = [
    ('title = "', "title = 3 #"), ("slot = 1\n", 'slot = "one"\n'), ("slot = 1\n", "slot = 1.5\n"),
    ("slot = 1\n", "slot = 20\n"), ("slot = 1\n", "slot = 0\n"), ("slot = 1\n", "slot = [1]\n"),
    ("show_scores = false", 'show_scores = "perhaps"'), ("show_scores = false", "show_scores = []"),
    ("day_zero = 2026-01-01", 'day_zero = "soon"'), ("day_zero = 2026-01-01", "day_zero = [1]"),
    ("day_zero = 2026-01-01", "day_zero = 2026-01-01T10:00:00"), ('languages = ["da", "en"]', "languages = []"),
    ('languages = ["da", "en"]', 'languages = "da"'), ('languages = ["da", "en"]', 'languages = ["dansk", "en"]'),
    ("[prompts]", "[prompt]"), ("show_scores = false", "show_scores = false\neligibility = 3"),
]  # fmt: skip


def parameters(test: Callable[..., object]) -> list[Any]:
    """Those that a test of `tests/core` is run with."""
    (marked,) = (mark for mark in test.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]
    return list(marked.args[1])


def faults_of(text: str) -> tuple[FileProblem, ...]:
    try:
        study = parse_study(text, file="study.toml")
    except FileInvalid as invalid:
        return invalid.problems
    return (
        *check_study(study, instruments(), ("da",)),
        *sense_problems(study, (), Program(instruments(), is_translated, telling_words), date(2026, 11, 22)),
        *amendment_problems([FIRST], study, instruments(), ("copenhagen", "odense")),
        *check_activation(study, instruments(), (), {}, date(2026, 11, 22)),
    )


def bad_files() -> Iterator[str]:
    """Every study file that a test has for being bad."""
    for old, new, *_ in parameters(test_study_file.test_a_fault_names_its_key_and_what_is_wrong):
        yield TEXT.replace(old, new, 1)
    for old, new, *_ in parameters(test_study_check.test_what_the_program_lacks_is_named):
        yield TEXT.replace(old, new, 1)
    for (old, new), *_ in parameters(test_study_frozen.test_what_exports_and_grading_go_by_stays):
        yield TEXT.replace('version = "1"\n', 'version = "2"\n').replace(old, new)
    for version, _ in parameters(test_study_frozen.test_versions_only_go_up):
        yield TEXT.replace('version = "1"\n', f'version = "{version}"\n').replace("20:00", "20:10")
    for old, new, *_ in parameters(test_study_sense.test_what_would_be_noticed_too_late_is_named):
        yield TEXT.replace(old, new, 1)
    for raw, _ in parameters(test_proposed.test_a_fault_names_file_key_and_remedy):
        yield raw.decode()
    for old, new in MORE:
        assert old in TEXT, old
        yield TEXT.replace(old, new, 1)
    yield TEXT.replace("slot = 2\n", "slot = 2\nactive = true\n")
    yield TEXT.replace("[prompts]", '[[alert_rules]]\nid = "dry"\nscore = "X"\nat_least = 8\nevenings = 3\n\n[prompts]')
    yield TEXT.replace("[prompts]", '[[alert_rules]]\nid = "dry"\nscore = "DMDDRY"\nevenings = 3\n\n[prompts]')


def has_danish(pattern: str) -> bool:
    return DANISH.text(pattern) != pattern


def test_every_fault_of_every_bad_study_file_is_said_in_danish() -> None:
    found = {(fault.pattern, fault.remedy_pattern): fault for text in bad_files() for fault in faults_of(text)}
    assert len(found) > 50
    assert [pair for pair in found if not all(map(has_danish, pair))] == []
    for fault in found.values():
        danish, english = told_fault(fault, DANISH), told_fault(fault, ENGLISH)
        assert "spoken" in fault.named or (english.message, english.remedy) == (fault.message, fault.remedy)
        for name, value in fault.named.items():
            if f"{{{name}}}" in fault.pattern and not isinstance(value, Phrase | date) and name != "spoken":
                assert str(value) in danish.message, fault
    kinds = {pattern for pattern, _ in found}
    of_other_files = {"It has to be {expected}.", "The text has to fit the pattern {pattern}."}
    assert {pattern for pattern, _ in tomlfile.KINDS.values()} - kinds == of_other_files


def test_whatever_else_is_found_in_a_value_is_quoted_within_a_danish_sentence() -> None:
    with pytest.raises(ValidationError) as caught:
        Study.model_validate({"title": b"\xff"})
    (said,) = (one for one in caught.value.errors() if one["loc"] == ("title",))
    toml = tomlfile.TomlFile.read(TEXT, file="s.toml", code=Code.STUDY_INVALID, head="study")
    told = told_fault(toml.problem(tomlfile.unfit(said, Study)), DANISH)
    assert told.message.startswith("Værdien passer ikke: »")
    assert told.remedy == "Ret værdien."


def test_where_the_text_stops_being_toml_is_quoted_within_a_danish_sentence() -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match="Expected '='"):
        tomllib.loads("[study]\nid\n")
    (fault,) = faults_of("[study]\nid\n")
    assert told_fault(fault, DANISH) == ToldFault(
        "study.toml:2", "syntax", "dette kan ikke læses som TOML: »Expected '=' after a key in a key/value pair«.",
        "Tekster skal stå i anførselstegn, og hver nøgle på sin egen linje.",
    )  # fmt: skip


def test_a_usual_slip_is_told_in_danish_too() -> None:
    slips = [told for _, told in (*tomlslips._ON_THE_LINE, *tomlslips._BY_COMPLAINT)]  # noqa: SLF001
    assert [pair for pair in slips if not all(map(has_danish, pair))] == []
    (fault,) = faults_of("[study]\nshow_scores = no\n")
    assert told_fault(fault, DANISH).remedy == "Skriv true eller false med små bogstaver og uden anførselstegn."


def test_a_language_is_named_and_not_its_code() -> None:
    found = faults_of(TEXT.replace("slot = 2\n", "slot = 2\nactive = true\n"))
    said = {told_fault(fault, DANISH).message for fault in found}
    assert {f"ordlyden af GRIX 1.0 på {name} er ikke installeret." for name in ("dansk", "engelsk")} <= said


async def test_the_danish_page_says_it_in_danish(services: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    staged.account(services, "sam", (Role.SPONSOR, "*"), language="da")
    desk = Desk(client, (await log_in("sam")).csrf, services)
    page = await desk.hand_over_bytes(TEXT.replace('end_anchor = "treatment_2"', 'end_anchor = "surgery"').encode())
    assert "der er intet ankerpunkt med navnet surgery. Skriv en af disse: treatment_1, treatment_2." in page.text
    assert 'lang="en"' not in page.response.text.partition('<ul class="faults"')[2].partition("</ul>")[0]
