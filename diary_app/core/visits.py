"""When the questionnaires of a visit may be answered: windows that never reach past a treatment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from diary_app.core.anchors import Anchor, add_months, anchors
from diary_app.core.facts import Fact
from diary_app.core.study import Study, VisitRule
from diary_app.core.times import wall_to_utc


@dataclass(frozen=True)
class VisitWindow:
    """From `opens` until just before `closes`, both UTC."""

    visit: str
    opens: datetime
    closes: datetime


def visit_windows(study: Study, facts: Iterable[Fact], zone: str) -> tuple[VisitWindow, ...]:
    """The windows that can be told by now, in the study's order, in the zone where the participant lives.

    A visit has none while its treatment is neither planned nor given nor called off, or when nothing is left of it
    between two treatments.
    """
    calendar = _Calendar(anchors(study, facts), zone)
    windows = (calendar.window(rule) for rule in study.visits)
    return tuple(window for window in windows if window and window.opens < window.closes)


@dataclass(frozen=True)
class _Calendar:
    """A participant's treatments on the wall of their zone."""

    known: Mapping[str, Anchor]
    zone: str

    def window(self, rule: VisitRule) -> VisitWindow | None:
        base = self._anchor(rule.before_anchor or rule.after_anchor)
        if base and base.is_never_given:
            fallback = self._anchor(rule.fallback_anchor)
            return self._after(
                rule.id, fallback, rule.fallback_months, rule.fallback_days_early, rule.fallback_days_late
            )
        if rule.before_anchor:
            return self._before(rule.id, base, rule.days_before)
        return self._after(rule.id, base, rule.after_months, rule.days_early, rule.days_late)

    def _before(self, visit: str, anchor: Anchor | None, days: int) -> VisitWindow | None:
        """The whole days before a treatment and its own date until it starts; not from before an earlier treatment."""
        starts = anchor and anchor.starts(self.zone)
        if not (anchor and anchor.day and starts):
            return None
        opens = self._start_of(anchor.day - timedelta(days=days))
        return VisitWindow(visit, max([opens, *(one for one in self._starts() if one < starts)]), starts)

    def _after(self, visit: str, anchor: Anchor | None, months: int, early: int, late: int) -> VisitWindow | None:
        """Whole days around a date some months after a treatment, between that treatment and the next."""
        starts = anchor and anchor.starts(self.zone)
        if not (anchor and anchor.day and starts):
            return None
        middle = add_months(anchor.day, months)
        opens = self._start_of(middle - timedelta(days=early))
        closes = self._start_of(middle + timedelta(days=late + 1))
        next_starts = (one for one in self._starts() if one > starts)
        return VisitWindow(visit, max(opens, starts), min([closes, *next_starts]))

    def _anchor(self, name: str | None) -> Anchor | None:
        return self.known.get(name) if name else None

    def _starts(self) -> list[datetime]:
        moments = (anchor.starts(self.zone) for anchor in self.known.values())
        return [moment for moment in moments if moment]

    def _start_of(self, day: date) -> datetime:
        return wall_to_utc(day, 0, self.zone, last=False)
