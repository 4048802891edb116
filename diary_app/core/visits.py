"""When the questionnaires of a visit may be answered: windows that never reach past a treatment."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from diary_app.core.anchors import Anchor, add_months, anchors
from diary_app.core.facts import AnchorSet, Fact, Status
from diary_app.core.history import home_zone, in_order
from diary_app.core.placing import Window
from diary_app.core.status import Term, terms
from diary_app.core.study import Study
from diary_app.core.times import wall_to_utc
from diary_app.core.visit_rules import VisitInstrument, VisitRule

_MOMENT = timedelta(milliseconds=1)
#: The diary stops, and visit questionnaires go on.
_VISITS_CONTINUE = frozenset({Status.TREATMENT_STOPPED, Status.DIARY_STOPPED})


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


def windows_that_stood(study: Study, facts: Iterable[Fact], visit: str) -> dict[VisitWindow, datetime | None]:
    """Every window that a visit has had, and when another took its place; None for the one of now.

    A phone shows one until it hears of the next.
    """
    known = in_order(facts)
    zone, stood, last = home_zone(known), dict[VisitWindow, datetime | None](), None
    for place, fact in enumerate(known if zone else ()):
        if isinstance(fact.detail, AnchorSet):
            windows = visit_windows(study, known[: place + 1], zone or "")
            found = next((one for one in windows if one.visit == visit), None)
            if last and last != found:
                stood[last] = fact.at
            if found:
                stood[found] = None
            last = found
    return stood


@dataclass(frozen=True)
class ExpectedVisit:
    """One questionnaire at one visit of one participant. `window` is None while its treatment has no date.

    `not_expected`: the status that ended the participant's part before the window did, or before there was one.
    """

    visit: str
    instrument: VisitInstrument
    window: VisitWindow | None
    not_expected: Status | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it can be filled in now: from the opening until just before the close."""
        window = self.window
        return window is not None and self.not_expected is None and window.opens <= now < window.closes


def expected_visits(
    study: Study, facts: Iterable[Fact], used_before: Collection[str] = ()
) -> tuple[ExpectedVisit, ...]:
    """Every visit with each of its questionnaires that is in use, or was before, in the study's order.

    Windows are on the wall of the participant's home, where the treatments are, wherever they travel.
    """
    asked = [one for one in study.instruments if one.active or one.code in used_before]
    known = tuple(facts)
    zone = home_zone(known)
    if not (asked and zone):
        return ()
    windows = {window.visit: window for window in visit_windows(study, known, zone)}
    statuses = terms(known)
    return tuple(
        ExpectedVisit(rule.id, one, windows.get(rule.id), ended_by(windows.get(rule.id), statuses))
        for rule in study.visits
        for one in asked
        if one.code in rule.instruments
    )


def visit_window_of(study: Study, facts: Iterable[Fact], visit: str | None, instrument: str) -> Window | None:
    """When that questionnaire could be filled in for that visit; None when nobody expected it. There is no late."""
    for one in expected_visits(study, facts):
        if (one.visit, one.instrument.code) == (visit, instrument) and one.window and one.not_expected is None:
            return Window(one.window.opens, one.window.closes, one.window.closes)
    return None


def ended_by(window: VisitWindow | None, statuses: Iterable[Term]) -> Status | None:
    """The first status in force when the window closes, of those that end visits too.

    Without a window one that stands is enough: whoever's part has ended is given no treatment that it could be about.
    """
    ending = (term for term in statuses if term.said.status not in _VISITS_CONTINUE)
    for term in ending:
        if term.revoked_at is None if window is None else term.holds_at(window.closes - _MOMENT):
            return term.said.status
    return None


@dataclass(frozen=True)
class _Later:
    """How long after a treatment the date of a visit is, and how many days before and after it are allowed."""

    months: int
    days: int
    early: int
    late: int


@dataclass(frozen=True)
class _Calendar:
    """A participant's treatments on the wall of their zone."""

    known: Mapping[str, Anchor]
    zone: str

    def window(self, rule: VisitRule) -> VisitWindow | None:
        base = self._anchor(rule.before_anchor or rule.after_anchor)
        if base and base.is_never_given:
            fallback = self._anchor(rule.fallback_anchor)
            later = _Later(rule.fallback_months, rule.fallback_days, rule.fallback_days_early, rule.fallback_days_late)
            return self._after(rule.id, fallback, later)
        if rule.before_anchor:
            return self._before(rule.id, base, rule.days_before)
        return self._after(rule.id, base, _Later(rule.after_months, rule.after_days, rule.days_early, rule.days_late))

    def _before(self, visit: str, anchor: Anchor | None, days: int) -> VisitWindow | None:
        """The whole days before a treatment and its own date until it starts; not from before an earlier treatment."""
        starts = anchor and anchor.starts(self.zone)
        if not (anchor and anchor.day and starts):
            return None
        opens = self._start_of(anchor.day - timedelta(days=days))
        return VisitWindow(visit, max([opens, *(one for one in self._starts() if one < starts)]), starts)

    def _after(self, visit: str, anchor: Anchor | None, later: _Later) -> VisitWindow | None:
        """Whole days around a date some time after a treatment, between that treatment and the next."""
        starts = anchor and anchor.starts(self.zone)
        if not (anchor and anchor.day and starts):
            return None
        middle = add_months(anchor.day, later.months) + timedelta(days=later.days)
        opens = self._start_of(middle - timedelta(days=later.early))
        closes = self._start_of(middle + timedelta(days=later.late + 1))
        next_starts = (one for one in self._starts() if one > starts)
        return VisitWindow(visit, max(opens, starts), min([closes, *next_starts]))

    def _anchor(self, name: str | None) -> Anchor | None:
        return self.known.get(name) if name else None

    def _starts(self) -> list[datetime]:
        moments = (anchor.starts(self.zone) for anchor in self.known.values())
        return [moment for moment in moments if moment]

    def _start_of(self, day: date) -> datetime:
        return wall_to_utc(day, 0, self.zone, last=False)
