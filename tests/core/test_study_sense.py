"""What can be read and would be noticed too late is named before a version goes live."""

from datetime import date
from typing import Any

import pytest

from diary_app.core.instruments import Instrument, parse_instrument
from diary_app.core.study import Study, parse_study
from diary_app.core.study_sense import Program, sense_problems
from diary_app.resources import data, instruments, is_translated, study_ids, study_text
from server.reminders.texts import telling_words

TEXT = study_text("mesrix-more")
TODAY = date(2026, 11, 22)
RULE = '[[alert_rules]]\nid = "dry"\nscore = "DMDTOT"\n{}\nevenings = 3\n\n[prompts]'
ASKED = 'instruments = ["GRIX", "QLQHN35"]\n'
ANSWERS = data("instruments/dmd-1.0.toml").decode()


def problems(text: str, live: tuple[Study, ...] = (), known: tuple[Instrument, ...] = instruments()) -> dict[str, str]:
    program = Program(known, is_translated, telling_words)
    found = sense_problems(parse_study(text, file="s.toml"), live, program, TODAY, file="s.toml")
    return {problem.key: str(problem) for problem in found}


def own(*changes: tuple[str, str], version: str = "1.1") -> Instrument:
    """The diary's questionnaire as a study team might change it."""
    text = ANSWERS.replace('version = "1.0"', f'version = "{version}"', 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_instrument(text, file="dmd.toml")


def with_own(*changes: tuple[str, str]) -> dict[str, str]:
    """A study that keeps its diary in that questionnaire."""
    text = TEXT.replace('instrument = "DMD"\nversion = "1.0"', 'instrument = "DMD"\nversion = "1.1"')
    return problems(text, known=(*instruments(), own(*changes)))


@pytest.mark.parametrize("study_id", study_ids())
def test_every_study_that_ships_makes_sense(study_id: str) -> None:
    assert problems(study_text(study_id)) == {}


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("2026-01-01", "2026-11-23", "day_zero", "2026-11-23 is still to come"),
        ("{studyid}-", "ø-", "usubjid", "transport files hold plain letters only"),
        ("{studyid}-", "X" * 60, "usubjid", "the id would be very long. Use at most 64 letters"),
        ("{subject}", "{subject:>9}", "usubjid", "Write {site} and {subject} alone."),
        ("{site}", "{site!r}", "usubjid", "something stands in the braces beside the name"),
        ('number = "02"', 'number = "2"', "", ""),
        ('"12 34 56 78"', '"ask at the desk"', "sites.0.contact.phone", "participants find no number here"),
        ('"Rigshospitalet"', '" "', "sites.0.name", "The text is empty"),
        ('protocol_version = ""', 'protocol_version = " "', "approvals.protocol_version", "a blank is no reference"),
        ('en = "Treatment 1"', 'en = " "', "anchors.0.label.en", "The text is empty"),
        ('en = "Before treatment 1"', f'en = "{"x" * 61}"', "visits.0.label.en", "no room for so long a text"),
        ('en = "Diary"', 'en = "Dry mouth"', "display_name.en", "a bystander would read too much in it: dry, mouth."),
        ('en = "Diary"', 'en = "MESRIX-more"', "display_name.en", "mesrix-more"),
        (', "Samtykket er underskrevet"]', "]", "eligibility", "the lists have different lengths"),
        (ASKED, "instruments = []\n", "visits.0.instruments", "nothing is asked at this visit"),
        (ASKED, 'instruments = ["GRIX", "GRIX"]\n', "visits.0.instruments", "a questionnaire is named twice"),
        ("[prompts]", RULE.format("at_least = 101"), "alert_rules.0.at_least", "DMDTOT goes from 0 to 100"),
        ("[prompts]", RULE.format("at_most = -1"), "alert_rules.0.at_most", "DMDTOT goes from 0 to 100"),
        ("[prompts]", RULE.format("at_least = 100"), "", ""),
    ],
)
def test_what_would_be_noticed_too_late_is_named(old: str, new: str, key: str, words: str) -> None:
    assert old in TEXT
    found = problems(TEXT.replace(old, new, 1))
    assert words in found.get(key, "") if key else found == {}
    assert len(found) <= 1


def test_a_questionnaire_in_use_that_no_visit_asks_is_named() -> None:
    text = TEXT.replace("slot = 2\n", "slot = 2\nactive = true\n").replace('["GRIX", "QLQHN35"]', '["QLQHN35"]')
    assert "no visit asks GRIX. Name it at a visit, or write active = false." in problems(text)["instruments.0.active"]


