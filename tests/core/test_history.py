"""The order of facts, and where a participant lived when."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.facts import Fact
from diary_app.core.history import in_order, zone_at
from tests.core.histories import AUCKLAND, COPENHAGEN, begun, histories, utc


def test_facts_are_ordered_by_moment_then_number_then_id() -> None:
    early, late = begun().zone("2026-09-10 10:00", AUCKLAND).facts[-2:]
    unsent = replace(late, id="a", revision=0)
    second = replace(late, id="b", revision=9)

    assert in_order([unsent, second, late, early]) == (early, late, second, unsent)


@given(st.data(), histories())
def test_order_does_not_depend_on_arrival(data: st.DataObject, facts: tuple[Fact, ...]) -> None:
    assert in_order(data.draw(st.permutations(facts))) == in_order(facts)


def test_zone_is_the_last_confirmed_by_then() -> None:
    facts = begun().zone("2026-10-01 10:00", AUCKLAND).facts

    assert zone_at(facts, utc("2026-10-01 09:59")) == COPENHAGEN
    assert zone_at(facts, utc("2026-10-01 10:00")) == AUCKLAND


def test_before_anything_is_known_the_first_zone_counts() -> None:
    assert zone_at(begun().zone("2026-10-01 10:00", AUCKLAND).facts, utc("2026-01-01 00:00")) == COPENHAGEN


def test_without_facts_there_is_no_zone() -> None:
    assert zone_at((), utc("2026-10-01 10:00")) is None
