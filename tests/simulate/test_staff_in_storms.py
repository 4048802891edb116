"""Signatures, corrections taken back, two at one desk, contact data and phones handed on: what must hold in storms."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.simulate.storm.counts import Kind
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate import planted_errands as planted
from tests.simulate.planted import Planted
from tests.simulate.stories import Ended, Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")
OTHER = "002"


async def looked_at(story: Story, folder: Path, days: int = 10) -> Ended:
    ended = await lived_through(story.plan(days), folder)
    ended.storm.look()
    ended.storm.close()
    return ended


def signed() -> Story:
    """Days 1 to 3 are signed, and one of them is corrected; days 4 and 5 are signed, and stay as they are."""
    story = Story()
    for day in range(1, 6):
        story.fills_in(day)
    story.happens(6, 13, Do.SIGN, first=story.date(1), last=story.date(3))
    story.happens(6, 14, Do.SIGN, first=story.date(4), last=story.date(5))
    story.happens(7, 12, Do.CORRECT, day=story.date(2), what="item", to="")
    story.happens(7, 13, Do.DECIDE, approves=True)
    return story


async def test_a_signature_stands_until_its_days_change(tmp_path: Path) -> None:
    ended = await looked_at(signed(), tmp_path)
    befell = ended.storm.ledger.befell
    assert ended.found == []
    assert (befell[Kind.SIGNED], befell[Kind.SUPERSEDED]) == (2, 1)


def changed_after_signing() -> Story:
    """The evening of day 1 is signed while it is open, and answered otherwise an hour later."""
    story = Story()
    story.fills_in(1, hour=18)
    story.happens(1, 19, Do.SIGN, first=story.date(1), last=story.date(1))
    story.happens(1, 20, Do.CHANGE, day=story.date(1), value=9)
    story.happens(1, 20.1, Do.SYNC, fates=[])
    return story


def signed_and_nothing_since() -> Story:
    """Later days come, and no act of staff."""
    story = Story()
    for day in range(1, 5):
        story.fills_in(day)
        if day == 2:
            story.happens(2, 19, Do.SIGN, first=story.date(1), last=story.date(2))
    return story


def asked() -> Story:
    """For another answer of day 1."""
    story = Story()
    story.fills_in(1)
    story.happens(3, 12, Do.CORRECT, day=story.date(1), what="item", to="")
    return story


def taken_back() -> Story:
    """The site asks no more, and somebody tries to approve it all the same."""
    story = asked()
    story.happens(4, 12, Do.TAKE_BACK)
    story.happens(4, 13, Do.DECIDE, approves=True)
    return story


def declined() -> Story:
    """The participant wants the entry left as it was, and the investigator tries to approve."""
    story = asked()
    story.happens(3, 13, Do.SYNC, fates=[])
    story.happens(3, 14, Do.ANSWER, answer="leave")
    story.happens(3, 15, Do.SYNC, fates=[])
    story.happens(4, 12, Do.AT_ONE_DESK, first="approve", second="approve")
    return story


@pytest.mark.parametrize("story", [taken_back, declined])
async def test_what_was_taken_back_or_declined_counts_for_nothing(tmp_path: Path, story: Callable[[], Story]) -> None:
    ended = await looked_at(story(), tmp_path)
    assert ended.found == []
    assert ended.storm.desk.decided.answers == {}


def two_decide(first: str, second: str) -> Story:
    """About one correction."""
    story = asked()
    story.happens(4, 12, Do.AT_ONE_DESK, first=first, second=second)
    return story


def two_letters() -> Story:
    """Are made at one desk, and the phone that is handed out later gets a third."""
    story = Story()
    story.happens(2, 12, Do.AT_ONE_DESK, first="letter", second="letter")
    story.happens(3, 12, Do.NEW_PHONE)
    return story


def two_settle() -> Story:
    """What a copied phone sent is settled by two."""
    story = Story()
    story.happens(1, 12, Do.CLONE)
    story.fills_in(1)
    story.happens(2, 18, Do.FILL, phone="clone", day=story.date(2), value=3)
    story.happens(2, 19, Do.SYNC, phone="clone", fates=[])
    story.happens(3, 12, Do.AT_ONE_DESK, first="settle", second="settle")
    return story


@pytest.mark.parametrize(
    "story",
    [
        lambda: two_decide("approve", "take_back"), lambda: two_decide("take_back", "approve"),
        lambda: two_decide("approve", "approve"), lambda: two_decide("refuse", "take_back"), two_letters, two_settle,
    ],
)  # fmt: skip
async def test_of_two_at_one_desk_one_comes_too_late(tmp_path: Path, story: Callable[[], Story]) -> None:
    ended = await looked_at(story(), tmp_path)
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.AT_ONE_DESK] == 1


def erased_after_the_backup() -> Story:
    """The address was there last night, and is erased before that night's backup is put in the database's place."""
    story = Story()
    story.happens(0, 10, Do.REACH, field="email", value="alice@mail.example")
    story.happens(0, 11, Do.REACH, field="phone", value="+4570123456")
    story.befalls_server(2, 1.5, Do.BACK_UP)
    story.happens(2, 12, Do.REACH, field="email", value="")
    story.befalls_server(2, 14, Do.RESTORE)
    return story


async def test_what_was_erased_stays_so_and_the_rest_comes_back(tmp_path: Path) -> None:
    ended = await looked_at(erased_after_the_backup(), tmp_path)
    assert ended.found == []
    assert list(filter(None, ended.storm.ways.now.values())) == ["+4570123456"]
    befell = ended.storm.ledger.befell
    assert (befell[Kind.REACH_RECORDED], befell[Kind.REACH_ERASED]) == (2, 1)


def erased_beside_a_wrong_clock(minutes: int, keep: Do, go_back: Do) -> Story:
    """The clock is wrong while the copy is made (it is ahead then), or while the address is erased (behind)."""
    story = Story()
    story.happens(0, 10, Do.REACH, field="email", value="alice@mail.example")
    wrong = (1, 10) if minutes > 0 else (2, 11)
    story.befalls_server(*wrong, Do.SERVER_CLOCK, minutes=minutes)
    story.befalls_server(2, 1.5, keep)
    right = (2, 11) if minutes > 0 else (2, 13)
    story.befalls_server(*right, Do.SERVER_CLOCK, minutes=0)
    story.happens(2, 12, Do.REACH, field="email", value="")
    story.befalls_server(2, 14, go_back)
    return story


@pytest.mark.parametrize("minutes", [-4000, -1440, 1440])
@pytest.mark.parametrize(("keep", "go_back"), [(Do.BACK_UP, Do.RESTORE), (Do.SNAPSHOT, Do.PUT_BACK)])
async def test_what_was_erased_stays_so_whatever_the_servers_clock_said(
    tmp_path: Path, minutes: int, keep: Do, go_back: Do
) -> None:
    ended = await looked_at(erased_beside_a_wrong_clock(minutes, keep, go_back), tmp_path, days=4)
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.REACH_ERASED] == 1


async def test_what_was_typed_again_after_it_was_erased_is_kept(tmp_path: Path) -> None:
    story = Story()
    story.happens(0, 10, Do.REACH, field="email", value="alice@mail.example")
    story.happens(2, 12, Do.REACH, field="email", value="")
    story.happens(2, 13, Do.REACH, field="email", value="alice@mail.example")
    story.befalls_server(2, 14, Do.SNAPSHOT)
    story.befalls_server(2, 15, Do.PUT_BACK)
    ended = await looked_at(story, tmp_path, days=4)
    assert ended.found == []
    assert list(ended.storm.ways.now.values()) == ["alice@mail.example"]


def sealed_and_let_in() -> Story:
    """What was saved after consent was withdrawn is signed, and counts once that is revoked."""
    story = Story()
    story.fills_in(1)
    story.happens(2, 17.5, Do.WITHDRAW)
    story.fills_in(2)
    story.happens(4, 12, Do.SIGN, first=story.date(1), last=story.date(2))
    story.happens(5, 12, Do.REVOKE)
    return story


async def test_a_signature_is_superseded_by_what_was_sealed_and_counts_after_all(tmp_path: Path) -> None:
    ended = await looked_at(sealed_and_let_in(), tmp_path, days=8)
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.SUPERSEDED] == 1


async def test_somebody_is_forgotten_once_their_part_is_over(tmp_path: Path) -> None:
    story = Story()
    story.happens(0, 10, Do.REACH, field="email", value="alice@mail.example")
    story.happens(2, 12, Do.FORGET_WAYS)
    story.happens(3, 12, Do.WITHDRAW)
    story.happens(3, 13, Do.FORGET_WAYS)
    ended = await looked_at(story, tmp_path)
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.FORGOTTEN] == 1


def handed_on() -> Story:
    """The code of the second is typed on the phone of the first, which holds an evening that it has not sent."""
    story = Story()
    story.happens(0, 10, Do.ENROL, who=OTHER, choice="evening")
    story.fills_in(1, sends=False)
    story.happens(2, 12, Do.HAND_ON, to=OTHER, fates=[])
    story.happens(2, 13, Do.NEW_PHONE, who=OTHER)
    story.happens(2, 18, Do.FILL, who=OTHER, day=story.date(2), value=4)
    story.fills_in(2)
    return story


async def test_a_phone_with_a_diary_on_it_takes_nobody_elses_code(tmp_path: Path) -> None:
    ended = await looked_at(handed_on(), tmp_path)
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.HANDED_ON] == 1
    days = ended.server.days
    states = {(who, str(row.diary_day)): row.state for who, rows in days.items() for row in rows}
    day = Story().date
    assert [states["01-001", day(number)] for number in (1, 2)] == ["done", "done"]
    assert states["02-002", day(2)] == "done"


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (planted.signature_overlooks_corrections, signed, "is shown as valid"),
        (planted.signature_overlooks_versions, changed_after_signing, "is shown as valid"),
        (planted.signature_covers_everything, signed_and_nothing_since, "is shown as superseded"),
        (planted.codes_are_taken_on_any_phone, handed_on, "changed which phone is theirs"),
        (planted.decided_twice, lambda: two_decide("refuse", "take_back"), "two of staff did refuse and take_back"),
        (planted.unconfirmed_is_approved, declined, "though the participant wants the entry left"),
        (planted.two_letters, two_letters, "two of staff did letter"),
        (planted.settled_twice, two_settle, "two of staff did settle"),
        (planted.erased_comes_back, erased_after_the_backup, "though staff erased it"),
        (planted.trail_says_how_somebody_is_reached, erased_after_the_backup, "where it may never be"),
    ],
)
def test_a_planted_fault_is_caught(plant: Planted, story: Callable[[], Story], words: str) -> None:
    with plant():
        found = lived(story().plan(days=10))
    assert any(words in one for one in found), found
