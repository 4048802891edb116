"""What the gate lets count: the window that was shown, to the millisecond, and answers that the instrument has."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code
from diary_app.core.gate import Verdict, judge
from diary_app.core.windows import Window
from diary_app.resources import instrument
from tests.conftest import ALICE, BOB
from tests.core.evenings import ANSWERS, CLOSES, EVENING, LATE_UNTIL, MILLISECOND, OPENS, WINDOW, entry

DMD = instrument("DMD", "1.0")
HOUR = timedelta(hours=1)
EARLIER = Window(OPENS - 2 * HOUR, CLOSES - 2 * HOUR, LATE_UNTIL - 2 * HOUR)
LATER = Window(OPENS + 2 * HOUR, CLOSES + 2 * HOUR, LATE_UNTIL + 2 * HOUR)


def judged(body: EntryBody, **changes: Any) -> Verdict:
    usual = {
        "participant": ALICE,
        "instrument": DMD,
        "study_known": True,
        "withdrawn_from": None,
        "received_at": LATE_UNTIL,
        "windows": (WINDOW,),
    }
    return judge(body, **{**usual, **changes})


def answering(**changes: Any) -> EntryBody:
    return entry(answers={**ANSWERS, **changes})


def without(item: str) -> EntryBody:
    return entry(answers={code: answer for code, answer in ANSWERS.items() if code != item})


def test_an_entry_of_the_evening_counts() -> None:
    assert judged(entry()) == Verdict(None, (), Window(*WINDOW))


@pytest.mark.parametrize(
    ("saved", "code"),
    [
        (OPENS - MILLISECOND, Code.TOO_EARLY),
        (OPENS, None),
        (CLOSES, None),
        (CLOSES + MILLISECOND, None),
        (LATE_UNTIL, None),
        (LATE_UNTIL + MILLISECOND, Code.TOO_LATE),
    ],
)
def test_the_window_is_enforced_to_the_millisecond(saved: datetime, code: Code | None) -> None:
    assert judged(entry(captured_at=saved)).code is code


def test_no_late_entry_where_the_study_forbids_it() -> None:
    strict = entry(captured_at=CLOSES + MILLISECOND, late_until=CLOSES)

    assert judged(strict, windows=[(OPENS, CLOSES, CLOSES)]).code is Code.TOO_LATE


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ({"DMD01": 0}, True),
        ({"DMD01": 10}, True),
        ({"DMD01": 11}, False),
        ({"DMD01": -1}, False),
        ({"DMD06": 4}, True),
        ({"DMD06": 5}, False),
        ({"DMD01": "prefer_not_to_answer"}, True),
        ({"DMD01": "not_applicable"}, False),
        ({"DMD06": "not_applicable"}, False),
        ({"DMD04": "not_applicable"}, True),
        ({"DMD05": "not_applicable"}, True),
        ({"XQ01": 3}, False),
    ],
    ids=str,
)
def test_only_the_answers_of_an_item_are_accepted(answer: dict[str, Any], accepted: bool) -> None:
    assert judged(answering(**answer)).code is (None if accepted else Code.ENTRY_INVALID)


@pytest.mark.parametrize("item", DMD.item_codes)
def test_an_item_without_an_answer_is_refused(item: str) -> None:
    assert judged(without(item)).code is Code.ENTRY_INVALID


def test_another_participants_entry_is_refused() -> None:
    assert judged(entry(participant=BOB)).code is Code.WRONG_PARTICIPANT
    assert judged(entry(participant=BOB, practice=1)).code is Code.WRONG_PARTICIPANT


def test_a_study_version_never_live_is_refused() -> None:
    assert judged(entry(study_version="9"), study_known=False).code is Code.STUDY_VERSION_UNKNOWN


@pytest.mark.parametrize("changes", [{"instrument_version": "9.9"}, {"instrument": "XQ"}])
def test_an_unknown_instrument_version_is_refused(changes: dict[str, Any]) -> None:
    assert judged(entry(**changes), instrument=None).code is Code.INSTRUMENT_UNKNOWN
    assert judged(entry(**changes), instrument=DMD).code is Code.INSTRUMENT_UNKNOWN


@pytest.mark.parametrize(
    ("withdrawn", "code"),
    [(EVENING - HOUR, Code.AFTER_WITHDRAWAL), (EVENING, Code.AFTER_WITHDRAWAL), (EVENING + MILLISECOND, None)],
)
def test_what_was_saved_before_the_withdrawal_counts(withdrawn: datetime, code: Code | None) -> None:
    assert judged(entry(captured_at=EVENING), withdrawn_from=withdrawn).code is code


def test_after_withdrawal_comes_before_every_other_fault() -> None:
    late = entry(answers={}, captured_at=LATE_UNTIL + HOUR)

    assert judged(late, withdrawn_from=EVENING, study_known=False).code is Code.AFTER_WITHDRAWAL


def test_a_day_nobody_expected_is_taken_and_flagged() -> None:
    assert judged(entry(captured_at=LATE_UNTIL + HOUR), windows=()) == Verdict(None, (Code.EXTRA_DAY,), None)


@pytest.mark.parametrize("changes", [{"answers": {}}, {"captured_at": LATE_UNTIL + HOUR}, {"study_version": "9"}])
def test_practice_is_always_taken(changes: dict[str, Any]) -> None:
    practice = entry(practice=1, **changes)

    assert judged(practice, study_known=False, instrument=None, withdrawn_from=OPENS, windows=()) == Verdict()


def test_the_window_that_was_shown_counts() -> None:
    shown = entry(opens=LATER.opens, closes=LATER.closes, late_until=LATER.late_until)
    saved = shown.model_copy(update={"captured_at": LATE_UNTIL + HOUR})

    assert judged(saved, windows=[LATER, WINDOW]) == Verdict(None, (), LATER)


def test_a_window_the_phone_cannot_have_known_does_not_count() -> None:
    shown = entry(opens=LATER.opens, closes=LATER.closes, late_until=LATER.late_until)
    saved = shown.model_copy(update={"captured_at": LATE_UNTIL + HOUR})

    assert judged(saved, windows=[EARLIER, WINDOW]) == Verdict(Code.TOO_LATE, (), Window(*WINDOW))


@pytest.mark.parametrize(("offset", "flagged"), [(300_000, False), (300_001, True), (-300_001, True), (None, False)])
def test_a_clock_five_minutes_off_is_flagged_and_counts(offset: int | None, flagged: bool) -> None:
    verdict = judged(entry(clock_offset_ms=offset))

    assert verdict.code is None
    assert (Code.CLOCK_OFF in verdict.flags) is flagged


@given(st.integers(-(48 * 3600), 48 * 3600), st.booleans())
def test_an_entry_counts_exactly_within_the_window_applied(seconds: int, shown_is_known: bool) -> None:
    saved = entry(captured_at=EVENING + timedelta(seconds=seconds))
    verdict = judged(saved, windows=[WINDOW, LATER] if shown_is_known else [LATER])

    assert verdict.window == (Window(*WINDOW) if shown_is_known else LATER)
    assert (verdict.code is None) == (verdict.window.opens <= saved.captured_at <= verdict.window.late_until)
