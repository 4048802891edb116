"""Where one participant stands with the call list: what follows from evenings and facts, and how long it holds; pure.

Nothing here reads the time or the database. Whatever is worked out says between which moments it is right, so that it
can be kept as long as nothing about the participant is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from diary_app.core.anchors import anchors
from diary_app.core.compliance import GAPS, CallReason, GradedDay, rank, reasons_to_call
from diary_app.core.facts import Fact
from diary_app.core.grading import State, UnknownReason
from diary_app.core.staff_acts import ContactMade
from diary_app.core.status import display_status, turning_points
from diary_app.core.study import Study
from server.console.course import KINDS, dates_coming, ends_diary
from server.db.gaps import Window, unpacked_windows
from server.db.parts import Seen

CONTACT_KINDS = ("contact_made",)
FACT_KINDS = (*KINDS, *CONTACT_KINDS)
#: Evenings that are looked at: the last seven that closed, the one that still runs, and two to spare for those that
#: nobody expected.
LOOKED_AT = timedelta(days=10)
_WEEK = timedelta(days=7)
_ASKED_AT_MOST = 20_000
#: From when until when something holds that no moment ends.
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
_PASSING = frozenset({State.OPEN, State.NOT_YET_DUE})


@dataclass(frozen=True, slots=True)
class Coming:
    """A treatment that is planned or a visit: when, and its id in the study."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """What follows from somebody's facts between two moments: what is coming, whether the diary is over, last contact.

    It holds from `since` until just before `until`.
    """

    coming: tuple[Coming, ...]
    is_over: bool
    since: datetime
    until: datetime
    last: ContactMade | None = None
    last_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is right at that moment, if nothing was recorded since."""
        return self.since <= now < self.until

    def soon(self, today: date) -> Coming | None:
        """What comes first within the week."""
        last = today + _WEEK
        return next((one for one in self.coming if today <= one.day <= last), None)


@dataclass(frozen=True, slots=True)
class ToCall:
    """Somebody with a reason to be called. `coming`: the next thing within a week. `back`: the day a snooze ends.

    `place`: the lesser, the sooner; as `diary_app.core.compliance.rank` has it, then by number. `undecided`: how many
    of their evenings besides wait in the inbox.
    """

    participant: str
    site: str
    reasons: tuple[CallReason, ...]
    coming: Coming | None
    last: ContactMade | None
    last_at: datetime | None
    back: date | None
    place: tuple[int, int, int, str]
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands on `today` from `since` until just before `until`: `call` is None without a reason.

    `windows`: their evenings, those to come as well, as `gaps.windows_of` packs them. `known` is None where no facts
    were read, as nothing that they could say makes a reason. `undecided`: how many evenings wait in the inbox.
    """

    seen: Seen
    windows: str
    known: Known | None
    today: date
    since: datetime
    until: datetime
    call: ToCall | None
    undecided: int

    def holds(self, today: date, now: datetime) -> bool:
        """Whether it is right at that moment, if nothing about the participant was written since."""
        return self.today == today and self.since <= now < self.until


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the rule says of some evenings between two moments, whether there is a gap among them at all, and how many
    wait in the inbox.
    """

    reasons: tuple[CallReason, ...]
    has_gap: bool
    undecided: int
    since: datetime
    until: datetime


class Judge:
    """Asks the rule for reasons, once for all who have had the same evenings and have the same ahead of them.

    `windows` are always evenings since `LOOKED_AT` before the day, or longer.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, date | None], _Verdict] = {}
        self._asked_on = date.min

    def has_gap(self, windows: str, today: date, now: datetime) -> bool:
        """Whether any evening is missed or not heard from."""
        return self._verdict(windows, None, today, now).has_gap

    def needs_facts(self, windows: str, today: date, now: datetime) -> bool:
        """Whether there is a reason to call, or would be if a treatment or visit came soon."""
        return bool(self._verdict(windows, today, today, now).reasons)

    def standing(self, seen: Seen, windows: str, known: Known | None, today: date, now: datetime) -> Standing:
        """Where they stand. `known` may be None where no facts are needed."""
        soon = known.soon(today) if known else None
        verdict = self._verdict(windows, soon.day if soon else None, today, now)
        if known is None:
            return Standing(seen, windows, None, today, verdict.since, verdict.until, None, verdict.undecided)
        call = None
        if verdict.reasons and not known.is_over:
            rest = known.last.snooze_until if known.last else None
            first, second, third = (-number for number in rank(verdict.reasons))
            call = ToCall(
                seen.id, seen.site, verdict.reasons, soon, known.last, known.last_at,
                rest if rest and rest > today else None, (first, second, third, seen.id), verdict.undecided,
            )  # fmt: skip
        since, until = max(verdict.since, known.since), min(verdict.until, known.until)
        return Standing(seen, windows, known, today, since, until, call, verdict.undecided)

    def again(self, standing: Standing, today: date, now: datetime) -> Standing | None:
        """The same at another moment; None where facts have to be read for it."""
        is_enough = standing.known.holds(now) if standing.known else not self.needs_facts(standing.windows, today, now)
        return self.standing(standing.seen, standing.windows, standing.known, today, now) if is_enough else None

    def _verdict(self, windows: str, coming: date | None, today: date, now: datetime) -> _Verdict:
        if self._asked_on != today or len(self._asked) > _ASKED_AT_MOST:
            self._asked, self._asked_on = {}, today
        verdict = self._asked.get((windows, coming))
        if verdict is None or not verdict.since <= now < verdict.until:
            verdict = self._asked[windows, coming] = _judged(windows, coming, today, now)
        return verdict


def _judged(windows: str, coming: date | None, today: date, now: datetime) -> _Verdict:
    evenings = [_graded(one, now) for one in unpacked_windows(windows)]
    closes = [one.late_until for one in evenings if one.late_until is not None]
    looked_at = [one for one in evenings if one.day >= today - LOOKED_AT]
    return _Verdict(
        reasons_to_call(looked_at, now, [coming] if coming else [], today),
        any(one.state in GAPS for one in evenings),
        sum(one.reason == UnknownReason.QUARANTINED for one in looked_at),
        max((moment for moment in closes if moment <= now), default=ALWAYS[0]),
        min((moment for moment in closes if moment > now), default=ALWAYS[1]),
    )


def _graded(one: Window, now: datetime) -> GradedDay:
    """With its state by the clock where the sweep has not come by yet."""
    is_overdue = one.state in _PASSING and one.late_until <= now
    return GradedDay(one.day, State.UNKNOWN if is_overdue else one.state, one.reason, one.late_until)


def known_from(study: Study, facts: Sequence[Fact], now: datetime) -> Known:
    """Read one participant's facts, of `FACT_KINDS`."""
    coming = tuple(Coming(day, name) for day, name in dates_coming(study, anchors(study, facts)))
    contacts = [fact for fact in facts if isinstance(fact.detail, ContactMade)]
    last = contacts[-1] if contacts else None
    since, until = _between(turning_points(facts), now)
    is_over = ends_diary(display_status(facts, now))
    return Known(coming, is_over, since, until, last.detail if last else None, last.at if last else None)


def _between(moments: Iterable[datetime], now: datetime) -> tuple[datetime, datetime]:
    known = tuple(moments)
    return (
        max((one for one in known if one <= now), default=ALWAYS[0]),
        min((one for one in known if one > now), default=ALWAYS[1]),
    )
