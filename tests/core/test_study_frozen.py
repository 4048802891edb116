"""What a version of a study may not change of those before it, each with its line, its key and what to do."""

from typing import Any

import pytest

from diary_app.core.errors import FileProblem
from diary_app.core.instruments import Choice, LookBack
from diary_app.core.study import Study, parse_study
from diary_app.core.study_frozen import amendment_problems
from diary_app.resources import instruments, study_text

TEXT = study_text("mesrix-more")
ACTIVE = TEXT.replace("slot = 2\n", "slot = 2\nactive = true\n")
HERE = ("copenhagen",)
QLQ = '[[instruments]]\ncode = "QLQHN35"\nversion = "1.0"\nslot = 3\n'
GRIX = '[[instruments]]\ncode = "GRIX"\nversion = "1.0"\nslot = 2\n'


def study(text: str) -> Study:
    return parse_study(text, file="study.toml")


def second(*changes: tuple[str, str], text: str = TEXT) -> Study:
    """Version 2, with these changes."""
    for before, after in (('version = "1"\n', 'version = "2"\n'), *changes):
        assert before in text, before
        text = text.replace(before, after)
    return study(text)


def problems(proposed: Study, *live: Study) -> tuple[FileProblem, ...]:
    return amendment_problems(live or (study(TEXT),), proposed, instruments(), HERE, file="next.toml")


def keys(proposed: Study, *live: Study) -> list[str]:
    return [one.key for one in problems(proposed, *live)]


def without_grix(text: str = TEXT) -> Study:
    """GRIX is neither listed nor asked at a visit."""
    return second(('"GRIX", "QLQHN35"', '"QLQHN35"'), (GRIX, ""), text=text)


def test_evenings_prompts_visits_and_languages_may_change() -> None:
    amended = second(
        ('usual = "20:00"', 'usual = "19:00"'), ('opens = "18:00"', 'opens = "17:00"'),
        ("days_late = 7", "days_late = 9"),
        ("longest_days = 400", "longest_days = 300"), ("slot = 2\n", "slot = 2\nactive = true\n"),
    )  # fmt: skip
    assert problems(amended) == ()


def test_a_first_version_and_one_that_was_live_are_no_amendment() -> None:
    assert amendment_problems((), study(TEXT), instruments(), HERE) == ()
    assert problems(study(TEXT), study(TEXT), second()) == ()


@pytest.mark.parametrize(
    ("change", "key", "remedy"),
    [
        (("day_zero = 2026-01-01", "day_zero = 2026-02-01"), "day_zero", "Write day_zero = 2026-01-01 again."),
        (('"MESRIX-MORE"', '"MESRIX"'), "studyid", 'Write studyid = "MESRIX-MORE" again.'),
        (("{studyid}-{site}", "{site}"), "usubjid", "again."),
        (("slot = 1\n", "slot = 7\n"), "diary.slot", "Write slot = 1 again."),
        (("slot = 3\n", "slot = 4\n"), "instruments.1.slot", "Write slot = 3 again."),
        (('number = "01"', 'number = "11"'), "sites.0.number", 'Write number = "01" again.'),
        (('id = "copenhagen"', 'id = "hillerod"'), "sites", "List the site again."),
        (('instrument = "DMD"', 'instrument = "VAS"'), "diary.instrument", 'Write instrument = "DMD" again.'),
    ],
)
def test_what_exports_and_grading_go_by_stays(change: tuple[str, str], key: str, remedy: str) -> None:
    (problem,) = problems(second(change))
    assert problem.key == key
    assert problem.remedy.endswith(remedy)
    assert problem.file == "next.toml"
    assert problem.line is not None
    assert key.rpartition(".")[2] in second(change).text.splitlines()[problem.line - 1]


def test_the_first_version_says_what_day_zero_is() -> None:
    later = second(("day_zero = 2026-01-01", "day_zero = 2026-02-01"))
    third = later.text.replace('version = "2"', 'version = "3"')
    assert keys(study(third), study(TEXT), later) == ["day_zero"]
    assert keys(study(third.replace("2026-02-01", "2026-01-01")), study(TEXT), later) == []


def test_a_questionnaire_that_was_in_use_stays_listed() -> None:
    (problem,) = problems(without_grix(), study(ACTIVE))
    assert problem.key == "instruments"
    assert "GRIX was in use" in problem.message
    assert "active = false" in problem.remedy
    assert keys(second(text=ACTIVE.replace("active = true", "active = false")), study(ACTIVE)) == []


def test_a_questionnaire_that_never_was_in_use_may_go() -> None:
    assert problems(without_grix()) == ()


