"""What a phone may lay its evenings out by although the server does not: what was set aside, and what is settled since.

A phone goes on following a zone that it confirmed itself until it hears what staff decided.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from sqlalchemy import Connection

from diary_app.core.facts import SCHEDULE_RECORDS, Fact, FactInvalid, fact_from_record
from diary_app.core.records import record_in
from diary_app.core.settled import decisions
from server.db import quarantine

#: So many are weighed, the last ones: each doubles the ways of laying out an evening.
_WEIGHED = 5


def as_heard(facts: tuple[Fact, ...], chained: Collection[str], revision: int) -> tuple[Fact, ...]:
    """The facts, where what staff settled counts as it did at that revision. `chained`: ids that a chain has."""
    settled = decisions(facts).keys() - set(chained)
    if not settled:
        return facts
    then = decisions(facts, revision)
    others = tuple(fact for fact in facts if fact.id not in settled)
    return (*others, *(one.said for name, one in then.items() if one.is_followed and name in settled))


@dataclass(frozen=True)
class MadeAside:
    """What the installations of one phone may have made of what was set aside and shapes the schedule.

    `waiting`: what staff have not decided; `settled`: ids of records that they have.
    """

    waiting: tuple[Fact, ...]
    settled: frozenset[str]


def unheard(facts: tuple[Fact, ...], chained: Collection[str], revision: int, made: MadeAside) -> list[Fact]:
    """What nobody had settled at that revision, numbered by nobody: its own phone may have followed it by itself.

    An app of an earlier release goes by the first decision that it heard, whatever was decided since.
    """
    then = decisions(facts, revision)
    since = [
        one.said
        for name, one in decisions(facts).items()
        if name in made.settled and (name not in then or one.is_second_word)
    ]
    found = {fact.id: replace(fact, revision=0) for fact in (*since, *made.waiting) if fact.id not in chained}
    return list(found.values())


def some_of(facts: Collection[Fact]) -> Iterator[tuple[Fact, ...]]:
    """Each way of following some or none of them: which of two copies of a phone followed what, nobody knows."""
    ordered = sorted(facts, key=lambda fact: (fact.at, fact.id))
    always, weighed = ordered[:-_WEIGHED], ordered[-_WEIGHED:]
    for number in range(len(weighed) + 1):
        for some in combinations(weighed, number):
            yield (*always, *some)


def made_aside(connection: Connection, participant: str, line: Collection[str], facts: tuple[Fact, ...]) -> MadeAside:
    """By the installations of that line. `facts`: those of the participant, which say what is settled."""
    waiting = (_fact_in(row.data, line) for row in quarantine.unresolved(connection, [participant]) if _may_be(row))
    claimed = quarantine.claiming(connection, participant, decisions(facts))
    return MadeAside(
        tuple(fact for fact in waiting if fact is not None),
        frozenset(fact.id for data in claimed if (fact := _fact_in(data, line)) is not None),
    )


def _may_be(row: quarantine.Quarantined) -> bool:
    return row.claimed_id is not None and row.diary_day is None


def _fact_in(data: bytes, line: Collection[str]) -> Fact | None:
    record = record_in(data)
    if record is None or record.kind not in SCHEDULE_RECORDS or record.device not in line:
        return None
    try:
        return fact_from_record(record)
    except FactInvalid:
        return None
