"""A day is locked by the last fact that covers it; what came before the lock stays, what came after waits."""

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.facts import Fact
from diary_app.core.locks import any_locked, is_after_lock, is_locked, locked_since
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked, LockingReason

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = date(2026, 11, 10)
REASON = LockingReason.DATA_REVIEWED


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def facts(*said: tuple[str, int | None, int | None]) -> list[Fact]:
    """Each a word with the range that it is about, known with revisions 1, 2, 3."""
    kinds = {"lock": DaysLocked, "unlock": DaysUnlocked}
    return [
        Fact(
            str(number),
            NOW,
            number,
            kinds[word](by_role="investigator", by_site="odense", reason=REASON, **ends(first, last)),
        )
        for number, (word, first, last) in enumerate(said, 1)
    ]


def ends(first: int | None, last: int | None) -> dict[str, date | None]:
    return {"first": None if first is None else day(first), "last": None if last is None else day(last)}


def test_nothing_is_locked_by_itself() -> None:
    assert not is_locked([], DAY)


def test_a_range_locks_its_ends_and_nothing_beside_them() -> None:
    known = facts(("lock", 1, 3))
    assert [is_locked(known, day(number)) for number in range(5)] == [False, True, True, True, False]


def test_without_ends_every_day_is_locked() -> None:
    assert is_locked(facts(("lock", None, None)), day(4000))


def test_a_part_is_unlocked_by_itself() -> None:
    known = facts(("lock", None, None), ("unlock", 2, 2))
    assert [is_locked(known, day(number)) for number in (1, 2, 3)] == [True, False, True]


def test_what_came_between_two_locks_of_one_day_stays_out() -> None:
    known = facts(("lock", 1, 1), ("lock", 0, 9))
    assert (locked_since(known, day(1)), locked_since(known, day(2))) == (1, 2)
    assert not is_after_lock(known, day(1), 1)
    assert is_after_lock(known, day(1), 2)


def test_after_unlocking_and_locking_again_what_came_meanwhile_counts() -> None:
    known = facts(("lock", 1, 1), ("unlock", 1, 1), ("lock", 1, 1))
    assert not is_after_lock(known, day(1), 2)
    assert is_after_lock(known, day(1), 4)


def test_nothing_comes_after_a_lock_where_there_is_none() -> None:
    assert not is_after_lock(facts(("lock", 1, 1)), day(2), 9)


SAID = st.tuples(st.sampled_from(["lock", "unlock"]), st.integers(0, 4), st.integers(0, 4)).filter(
    lambda said: said[1] <= said[2]
)


@given(said=st.lists(SAID, max_size=8), wanted=st.integers(0, 4), turn=st.randoms())
def test_the_order_of_reading_does_not_matter_and_the_last_word_holds(
    said: list[tuple[str, int, int]], wanted: int, turn: random.Random
) -> None:
    known = facts(*said)
    about = [word for word, first, last in said if first <= wanted <= last]
    assert is_locked(known, day(wanted)) == (bool(about) and about[-1] == "lock")
    turned = known.copy()
    turn.shuffle(turned)
    assert locked_since(turned, day(wanted)) == locked_since(known, day(wanted))


RANGE = st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda ends: ends[0] <= ends[1])


@given(said=st.lists(SAID, max_size=6), wanted=RANGE)
def test_a_range_has_a_locked_day_if_one_of_its_days_is(
    said: list[tuple[str, int, int]], wanted: tuple[int, int]
) -> None:
    known, (first, last) = facts(*said), wanted
    expected = any(is_locked(known, day(number)) for number in range(first, last + 1))
    assert any_locked(known, day(first), day(last)) == expected


def test_of_all_days_one_may_be_locked_without_ends() -> None:
    assert any_locked(facts(("lock", None, 3)), date.min, date.max)
    assert not any_locked(facts(("lock", None, None), ("unlock", None, None)), date.min, date.max)


def test_a_range_that_begins_unlocked_may_be_locked_from_its_second_day_on() -> None:
    known = facts(("lock", None, None), ("unlock", None, 2))
    assert any_locked(known, day(2), day(3))
    assert not any_locked(known, day(1), day(2))
