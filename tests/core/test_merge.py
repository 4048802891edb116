"""Which version of a day counts: the same answer in any order and however often each arrives."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import EntryVersion
from diary_app.core.merge import Standing, classify, counting
from tests.core.evenings import uuid, version

ROOT = version(1)
AMENDED = version(2, parent=1, after=5)
AMENDED_TWICE = version(3, parent=2, revision=3, after=9)
SIBLING = version(4, parent=1, after=7)
SECOND_ROOT = version(5, after=2)
SECOND_AMENDED = version(6, parent=5, after=20)
ORPHAN = version(7, parent=99, after=1)
PRACTICE = version(8, after=-10, practice=1)
SKIPPING = version(9, parent=1, revision=3, after=8)
EVERYTHING = [ROOT, AMENDED, AMENDED_TWICE, SIBLING, SECOND_ROOT, SECOND_AMENDED, ORPHAN, PRACTICE, SKIPPING]
some_versions = st.lists(st.sampled_from(EVERYTHING), max_size=14)


@given(some_versions, st.data())
def test_order_and_repeats_do_not_matter(versions: list[EntryVersion], data: st.DataObject) -> None:
    again = data.draw(st.permutations(versions + versions[:3]))

    assert counting(again) == counting(versions)


@given(some_versions, some_versions)
def test_what_is_stored_first_does_not_matter(ours: list[EntryVersion], theirs: list[EntryVersion]) -> None:
    there, back = surviving(ours + theirs), surviving(theirs + ours)

    assert counting(there) == counting(back) == counting(surviving([*there, *back]))


def surviving(versions: list[EntryVersion]) -> list[EntryVersion]:
    """What a database holds after each was stored unless it was known or can never count."""
    kept: list[EntryVersion] = []
    for incoming in versions:
        if classify(incoming, kept) not in {Standing.IDENTICAL, Standing.CONFLICTING}:
            kept.append(incoming)
    return kept


@given(some_versions)
def test_what_counts_is_one_of_those_given(versions: list[EntryVersion]) -> None:
    counted = counting(versions)

    roots = [one for one in versions if not one.body.parent and not one.body.practice]
    assert (counted is None) == (not roots)
    if counted:
        assert counted.current in versions
        assert counted.first in roots
        assert PRACTICE not in (counted.current, counted.first, *counted.other_roots, *counted.orphans)


@given(some_versions)
def test_classify_foretells_what_counts(versions: list[EntryVersion]) -> None:
    incoming, *known = versions or [ROOT]
    known = [one for one in surviving(known) if one.id != incoming.id and one is not ORPHAN]
    before, after = counting(known), counting([*known, incoming])

    match classify(incoming, known):
        case Standing.NEW:
            assert before is None
            assert after is not None
            assert after.first == incoming
        case Standing.ORPHAN | Standing.REFUSED:
            assert (before and before.current) == (after and after.current)
        case Standing.SECOND_ROOT:
            assert after is not None
            assert after.other_roots
        case Standing.NEWER | Standing.OLDER as standing:
            assert after is not None
            assert (after.current == incoming) == (standing is Standing.NEWER)


@pytest.mark.parametrize(
    ("incoming", "known", "expected"),
    [
        pytest.param(ROOT, [], Standing.NEW, id="first of the day"),
        pytest.param(ROOT, [ROOT, AMENDED], Standing.IDENTICAL, id="sent again"),
        pytest.param(AMENDED, [ROOT], Standing.NEWER, id="amended"),
        pytest.param(AMENDED, [ROOT, AMENDED_TWICE], Standing.OLDER, id="the missing link of a later version"),
        pytest.param(AMENDED, [ROOT, SIBLING], Standing.OLDER, id="amended on two phones, the earlier arrives last"),
        pytest.param(SIBLING, [ROOT, AMENDED], Standing.NEWER, id="amended on two phones, the later arrives last"),
        pytest.param(SECOND_ROOT, [ROOT], Standing.SECOND_ROOT, id="a second start"),
        pytest.param(ROOT, [SECOND_ROOT], Standing.SECOND_ROOT, id="a second start that was made earlier"),
        pytest.param(SECOND_AMENDED, [ROOT, SECOND_ROOT], Standing.SECOND_ROOT, id="a version of a second start"),
        pytest.param(ORPHAN, [ROOT], Standing.ORPHAN, id="parent unknown"),
        pytest.param(AMENDED, [], Standing.ORPHAN, id="parent not here yet"),
        pytest.param(ROOT, [AMENDED], Standing.NEW, id="the parent that was waited for"),
        pytest.param(replace(ROOT, hash="f" * 64), [ROOT], Standing.CONFLICTING, id="other bytes under one id"),
        pytest.param(PRACTICE, [], Standing.REFUSED, id="practice never counts"),
        pytest.param(SKIPPING, [ROOT], Standing.REFUSED, id="skips a revision"),
        pytest.param(version(2, parent=8), [PRACTICE], Standing.REFUSED, id="practice cannot be promoted"),
        pytest.param(version(2, parent=1, diary_day=date(2026, 11, 23)), [ROOT], Standing.REFUSED, id="another day"),
        pytest.param(version(2, parent=1, participant="02-001"), [ROOT], Standing.REFUSED, id="another participant"),
    ],
)
def test_how_a_version_stands(incoming: EntryVersion, known: list[EntryVersion], expected: Standing) -> None:
    assert classify(incoming, known) is expected


def test_the_newest_version_counts_with_the_time_of_the_first() -> None:
    counted = counting([AMENDED_TWICE, ROOT, AMENDED])

    assert counted is not None
    assert (counted.current, counted.first) == (AMENDED_TWICE, ROOT)


def test_the_earliest_root_counts_and_the_other_is_kept_for_review() -> None:
    counted = counting([SECOND_AMENDED, SECOND_ROOT, ROOT])

    assert counted is not None
    assert (counted.current, counted.other_roots) == (ROOT, (SECOND_ROOT,))


def test_roots_of_the_same_moment_are_told_apart_by_id() -> None:
    twin = replace(ROOT, id=uuid(0))

    counted = counting([ROOT, twin])

    assert counted is not None
    assert counted.first is twin


def test_of_two_with_one_id_the_same_one_counts_in_any_order() -> None:
    other = replace(ROOT, hash="f" * 64)

    assert counting([ROOT, other]) == counting([other, ROOT])


def test_an_orphan_is_held_until_its_parent_is_known() -> None:
    held, found = counting([ROOT, AMENDED_TWICE]), counting([ROOT, AMENDED_TWICE, AMENDED])

    assert held is not None
    assert found is not None
    assert (held.current, held.orphans) == (ROOT, (AMENDED_TWICE,))
    assert (found.current, found.orphans) == (AMENDED_TWICE, ())


def test_practice_and_orphans_alone_count_for_nothing() -> None:
    assert counting([PRACTICE, ORPHAN]) is None
