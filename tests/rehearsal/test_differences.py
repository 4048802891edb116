"""What differs in the study file, key by key, and what of it is only named."""

from diary_app.core.study import parse_study
from diary_app.resources import study_text
from server.rehearsal.differences import Difference, differences

TEXT = study_text("mesrix-more")
LIVE = parse_study(TEXT, file="study.toml")
RULE = '[[alert_rules]]\nid = "dry"\nscore = "DMDTOT"\nat_least = 50\nevenings = 2\n'


def found(*changes: tuple[str, str]) -> dict[str, tuple[str, str]]:
    text = TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return {one.key: (one.before, one.after) for one in differences(LIVE, parse_study(text, file="next.toml"))}


def test_values_stand_as_they_are_written_in_the_file() -> None:
    assert found(
        ('closes = "+1 03:00"', 'closes = "+1 02:30"'), ("show_scores = false", "show_scores = true"),
        ('languages = ["da", "en"]', 'languages = ["en"]'), ("longest_days = 400", "longest_days = 300"),
    ) == {
        "diary.windows.evening.closes": ("+1 03:00", "+1 02:30"),
        "show_scores": ("false", "true"),
        "languages": ("da, en", "en"),
        "diary.longest_days": ("400", "300"),
    }  # fmt: skip


def test_what_is_new_and_what_has_gone_is_named_by_its_id() -> None:
    changed = found(('id = "late_evening"', 'id = "night"'))
    assert changed["diary.windows.late_evening"] == ("+", "")
    assert changed["diary.windows.night"] == ("", "+")


def test_thresholds_and_the_title_are_named_and_not_told() -> None:
    changed = found(("[prompts]\n", f"{RULE}\n[prompts]\n"), ("two intraglandular treatments", "something else"))
    assert changed == {"alert_rules": ("", ""), "title": ("", "")}


def test_the_same_file_differs_in_nothing() -> None:
    assert differences(LIVE, LIVE) == list[Difference]()
