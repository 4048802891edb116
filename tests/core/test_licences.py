"""A licensed questionnaire is not activated without its wording and a licence in force for it."""

from datetime import date

import pytest

from diary_app.core.errors import Code, FileInvalid
from diary_app.core.instruments import Instrument
from diary_app.core.licences import (
    Licence,
    WordingKey,
    check_activation,
    endings,
    install_wording,
    parse_licence,
    require_activation,
)
from diary_app.core.study import Study, parse_study
from diary_app.core.wording import wording_sha256
from diary_app.resources import catalogue, instrument, instruments, study_text

TODAY = date(2026, 11, 22)
ACTIVE_GRIX = study_text("mesrix-more").replace("slot = 2\n", "slot = 2\nactive = true\n")
LICENCE = """
[licence]
instrument = "GRIX"
version = "1.0"
holder = "A university hospital"
reference = "2026-17"
language = "da"
translation_version = "1.0"
e_version_approved = 2026-09-01
expires = 2027-12-31
modes = ["own_phone", "web"]
wording_sha256 = "SHA"
"""


def wording_text(language: str = "da") -> str:
    """A made-up wording: the real one never stands here."""
    head = f'[wording]\ninstrument = "GRIX"\nversion = "1.0"\nlanguage = "{language}"\ntranslation_version = "1.0"\n'
    choices = ", ".join(f'{value} = "answer {value}"' for value in range(1, 5))
    items = [f'[items.GRIX{n:02d}]\ntext = "words {n}"\nchoices = {{ {choices} }}\n' for n in range(1, 15)]
    return head + "".join(items)


def worded() -> Instrument:
    return install_wording(instrument("GRIX", "1.0"), wording_text(), file="grix.wording.toml")


def installed(*languages: str) -> dict[WordingKey, str]:
    return {WordingKey("GRIX", "1.0", one): wording_sha256(worded(), catalogue(one)) for one in languages}


def licence(language: str = "da", **changes: str) -> Licence:
    text = LICENCE.replace("SHA", installed(language)[WordingKey("GRIX", "1.0", language)])
    text = text.replace('language = "da"', f'language = "{language}"')
    for old, new in changes.items():
        text = "\n".join(f"{old} = {new}" if line.startswith(f"{old} =") else line for line in text.splitlines())
    return parse_licence(text, file="grix.licence.toml")


def study(*, text: str = ACTIVE_GRIX, languages: str = '["da"]') -> Study:
    return parse_study(text.replace('languages = ["da", "en"]', f"languages = {languages}"), file="study.toml")


def refusals(*licences: Licence, of: Study | None = None, wordings: dict[WordingKey, str] | None = None) -> list[str]:
    have = installed("da", "en") if wordings is None else wordings
    return [str(one) for one in check_activation(of or study(), instruments(), licences, have, TODAY)]


def test_inactive_questionnaires_need_no_licence() -> None:
    assert refusals(of=study(text=study_text("mesrix-more")), wordings={}) == []


def test_the_diary_with_our_own_words_needs_no_licence() -> None:
    assert "DMD" not in "".join(refusals(wordings={}))


def test_without_wording_the_refusal_names_line_key_and_remedy() -> None:
    (problem,) = check_activation(study(), instruments(), [], {}, TODAY)
    assert problem.key == "instruments.0.code"
    assert ACTIVE_GRIX.splitlines()[(problem.line or 0) - 1] == 'code = "GRIX"'
    assert problem.message == "the wording of GRIX 1.0 in da is not installed."
    assert "Install the licence file" in problem.remedy


def test_refusal_has_a_stable_code() -> None:
    with pytest.raises(FileInvalid) as caught:
        require_activation(check_activation(study(), instruments(), [], {}, TODAY))
    assert caught.value.code is Code.WORDING_NOT_INSTALLED


def test_a_licence_in_force_with_its_wording_activates() -> None:
    require_activation(check_activation(study(), instruments(), [licence()], installed("da"), TODAY))


def test_every_language_of_the_study_needs_its_own_licence() -> None:
    both = study(languages='["da", "en"]')
    (refusal,) = refusals(licence(), of=both)
    assert "there is no licence for GRIX 1.0 in en" in refusal
    assert refusals(licence(), licence("en"), of=both) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expires": "2026-11-21"}, "ended on 2026-11-21"),
        ({"e_version_approved": "2026-11-23"}, "not approved before 2026-11-23"),
        ({"wording_sha256": f'"{"0" * 64}"'}, "is not the one that the licence names"),
        ({"modes": '["paper", "interview"]'}, "does not allow use on a screen"),
        ({"version": '"1.1"'}, "there is no licence for GRIX 1.0 in da"),
    ],
)
def test_a_licence_that_does_not_fit_is_refused(changes: dict[str, str], words: str) -> None:
    (refusal,) = refusals(licence(**changes))
    assert words in refusal


