"""How much of the diary was kept: sums over graded days, rates with both their readings, and who needs a call.

A day counts only once its late_until has passed. A rate is always n of N. Every rate is read twice: with excused
days left out, and with excused days counted as missed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import takewhile

from diary_app.core.entries import BY_STAFF, Mode
from diary_app.core.grading import UNDECIDED, State

HABITUAL_THRESHOLD = Fraction(80, 100)
USABLE_DAYS_OF_WEEK = 4
ROLLING_DAYS = (7, 14, 28)
FILLED = frozenset({State.DONE, State.LATE})
GAPS = frozenset({State.MISSED, State.UNKNOWN})
_CLOSED = FILLED | GAPS | {State.EXCUSED}
_OUTSIDE = frozenset({State.NOT_EXPECTED, State.EXTRA})


@dataclass(frozen=True)
class GradedDay:
    """One diary day as the server graded it; `late_until` is None for an extra day that had no window."""

    day: date
    state: State
    reason: str | None = None
    late_until: datetime | None = None
    received_at: datetime | None = None
    captured_at: datetime | None = None
    mode: Mode | None = None

    @property
    def is_gap(self) -> bool:
        """Whether the participant can be asked about it: without an entry, and not because staff have not decided."""
        return self.state in GAPS and not (self.state is State.UNKNOWN and self.reason in UNDECIDED)


@dataclass(frozen=True)
class Rate:
    """n of N, exact."""

    n: int
    of: int

    @property
    def share(self) -> Fraction | None:
        """Between 0 and 1; None of nothing."""
        return Fraction(self.n, self.of) if self.of else None

    @property
    def percent(self) -> Decimal | None:
        """With one decimal, halves up; None of nothing."""
        if not self.of:
            return None
        return (Decimal(100 * self.n) / Decimal(self.of)).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def reaches(self, threshold: Fraction = HABITUAL_THRESHOLD) -> bool:
        """Compared exactly, not as rounded for show; never reached by nothing."""
        return self.share is not None and self.share >= threshold


@dataclass(frozen=True)
class BothReadings:
    """One rate with excused days left out, and with excused days counted as missed; shown side by side."""

    excused_out: Rate
    excused_as_missed: Rate


@dataclass(frozen=True)
class Tally:
    """Closed days by state; done + late + missed + unknown + excused = expected, extra days are outside.

    Of the done and late ones, `received` had arrived by the data cut; `..._on_paper` are those that staff typed.
    """

    expected: int = 0
    done: int = 0
    late: int = 0
    missed: int = 0
    unknown: int = 0
    excused: int = 0
    extra: int = 0
    received: int = 0
    done_on_paper: int = 0
    late_on_paper: int = 0
    received_on_paper: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{name: count + vars(other)[name] for name, count in vars(self).items()})


@dataclass(frozen=True)
class Rates:
    """What staff typed is never on time; the other two are also given with its days counted as not filled in.

    `..._without_paper`: without sheets of paper and without interviews.
    """

    on_time: BothReadings
    on_time_or_late: BothReadings
    received: BothReadings
    on_time_or_late_without_paper: BothReadings
    received_without_paper: BothReadings


@dataclass(frozen=True)
class Denominators:
    """The SISAQOL pair at one time point: of those still expected then, and of all who were randomised."""

    variable: BothReadings
    fixed: BothReadings


@dataclass(frozen=True)
class Participation:
    """What the study's sums need to know of one participant."""

    participant: str
    days: tuple[GradedDay, ...] = ()
    activated: bool = True
    screen_failure: bool = False


@dataclass(frozen=True)
class StudySummary:
    """Sums over those who count; screen failures and phones never activated are on lines of their own."""

    tally: Tally
    participants: int
    screen_failures: tuple[str, ...]
    never_activated: tuple[str, ...]


class CallKind(StrEnum):
    """Why a participant should be called; never one evening alone."""

    DAYS_IN_A_ROW = "days_in_a_row"
    FEW_OF_SEVEN = "few_of_seven"
    GAP_BEFORE_VISIT = "gap_before_visit"


@dataclass(frozen=True)
class CallReason:
    """`gaps` days without an entry, of which `not_heard_from` are unknown; `coming` is the treatment or visit."""

    kind: CallKind
    gaps: int
    not_heard_from: int
    coming: date | None = None


def closed(days: Iterable[GradedDay], now: datetime) -> tuple[GradedDay, ...]:
    """The expected days whose late_until has passed, oldest first."""
    past = (day for day in days if day.state not in _OUTSIDE and day.late_until is not None and day.late_until <= now)
    return tuple(sorted(past, key=lambda day: day.day))


def tally(days: Iterable[GradedDay], now: datetime, cut: datetime | None = None) -> Tally:
    """Add up closed days. `cut`: the data cut for `received`, now when there is none.

    A closed day that nobody has graded again yet is unknown: it is never left out of the sum.
    """
    days = tuple(days)
    found = Counter(name for day in closed(days, now) for name in _counts(day, cut or now))
    return Tally(extra=sum(day.state is State.EXTRA for day in days), **found)


def rates(sums: Tally) -> Rates:
    """The three rates, with and without what staff typed."""
    filled = sums.done + sums.late
    on_paper = sums.done_on_paper + sums.late_on_paper
    return Rates(
        on_time=_both(sums, sums.done - sums.done_on_paper),
        on_time_or_late=_both(sums, filled),
        received=_both(sums, sums.received),
        on_time_or_late_without_paper=_both(sums, filled - on_paper),
        received_without_paper=_both(sums, sums.received - sums.received_on_paper),
    )


