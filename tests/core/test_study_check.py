"""A study file is checked against the instruments and languages that the program has."""

import pytest

from diary_app.core.study import parse_study
from diary_app.core.study_check import check_study
from diary_app.resources import LANGUAGES, instruments, study_ids, study_text

TEXT = study_text("mesrix-more")


def problems(text: str) -> dict[str, str]:
    found = check_study(parse_study(text, file="study.toml"), instruments(), LANGUAGES, file="study.toml")
    return {problem.key: str(problem) for problem in found}


@pytest.mark.parametrize("study_id", study_ids())
def test_every_study_that_ships_fits_the_program(study_id: str) -> None:
    assert problems(study_text(study_id)) == {}


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        (
            'instrument = "DMD"',
            'instrument = "DDD"',
            "diary.instrument",
            "there is no instrument DDD. Name one of: DMD",
        ),
        ('version = "1.0"', 'version = "9.9"', "diary.version", "DMD has no version 9.9. Name one of: 1.0"),
        ('code = "GRIX"\nversion = "1.0"', 'code = "GRIX"\nversion = "2"', "instruments.0.version", "has no version 2"),
        ("slot = 2", 'slot = 2\nitems = ["XQ01"]', "instruments.0.items.0", "there is no item XQ01"),
    ],
)
def test_what_the_program_lacks_is_named(old: str, new: str, key: str, words: str) -> None:
    assert words in problems(TEXT.replace(old, new, 1))[key]


def test_a_rule_about_a_score_that_the_diary_does_not_have_is_named() -> None:
    rule = '[[alert_rules]]\nid = "dry"\nscore = "{}"\nat_least = 8\nevenings = 3\n\n[prompts]'
    assert problems(TEXT.replace("[prompts]", rule.format("DMDDRY"), 1)) == {}
    found = problems(TEXT.replace("[prompts]", rule.format("DMDWET"), 1))["alert_rules.0.score"]
    assert "there is no score DMDWET. Name one of: DMDDRY, DMDTOT" in found


def test_a_fault_names_the_line_in_the_study_file() -> None:
    text = TEXT.replace('instrument = "DMD"', 'instrument = "DDD"')
    line = text.splitlines().index('instrument = "DDD"') + 1
    assert problems(text)["diary.instrument"].startswith(f"study.toml:{line}:")


def test_a_language_that_the_program_does_not_speak_is_refused() -> None:
    (problem,) = check_study(parse_study(TEXT, file="study.toml"), instruments(), ("da",))
    assert (problem.key, problem.message) == ("languages.1", "the app does not speak en.")
