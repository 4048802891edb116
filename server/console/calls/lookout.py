"""Where everybody stands with the call list, kept up to date by looking only at who may stand elsewhere by now.

Those are: whoever something was written about, told by the sums of `server/db/parts`; whoever has come to a moment at
which the clock alone may change it; and whoever has an evening that closed and was not graded yet.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from sys import intern

from sqlalchemy import Connection

from diary_app.core.facts import Fact
from diary_app.core.study import Study
from server.console.calls.standing import (
    ALWAYS,
    FACT_KINDS,
    LOOKED_AT,
    Judge,
    Standing,
    ToCall,
    known_from,
)
from server.db import gaps, parts, shapes, staff_facts
from server.db.parts import Seen
from server.intake.known import fact_from_row

#: Evenings are read from some days before, for sites where it is still yesterday.
_BEFORE = timedelta(days=2)
#: Beyond so many, those with gaps are first looked for by their index.
_FEW = 2_000


@dataclass(slots=True)
class Part:
    """Participants from number `low` on: everybody with their last change, and the standings of those with a gap.

    What is known of them holds on `today` from `since` until just before `until`, as long as `sum` is theirs; `changes`
    is the share of it that each site has.
    """

    low: str
    people: dict[str, Seen] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    sum: int = -1
    changes: dict[str, int] = field(default_factory=dict)
    today: date = date.min
    since: datetime = ALWAYS[0]
    until: datetime = ALWAYS[0]
    calls: tuple[ToCall, ...] = ()
    undecided: tuple[Seen, ...] = ()

    def holds(self, sum: int, today: date, now: datetime) -> bool:
        """Whether everything known of them is right at that moment, when that is their sum."""
        return self.sum == sum and self.today == today and self.since <= now < self.until

    def settle(self, today: date) -> None:
        """Everybody in it was looked at."""
        changes: Counter[str] = Counter()
        for one in self.people.values():
            changes[one.site] += one.change_no + 1
        self.sum, self.changes, self.today = changes.total(), dict(changes), today
        known = self.standings.values()
        self.since = max((one.since for one in known), default=ALWAYS[0])
        self.until = min((one.until for one in known), default=ALWAYS[1])
        self.calls = tuple(one.call for one in known if one.call is not None)
        self.undecided = tuple(one.seen for one in known if one.call is None and one.undecided)

    def cut(self, size: int) -> Iterator["Part"]:
        """The same participants in parts of that size; they are to be settled."""
        everybody = list(self.people)
        for start in range(0, len(everybody), size):
            some = everybody[start : start + size]
            yield Part(
                some[0] if start else self.low,
                {who: self.people[who] for who in some},
                {who: self.standings[who] for who in some if who in self.standings},
            )


@dataclass
class Lookout:
    """What is known of everybody in one database: never more than one standing of each."""

    epoch: str = ""
    last_day: date = date.min
    parts: list[Part] = field(default_factory=lambda: [Part(parts.FIRST)])
    part_of: dict[str, Part] = field(default_factory=dict)
    judge: Judge = field(default_factory=Judge)

    def calls(
        self, connection: Connection, study: Study, sites: Collection[str], today: date, now: datetime
    ) -> list[ToCall]:
        """Everybody at those sites with a reason to be called, in no order."""
        self._turn_to(parts.epoch(connection), today)
        sums = parts.sums(connection, parts.ranges([part.low for part in self.parts]))
        passed = gaps.just_closed(connection, study.diary.instrument, now)
        silent: dict[str, set[str]] = defaultdict(set)
        for who in passed:
            if (part := self.part_of.get(who)) is not None and who not in part.standings:
                silent[part.low].add(who)
        stale = [
            (part, number)
            for number, part in enumerate(self.parts)
            if part.low in silent or not part.holds(sums[number], today, now)
        ]
        if stale:
            try:
                people = []
                changed = self._changed(connection, [number for part, number in stale if part.sum != sums[number]])
                for part, number in stale:
                    theirs = changed.get(number, set()) | silent[part.low]
                    theirs |= self._judged_again(part, theirs, today, now)
                    people += [part.people[who] for who in theirs]
                for who, standing in _look(connection, study, people, passed, self.judge, today, now):
                    known = self.part_of[who].standings
                    known.pop(who, None)
                    if standing is not None:
                        known[who] = standing
                self._settle([part for part, _ in stale], today)
            except BaseException:
                self._forget()  # whoever was not looked at would else pass for looked at
                raise
        return [call for part in self.parts for call in part.calls if call.site in sites]

    def undecided(self, sites: Collection[str]) -> tuple[str, ...]:
        """Who at those sites has an evening that waits in the inbox and no reason to be called, as looked at last."""
        return tuple(sorted(one.id for part in self.parts for one in part.undecided if one.site in sites))

    def changes_at(self, sites: Collection[str]) -> dict[str, int]:
        """What `participants.changes_at` finds in the snapshot that was looked at last, which needs not be asked."""
        found = dict.fromkeys(sites, 0)
        for part in self.parts:
            for site, changes in part.changes.items():
                if site in found:
                    found[site] += changes
        return found

    def _forget(self) -> None:
        self.parts, self.part_of = [Part(parts.FIRST)], {}

    def _turn_to(self, epoch: str, today: date) -> None:
        """Forget everything where it is of another copy of the data, or the clock was put back by days."""
        if epoch != self.epoch or today < self.last_day - _BEFORE:
            self._forget()
            self.epoch, self.last_day = epoch, today
        self.last_day = max(self.last_day, today)

    def _changed(self, connection: Connection, numbers: Sequence[int]) -> dict[int, set[str]]:
        """By the number of their part, whom something was written about since it was last read."""
        places = parts.ranges([part.low for part in self.parts])
        changed: dict[int, set[str]] = {}
        for number, members in zip(
            numbers, parts.members(connection, [places[number] for number in numbers]), strict=True
        ):
            part, found = self.parts[number], {one.id: one for one in members}
            changed[number] = {who for who, one in found.items() if part.people.get(who) != one}
            part.people = found
            self.part_of |= dict.fromkeys(changed[number], part)
        return changed

    def _judged_again(self, part: Part, changed: Collection[str], today: date, now: datetime) -> set[str]:
        """Whoever did not change is judged at another moment from what is known; for whom that is not enough."""
        unclear = set()
        for who, standing in part.standings.items():
            if who not in changed and not standing.holds(today, now):
                if (again := self.judge.again(standing, today, now)) is not None:
                    part.standings[who] = again
                else:
                    unclear.add(who)
        return unclear

    def _settle(self, stale: Iterable[Part], today: date) -> None:
        """Those that have become too large are cut; everybody in them was looked at."""
        grown = {part.low for part in stale if len(part.people) > 2 * parts.SIZE}
        for part in stale:
            part.settle(today)
        if not grown:
            return
        anew: list[Part] = []
        for part in self.parts:
            pieces = list(part.cut(parts.SIZE)) if part.low in grown else [part]
            for piece in pieces if part.low in grown else ():
                piece.settle(today)
                self.part_of |= dict.fromkeys(piece.people, piece)
            anew += pieces
        self.parts = anew


def _look(
    connection: Connection, study: Study, people: Sequence[Seen], passed: Collection[str], judge: Judge,
    today: date, now: datetime,
) -> Iterator[tuple[str, Standing | None]]:  # fmt: skip
    """Where each of them stands; None without a gap."""
    instrument, since = study.diary.instrument, today - LOOKED_AT - _BEFORE
    worth = [one.id for one in people]
    if len(people) > _FEW:
        have_gaps = gaps.with_gaps(connection, instrument, since)
        worth = [who for who in worth if who in have_gaps or who in passed]
    windows = {who: intern(packed) for who, packed in gaps.windows_of(connection, worth, instrument, since)}
    facts = _facts(connection, [who for who in windows if judge.needs_facts(windows[who], today, now)])
    for one in people:
        packed = windows.get(one.id)
        if packed is None or not judge.has_gap(packed, today, now):
            yield one.id, None
        else:
            known = known_from(study, facts[one.id], now) if one.id in facts else None
            yield one.id, judge.standing(one, packed, known, today, now)


def _facts(connection: Connection, people: Collection[str]) -> dict[str, list[Fact]]:
    facts: dict[str, list[Fact]] = {who: [] for who in people}
    for some in shapes.chunks(people):
        for row in staff_facts.of_kinds(connection, some, FACT_KINDS):
            facts[row.participant].append(fact_from_row(row))
    return facts