@pytest.mark.parametrize("last_day", ["2026-11-22", "2027-01-01"])
def test_a_licence_counts_until_its_last_day(last_day: str) -> None:
    assert refusals(licence(expires=last_day)) == []


def test_one_good_licence_among_bad_ones_is_enough() -> None:
    assert refusals(licence(expires="2026-01-01"), licence()) == []


def test_an_extract_needs_its_own_approval() -> None:
    extract = study(text=ACTIVE_GRIX.replace("active = true", 'active = true\nitems = ["GRIX01", "GRIX02"]'))
    (refusal,) = refusals(licence(), of=extract)
    assert "covers the whole questionnaire, not an extract" in refusal
    approved = licence().model_copy(update={"extract_approved": True})
    assert refusals(approved, of=extract) == []


def test_a_licence_file_reports_every_fault() -> None:
    text = LICENCE.replace('holder = "A university hospital"', "").replace('"web"', '"telephone"')
    with pytest.raises(FileInvalid) as caught:
        parse_licence(text, file="grix.licence.toml")
    assert caught.value.code is Code.LICENCE_INVALID
    assert {problem.key for problem in caught.value.problems} == {"holder", "modes.1", "wording_sha256"}


def test_installed_words_stand_in_the_instrument() -> None:
    item = worded().item("GRIX03")
    assert (item.text, item.choices[3].label) == ("words 3", "answer 4")


def test_installed_words_have_their_own_fingerprint() -> None:
    bare = wording_sha256(instrument("GRIX", "1.0"), catalogue("da"))
    other = install_wording(instrument("GRIX", "1.0"), wording_text().replace("words 3", "words three"), file="x")
    assert len({bare, wording_sha256(worded(), catalogue("da")), wording_sha256(other, catalogue("da"))}) == 3


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('version = "1.0"', 'version = "1.1"', "instrument", "another instrument or version"),
        ("[items.GRIX14]", "[items.GRIX15]", "items.GRIX15", "the instrument has no such item"),
        ("[items.GRIX14]", "[items.GRIX15]", "items", "the words of GRIX14 are missing"),
        (', 4 = "answer 4"', "", "items.GRIX01.choices", "each answer needs its words"),
        ("words 1", "words {name}", "items.GRIX01", "the words contain a brace"),
    ],
)
def test_a_wording_file_that_does_not_fit_is_refused(old: str, new: str, key: str, words: str) -> None:
    with pytest.raises(FileInvalid) as caught:
        install_wording(instrument("GRIX", "1.0"), wording_text().replace(old, new, 1), file="x")
    assert words in {problem.key: problem.message for problem in caught.value.problems}[key]


UNTIL = date(2026, 12, 31)


def ends(*licences: Licence, languages: str = '["da"]') -> list[tuple[str, date]]:
    wordings = installed("da", "en")
    found = endings(study(languages=languages), instruments(), licences, wordings, UNTIL)
    return [(one.key.language, one.last_day) for one in found]


def test_a_licence_that_ends_by_then_is_named_with_its_last_day() -> None:
    assert ends(licence(expires="2026-12-31")) == [("da", UNTIL)]
    assert ends(licence(expires="2026-11-01")) == [("da", date(2026, 11, 1))]


def test_a_licence_that_lasts_longer_is_not_named() -> None:
    assert ends(licence(expires="2027-01-01")) == []
    assert ends(licence()) == []


def test_of_two_licences_the_one_that_lasts_longer_counts() -> None:
    assert ends(licence(expires="2026-11-01"), licence(expires="2026-12-01")) == [("da", date(2026, 12, 1))]
    assert ends(licence(expires="2026-11-01"), licence()) == []


def test_the_soonest_end_comes_first() -> None:
    both = (licence("da", expires="2026-12-20"), licence("en", expires="2026-12-02"))
    assert [language for language, _ in ends(*both, languages='["da", "en"]')] == ["en", "da"]


def test_a_questionnaire_that_is_not_in_use_has_no_end() -> None:
    assert (
        endings(study(text=study_text("mesrix-more")), instruments(), [licence(expires="2026-11-01")], {}, UNTIL) == ()
    )
