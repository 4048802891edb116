"""Zone, choice and training records that could not join a chain, as staff settled them: what the diary follows of them.

The server folds those that are accepted like any other. Phones hear each decision: the first about a record under the
record's own id, so that it takes the place of the one that its phone made, each later one under an id of its own.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from diary_app.core.facts import Fact, body_of, detail_from
from diary_app.core.records import Record, RecordKind
from diary_app.core.staff_acts import Outcome, QuarantineReopened, QuarantineSettled, SettlingReason

#: Kinds of the facts that decide.
DECIDING = ("quarantine_settled", "quarantine_reopened")


@dataclass(frozen=True)
class Decided:
    """What holds of one record. `said`: what it says; its revision is that of the last fact about it.

    `told_as`: the id under which phones hear of that last fact.
    """

    said: Fact
    is_followed: bool
    told_as: str

    @property
    def is_second_word(self) -> bool:
        """Whether it was decided before, so that an app which knows the first word alone may go by that."""
        return self.told_as != self.said.id


@dataclass
class _About:
    """One record while facts are read. `accepted`: the things set aside that are it, as it may have come twice."""

    said: Fact
    accepted: set[str] = field(default_factory=set)
    told_as: str = ""

    def decide(self, fact: Fact, item: str, outcome: Outcome | None) -> None:
        """Settled so, or reopened."""
        (self.accepted.add if outcome is Outcome.ACCEPTED else self.accepted.discard)(item)
        self.told_as = fact.id if self.told_as else self.said.id
        self.said = replace(self.said, revision=fact.revision)


def decisions(facts: Iterable[Fact], through: float = inf) -> dict[str, Decided]:
    """By record, in the order in which they were first settled, as the server had come to the revision `through`."""
    found: dict[str, _About] = {}
    records: dict[str, str] = {}
    for fact in sorted(facts, key=lambda fact: fact.revision):
        match fact.detail:
            case _ if fact.revision > through:
                break
            case QuarantineSettled(record=str(record), item=item, outcome=outcome) as settled:
                records[item] = record
                found.setdefault(record, _About(_said(settled))).decide(fact, item, outcome)
            case QuarantineReopened(item=item) if item in records:
                found[records[item]].decide(fact, item, None)
    return {record: Decided(one.said, bool(one.accepted), one.told_as) for record, one in found.items()}


def settled_as(record: Record, said: Fact) -> dict[str, Any]:
    """What a settlement keeps of a record that shapes the schedule."""
    body = body_of(said.detail)
    kept = {name: body[name] for name in ("instrument", "zone", "choice") if isinstance(body.get(name), str)}
    return {"record": record.id, "record_kind": record.kind, "captured_at": said.at, **kept}


def followed(facts: Collection[Fact], chained: Collection[str]) -> tuple[Fact, ...]:
    """Those that count without a chain. `chained`: ids of records that a chain has, whose word goes first."""
    return tuple(
        one.said for record, one in decisions(facts).items() if one.is_followed and record not in chained
    )  # fmt: skip


def told_body(one: Decided) -> dict[str, Any]:
    """What phones hear of it: what it says where the diary follows it, else that it counts as nothing."""
    if one.is_followed:
        return {**body_of(one.said.detail), "record": one.said.id}
    nothing = QuarantineSettled(
        by_role="", by_site="", item=one.said.id, sha256="0" * 64, outcome=Outcome.NO_ENTRY,
        reason=SettlingReason.NOT_AN_ENTRY, record=one.said.id,
    )  # fmt: skip
    return body_of(nothing)


def on_the_phone(told: Collection[Fact], own: Iterable[Fact]) -> tuple[Fact, ...]:
    """What the server told, then the phone's own that it has not told back; of a settled record its last word alone."""
    last: dict[str, Fact] = {}
    for fact in told:
        about = getattr(fact.detail, "record", None) or fact.id
        if about not in last or fact.revision >= last[about].revision:
            last[about] = fact
    return (*last.values(), *(fact for fact in own if fact.id not in last))


def _said(detail: QuarantineSettled) -> Fact:
    assert detail.record is not None
    assert detail.captured_at is not None
    body: dict[str, str | None] = {"kind": detail.record_kind}
    if detail.record_kind == RecordKind.ZONE:
        body["zone"] = detail.zone
    elif detail.record_kind == RecordKind.CHOICE:
        body |= {"instrument": detail.instrument, "choice": detail.choice}
    return Fact(detail.record, detail.captured_at, 0, detail_from(body))
