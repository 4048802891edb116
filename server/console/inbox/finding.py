"""What waits at some sites: alerts, what was set aside, corrections; kept for half a minute, as every page asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.corrections import Correction
from diary_app.core.study import Study
from server.alerts.open_alerts import Alert, Kind, open_alerts
from server.console.kept import kept
from server.console.marks import Mark, of_sites
from server.db import set_aside
from server.db.facts_sought import sought_at
from server.db.set_aside import SetAside
from server.intake import safety
from server.intake.corrected import corrections_among
from server.intake.safety import OpenSafetyReference

#: Alerts that stand in a section of their own; what was set aside is listed thing by thing.
_OF_REMINDERS = frozenset({Kind.ADDRESS_REFUSED, Kind.REMINDER_FAILED})
OWN_SECTIONS = _OF_REMINDERS | {Kind.NEVER_ACTIVATED}
_ASKING, _ENDANGERED = ("correction_requested",), ("excused", "status")
_AS_THINGS = frozenset({Kind.SET_ASIDE, Kind.CHAIN_GAP})


@dataclass(frozen=True)
class Waiting:
    """Everything that waits, each kind with the oldest first; as of `mark`."""

    mark: Mark
    alerts: tuple[Alert, ...]
    aside: tuple[SetAside, ...]
    corrections: tuple[tuple[str, Correction], ...]
    safety: tuple[OpenSafetyReference, ...]
    reminders: tuple[Alert, ...]
    never_activated: tuple[Alert, ...]

    @property
    def at(self) -> datetime:
        """As of when it is."""
        return self.mark.at

    @property
    def number(self) -> int:
        """How much it is altogether."""
        return sum(
            map(len, (self.alerts, self.aside, self.corrections, self.safety, self.reminders, self.never_activated)),
        )


def waiting(connection: Connection, study: Study, sites: Sequence[str], now: datetime) -> Waiting:
    """At most half a minute old."""
    return kept(connection, ("inbox", *sites), now, lambda: _found(connection, study, sites, now))


def _found(connection: Connection, study: Study, sites: Sequence[str], now: datetime) -> Waiting:
    mark = of_sites(connection, sites, now)
    alerts = sorted(open_alerts(connection, study, sites, now), key=lambda one: (one.since, one.participant))
    aside = [one for one in set_aside.at(connection, sites) if one.waits]
    found = corrections_among(connection, [who for who, _ in sought_at(connection, sites, _ASKING)])
    asked = [(who, one) for who, theirs in found.items() for one in theirs]
    endangered = dict(sought_at(connection, sites, _ENDANGERED))
    return Waiting(
        mark=mark,
        alerts=tuple(one for one in alerts if one.kind not in OWN_SECTIONS | _AS_THINGS),
        aside=tuple(sorted(aside, key=lambda one: (one.received_at, one.id))),
        corrections=tuple(sorted((one for one in asked if one[1].is_open), key=lambda one: one[1].at)),
        safety=tuple(sorted(safety.open_among(connection, endangered), key=lambda one: one.since)),
        reminders=tuple(one for one in alerts if one.kind in _OF_REMINDERS),
        never_activated=tuple(one for one in alerts if one.kind is Kind.NEVER_ACTIVATED),
    )
