"""The phone is in another time zone than the diary: one question, and the diary waits for the answer."""

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import RecordKind
from diary_app.journal import Journal
from diary_app.places import Problem
from diary_app.screens.problem import EXPLANATIONS
from tests.screens.conftest import Phone

ASKED = "zone-follow"
NEW_YORK, TORONTO, BERLIN, TOKYO = "America/New_York", "America/Toronto", "Europe/Berlin", "Asia/Tokyo"


@pytest.fixture
def abroad(alice: Phone) -> Phone:
    """Alice's evening in New York; it is 13:00 there, and her diary is open at home."""
    alice.host.here = NEW_YORK
    return alice


def confirmed(phone: Phone) -> list[str]:
    return [str(record.body["zone"]) for record in phone.diary.records(RecordKind.ZONE)]


async def test_both_times_are_said_and_nothing_changes_by_itself(abroad: Phone) -> None:
    screen = await abroad.open()
    assert "Your phone says 13:00, and the diary goes by 19:00. Shall the diary follow the phone?" in screen.texts()
    assert "Open until 03:00 · about 45 seconds" in screen.texts()
    assert confirmed(abroad) == []


async def test_following_is_recorded_and_sent_and_counts_from_the_next_evening(abroad: Phone) -> None:
    screen = await abroad.open()
    await screen.tap(ASKED)
    assert (confirmed(abroad), abroad.link.woken, screen.has(ASKED)) == ([NEW_YORK], 1, False)
    assert abroad.state.today.card.day.zone == "Europe/Copenhagen"
    assert "Open until 21:00 · about 45 seconds" in screen.texts(), "03:00 in Copenhagen, as the clock here shows it"
    await abroad.pass_time(hours=20)
    assert abroad.state.today.card.day.zone == NEW_YORK
    assert "Tonight's diary opens at 18:00." in screen.texts()


async def test_back_home_it_asks_once_more(abroad: Phone) -> None:
    screen = await abroad.open()
    await screen.tap(ASKED)
    abroad.host.here = "Europe/Copenhagen"
    await abroad.pass_time(days=2)
    assert screen.has(ASKED)


async def test_staying_with_the_time_until_now_is_remembered(abroad: Phone) -> None:
    screen = await abroad.open()
    await screen.tap("zone-stay")
    assert (confirmed(abroad), screen.has(ASKED)) == ([], False)
    screen = await abroad.restart()
    assert not screen.has(ASKED)


async def test_another_zone_with_the_same_time_is_not_asked_about(abroad: Phone) -> None:
    screen = await abroad.open()
    await screen.tap("zone-stay")
    abroad.host.here = TORONTO
    await abroad.pass_time(minutes=1)
    assert not screen.has(ASKED)
    abroad.host.here = TOKYO
    await abroad.pass_time(minutes=1)
    assert screen.has(ASKED)


async def test_after_coming_home_the_next_journey_is_asked_about(abroad: Phone) -> None:
    screen = await abroad.open()
    await screen.tap("zone-stay")
    abroad.host.here = BERLIN
    await abroad.pass_time(minutes=1)
    abroad.host.here = NEW_YORK
    await abroad.pass_time(minutes=1)
    assert screen.has(ASKED)


@pytest.mark.parametrize("here", [BERLIN, "", "Mars/Olympus_Mons", "../../etc/passwd"])
async def test_the_same_time_and_a_zone_nobody_knows_are_no_question(alice: Phone, here: str) -> None:
    alice.host.here = here
    screen = await alice.open()
    assert not screen.has(ASKED)


class FullJournal(Journal):
    """A phone without room for a record."""

    async def follow_zone(self, zone: str) -> None:
        raise DiaryUnavailable(Code.STORAGE_FULL, "full", "make room")


async def test_a_full_phone_says_so_and_asks_again(abroad: Phone) -> None:
    abroad.state = abroad.state_with(lambda: FullJournal(abroad.diary, abroad.clock, abroad.host.mode))
    screen = await abroad.open()
    await screen.tap(ASKED)
    assert EXPLANATIONS[Problem.FULL].happened in screen.texts()
    await screen.tap("remedy")
    assert screen.has(ASKED)
