"""Which diary days are locked: the last fact that covers a day decides. Order is that of the server's revisions."""

from collections.abc import Iterable
from datetime import date, timedelta

from diary_app.core.facts import Fact
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked


def is_locked(facts: Iterable[Fact], day: date) -> bool:
    """Whether nothing of that day may change."""
    return locked_since(facts, day) is not None


def is_after_lock(facts: Iterable[Fact], day: date, revision: int) -> bool:
    """Whether what became known with that revision came when the day was locked, as it still is."""
    since = locked_since(facts, day)
    return since is not None and revision > since


def any_locked(facts: Iterable[Fact], first: date, last: date) -> bool:
    """Whether one of these days is locked. Between the ends of what was said nothing changes."""
    known = [fact for fact in facts if isinstance(fact.detail, DaysLocked | DaysUnlocked)]
    begins = {fact.detail.first for fact in known if fact.detail.first}
    begins |= {fact.detail.last + timedelta(days=1) for fact in known if fact.detail.last}
    return any(is_locked(known, day) for day in {first, *begins} if first <= day <= last)


def locked_since(facts: Iterable[Fact], day: date) -> int | None:
    """The revision of the fact that locked the day; None when it is not locked. Locking again changes nothing."""
    since: int | None = None
    for fact in sorted(facts, key=lambda fact: fact.revision):
        match fact.detail:
            case DaysLocked() as said if covers(said, day):
                since = fact.revision if since is None else since
            case DaysUnlocked() as said if covers(said, day):
                since = None
    return since


def covers(said: DaysLocked | DaysUnlocked, day: date) -> bool:
    """Whether the fact is about that day."""
    return (said.first or date.min) <= day <= (said.last or date.max)
