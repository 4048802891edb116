"""A participant may have one of the windows that the study allows, from the first evening that has not opened."""

from datetime import timedelta

from diary_app.core.facts import ParticipantAdded
from diary_app.core.study import WindowRule
from diary_app.core.windows import due
from tests.core.histories import AUCKLAND, STUDY, begun, expected, skipped, study_with, utc

KNOWN = timedelta(milliseconds=1)
MORNING = WindowRule.model_validate({"id": "morning", "opens": "06:00", "closes": "10:00", "late_until": "14:00"})
WITH_MORNING = study_with(windows=(*STUDY.diary.windows, MORNING))


def test_default_is_the_studys() -> None:
    assert {found.choice for found in begun().days("2026-09-05").values()} == {"evening"}


def test_choice_made_when_added_counts_from_the_beginning() -> None:
    first = begun(DMD="late_evening").days("2026-09-05")["2026-09-02"]

    assert (first.choice, first.opens) == ("late_evening", utc("2026-09-02 18:00"))


def test_choice_made_with_the_practice_entry_counts_from_the_beginning() -> None:
    days = begun().choice("2026-09-01 09:10", "late_evening").days("2026-09-05")

    assert {found.choice for found in days.values()} == {"late_evening"}


def test_choice_counts_today_while_the_window_is_not_open() -> None:
    days = begun().choice("2026-09-10 15:59", "late_evening").days("2026-09-11")

    assert [found.choice for found in days.values()][-3:] == ["evening", "late_evening", "late_evening"]


def test_open_window_keeps_its_choice() -> None:
    days = begun().choice("2026-09-10 16:00", "late_evening").days("2026-09-11")

    assert [found.choice for found in days.values()][-2:] == ["evening", "late_evening"]


def test_chosen_window_already_open_opens_with_the_choice() -> None:
    found = begun().choice("2026-09-10 15:00", "early_evening").days("2026-09-10")["2026-09-10"]

    assert (found.choice, found.opens) == ("early_evening", utc("2026-09-10 15:00") + KNOWN)


def test_chosen_window_already_closed_counts_from_tomorrow() -> None:
    days = begun().choice("2026-09-10 10:00", "morning").days("2026-09-11", WITH_MORNING)  # closed at 08:00

    assert days["2026-09-10"] == begun().days("2026-09-10")["2026-09-10"]
    assert (days["2026-09-11"].choice, days["2026-09-11"].opens) == ("morning", utc("2026-09-11 04:00"))


def test_closed_choice_is_not_forgotten_on_a_journey() -> None:
    history = begun().choice("2026-09-10 10:00", "morning").zone("2026-09-10 10:30", "America/New_York")
    days = history.days("2026-09-11", WITH_MORNING)

    assert (days["2026-09-10"].choice, days["2026-09-10"].opens) == ("evening", utc("2026-09-10 22:00"))
    assert (days["2026-09-11"].choice, days["2026-09-11"].opens) == ("morning", utc("2026-09-11 10:00"))


def test_later_window_can_save_a_date_from_being_skipped() -> None:
    skipping = begun(DMD="early_evening").zone("2026-10-01 13:00", AUCKLAND)  # 02:00 there, closed at 01:00
    saved = skipping.choice("2026-10-01 13:10", "evening").days("2026-10-01")["2026-10-01"]

    assert skipped(skipping.days("2026-10-01")) == {"2026-10-01": "travel"}
    assert (saved.zone, saved.opens, saved.closes) == (
        AUCKLAND,
        utc("2026-10-01 13:10") + KNOWN,
        utc("2026-10-01 14:00"),
    )


def test_overlapping_windows_offer_the_newest() -> None:
    history = begun().choice("2026-09-10 20:00", "morning")
    days = tuple(history.days("2026-09-11", WITH_MORNING).values())
    now = utc("2026-09-11 05:00")  # the evening before may still be filled in late

    assert [found.day.day for found in days if found.opens <= now <= found.late_until] == [10, 11]
    assert due(days, now) == days[-1]


def test_choice_for_another_instrument_changes_nothing() -> None:
    assert begun().choice("2026-09-10 10:00", "late_evening", "XQ").days("2026-09-20") == begun().days("2026-09-20")


def test_choice_that_the_study_does_not_have_is_the_default() -> None:
    history = begun(DMD="late_evening").choice("2026-09-10 10:00", "whenever")

    assert history.days("2026-09-10")["2026-09-10"].choice == "evening"


def test_changing_ones_mind_before_opening_leaves_the_last_word() -> None:
    history = begun().choice("2026-09-10 10:00", "late_evening").choice("2026-09-10 11:00", "evening")

    assert history.days("2026-09-20") == begun().days("2026-09-20")


def test_corrected_participant_moves_only_evenings_to_come() -> None:
    corrected = ParticipantAdded(site="copenhagen", zone=AUCKLAND, choices={"DMD": "late_evening"})
    days = begun().tell("2026-09-10 16:30", corrected).days("2026-09-12")

    assert expected(days) == expected(begun().days("2026-09-12"))
    assert [(found.zone, found.choice) for found in days.values()][-1] == (AUCKLAND, "late_evening")
    assert days["2026-09-10"] == begun().days("2026-09-10")["2026-09-10"]
