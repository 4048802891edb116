"""Versions of one evening's entry, by the account's own rule: the first one grades it, the newest has the answers.

The rule is said again here on purpose: nothing asks the programs which version counts.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from server.simulate.storm.ledger import Saved


@dataclass(frozen=True)
class Stands:
    """What an evening has: the version that was made first, and the one whose answers count."""

    first: Saved
    newest: Saved


def whole(records: Mapping[str, Saved], one: Saved, is_there: Callable[[Saved], bool]) -> bool:
    """Whether a version is there with each one before it; otherwise nobody can say what it is a version of."""
    while is_there(one):
        if not one.parent:
            return True
        one = records[one.parent]
    return False


def standing(there: Iterable[Saved], corrected: Collection[str]) -> Stands | None:
    """Of the versions of one evening that are there with all before them.

    One that a correction was approved of goes before all others. `corrected`: their ids.
    """
    families: dict[str, list[Saved]] = defaultdict(list)
    for one in there:
        families[one.first].append(one)

    def order(members: list[Saved]) -> tuple[bool, object, str]:
        first = min(members, key=lambda one: one.revision)
        return not any(one.id in corrected for one in members), first.captured, first.id

    if not families:
        return None
    mine = min(families.values(), key=order)
    newest = max(mine, key=lambda one: (one.id in corrected, one.revision, one.captured, one.id))
    return Stands(min(mine, key=lambda one: one.revision), newest)
