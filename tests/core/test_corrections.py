"""Where corrections stand, and what approved ones make of entries: the same whatever order the facts arrive in."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core import correction_facts as told
from diary_app.core.corrections import CorrectionState, answer_body, answer_in, corrections, overlay_of
from diary_app.core.entries import EntryVersion
from diary_app.core.facts import Fact, body_of, detail_from
from diary_app.core.grading import DayFacts, State, grade
from diary_app.core.merge import counting
from diary_app.core.records import compose
from diary_app.core.windows import DiaryDay
from tests.core.evenings import ANSWERS, CLOSES, EVENING, LATE_UNTIL, OPENS, PHONE, SUNDAY, uuid, version

MONDAY = SUNDAY + timedelta(days=1)
ROOT, AMENDED, SECOND_ROOT = version(1), version(2, parent=1, after=5), version(5, after=-5)
BY = {"by_role": "investigator", "by_site": "copenhagen"}


def fact(number: int, detail: Any) -> Fact:
    return Fact(f"c{number}", EVENING + timedelta(hours=number), number, detail)


def asked(number: int, change: Any, entry: int = 1) -> Fact:
    return fact(
        number,
        told.CorrectionRequested(
            **BY, entry=uuid(entry), instrument="DMD", diary_day=SUNDAY, change=change,
            source=told.CorrectionSource.CALL, stated_on=MONDAY, reason=told.CorrectionReason.TAPPED_WRONG,
        ),
    )  # fmt: skip


def approved(number: int, of: int) -> Fact:
    return fact(number, told.CorrectionApproved(**BY, correction=f"c{of}"))


def answered(number: int, of: int, answer: str) -> Fact:
    return fact(number, told.CorrectionAnswered(correction=f"c{of}", answer=told.ParticipantAnswer(answer)))


def item(new: int, old: int = 7, code: str = "DMD01") -> told.ItemChange:
    return told.ItemChange(item=code, old=old, new=new)


def refused(number: int, of: int) -> Fact:
    return fact(number, told.CorrectionRefused(**BY, correction=f"c{of}", reason=told.RefusalReason.NOT_JUSTIFIED))


def waived(number: int, of: int) -> Fact:
    return fact(number, told.CorrectionWaived(**BY, correction=f"c{of}", reason=told.WaiverReason.NO_PHONE))


def withdrawn(number: int, of: int) -> Fact:
    return fact(number, told.CorrectionWithdrawn(**BY, correction=f"c{of}"))


def state(*after: Fact) -> CorrectionState:
    (one,) = corrections([asked(1, item(3)), *after])
    return one.state


# ---- where they stand -----------------------------------------------------------------------------------------


def test_each_step_leads_on() -> None:
    assert state() is CorrectionState.ASKED
    assert state(answered(2, 1, "right")) is CorrectionState.CONFIRMED
    assert state(answered(2, 1, "leave")) is CorrectionState.DECLINED
    assert state(waived(2, 1)) is CorrectionState.WAIVED
    assert state(waived(2, 1), approved(3, 1)) is CorrectionState.APPROVED
    assert state(refused(2, 1)) is CorrectionState.REFUSED
    assert state(withdrawn(2, 1)) is CorrectionState.WITHDRAWN


def test_the_participants_latest_word_counts_until_somebody_decides() -> None:
    assert state(answered(2, 1, "right"), answered(3, 1, "leave")) is CorrectionState.DECLINED
    assert state(waived(2, 1), answered(3, 1, "leave")) is CorrectionState.DECLINED
    assert state(answered(2, 1, "leave"), waived(3, 1)) is CorrectionState.DECLINED
    assert state(waived(2, 1), approved(3, 1), answered(4, 1, "leave")) is CorrectionState.APPROVED


def test_the_first_decision_is_final() -> None:
    assert state(refused(2, 1), approved(3, 1)) is CorrectionState.REFUSED
    assert state(waived(2, 1), approved(3, 1), withdrawn(4, 1)) is CorrectionState.APPROVED


def test_what_is_said_of_no_correction_is_nothing() -> None:
    assert corrections([approved(2, 1), answered(3, 9, "right")]) == ()


def test_a_record_of_another_kind_that_names_a_correction_is_no_step() -> None:
    zone = {"kind": "zone", "zone": "Europe/Copenhagen"}
    for named in ("c1", ["c1"], {"c1": 1}):
        assert state(fact(2, detail_from({**zone, "correction": named}))) is CorrectionState.ASKED


STEPS = [
    asked(1, item(3)), asked(2, item(5, old=3)), asked(3, told.DayMove(day=MONDAY), entry=5), asked(4, told.Voided()),
    answered(5, 1, "right"), answered(6, 1, "leave"), waived(7, 2), waived(8, 3), approved(9, 2), approved(10, 1),
    approved(11, 3), refused(12, 4), withdrawn(13, 1), approved(14, 4),
]  # fmt: skip


@given(st.lists(st.sampled_from(STEPS), unique_by=lambda one: one.id), st.data())
def test_the_order_of_arrival_does_not_matter(facts: list[Fact], data: st.DataObject) -> None:
    again = data.draw(st.permutations(facts + facts[:3]))
    versions = data.draw(st.permutations([ROOT, AMENDED, SECOND_ROOT]))

    assert corrections(again) == corrections(facts)
    assert set_of(overlay_of(again).over(versions)) == set_of(overlay_of(facts).over([ROOT, AMENDED, SECOND_ROOT]))


@given(st.lists(st.sampled_from(STEPS), unique_by=lambda one: one.id))
def test_id_origin_and_capture_never_change(facts: list[Fact]) -> None:
    given_by_id = {one.id: one for one in (ROOT, AMENDED, SECOND_ROOT)}
    for one in overlay_of(facts).over(given_by_id.values()):
        made = given_by_id[one.id]
        assert (one.hash, one.device, one.sequence) == (made.hash, made.device, made.sequence)
        assert one.body.model_copy(update={"answers": {}, "diary_day": SUNDAY}) == made.body.model_copy(
            update={"answers": {}, "diary_day": SUNDAY}
        )


def set_of(versions: tuple[EntryVersion, ...]) -> list[str]:
    return sorted(repr(one) for one in versions)


# ---- what they do ---------------------------------------------------------------------------------------------


def test_an_approved_value_replaces_the_answer_and_is_marked() -> None:
    (one,) = overlay_of([asked(1, item(3)), approved(2, 1)]).over([ROOT])
    assert one.body.answers == {**ANSWERS, "DMD01": 3}
    assert one.corrected == ("DMD01",)
    assert ROOT.body.answers["DMD01"] == 7


def test_several_apply_in_the_order_of_approval() -> None:
    asked_both = [asked(1, item(3)), asked(2, item(5, old=3))]
    (one,) = overlay_of([*asked_both, approved(3, 2), approved(4, 1)]).over([ROOT])
    assert one.body.answers["DMD01"] == 3
    (two,) = overlay_of([*asked_both, approved(3, 1), approved(4, 2)]).over([ROOT])
    assert two.body.answers["DMD01"] == 5
    assert two.corrected == ("DMD01",)


@pytest.mark.parametrize("step", [answered(2, 1, "right"), waived(2, 1), refused(2, 1), withdrawn(2, 1)])
def test_nothing_changes_before_approval(step: Fact) -> None:
    assert overlay_of([asked(1, item(3)), step]).over([ROOT]) == (ROOT,)


def test_a_void_takes_every_version_of_the_entry_out() -> None:
    overlay = overlay_of([asked(1, told.Voided(), entry=2), approved(2, 1)])
    assert overlay.over([ROOT, AMENDED]) == ()
    assert overlay.over([AMENDED, ROOT, SECOND_ROOT]) == (SECOND_ROOT,)


def test_a_corrected_version_goes_before_a_later_one_and_an_earlier_root() -> None:
    standing = overlay_of([asked(1, item(3)), approved(2, 1)]).over([AMENDED, ROOT, SECOND_ROOT])
    found = counting(standing)
    assert found
    assert (found.current.id, found.first.id) == (ROOT.id, ROOT.id)
    uncorrected = counting([AMENDED, ROOT, SECOND_ROOT])
    assert uncorrected
    assert uncorrected.current.id == SECOND_ROOT.id


def graded(day: date, *facts: Fact) -> State:
    """Of two evenings with the same hours, as if Monday's were a day later."""
    later = day - SUNDAY
    window = {"opens": OPENS + later, "closes": CLOSES + later, "late_until": LATE_UNTIL + later}
    shown = DiaryDay(instrument="DMD", day=day, choice="", zone="Europe/Copenhagen", not_expected=None, **window)
    there = tuple(one for one in overlay_of(facts).over([ROOT, AMENDED]) if one.body.diary_day == day)
    return grade(DayFacts(shown, "DMD", day, there), LATE_UNTIL + timedelta(days=3)).state


