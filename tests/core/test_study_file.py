"""The study file says what a trial needs, and says where it is wrong."""

import pytest

from diary_app.core.errors import Code, FileInvalid
from diary_app.core.study import parse_study
from diary_app.resources import study_text

TEXT = study_text("mesrix-more")


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def problems(text: str) -> dict[str, str]:
    with pytest.raises(FileInvalid) as caught:
        parse_study(text, file="study.toml")
    assert caught.value.code is Code.STUDY_INVALID
    return {problem.key: str(problem) for problem in caught.value.problems}


def line_of(fragment: str, text: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


def test_mesrix_more_is_read_as_it_is_written() -> None:
    study = parse_study(TEXT, file="mesrix-more.toml")
    assert [site.number for site in study.sites] == ["01", "02"]
    assert study.diary.window("early_evening").opens == 16 * 60
    assert study.text == TEXT
    assert len(study.sha256) == 64


def test_no_approvals_make_a_demonstration() -> None:
    assert parse_study(TEXT, file="x").is_demonstration


@pytest.mark.parametrize("still_empty", ["protocol_version", "ethics_reference", "dpia_reference"])
def test_one_missing_approval_is_still_a_demonstration(still_empty: str) -> None:
    keys = {"protocol_version", "ethics_reference", "dpia_reference"} - {still_empty}
    text = changed(*((f'{key} = ""', f'{key} = "given"') for key in keys))
    assert parse_study(text, file="x").is_demonstration


def test_all_approvals_end_the_demonstration() -> None:
    keys = ("protocol_version", "ethics_reference", "dpia_reference")
    text = changed(*((f'{key} = ""', f'{key} = "given"') for key in keys))
    assert not parse_study(text, file="x").is_demonstration


def test_an_unknown_window_choice_falls_back_to_the_default() -> None:
    diary = parse_study(TEXT, file="x").diary
    assert diary.window("dawn") == diary.window(None) == diary.window("evening")


def test_usubjid_is_filled_from_study_site_and_subject() -> None:
    assert parse_study(TEXT, file="x").usubjid_for("01", "007") == "MESRIX-MORE-01-007"


@pytest.mark.parametrize(("subject", "accepted"), [("007", True), ("7", False), ("0070", False), ("007\n", False)])
def test_participant_numbers_have_the_form_of_the_list(subject: str, accepted: bool) -> None:
    assert parse_study(TEXT, file="x").accepts_subject(subject) is accepted


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('opens = "16:00"', 'opens = "4 pm"', "diary.windows.1.opens", "write a time of day in quotes"),
        ('closes = "+1 01:00"', 'closes = "15:00"', "diary.windows.1", "must open before it closes"),
        (
            'late_until = "+1 12:00"',
            'late_until = "+1 02:00"',
            "diary.windows.0",
            "late_until must not be before closes",
        ),
        ('number = "01"', 'number = "Å1"', "sites.0.number", "use 1 to 8 of A-Z"),
        ('version = "1"', 'version = "v1"', "version", "write numbers with points between them"),
        ('late_until = "+1 14:00"', 'late_until = "+1 22:00"', "diary.windows.2", "before the next one"),
        ('default_window = "evening"', 'default_window = "dawn"', "diary.default_window", "there is no window dawn"),
        ('id = "late_evening"', 'id = "evening"', "diary.windows.2.id", "evening is used twice"),
        ('end_anchor = "treatment_2"', 'end_anchor = "surgery"', "diary.end_anchor", "there is no anchor surgery"),
        ('end_anchor = "treatment_2"\n', "", "diary.fallback_anchor", "a fallback needs an end_anchor"),
        ("end_months = 4\nend_days = 7\n", "", "diary.end_anchor", "end at the anchor itself"),
        ('before_anchor = "treatment_1"', 'before_anchor = "x"', "visits.0.before_anchor", "there is no anchor x"),
        ("days_before = 14", "days_before = 0", "visits.0.before_anchor", "the window has no days"),
        ("days_before = 14", "days_before = 14\ndays_late = 3", "visits.0.before_anchor", "reach past the anchor"),
        ('before_anchor = "treatment_1"\n', "", "visits.0", "either before or after an anchor"),
        ("after_months = 4\ndays_early = 7", "days_early = 7", "visits.2.days_early", "begin before its anchor"),
        ('"GRIX", "QLQHN35"', '"GRIX", "EQ5D"', "visits.0.instruments.1", "there is no instrument EQ5D"),
        ("slot = 3", "slot = 1", "instruments.1.slot", "1 is used twice"),
        ('code = "QLQHN35"', 'code = "DMD"', "instruments.1.code", "DMD is used twice"),
        ('number = "02"', 'number = "01"', "sites.1.number", "01 is used twice"),
        ('id = "treatment_2"', 'id = "treatment_1"', "anchors.1.id", "treatment_1 is used twice"),
        ('zone = "Europe/Copenhagen"', 'zone = "Europe/Kbh"', "sites.0.zone", "not an IANA zone name"),
        ('latest = "22:15"', 'latest = "22:40"', "prompts.latest", "falls into quiet hours"),
        ('usual = "20:00"', 'usual = "08:00"', "prompts.usual", "falls into quiet hours"),
        ('usual = "20:00"', 'usual = "22:20"', "prompts.latest", "before the usual one"),
        ('"{studyid}-{site}-{subject}"', '"{studyid}-{subject}"', "usubjid", "{site} and {subject} are both needed"),
        ('"{studyid}-{site}-{subject}"', '"{arm}-{site}-{subject}"', "usubjid", "only {studyid}, {site}"),
        ('"{studyid}-{site}-{subject}"', '"{site-{subject}"', "usubjid", "the braces do not match"),
        ('"^[0-9]{3}$"', '"^(a+)+$"', "subject_pattern", "write ^, then characters"),
        ('"^[0-9]{3}$"', '"^[9-0]{3}$"', "subject_pattern", "no regular expression"),
        ('studyid = "MESRIX-MORE"', 'studyid = "mesrix"', "studyid", "use 1 to 20 of A-Z"),
        (', en = "Treatment 1"', "", "anchors.0.label", "the text in en is missing"),
        ('en = "Diary"', 'en = "Diary of everything that happens"', "display_name.en", "a phone cuts long names"),
        ('languages = ["da", "en"]', 'languages = ["da", "da"]', "languages.1", "da is used twice"),
        ("show_scores = false", "show_score = false", "show_score", "Did you mean show_scores?"),
    ],
)
def test_a_fault_names_its_key_and_what_is_wrong(old: str, new: str, key: str, words: str) -> None:
    assert words in problems(changed((old, new)))[key]


def test_a_fault_points_at_the_line_that_was_changed() -> None:
    text = changed(('default_window = "evening"', 'default_window = "dawn"'))
    assert problems(text)["diary.default_window"].startswith(f"study.toml:{line_of('default_window', text)}:")


def test_faults_of_every_table_are_reported_from_top_to_bottom() -> None:
    text = changed(
        ("slot = 3", "slot = 1"), ('default_window = "e', 'default_window = "x'), (', en = "Treatment 1"', "")
    )
    assert list(problems(text)) == ["anchors.0.label", "diary.default_window", "instruments.1.slot"]


def test_a_window_choice_without_two_prompts_is_refused() -> None:
    text = changed(('opens = "20:00"\ncloses = "+1 05:00"', 'opens = "22:00"\ncloses = "+1 05:00"'))
    found = problems(text)["prompts"]
    assert "window late_evening gets fewer than two prompts: it is open from 22:00 to +1 05:00" in found
    assert "sent at 20:00, 21:15, 22:15." in found


def test_prompts_are_the_usual_time_again_and_the_latest() -> None:
    assert parse_study(TEXT, file="x").prompts.times == (20 * 60, 21 * 60 + 15, 22 * 60 + 15)
