"""Which version of a day's entry counts, whatever the order and however often the versions arrive.

The versions of one participant, instrument and diary day form chains: a root, and later versions that name their
parent. The root with the least (capture time, id) counts; of its descendants the highest revision is current. A version
that an approved correction is about goes before all others.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from diary_app.core.entries import EntryVersion


class Standing(StrEnum):
    """How an arriving version stands to those known; decided before anything is written."""

    NEW = "new"  # the day's first root
    IDENTICAL = "identical"
    NEWER = "newer"  # continues the counting root and becomes current
    OLDER = "older"  # continues the counting root, but a later version is known
    SECOND_ROOT = "second_root"  # another root of the same day, or a version of one: kept for review
    ORPHAN = "orphan"  # its parent is not known yet
    CONFLICTING = "conflicting"  # same id, other bytes
    REFUSED = "refused"  # can never count: a practice entry, or a parent that it cannot follow


@dataclass(frozen=True)
class Counting:
    """The version that counts, the root that its timeliness comes from, and what was set aside."""

    current: EntryVersion
    first: EntryVersion
    other_roots: tuple[EntryVersion, ...] = ()
    orphans: tuple[EntryVersion, ...] = ()


def classify(incoming: EntryVersion, known: Collection[EntryVersion]) -> Standing:
    """How `incoming` stands to the `known` versions of the same participant, instrument and diary day."""
    by_id = {version.id: version for version in known}
    if (same := by_id.get(incoming.id)) is not None:
        return Standing.IDENTICAL if same.hash == incoming.hash else Standing.CONFLICTING
    parent = by_id.get(incoming.body.parent)
    if incoming.body.practice or (parent is not None and not _follows(incoming, parent)):
        return Standing.REFUSED
    root = _root(incoming, by_id)
    if root is None:
        return Standing.ORPHAN
    before = counting(known)
    if before is None:
        return Standing.NEW
    if root.id != before.first.id:
        return Standing.SECOND_ROOT
    after = counting([*known, incoming])  # a later version may have waited for this one
    return Standing.NEWER if after is not None and after.current.id == incoming.id else Standing.OLDER


def counting(versions: Iterable[EntryVersion]) -> Counting | None:
    """What counts among the versions of one day; None while no root is known. Order and repeats do not matter."""
    known = tuple(versions)
    if not known:
        return None
    if len(known) == 1 and counts_alone(known[0]):  # nearly every day there is
        return Counting(known[0], known[0])
    by_id = _distinct(known)
    families: dict[str, list[EntryVersion]] = {}
    orphans = []
    for version in by_id.values():
        root = _root(version, by_id)
        if root is None:
            orphans.append(version)
        else:
            families.setdefault(root.id, []).append(version)
    if not families:
        return None
    first, *others = sorted((by_id[root] for root in families), key=lambda root: _weight(root, families[root.id]))
    current = max(families[first.id], key=_newness)
    return Counting(current, first, tuple(others), tuple(sorted(orphans, key=_made)))


def counts_alone(version: EntryVersion) -> bool:
    """Whether it counts where no other version of its day is known."""
    return not (version.body.parent or version.body.practice)


def roots(versions: Iterable[EntryVersion]) -> dict[str, str]:
    """Id of a version -> id of its root, of those whose chain is whole."""
    by_id = _distinct(versions)
    found = {version.id: _root(version, by_id) for version in by_id.values()}
    return {version: root.id for version, root in found.items() if root is not None}


def _distinct(versions: Iterable[EntryVersion]) -> dict[str, EntryVersion]:
    """By id, without practice entries. Of two with one id, which no database holds, always the same one stays."""
    ordered = sorted(versions, key=lambda version: version.hash, reverse=True)
    return {version.id: version for version in ordered if not version.body.practice}


def _root(version: EntryVersion, by_id: Mapping[str, EntryVersion]) -> EntryVersion | None:
    """The first version of the chain; None when a link is missing or broken. Ends, as each link lowers the revision."""
    while version.body.parent:
        parent = by_id.get(version.body.parent)
        if parent is None or not _follows(version, parent):
            return None
        version = parent
    return version


def _follows(version: EntryVersion, parent: EntryVersion) -> bool:
    ours, theirs = version.body, parent.body
    return (
        ours.revision == theirs.revision + 1
        and not theirs.practice
        and (ours.participant, ours.instrument, ours.diary_day)
        == (theirs.participant, theirs.instrument, theirs.diary_day)
    )


def _made(version: EntryVersion) -> tuple[datetime, str]:
    return version.body.captured_at, version.id


def _newness(version: EntryVersion) -> tuple[bool, int, datetime, str]:
    return bool(version.corrected), version.body.revision, *_made(version)


def _weight(root: EntryVersion, family: Iterable[EntryVersion]) -> tuple[bool, datetime, str]:
    return not any(version.corrected for version in family), *_made(root)
