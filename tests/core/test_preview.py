"""What staff see before they save a treatment date, and what a journey or a change of clocks will do."""

from dataclasses import replace

from hypothesis import given

from diary_app.core.facts import AnchorSet, Fact
from diary_app.core.preview import AnchorPreview, Peculiarity, explain, preview, preview_days
from diary_app.core.windows import expand
from tests.core.histories import AUCKLAND, STUDY, UNTIL, anchor_facts, begun, day, histories, utc

NOW = utc("2027-02-03 09:00")
BEFORE = begun().anchor("2026-10-01 08:00", "treatment_1", actual="2026-10-01", actual_time="09:30")
BEFORE = BEFORE.anchor("2027-02-01 12:00", "treatment_2", actual="2027-02-01", actual_time="10:00")


def proposal(anchor: str, **said: str) -> Fact:
    return Fact("proposed", utc("2020-01-01 00:00"), 0, AnchorSet.model_validate({"anchor": anchor, **said}))


def corrected(until: str, **said: str) -> AnchorPreview:
    return preview(STUDY, BEFORE.facts, proposal("treatment_2", **said), NOW, day(until))


def test_saving_the_same_again_changes_nothing() -> None:
    assert corrected("2028-01-01", actual="2027-02-01", actual_time="10:00") == AnchorPreview((), (), ())


def test_days_that_are_counted_anew_are_listed() -> None:
    labels = corrected("2027-02-02", actual="2027-02-02", actual_time="10:00").labels
    last = (labels[-1].before, labels[-1].after)

    assert [change.key for change in labels] == [found.day for found in expand(STUDY, BEFORE.facts, day("2027-02-02"))]
    assert [named and named.days_since["treatment_2"] for named in last] == [2, 1]


def test_day_that_changes_its_period_is_listed_with_both_names() -> None:
    labels = {change.key: change for change in corrected("2027-02-03", actual="2027-02-02").labels}
    change = labels[day("2027-02-01")]

    assert [named and named.period for named in (change.before, change.after)] == [
        "after_treatment_2",
        "treatment_1_to_2",
    ]


def test_visit_windows_that_move_are_listed() -> None:
    m4, m8 = corrected("2027-02-03", actual="2027-02-02", actual_time="10:00").visits

    assert (m4.key, m8.key) == ("m4", "m8")
    assert [window and window.closes for window in (m4.before, m4.after)] == [
        utc("2027-02-01 09:00"),
        utc("2027-02-02 09:00"),
    ]


def test_visit_window_that_falls_away_is_listed() -> None:
    planned = begun().anchor("2026-10-01 08:00", "treatment_1", planned="2026-10-09").facts
    called_off = proposal("treatment_1", not_given="2026-10-02")
    shown = preview(STUDY, planned, called_off, utc("2026-10-02 08:00"), day("2026-10-02"))

    assert [(change.key, change.after) for change in shown.visits] == [("m0", None)]


def test_days_that_are_added_at_the_end_are_listed() -> None:
    days = corrected("2028-01-01", actual="2027-02-03", actual_time="10:00").days

    assert [(change.key, change.before) for change in days] == [(day("2027-06-09"), None), (day("2027-06-10"), None)]


def test_days_that_fall_away_are_listed_but_never_opened_ones() -> None:
    days = corrected("2028-01-01", actual="2026-08-01", actual_time="10:00").days  # would have ended on 8 December

    assert days[0].key == day("2027-02-03")  # today, whose window opens this evening
    assert all(change.after is None for change in days)
    assert days[-1].key == day("2027-06-08")


def test_proposal_counts_from_now_whatever_time_it_carries() -> None:
    in_future = replace(proposal("treatment_2", actual="2026-08-01"), at=utc("2029-01-01 00:00"), revision=1)
    shown = preview(STUDY, BEFORE.facts, in_future, NOW, day("2028-01-01"))

    assert shown == corrected("2028-01-01", actual="2026-08-01")


def test_participant_without_a_zone_has_only_names() -> None:
    shown = preview(STUDY, (), proposal("treatment_1", planned="2027-03-01"), NOW, day("2028-01-01"))

    assert shown == AnchorPreview((), (), ())


@given(histories(anchor_facts), anchor_facts)
def test_preview_is_the_difference_that_saving_makes(facts: tuple[Fact, ...], detail: AnchorSet) -> None:
    now = utc("2026-10-10 12:00")
    known = tuple(fact for fact in facts if fact.at < now)
    shown = preview(STUDY, known, Fact("proposed", now, 0, detail), now, UNTIL)
    before, after = (expand(STUDY, told, UNTIL) for told in (known, (*known, Fact("saved", now, 50, detail))))

    assert {change.before for change in shown.days if change.before} == set(before) - set(after)
    assert {change.after for change in shown.days if change.after} == set(after) - set(before)
    assert all(found.opens > now for change in shown.days for found in (change.before, change.after) if found)


def test_preview_of_days_is_a_part_of_the_diary() -> None:
    days = preview_days(STUDY, begun().facts, day("2026-10-24"), day("2026-10-26"))

    assert [found.day for found in days] == [day("2026-10-24"), day("2026-10-25"), day("2026-10-26")]


def test_evening_in_which_clocks_change_is_explained() -> None:
    days = preview_days(STUDY, begun().facts, day("2026-10-20"), day("2026-10-30"))

    assert explain(days) == {day("2026-10-24"): (Peculiarity.CLOCKS_CHANGE,)}


def test_skipped_date_and_new_zone_are_explained() -> None:
    history = begun().zone("2026-10-01 15:30", AUCKLAND)

    assert explain(preview_days(STUDY, history.facts, day("2026-09-30"), day("2026-10-03"))) == {
        day("2026-10-01"): (Peculiarity.SKIPPED,),
        day("2026-10-02"): (Peculiarity.NEW_ZONE,),
    }


def test_new_window_is_explained() -> None:
    history = begun().choice("2026-09-10 10:00", "late_evening")

    assert explain(preview_days(STUDY, history.facts, day("2026-09-08"), day("2026-09-12"))) == {
        day("2026-09-10"): (Peculiarity.NEW_WINDOW,)
    }


def test_nothing_peculiar_needs_no_words() -> None:
    assert explain(()) == {}
    assert explain(preview_days(STUDY, begun().facts, day("2026-09-08"), day("2026-09-12"))) == {}
