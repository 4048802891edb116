"""When visit questionnaires may be answered; every instant worked out by hand."""

from typing import Any

import pytest
from hypothesis import given

from diary_app.core.anchors import anchors
from diary_app.core.facts import Fact
from diary_app.core.study import Study
from diary_app.core.visit_rules import VisitRule
from diary_app.core.visits import VisitWindow, visit_windows
from tests.core.histories import AUCKLAND, COPENHAGEN, STUDY, History, anchor_facts, begun, histories, utc

TOLD = "2026-09-05 10:00"
PLANNED = begun().anchor(TOLD, "treatment_1", planned="2026-10-01")
GIVEN = begun().anchor(TOLD, "treatment_1", actual="2026-10-01", actual_time="09:30")
BOTH = GIVEN.anchor(TOLD, "treatment_2", actual="2027-02-01", actual_time="10:00")
ONLY_FIRST = GIVEN.anchor(TOLD, "treatment_2", not_given="2027-01-15")


def windows(history: History, study: Study = STUDY, zone: str = COPENHAGEN) -> dict[str, tuple[str, str]]:
    found = visit_windows(study, history.facts, zone)
    return {window.visit: (f"{window.opens:%Y-%m-%d %H:%M}", f"{window.closes:%Y-%m-%d %H:%M}") for window in found}


def study_with_visit(**rule: Any) -> Study:
    visit = VisitRule.model_validate({"id": "visit", "label": {"en": "Visit"}, "instruments": ("GRIX",), **rule})
    return STUDY.model_copy(update={"visits": (visit,)})


def test_a_visit_may_be_counted_in_days() -> None:
    weekly = study_with_visit(after_anchor="treatment_1", after_days=14, days_early=2, days_late=3)
    assert windows(GIVEN, weekly)["visit"] == ("2026-10-12 22:00", "2026-10-18 22:00")  # 13 to 18 October


def test_months_are_counted_before_days_and_a_fallback_has_days_too() -> None:
    rule = {"after_anchor": "treatment_2", "after_days": 7, "fallback_anchor": "treatment_1", "fallback_months": 1}
    study = study_with_visit(**rule, fallback_days=10)
    assert windows(BOTH, study)["visit"] == ("2027-02-07 23:00", "2027-02-08 23:00")  # 8 February
    assert windows(ONLY_FIRST, study)["visit"] == ("2026-11-10 23:00", "2026-11-11 23:00")  # 11 November


def test_nothing_planned_has_no_window() -> None:
    assert windows(begun()) == {}


def test_m0_is_the_fortnight_before_treatment_1_until_it_starts() -> None:
    assert windows(GIVEN)["m0"] == ("2026-09-16 22:00", "2026-10-01 07:30")


def test_m0_of_a_planned_date_ends_before_that_date() -> None:
    assert windows(PLANNED) == {"m0": ("2026-09-16 22:00", "2026-09-30 22:00")}


def test_time_told_with_a_planned_date_opens_that_morning() -> None:
    history = begun().anchor(TOLD, "treatment_1", planned="2026-10-01", actual_time="09:30")

    assert windows(history) == {"m0": ("2026-09-16 22:00", "2026-10-01 07:30")}


def test_m0_has_no_window_when_treatment_1_is_never_given() -> None:
    history = begun().anchor(TOLD, "treatment_1", planned="2026-10-01", not_given="2026-09-20")

    assert windows(history) == {}


def test_m4_is_the_fortnight_before_treatment_2_until_it_starts() -> None:
    assert windows(BOTH)["m4"] == ("2027-01-17 23:00", "2027-02-01 09:00")


def test_m4_without_treatment_2_is_four_months_after_the_first() -> None:
    assert windows(ONLY_FIRST)["m4"] == ("2027-01-24 23:00", "2027-02-15 23:00")  # 25 January to 15 February


def test_m4_waits_while_treatment_2_is_not_planned() -> None:
    assert set(windows(GIVEN)) == {"m0"}


def test_m8_is_four_months_after_treatment_2() -> None:
    assert windows(BOTH)["m8"] == ("2027-05-24 22:00", "2027-06-08 22:00")  # 25 May to 8 June


