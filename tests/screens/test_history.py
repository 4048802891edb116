"""Looking back on Saturday 12 December: the month, a day in full, and no answers unless the study shows them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from diary_app import resources
from diary_app.core.wire import DayChange
from diary_app.sync.outcome import all_sent
from tests.screens.conftest import ANSWERS, Phone
from tests.screens.driving import Screen
from tests.storage.phones import evening

EVENING = datetime(2026, 12, 12, 18, tzinfo=UTC)
SHOWN = resources.study_text("mesrix-more").replace("show_scores = false", "show_scores = true")


def december(day: int) -> date:
    return date(2026, 12, day)


def save(alice: Phone, day: int, *, minutes: int = 60, **changes: object) -> str:
    """An entry of that evening, so many minutes after it opened; its id."""
    new = evening(december(day), **{"answers": ANSWERS, **changes})
    alice.clock.move_to(new.opens + timedelta(minutes=minutes))
    return alice.diary.save_entry(new).id


def graded(day: int, state: str = "done", entry: str | None = None, received: datetime | None = None) -> DayChange:
    return DayChange(
        change_no=9, instrument="DMD", diary_day=december(day), state=state, entry=entry, received_at=received
    )


def table_rows(screen: Screen, key: str) -> list[list[str]]:
    return [[cell.content.value for cell in row.cells] for row in screen.find(key).rows]


async def history(alice: Phone) -> Screen:
    alice.clock.move_to(EVENING)
    screen = await alice.open()
    await screen.tap("history")
    return screen


async def test_a_month_says_each_day_in_words(alice: Phone) -> None:
    save(alice, 11)
    screen = await history(alice)
    assert "December 2026" in screen.texts()
    assert "Friday 11 December: done" in screen.texts()
    assert "Thursday 10 December: not filled in" in screen.texts()
    assert "Saturday 12 December, today: open now" in screen.texts()


async def test_a_day_tells_when_it_was_saved_and_received(alice: Phone) -> None:
    entry = save(alice, 11)
    alice.enrol(days=(graded(11, entry=entry, received=datetime(2026, 12, 11, 20, tzinfo=UTC)),))
    screen = await history(alice)
    await screen.tap("day-2026-12-11")
    assert {"Friday 11 December", "Done", "Saved at 19:00.", "Received by the study at 21:00."} <= set(screen.texts())
    assert f"Entry {entry[:8].upper()}." in screen.texts()
    await screen.tap("back")
    assert "December 2026" in screen.texts()


async def test_versions_are_told_as_times_not_values(alice: Phone) -> None:
    first = save(alice, 11)
    save(alice, 11, minutes=90, parent=first)
    alice.enrol(days=(graded(11, entry=first, received=datetime(2026, 12, 11, 18, 5, tzinfo=UTC)),))
    screen = await history(alice)
    await screen.tap("day-2026-12-11")
    assert {"Saved at 19:00.", "Changed at 19:30.", "Received by the study at 19:05."} <= set(screen.texts())
    assert "The last change has not been received yet." in screen.texts()


async def test_an_evening_saved_too_late_is_kept_and_told_kindly(alice: Phone) -> None:
    save(alice, 10, minutes=19 * 60)
    screen = await history(alice)
    await screen.tap("day-2026-12-10")
    assert "Not filled in" in screen.texts()
    assert "Saved Friday 11 December at 13:00." in screen.texts()
    assert "Your answers are kept" in screen.reads


async def test_an_evening_without_an_entry_is_no_failure(alice: Phone) -> None:
    screen = await history(alice)
    await screen.tap("line-2026-12-11")
    assert "Nothing was saved for this evening, and it is closed now. That's all right." in screen.texts()


async def test_an_entry_of_an_earlier_phone_is_told(alice: Phone) -> None:
    alice.enrol(days=(graded(9, entry="of another phone", received=EVENING),))
    screen = await history(alice)
    await screen.tap("day-2026-12-09")
    assert "This evening was filled in on another phone." in screen.texts()


async def test_what_staff_typed_is_not_another_phones(alice: Phone) -> None:
    alice.enrol(days=(graded(9, received=EVENING),))
    screen = await history(alice)
    await screen.tap("day-2026-12-09")
    assert "This evening was filled in on paper, or together with your study nurse." in screen.texts()


async def test_an_entry_that_another_phone_came_before_is_kept_and_waits_for_nothing(alice: Phone) -> None:
    save(alice, 11, minutes=16 * 60)
    alice.enrol(days=(graded(11, entry="of the old phone", received=datetime(2026, 12, 12, 9, tzinfo=UTC)),))
    screen = await history(alice)
    assert "Friday 11 December: done" in screen.texts()
    await screen.tap("day-2026-12-11")
    assert "that one counts" in screen.reads
    assert "not been received" not in screen.reads


async def test_one_goes_back_to_the_first_evening_and_no_further(alice: Phone) -> None:
    screen = await history(alice)
    assert not screen.has("later")
    await screen.tap("earlier")
    assert "November 2026" in screen.texts()
    assert "Saturday 21 November: no diary this day" in screen.texts()
    assert not screen.has("earlier")
    await screen.tap("later")
    assert "December 2026" in screen.texts()


async def test_large_letters_get_a_list(alice: Phone) -> None:
    alice.state.text_measured(2)
    screen = await history(alice)
    assert screen.has("line-2026-12-11")
    assert not screen.has("day-2026-12-11")


@pytest.mark.parametrize("address", ["/history/2026-13-40", "/history/1999-01-01", "/history/2026-12-24"])
async def test_an_address_of_no_day_leads_back(alice: Phone, address: str) -> None:
    screen = await history(alice)
    await screen.go(address)
    await screen.tap("back")
    assert "December 2026" in screen.texts()


async def test_nothing_of_the_answers_appears(alice: Phone) -> None:
    save(alice, 11)
    screen = await history(alice)
    assert not screen.has("as-table")
    assert "Your answers" not in screen.texts()


async def test_a_study_that_shows_scores_gets_a_line_with_its_gaps(alice: Phone) -> None:
    alice.enrol(study_text=SHOWN)
    for day, value in ((3, 4), (4, 5), (7, 8)):
        save(alice, day, answers={**ANSWERS, "DMD01": value})
    screen = await history(alice)
    words = "Dryness in the daytime, 0 to 10. December 2026: 3 days with a number, from 4 to 8."
    assert words in screen.texts()
    assert [len(list(trend.stretches())) for trend in alice.state.history.trends] == [2, 2]


async def test_the_same_numbers_are_there_as_a_table(alice: Phone) -> None:
    alice.enrol(study_text=SHOWN)
    save(alice, 10)
    screen = await history(alice)
    await screen.tap("as-table")
    rows = {code: table_rows(screen, f"numbers-{code}") for code in ("DMDDRY", "DMDTOT")}
    assert rows["DMDDRY"][8:10] == [["9", "–"], ["10", "7"]]
    assert rows["DMDTOT"][9] == ["10", "50"]


async def test_the_scores_of_the_last_twelve_weeks_reach_over_the_month(alice: Phone) -> None:
    alice.enrol(study_text=SHOWN)
    for day, value in ((3, 4), (7, 8)):
        save(alice, day, answers={**ANSWERS, "DMD01": value})
    alice.clock.move_to(EVENING)
    alice.clock.advance(days=25)
    screen = await alice.open()
    await screen.tap("history")
    assert "There are no numbers for this time." in screen.texts()
    await screen.tap("span")
    words = "Dryness in the daytime, 0 to 10. The last twelve weeks: 2 days with a number, from 4 to 8."
    assert words in screen.texts()
    assert "January 2027" in screen.texts()
    await screen.tap("as-table")
    assert ["7 Dec", "8"] in table_rows(screen, "numbers-DMDDRY")
    await screen.tap("span")
    assert "There are no numbers for this time." in screen.texts()


async def test_what_arrives_while_one_looks_back_is_there_at_once(alice: Phone) -> None:
    entry = save(alice, 11)
    screen = await history(alice)
    await screen.tap("day-2026-12-11")
    received = datetime(2026, 12, 11, 20, tzinfo=UTC)
    alice.enrol(days=(graded(11, entry=entry, received=received),))
    alice.state.heard(all_sent())
    await screen.settle()
    assert "Received by the study at 21:00." in screen.texts()


async def test_a_sync_while_the_diary_is_locked_reads_nothing(alice: Phone) -> None:
    alice.lock()
    screen = await alice.open()
    alice.state.heard(all_sent())
    await screen.settle()
    assert alice.state.history.past is None
