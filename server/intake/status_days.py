"""From which days on a status can hold: none before somebody was here, no death or withdrawal of a day to come."""

from datetime import date, datetime

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import AnchorSet, Fact, Randomised, Status, StatusSet
from diary_app.core.history import home_zone, zone_at
from diary_app.core.times import local_date

#: What nobody can know before it has happened. A diary may well be agreed to stop on a day to come.
_NEVER_PLANNED = frozenset({Status.DIED, Status.CONSENT_WITHDRAWN})
_NO_ZONE = "Etc/UTC"


def check_status_day(facts: tuple[Fact, ...], said: StatusSet, at: datetime) -> None:
    """Whether the status can hold from that day, as is known at `at`. Raises `RequestRefused` (fact_invalid)."""
    zones = {home_zone(facts) or _NO_ZONE, zone_at(facts, at) or _NO_ZONE}
    days = [local_date(at, zone) for zone in zones]
    if said.status in _NEVER_PLANNED and said.effective > max(days):
        raise RequestRefused(
            Code.FACT_INVALID,
            "{day} is still to come: a death or a withdrawal of consent is recorded once it has happened.",
            "Check the date. Until then the participant stays expected and may be called.",
            day=said.effective,
        )
    first = min([*days, *(_first_known(fact, zone) for fact in facts for zone in zones)])
    if said.effective < first:
        raise RequestRefused(
            Code.FACT_INVALID,
            "{day} is before the participant's first day in this study, {first}.",
            "Check the year, and give {first} for what held before.",
            day=said.effective,
            first=first,
        )


def _first_known(fact: Fact, zone: str) -> date:
    """The earliest day that a fact tells of: when it was recorded, or randomised, or a treatment given."""
    recorded = local_date(fact.at, zone)
    match fact.detail:
        case Randomised(day=day):
            return min(day, recorded)
        case AnchorSet(actual=day) if day is not None:
            return min(day, recorded)
        case _:
            return recorded
