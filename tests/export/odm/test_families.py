"""Whatever the order in which versions arrive and corrections are approved, the forms end as the entries stand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.correction_facts import (
    CorrectionChange,
    CorrectionReason,
    CorrectionRequested,
    CorrectionSource,
    DayMove,
    ItemChange,
    Voided,
)
from diary_app.core.corrections import Overlay
from diary_app.core.entries import EntryVersion
from diary_app.core.merge import counting
from server.db.export_rows import ExportedEntry
from server.export.odm.families import families
from server.export.odm.shelf import FormChange, Shelf
from server.export.participant import ExportedParticipant
from tests.core.evenings import uuid, version

ALICE = ExportedParticipant("01-001", "copenhagen", "Europe/Copenhagen", (), (), ())
Step = EntryVersion | CorrectionRequested
ID, ANSWER = "IT.ENTRY.ENTRY_ID", "IT.DMD.1.0.DMD01"
#: A first version and a change of it, another change of it, a change of that change, a second first version, and a
#: change of something that never came.
VERSIONS = (
    version(1),
    version(2, parent=1, after=5),
    version(3, parent=1, after=9),
    version(4, parent=2, after=12, revision=3),
    version(5, after=3),
    version(6, parent=99, after=20),
)
OTHER_DAYS = [VERSIONS[0].body.diary_day + timedelta(days=number) for number in (1, 2)]
CHANGES = st.one_of(
    st.integers(0, 10).map(lambda new: ItemChange(item="DMD01", old=0, new=new)),
    st.sampled_from(OTHER_DAYS).map(lambda day: DayMove(day=day)),
    st.just(Voided()),
)
#: After how many arrivals it is approved, the version that it is about, and what it makes of it.
CORRECTIONS = st.lists(st.tuples(st.integers(0, len(VERSIONS)), st.integers(1, 5), CHANGES), max_size=4)


@given(st.permutations(VERSIONS), CORRECTIONS)
def test_forms_end_as_the_entries_stand(
    order: list[EntryVersion], wanted: list[tuple[int, int, CorrectionChange]]
) -> None:
    approved = [(place, correction(number, change)) for place, number, change in wanted]
    steps = [step for place in range(len(order) + 1) for step in _taken(order, approved, place)]
    shelf, changes = played(steps)
    standing = Overlay([one for one in steps if isinstance(one, CorrectionRequested)]).over(VERSIONS)
    assert pointed(shelf, standing) == counted(standing)
    if not any(isinstance(one.change, Voided) for _, one in approved):
        assert shown(changes) == {one.id for one in VERSIONS}


def _taken(order: list[EntryVersion], approved: list[tuple[int, CorrectionRequested]], place: int) -> list[Step]:
    """What is approved after so many arrivals, then the next arrival."""
    return [*(one for at, one in approved if at == place), *order[place : place + 1]]


def correction(number: int, change: CorrectionChange) -> CorrectionRequested:
    body = VERSIONS[number - 1].body
    return CorrectionRequested(
        by_role="coordinator", by_site="copenhagen", entry=uuid(number), instrument=body.instrument,
        diary_day=body.diary_day, change=change, source=CorrectionSource.CALL, stated_on=date(2026, 11, 24),
        reason=CorrectionReason.TAPPED_WRONG,
    )  # fmt: skip


def played(steps: Sequence[Step]) -> tuple[Shelf, list[FormChange]]:
    """Each step taken; the forms afterwards, and all that happened to them."""
    at = datetime(2026, 11, 23, 22, tzinfo=UTC)
    received = {one.id: ExportedEntry(one, at, one, number) for number, one in enumerate(VERSIONS)}
    known, shelf, changes = families(received.values()), Shelf(), list[FormChange]()
    for step in steps:
        if isinstance(step, EntryVersion):
            changes += known[step.id].arrive(shelf, ALICE, received[step.id])
        else:
            changes += known[step.entry].approve(shelf, ALICE, step)
    return shelf, changes


def counted(standing: Sequence[EntryVersion]) -> dict[str, tuple[str, str]]:
    """Day -> the version that counts and its first answer."""
    days = {one.body.diary_day for one in standing}
    found = {day: counting(one for one in standing if one.body.diary_day == day) for day in days}
    return {
        day.isoformat(): (one.current.id, str(one.current.body.answers["DMD01"])) for day, one in found.items() if one
    }


def pointed(shelf: Shelf, standing: Sequence[EntryVersion]) -> dict[str, tuple[str, str]]:
    """The same from the forms: of each day the one whose key is its first version."""
    found = {}
    for day in {one.body.diary_day for one in standing}:
        if one := counting(each for each in standing if each.body.diary_day == day):
            (groups,) = [
                groups for form, groups in shelf if (form.event.repeat, form.repeat) == (day.isoformat(), one.first.id)
            ]
            items = {oid: value for group in groups.values() for oid, value in group.items()}
            found[day.isoformat()] = (str(items[ID]), str(items[ANSWER]))
    return found


def shown(changes: Sequence[FormChange]) -> set[str | None]:
    """Every version that was ever written."""
    items = [item for change in changes for group in change.groups for item in group.items]
    return {item.value for item in items if item.oid == ID}
