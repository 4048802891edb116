"""The facts about one participant in the order in which they became known, and where the participant lived when."""

from collections.abc import Iterable
from datetime import datetime
from math import inf

from diary_app.core.facts import Fact, ParticipantAdded, ZoneConfirmed


def in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """By the moment they became known, then the server's order, then id; the phone's own unnumbered ones last."""
    return tuple(sorted(facts, key=lambda fact: (fact.at, fact.revision or inf, fact.id)))


def zone_at(facts: Iterable[Fact], at: datetime) -> str | None:
    """The zone that the participant's diary followed at that moment; before the first is known, that first one."""
    zone: str | None = None
    for fact in in_order(facts):
        if isinstance(fact.detail, ParticipantAdded | ZoneConfirmed) and (zone is None or fact.at <= at):
            zone = fact.detail.zone
    return zone


def home_zone(facts: Iterable[Fact]) -> str:
    """The zone that was set with the participant at the site; empty before that."""
    return next((fact.detail.zone for fact in facts if isinstance(fact.detail, ParticipantAdded)), "")