def test_m8_without_treatment_2_is_eight_months_after_the_first() -> None:
    assert windows(ONLY_FIRST)["m8"] == ("2027-05-24 22:00", "2027-06-08 22:00")  # 1 June, 7 days either way


def test_months_are_clamped_to_the_last_of_a_short_month() -> None:
    history = begun().anchor(TOLD, "treatment_2", actual="2026-10-31", actual_time="10:00")

    assert windows(history)["m8"] == ("2027-02-20 23:00", "2027-03-07 23:00")  # round 28 February


def test_actual_date_moves_what_was_planned() -> None:
    planned = GIVEN.anchor(TOLD, "treatment_2", planned="2027-02-01")
    delayed = planned.anchor("2027-03-01 10:00", "treatment_2", actual="2027-03-01", actual_time="08:00")

    assert windows(planned)["m4"] == ("2027-01-17 23:00", "2027-01-31 23:00")
    assert windows(delayed)["m4"] == ("2027-02-14 23:00", "2027-03-01 07:00")
    assert windows(delayed)["m8"] == ("2027-06-23 22:00", "2027-07-08 22:00")


def test_correction_from_not_given_to_given() -> None:
    given_after_all = ONLY_FIRST.anchor("2027-02-01 12:00", "treatment_2", actual="2027-02-01", actual_time="10:00")

    assert windows(given_after_all) == windows(BOTH)


def test_window_before_a_treatment_does_not_reach_before_the_one_before() -> None:
    history = GIVEN.anchor(TOLD, "treatment_2", planned="2026-10-08")

    assert windows(history)["m4"] == ("2026-10-01 07:30", "2026-10-07 22:00")


@pytest.mark.parametrize("given", ["planned", "actual"])
def test_window_after_a_treatment_ends_where_the_next_starts(given: str) -> None:
    study = study_with_visit(after_anchor="treatment_1", after_months=4, days_early=7, days_late=14)
    history = GIVEN.anchor(TOLD, "treatment_2", **{given: "2027-02-05"}, actual_time="08:15")

    assert windows(history, study)["visit"] == ("2027-01-24 23:00", "2027-02-05 07:15")


def test_window_round_a_treatment_is_only_after_it() -> None:
    study = study_with_visit(after_anchor="treatment_1", days_early=7, days_late=7)

    assert windows(GIVEN, study)["visit"] == ("2026-10-01 07:30", "2026-10-08 22:00")


def test_nothing_left_between_two_treatments_is_no_window() -> None:
    study = study_with_visit(after_anchor="treatment_1", after_months=4, days_late=7)

    assert windows(GIVEN.anchor(TOLD, "treatment_2", planned="2026-12-01"), study) == {}


def test_never_given_without_a_fallback_is_no_window() -> None:
    study = study_with_visit(before_anchor="treatment_2", days_before=14)

    assert windows(ONLY_FIRST, study) == {}


def test_never_given_and_its_fallback_neither_is_no_window() -> None:
    neither = begun().anchor(TOLD, "treatment_1", not_given="2026-09-05")

    assert windows(neither.anchor(TOLD, "treatment_2", not_given="2026-09-05")) == {}


def test_windows_are_on_the_wall_of_the_participants_zone() -> None:
    assert windows(GIVEN, zone=AUCKLAND)["m0"] == ("2026-09-16 12:00", "2026-09-30 20:30")


def touches(window: VisitWindow, facts: tuple[Fact, ...]) -> bool:
    starts = [anchor.starts(COPENHAGEN) for anchor in anchors(STUDY, facts).values()]
    return any(start and window.opens < start < window.closes for start in starts)


@given(histories(anchor_facts))
def test_no_window_reaches_past_a_treatment(facts: tuple[Fact, ...]) -> None:
    found = visit_windows(STUDY, facts, COPENHAGEN)

    assert all(window.opens < window.closes for window in found)
    assert not [window for window in found if touches(window, facts)]


def test_end_of_a_window_follows_the_clocks() -> None:
    history = begun().anchor(TOLD, "treatment_2", actual="2026-11-27", actual_time="10:00")
    (window,) = [found for found in visit_windows(STUDY, history.facts, COPENHAGEN) if found.visit == "m8"]

    assert window.opens == utc("2027-03-19 23:00")  # winter time
    assert window.closes == utc("2027-04-03 22:00")  # summer time
