"""A device's chain: every change, removal or reordering of a record shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.chain import START, Placement, follow, head_of, place
from diary_app.core.records import Record, chain_hash, parse
from tests.core.evenings import records

CHAIN = records(8)
FOREIGN = records(8, device="bbbbbbbb-0000-4000-8000-000000000002")
places = st.integers(0, len(CHAIN) - 1)


def test_a_whole_chain_ends_at_its_last_record() -> None:
    assert follow(CHAIN) == head_of(CHAIN[-1])


def test_a_chain_is_followed_from_where_it_was_left() -> None:
    assert follow(CHAIN[3:], head_of(CHAIN[2])) == head_of(CHAIN[-1])


def test_nothing_follows_nothing() -> None:
    assert follow([]) == START


@given(places, st.data())
def test_any_changed_letter_shows(place_: int, data: st.DataObject) -> None:
    old = CHAIN[place_]
    spot = old.text.index("number ") + data.draw(st.integers(0, 6))
    changed = parse(old.text[:spot] + "x" + old.text[spot + 1 :])

    assert follow([*CHAIN[:place_], changed, *CHAIN[place_ + 1 :]]) != follow(CHAIN)


@given(places)
def test_a_removed_record_shows(place_: int) -> None:
    assert follow([*CHAIN[:place_], *CHAIN[place_ + 1 :]]) == (head_of(CHAIN[place_ - 1]) if place_ else START)


@given(st.permutations(CHAIN).filter(lambda order: order != CHAIN))
def test_any_reordering_shows(order: list[Record]) -> None:
    assert follow(order) != follow(CHAIN)


@given(places)
def test_a_record_of_another_phone_shows(place_: int) -> None:
    assert follow([*CHAIN[:place_], FOREIGN[place_], *CHAIN[place_ + 1 :]]) != follow(CHAIN)


def test_a_record_written_again_with_all_that_follow_shows_at_the_head() -> None:
    forged = replace(CHAIN[0], text=CHAIN[0].text.replace("number 1", "number 7"))
    forged = replace(forged, hash=chain_hash(forged.previous, forged.text))

    assert follow([forged]) != head_of(CHAIN[0])


@pytest.mark.parametrize(
    ("have", "arriving", "stored", "expected"),
    [
        pytest.param(0, CHAIN[0], None, Placement.NEXT, id="the first"),
        pytest.param(3, CHAIN[3], None, Placement.NEXT, id="the next"),
        pytest.param(3, CHAIN[2], CHAIN[2], Placement.REPLAY, id="sent again"),
        pytest.param(3, CHAIN[0], CHAIN[0], Placement.REPLAY, id="sent again, long ago"),
        pytest.param(3, CHAIN[4], None, Placement.GAP, id="one is missing"),
        pytest.param(0, CHAIN[1], None, Placement.GAP, id="the first is missing"),
        pytest.param(3, FOREIGN[2], CHAIN[2], Placement.FORK, id="another in its place"),
        pytest.param(3, FOREIGN[3], None, Placement.FORK, id="continues another chain"),
        pytest.param(3, CHAIN[1], None, Placement.FORK, id="in a place that should be taken"),
        pytest.param(2, CHAIN[4], CHAIN[4], Placement.REPLAY, id="kept beyond a gap and sent again"),
        pytest.param(2, FOREIGN[4], CHAIN[4], Placement.FORK, id="kept beyond a gap, now another"),
    ],
)
def test_where_a_record_belongs(have: int, arriving: Record, stored: Record | None, expected: Placement) -> None:
    assert place(follow(CHAIN[:have]), arriving, stored.hash if stored else None) is expected
