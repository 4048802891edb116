"""Where a participant stands in the trial, as the overview shows it: treatments, status, what is coming; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from diary_app.core.anchors import Anchor, add_months, anchors, label_by
from diary_app.core.facts import Fact
from diary_app.core.status import DisplayStatus, display_status, turning_points
from diary_app.core.study import Study
from diary_app.core.visit_rules import VisitRule
from server.db.overview import DiarySpan

#: Kinds of staff facts that a course is read from.
KINDS = ("participant_added", "phone_activated", "anchor", "status", "status_revoked")
_GOES_ON = frozenset({DisplayStatus.ACTIVE, DisplayStatus.NEVER_ACTIVATED, DisplayStatus.TREATMENT_STOPPED})


@dataclass(frozen=True)
class Course:
    """`coming`: dates of planned treatments and of visits counted from one; `span` is given where no day is shown.

    `turns`: the moments at which the status becomes another by time alone.
    """

    treatments: Mapping[str, Anchor] = field(default_factory=dict)
    status: DisplayStatus = DisplayStatus.ACTIVE
    coming: tuple[date, ...] = ()
    span: DiarySpan | None = None
    turns: tuple[datetime, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether a recorded status ends the diary."""
        return ends_diary(self.status)

    def is_over(self, today: date) -> bool:
        """Whether nothing more is to be expected, by status or because all days have passed."""
        return self.has_ended or (self.span is not None and self.span.last < today)

    def phase(self, today: date) -> str:
        """The period of the study that the day lies in, by the treatments that were given."""
        return label_by(self.treatments, today).period

    @property
    def treatments_by_day(self) -> dict[date, Anchor]:
        """The treatments that were given, or are planned, by their day."""
        return {anchor.day: anchor for anchor in self.treatments.values() if anchor.day}


def ends_diary(status: DisplayStatus) -> bool:
    """Whether nothing is expected of the diary any more once that is the status."""
    return status not in _GOES_ON


def course(study: Study, facts: Iterable[Fact], now: datetime, span: DiarySpan | None = None) -> Course:
    """Read one participant's facts, of `KINDS`, in any order."""
    known = tuple(facts)
    treatments = anchors(study, known)
    coming = tuple(day for day, _ in dates_coming(study, treatments))
    return Course(treatments, display_status(known, now), coming, span, turning_points(known))


def dates_coming(study: Study, treatments: Mapping[str, Anchor]) -> tuple[tuple[date, str], ...]:
    """Planned treatments, and visits counted from one: each with its id in the study, by date."""
    days = [(anchor.day, anchor.id) for anchor in treatments.values() if anchor.actual is None]
    days += [(_visit_day(rule, treatments), rule.id) for rule in study.visits if rule.after_anchor]
    return tuple(sorted((day, name) for day, name in days if day))


def _visit_day(rule: VisitRule, treatments: Mapping[str, Anchor]) -> date | None:
    """The middle of a visit's window, where the visit is counted from a treatment."""
    name, months, days = rule.after_anchor, rule.after_months, rule.after_days
    if name and treatments[name].is_never_given:
        name, months, days = rule.fallback_anchor, rule.fallback_months, rule.fallback_days
    day = treatments[name].day if name else None
    return add_months(day, months) + timedelta(days=days) if day else None