@pytest.mark.parametrize(
    ("pattern", "number", "is_told"),
    [("{site}{subject}", "2", True), ("{subject}X{site}", "2", True), ("{site}{subject}", "02", False),
     ("{site}.{subject}", "2", False)],
)  # fmt: skip
def test_an_id_that_two_could_share_is_refused(pattern: str, number: str, is_told: bool) -> None:
    text = TEXT.replace('"{studyid}-{site}-{subject}"', f'"{pattern}"').replace('number = "02"', f'number = "{number}"')
    assert ("two participants could share an id" in problems(text).get("usubjid", "")) is is_told


def test_what_may_not_change_any_more_is_not_held_against_a_later_version() -> None:
    first = TEXT.replace("{studyid}-", "ø-").replace("2026-01-01", "2026-12-01")
    live = parse_study(first, file="s.toml")
    later = first.replace('version = "1"\n', 'version = "2"\n')
    assert problems(first).keys() == {"usubjid", "day_zero"}
    assert problems(first, (live,)) == problems(later, (live,)) == {}
    assert problems(later.replace('"12 34 56 78"', '""'), (live,)).keys() == {"sites.0.contact.phone"}


def test_sites_that_are_live_keep_numbers_of_two_lengths() -> None:
    first = TEXT.replace('"{studyid}-{site}-{subject}"', '"{site}{subject}"').replace('number = "02"', 'number = "2"')
    live, later = parse_study(first, file="s.toml"), first.replace('version = "1"\n', 'version = "2"\n')
    assert problems(first).keys() == {"usubjid"}
    assert problems(later, (live,)) == {}
    longer = later.replace('number = "2"', 'number = "002"')
    assert problems(longer, (live,)).keys() == {"usubjid"}


def test_a_questionnaire_that_is_live_is_frozen_with_its_faults() -> None:
    wrong = own(("Not dry at all", "Not dry"), ("Thick or Sticky Saliva", "Sejt spyt på dagen"),
                ("from_range = [0, 10]", "from_range = [0, 5]"))  # fmt: skip
    known = (*instruments(), wrong)
    first = TEXT.replace('instrument = "DMD"\nversion = "1.0"', 'instrument = "DMD"\nversion = "1.1"')
    live, later = parse_study(first, file="s.toml"), first.replace('version = "1"\n', 'version = "2"\n')
    assert problems(first, known=known).keys() == {"diary.version"}
    assert problems(later, (live,), known) == {}
    only_english = parse_study(first.replace('languages = ["da", "en"]', 'languages = ["en"]'), file="s.toml")
    assert only_english.languages == ("en",)
    assert "not translated into da" in problems(later, (only_english,), known)["diary.version"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Not dry at all", "Not dry"), "texts that are not translated into da; the first is “Not dry”. Add them"),
        (("Thick or Sticky Saliva", "Sejt spyt på dagen"), "“Sejt spyt på dagen” has letters that transport files"),
        (("from_range = [0, 10]", "from_range = [0, 5]"), "DMDTOT is mapped from 0 to 5, and its answers give 0 to 10"),
    ],
)
def test_a_questionnaire_of_ones_own_is_looked_at_too(change: tuple[str, str], words: str) -> None:
    assert with_own() == {}
    assert words in with_own(change)["diary.version"]


def test_no_two_questionnaires_share_a_code_or_a_name() -> None:
    changes: Any = (('code = "DMD"', 'code = "EYE"'), ("DRY MOUTH DIARY (DMD)", "EYES"))
    text = TEXT.replace(
        "[prompts]", '[[instruments]]\ncode = "EYE"\nversion = "1.0"\nslot = 4\nactive = true\n[prompts]'
    )
    found = problems(
        text.replace(ASKED, 'instruments = ["EYE"]\n', 1), known=(*instruments(), own(*changes, version="1.0"))
    )
    assert "EYE 1.0 and DMD 1.0 both have “" in found["instruments.2.version"]
    live = parse_study(text.replace(ASKED, 'instruments = ["EYE"]\n', 1), file="s.toml")
    known = (*instruments(), own(*changes, version="1.0"))
    assert problems(live.text.replace('version = "1"\n', 'version = "2"\n'), (live,), known) == {}