def rolling(days: Iterable[GradedDay], today: date, length: int) -> tuple[GradedDay, ...]:
    """The days of the last `length` diary days before `today`, whose own diary day is still running."""
    return tuple(day for day in days if today - timedelta(days=length) <= day.day < today)


def per_period(
    days: Iterable[GradedDay], period_of: Mapping[date, str], now: datetime, cut: datetime | None = None
) -> dict[str, Tally]:
    """One tally for each period, in order of their first days. `period_of` names the period of every day."""
    grouped: dict[str, list[GradedDay]] = {}
    for day in sorted(days, key=lambda day: day.day):
        grouped.setdefault(period_of[day.day], []).append(day)
    return {period: tally(inside, now, cut) for period, inside in grouped.items()}


def usable_week(days: Iterable[GradedDay]) -> bool:
    """At least 4 of the 7 days given have an entry."""
    return sum(day.state in FILLED for day in days) >= USABLE_DAYS_OF_WEEK


def denominators(
    states: Mapping[str, State], randomised: Collection[str], screen_failures: Collection[str] = ()
) -> Denominators:
    """Both rates at one time point. `states`: the closed day of each participant who had one; absent: not expected."""
    inside = {who: state for who, state in states.items() if who not in screen_failures and state in _CLOSED}
    everyone = set(randomised) - set(screen_failures)
    return Denominators(
        variable=_share_of(inside, set(inside)),
        fixed=_share_of(inside, everyone),
    )


def summarise(participations: Iterable[Participation], now: datetime, cut: datetime | None = None) -> StudySummary:
    """The sums of a site or a study."""
    everyone = sorted(participations, key=lambda one: one.participant)
    failed = tuple(one.participant for one in everyone if one.screen_failure)
    waiting = tuple(one.participant for one in everyone if not (one.screen_failure or one.activated))
    counted = [one for one in everyone if one.activated and not one.screen_failure]
    sums = sum((tally(one.days, now, cut) for one in counted), start=Tally())
    return StudySummary(sums, len(counted), failed, waiting)


def reasons_to_call(
    days: Iterable[GradedDay], now: datetime, coming: Iterable[date], today: date
) -> tuple[CallReason, ...]:
    """Why this participant should be called now, most urgent first; empty when there is no reason.

    `coming`: dates of treatments and visits. `today`: the participant's date at `now`. An excused day is no gap and
    ends a run; so does one that waits for staff to decide, as it may have its entry. A diary that ended more than a
    week ago gives no reason.
    """
    past = closed(days, now)
    if not past or past[-1].day < today - timedelta(days=7):
        return ()
    run, week = _gaps_at_end(past), [day for day in past[-7:] if day.is_gap]
    soon = min((day for day in coming if today <= day <= today + timedelta(days=7)), default=None)
    reasons = []
    if soon and week:
        reasons.append(_reason(CallKind.GAP_BEFORE_VISIT, week, soon))
    if len(run) >= 2:
        reasons.append(_reason(CallKind.DAYS_IN_A_ROW, run))
    if len(past) >= 7 and 7 - len(week) < 5:
        reasons.append(_reason(CallKind.FEW_OF_SEVEN, week))
    return tuple(reasons)


def rank(reasons: Iterable[CallReason]) -> tuple[int, int, int]:
    """How urgent a call is, as a key: the greater, the sooner. Missed and not heard from weigh the same."""
    gaps = {reason.kind: reason.gaps for reason in reasons}
    return (
        int(CallKind.GAP_BEFORE_VISIT in gaps),
        gaps.get(CallKind.DAYS_IN_A_ROW, 0),
        max(gaps.get(CallKind.FEW_OF_SEVEN, 0), gaps.get(CallKind.GAP_BEFORE_VISIT, 0)),
    )


def call_list(reasons: Mapping[str, Sequence[CallReason]]) -> tuple[str, ...]:
    """Participants with a reason to be called, the most urgent first, then by number."""
    urgency = {who: rank(theirs) for who, theirs in reasons.items() if theirs}
    return tuple(sorted(sorted(urgency), key=lambda who: urgency[who], reverse=True))


def _counts(day: GradedDay, cut: datetime) -> Iterator[str]:
    """The fields of the tally in which one closed day counts."""
    state = day.state if day.state in _CLOSED else State.UNKNOWN
    yield "expected"
    yield state.value
    if state in FILLED:
        is_received = day.received_at is not None and day.received_at <= cut
        if is_received:
            yield "received"
        if day.mode in BY_STAFF:
            yield f"{state.value}_on_paper"
            if is_received:
                yield "received_on_paper"


def _both(sums: Tally, n: int) -> BothReadings:
    return BothReadings(Rate(n, sums.expected - sums.excused), Rate(n, sums.expected))


def _share_of(states: Mapping[str, State], everyone: Collection[str]) -> BothReadings:
    filled = sum(states.get(who) in FILLED for who in everyone)
    excused = sum(states.get(who) is State.EXCUSED for who in everyone)
    return BothReadings(Rate(filled, len(everyone) - excused), Rate(filled, len(everyone)))


def _gaps_at_end(past: Sequence[GradedDay]) -> list[GradedDay]:
    """The closed days in a row, up to the last one, without an entry."""
    return list(takewhile(lambda day: day.is_gap, reversed(past)))


def _reason(kind: CallKind, gaps: Collection[GradedDay], coming: date | None = None) -> CallReason:
    return CallReason(kind, len(gaps), sum(day.state is State.UNKNOWN for day in gaps), coming)