def test_nobody_takes_the_slot_of_a_questionnaire_that_has_gone() -> None:
    text = without_grix().text.replace('version = "2"', 'version = "3"').replace("QLQHN35", "OHIP14")
    reused = study(text.replace("slot = 3", "slot = 2"))
    (problem,) = problems(reused, study(TEXT), without_grix())
    assert (problem.key, "belongs to GRIX" in problem.message) == ("instruments.0.slot", True)


def test_questions_keep_their_slots_from_one_version_of_a_questionnaire_to_the_next() -> None:
    dmd = next(one for one in instruments() if one.code == "DMD")
    first, other, *rest = dmd.items
    swapped = (first.model_copy(update={"slot": other.slot}), other.model_copy(update={"slot": first.slot}), *rest)
    newer = dmd.model_copy(update={"version": "1.1", "items": swapped})
    fewer = dmd.model_copy(update={"version": "1.2", "items": rest})
    known = (*instruments(), newer, fewer)

    def found(version: str) -> list[str]:
        amended = second(('instrument = "DMD"\nversion = "1.0"', f'instrument = "DMD"\nversion = "{version}"'))
        return [one.key for one in amendment_problems((study(TEXT),), amended, known, HERE)]

    assert found("1.1") == ["diary.version"]
    assert found("1.2") == []
    live = second(('instrument = "DMD"\nversion = "1.0"', 'instrument = "DMD"\nversion = "1.1"'))
    third = study(live.text.replace('version = "2"\n', 'version = "3"\n'))
    assert not amendment_problems((study(TEXT), live), third, known, HERE), "what an earlier release let go live stays"


@pytest.mark.parametrize(
    ("item", "changes", "is_told"),
    [
        (0, {"highest": 100}, True),
        (0, {"lowest": 1}, True),
        (0, {"look_back": LookBack.NOW}, True),
        (0, {"kind": "choice", "choices": tuple(Choice(value=one, label="x") for one in range(11))}, True),
        (5, {"choices": tuple(Choice(value=one, label="x") for one in range(4))}, True),
        (5, {"choices": tuple(Choice(value=one, label="x") for one in range(6))}, False),
        (0, {"text": "How dry is it, {weekday} {date}?", "high_label": "Very", "short": "Dry"}, False),
        (0, {"not_applicable": "I slept"}, False),
    ],
)
def test_one_code_never_stands_for_two_kinds_of_answers(item: int, changes: dict[str, Any], is_told: bool) -> None:
    dmd = next(one for one in instruments() if one.code == "DMD")
    items = tuple(one.model_copy(update=changes) if at == item else one for at, one in enumerate(dmd.items))
    newer = dmd.model_copy(update={"version": "1.1", "items": items})
    amended = second(('instrument = "DMD"\nversion = "1.0"', 'instrument = "DMD"\nversion = "1.1"'))
    found = amendment_problems((study(TEXT),), amended, (*instruments(), newer), HERE)
    words = f"DMD 1.1 asks {dmd.items[item].code} with other answers than 1.0, which was in use."
    assert [one.message for one in found] == [words] * is_told
    later = study(amended.text.replace('version = "2"\n', 'version = "3"\n'))
    assert not amendment_problems((study(TEXT), amended), later, (*instruments(), newer), HERE), "what is live stays"


def test_slots_that_an_earlier_release_let_be_swapped_may_stay_or_go_back() -> None:
    swapped = second((GRIX, GRIX.replace("slot = 2", "slot = 3")), (QLQ, QLQ.replace("slot = 3", "slot = 2")))
    for text in (swapped.text, TEXT):
        third = study(text.replace(f'version = "{2 if text != TEXT else 1}"\n', 'version = "3"\n', 1))
        assert keys(third, study(TEXT), swapped) == []
    other = study(swapped.text.replace('version = "2"\n', 'version = "3"\n').replace("slot = 2", "slot = 9"))
    assert keys(other, study(TEXT), swapped) != []


def test_a_site_without_participants_may_go() -> None:
    start = TEXT.index('[[sites]]\nid = "odense"')
    assert keys(second((TEXT[start : TEXT.index("[[anchors]]")], ""))) == []


@pytest.mark.parametrize(
    ("version", "said"), [("1", "live before"), ("0.9", "older than"), ("1.0.1", ""), ("10", ""), ("02", "")]
)
def test_versions_only_go_up(version: str, said: str) -> None:
    found = problems(
        study(
            TEXT.replace('version = "1"\n', f'version = "{version}"\nown_data = true\n').replace(
                "own_data = false\n", ""
            )
        )
    )
    assert [one.key for one in found] == (["version"] if said else [])
    assert all(said in one.message for one in found)


def test_every_fault_is_told_at_once() -> None:
    amended = second(("day_zero = 2026-01-01", "day_zero = 2026-02-01"), ("slot = 3\n", "slot = 4\n"))
    assert keys(amended) == ["day_zero", "instruments.1.slot"]
