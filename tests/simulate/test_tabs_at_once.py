"""Two tabs of a phone at the same moment in storms: nothing is lost between them, and the phone is in no doubt.

Each of the planted faults is one that two tabs have without what guards them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection

from diary_app.core.records import Record
from diary_app.core.sealing import DataKey
from diary_app.storage import data_keys
from diary_app.storage.diary import Diary
from diary_app.storage.keyring import Keyring
from diary_app.storage.making import Making, OutOfPlace, SealedRecord
from diary_app.sync import outcome
from server.simulate.storm.counts import Kind
from server.simulate.storm.meeting import Act
from server.simulate.storm.steps import Do
from tests.simulate.stories import Ended, Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")

DAYS = 11
#: Enough for the rarest order of steps that a fault needs.
MANY_DAYS = 34
#: Until the last evening counts.
AFTERWARDS = 2
PAIRS = [
    (Act.SAVE, Act.SAVE), (Act.SAVE, Act.SEND), (Act.SEND, Act.SAVE), (Act.SEND, Act.SEND),
    (Act.SAVE, Act.LOCK), (Act.SAVE, Act.CHANGE_PIN), (Act.CHANGE_PIN, Act.SEND), (Act.CHANGE_PIN, Act.CHANGE_PIN),
]  # fmt: skip


def evenings(first: Act, second: Act, days: int = DAYS, **detail: Any) -> Story:
    """On each of many evenings both tabs do that at once, each time in another order of their steps."""
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    usual = {"first": first, "second": second, "value": 3, "fates": [], "closed_after": None}
    for day in range(1, days):
        if Act.SAVE not in (first, second):
            story.fills_in(day, 17.5, sends=False)
        told = {**usual, "day": story.date(day), "dice": f"{day}", **detail}
        if detail.get("closed_after") == "each":
            told["closed_after"] = 2 * day
        story.happens(day, 18, Do.AT_ONCE, **told)
        story.happens(day, 19, Do.SYNC, fates=[])
    return story


async def ended(folder: Path, story: Story, days: int = DAYS) -> Ended:
    done = await lived_through(story.plan(days=days + AFTERWARDS), folder)
    done.storm.close()
    return done


@pytest.mark.parametrize("closed_after", [None, "each"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
async def test_nothing_is_lost_between_two_tabs(tmp_path: Path, first: Act, second: Act, closed_after: Any) -> None:
    story = evenings(first, second, closed_after=closed_after)
    done = await ended(tmp_path, story)
    assert done.found == []
    assert done.storm.ledger.befell[Kind.TABS_AT_ONCE] == DAYS - 1
    assert (done.storm.ledger.befell[Kind.TAB_CLOSED] > 0) == (closed_after is not None)
    if Act.SAVE in (first, second) and not (closed_after and first is not Act.SAVE):
        assert {done.states()[story.date(day)] for day in range(1, DAYS)} == {"done"}


@pytest.mark.parametrize("fate", ["unanswered", "twice", "late:0.5", "cut_answer"])
async def test_messages_may_suffer_between_two_tabs(tmp_path: Path, fate: str) -> None:
    done = await ended(tmp_path, evenings(Act.SEND, Act.SEND, fates=[fate]))
    assert done.found == []


async def test_both_tabs_save_the_same_evening(tmp_path: Path) -> None:
    done = await ended(tmp_path, evenings(Act.SAVE, Act.SAVE))
    days = [one.day for one in done.storm.ledger.records.values() if one.day is not None]
    assert len(days) > len(set(days)) == DAYS - 1
    assert done.found == []


async def test_the_same_dice_give_the_same_order(tmp_path: Path) -> None:
    said = []
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        done = await ended(tmp_path / name, evenings(Act.SAVE, Act.SEND, closed_after="each"))
        said.append(done.storm.log.digest())
    assert said[0] == said[1]


# ---- faults that are planted -------------------------------------------------------------------------------


def tabs_talk_at_once() -> AbstractContextManager[Any]:
    """Nothing keeps one from sending while the other does."""
    return patch.object(Diary, "alone", lambda _self: nullcontext())


def the_chain_has_moved_on() -> AbstractContextManager[Any]:
    """A record whose place was taken meanwhile is said to be saved."""
    kept = Making.keep

    def careless(self: Making, sealed: SealedRecord) -> Record:
        try:
            return kept(self, sealed)
        except OutOfPlace:
            return sealed.record

    return patch.object(Making, "keep", careless)


def all_sent_is_what_was_sent() -> AbstractContextManager[Any]:
    """What was saved since is not looked at."""
    return patch.object(outcome, "saved_meanwhile", lambda _waiting: outcome.all_sent())


@contextmanager
def another_pin_is_another_key() -> Iterator[None]:
    """A new PIN begins a new data key, and the other tab goes on under the one before."""

    async def anew(self: Keyring, old: str, new: str) -> bool:
        key = await self._key_under(old)
        fresh = DataKey.fresh(self._environment)
        return key is not None and await self._keep(fresh, new, self._seen)

    def unlooked(_connection: Connection, _vault: object, _content: bytes) -> None:
        return

    with patch.object(Keyring, "change_pin", anew), patch.object(data_keys, "require_in_use", unlooked):
        yield


def an_entry_is_stored_twice() -> AbstractContextManager[Any]:
    """After another tab took its place, an entry is stored in the next one, and once more."""
    written = Making.written

    async def twice(self: Making, make: Callable[[], Record]) -> Record:
        head = make().sequence
        made = await written(self, make)
        if made.sequence > head:
            await written(self, make)
        return made

    return patch.object(Making, "written", twice)


@pytest.mark.parametrize(
    ("plant", "first", "second", "words"),
    [
        (tabs_talk_at_once, Act.SEND, Act.SEND, "is in doubt"),
        (the_chain_has_moved_on, Act.SAVE, Act.SAVE, "when two tabs were used at once"),
        (all_sent_is_what_was_sent, Act.SAVE, Act.SEND, "says that everything is sent"),
        (another_pin_is_another_key, Act.SAVE, Act.CHANGE_PIN, "can no longer open"),
        (an_entry_is_stored_twice, Act.SAVE, Act.SAVE, "holds records that nobody saved"),
    ],
)
async def test_a_fault_between_two_tabs_is_found(
    tmp_path: Path, plant: Callable[[], AbstractContextManager[Any]], first: Act, second: Act, words: str
) -> None:
    with plant():
        done = await ended(tmp_path, evenings(first, second, MANY_DAYS), MANY_DAYS)
    assert any(words in one for one in done.found), done.found