def test_a_moved_entry_is_judged_by_the_window_of_its_new_day() -> None:
    to_monday = [asked(1, told.DayMove(day=MONDAY), entry=2), approved(2, 1)]
    assert graded(SUNDAY) is State.DONE
    assert graded(SUNDAY, *to_monday) is State.UNKNOWN
    assert graded(MONDAY, *to_monday) is State.DONE
    saturday = SUNDAY - timedelta(days=1)
    assert graded(saturday, asked(1, told.DayMove(day=saturday), entry=2), approved(2, 1)) is State.LATE


def test_moves_name_the_days_that_are_read_together() -> None:
    overlay = overlay_of([asked(1, told.DayMove(day=MONDAY)), approved(2, 1)])
    assert overlay.moved_days == {("DMD", SUNDAY), ("DMD", MONDAY)}
    assert overlay_of([asked(1, told.DayMove(day=MONDAY))]).moved_days == frozenset()


# ---- the words of the facts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("one", STEPS)
def test_facts_come_back_from_their_bodies(one: Fact) -> None:
    assert detail_from(body_of(one.detail)) == one.detail


def acknowledged(**body: str) -> Any:
    made = compose(id=uuid(1), kind="acknowledgement", device=PHONE, sequence=1, previous="0" * 64, body=body)
    return answer_in(made, 4)


def test_an_answer_is_read_from_an_acknowledgement() -> None:
    at = {"captured_at": "2026-11-23T19:30:00.000Z"}
    found = acknowledged(**answer_body("c1", told.ParticipantAnswer.RIGHT), **at)
    assert (found.detail.correction, found.detail.answer, found.revision) == ("c1", "right", 4)
    assert acknowledged(what="new_terms", **at) is None
    assert acknowledged(what="correction", correction="c1", answer="perhaps", **at) is None
    assert acknowledged(what="correction", correction="c1", answer="right") is None
