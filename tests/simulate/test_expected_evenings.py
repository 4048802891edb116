"""Which evenings are expected, and how long each is open: by a list of the account's own, not by the server's rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core import anchors, placing, windows
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")

DAYS = 10
_WEDNESDAY = 2


def diligent() -> Story:
    """Every evening is filled in."""
    story = Story()
    for day in range(1, DAYS - 1):
        story.fills_in(day)
    return story


@contextmanager
def wednesdays_left_out() -> Iterator[None]:
    """No evening in the middle of a week is laid out."""
    known, final = windows._Ends.known_before, windows._Ends.are_final  # noqa: SLF001

    def known_before(self: Any, opens: datetime) -> date:
        return date.min if opens.weekday() == _WEDNESDAY else known(self, opens)

    def are_final(self: Any, opens: datetime) -> bool:
        return opens.weekday() != _WEDNESDAY and final(self, opens)

    with (
        patch.object(windows._Ends, "known_before", known_before),  # noqa: SLF001
        patch.object(windows._Ends, "are_final", are_final),  # noqa: SLF001
    ):
        yield


@contextmanager
def wednesdays_not_expected() -> Iterator[None]:
    """The same evenings are taken for those of a journey."""
    laid_out = windows._diary_day  # noqa: SLF001

    def of_a_journey(instrument: str, day: date, *args: Any) -> windows.DiaryDay:
        one = laid_out(instrument, day, *args)
        return replace(one, not_expected=windows.NotExpected.TRAVEL) if day.weekday() == _WEDNESDAY else one

    with patch.object(windows, "_diary_day", of_a_journey):
        yield


@contextmanager
def over_after_a_week() -> Iterator[None]:
    """A diary ends a week after it began."""
    of = windows._Ends.of  # noqa: SLF001

    def short(study: Any, history: Any, first: date) -> Any:
        ends = of(study, history, first)
        return replace(ends, last_days=tuple(min(one, first + timedelta(days=6)) for one in ends.last_days))

    with patch.object(windows._Ends, "of", short):  # noqa: SLF001
        yield


@contextmanager
def dead_are_expected() -> Iterator[None]:
    """A diary goes on whatever was recorded of a participant."""
    with patch("diary_app.core.status.Term.ends_expectation", lambda *_: False):
        yield


@contextmanager
def closing_an_hour_early() -> Iterator[None]:
    """Everywhere: on the phone, on the server, and in what an entry says of itself."""
    exact = placing.window_of

    def early(rule: Any, day: date, zone: str) -> placing.Window:
        window = exact(rule, day, zone)
        return window._replace(closes=window.closes - timedelta(hours=1))

    with patch.object(placing, "window_of", early):
        yield


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (wednesdays_left_out, "is on no list of the server"),
        (wednesdays_not_expected, "is not expected, for travel"),
        (over_after_a_week, "is on no list of the server"),
        (closing_an_hour_early, "closes 2026-11-25T01:00:00.000Z, not 2026-11-25T02:00:00.000Z"),
        (closing_an_hour_early, "was shown to close 2026-11-25T01:00:00.000Z"),
        (dead_are_expected, "is expected, and nobody should wait for it"),
    ],
)
async def test_a_planted_fault_is_caught(tmp_path: Path, plant: Planted, words: str) -> None:
    story = diligent()
    story.happens(9, 12, Do.DIE)
    with plant():
        ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert any(words in one for one in ended.found), ended.found


async def test_a_diary_of_a_month_is_expected_to_its_last_evening(tmp_path: Path) -> None:
    """A treatment that was typed too long ago ends the diary soon, and what had begun before stays expected."""
    story = diligent()
    story.happens(4, 12, Do.ANCHOR, anchor="treatment_2", planned="2026-07-21")  # four months and a week: 28 November
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert sorted(ended.states()) == [story.date(day) for day in range(1, 6)]
    assert ended.found == []


def test_a_bundle_without_an_evening_is_found() -> None:
    """Its own sums and the server's rows agree; the account's list has one more."""
    with wednesdays_left_out():
        found = lived(diligent().plan(DAYS))
    assert any("expected, and the account 8" in one for one in found), found


def not_given_after_all() -> Story:
    """A second treatment that was typed far too early ends the diary, until staff record that it was never given."""
    story = Story()
    story.happens(1, 12, Do.ANCHOR, anchor="treatment_2", planned=story.date(-130))
    story.happens(4, 12, Do.ANCHOR, anchor="treatment_2", planned=story.date(-130), not_given=story.date(4))
    return story


async def test_a_treatment_that_is_not_given_ends_no_diary(tmp_path: Path) -> None:
    story = not_given_after_all()
    ended = await lived_through(story.plan(days=8), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert [day for day in range(1, 8) if story.date(day) in ended.states()] == [4, 5, 6, 7]


def test_a_diary_that_stays_over_is_found() -> None:
    with patch.object(anchors.Anchor, "day", property(lambda self: self.actual or self.planned)):
        found = lived(not_given_after_all().plan(days=8))
    assert any("is not expected, for unscheduled, and should be" in one for one in found), found
