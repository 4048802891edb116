"""One participant under the version in use and under the one to come, laid out by the engine that runs. Pure.

The new version is taken to go live now. What has opened stays, as `study_versions.expand_through` keeps it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from diary_app.core.anchors import anchors, diary_end
from diary_app.core.history import in_order
from diary_app.core.placing import begin
from diary_app.core.status import DisplayStatus, display_status
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce, amended, expand_through
from diary_app.core.visit_rules import VisitInstrument
from diary_app.core.visits import ExpectedVisit, expected_visits
from diary_app.core.windows import DiaryDay
from diary_app.core.wishes import wishes
from server.intake.outlook import Outlook, Span, of_days
from server.rehearsal.known import Known

_GOES_ON = frozenset({DisplayStatus.ACTIVE, DisplayStatus.TREATMENT_STOPPED})


class Kind(StrEnum):
    """In what way somebody is touched; in the order in which they are told."""

    HOUR = "hour"  # an evening opens, closes or ends at another moment
    FEWER = "fewer"  # an evening is not expected any more
    MORE = "more"  # an evening is expected that was not
    CHOICE = "choice"  # their own choice of evening is not in the file: they get the usual one
    REMINDERS = "reminders"
    VISITS = "visits"
    QUESTIONNAIRE = "questionnaire"  # another version of the diary's questionnaire
    LAST_DAY = "last_day"
    LANGUAGE = "language"  # theirs is not in the file


@dataclass(frozen=True)
class Evening:
    """One diary day on both sides, None where there is none. `has_opened`: so that it stays as it is.

    `reminded_before`, `reminded_after`: the moments of reminders that are still to be sent.
    """

    day: date
    before: Outlook | None
    after: Outlook | None
    has_opened: bool
    reminded_before: tuple[datetime, ...]
    reminded_after: tuple[datetime, ...]

    @property
    def kinds(self) -> frozenset[Kind]:
        """What is another on this evening."""
        return frozenset(self._kinds())

    def _kinds(self) -> Iterator[Kind]:
        before, after = (_expected(side) for side in (self.before, self.after))
        if before and after:
            if before.day.window != after.day.window:
                yield Kind.HOUR
        elif before or after:
            yield Kind.FEWER if before else Kind.MORE
        if self.reminded_before != self.reminded_after:
            yield Kind.REMINDERS


@dataclass(frozen=True)
class Visit:
    """One questionnaire at one visit on both sides; None where it is not asked."""

    visit: str
    instrument: str
    before: ExpectedVisit | None
    after: ExpectedVisit | None

    @property
    def changes(self) -> bool:
        """Whether it is asked at another time, in another version, not any more, or newly."""
        return _as_asked(self.before) != _as_asked(self.after)


@dataclass(frozen=True)
class Compared:
    """One participant. `last_day`: of the diary on both sides, as far as it is known today; None before it begins."""

    id: str
    site: str
    status: DisplayStatus
    paused_until: date | None
    app_version: str
    evenings: tuple[Evening, ...]
    visits: tuple[Visit, ...]
    last_day: tuple[date | None, date | None]
    language: str
    kinds: frozenset[Kind]
    is_in_diary: bool


@dataclass(frozen=True)
class Comparison:
    """Both sides of a rehearsal. `used`: questionnaires that any version had active at visits."""

    versions: Sequence[InForce]
    proposed: Study
    used: Collection[str]
    now: datetime
    span: Span
    done: Mapping[str, Collection[tuple[str, str]]] = field(default_factory=dict)

    @property
    def live(self) -> Study:
        """The version in use."""
        return self.versions[-1].study

    def of(self, known: Known) -> Compared:
        """What changes for this participant, and what does not."""
        evenings, visits = tuple(self._evenings(known)), tuple(self._visits(known))
        status = display_status(known.facts, self.now)
        last_day = self._last_day(self.live, known), self._last_day(self.proposed, known)
        is_in_diary = any(_expected(side) for one in evenings for side in (one.before, one.after))
        said = wishes(known.facts)
        compared = Compared(
            id=known.id, site=known.site, status=status, paused_until=self._paused_until(known),
            app_version=_app_version(known), evenings=evenings, visits=visits, last_day=last_day,
            language=said.language, kinds=frozenset(), is_in_diary=is_in_diary,
        )  # fmt: skip
        return replace(compared, kinds=frozenset(self._kinds(compared)))

    # ---- evenings and reminders ----------------------------------------------------------------------------

    def _evenings(self, known: Known) -> Iterator[Evening]:
        old = expand_through(self.versions, known.facts, self.span.end)
        new = amended(old, InForce(self.now, self.proposed), known.facts, self.span.end)
        before, after = self._with_reminders(self.live, old, known), self._with_reminders(self.proposed, new, known)
        for day in sorted({*before, *after}):
            sides = before.get(day), after.get(day)
            opened = any(side is not None and side.day.opens < self.now for side in sides)
            yield Evening(day, *sides, opened, *(self._reminded(known, side) for side in sides))

    def _with_reminders(self, study: Study, days: Sequence[DiaryDay], known: Known) -> dict[date, Outlook]:
        found = of_days(study, days, known.facts, known.pauses, self.span)
        return {one.day.day: one for one in found if one.day.late_until > self.now}

    def _reminded(self, known: Known, evening: Outlook | None) -> tuple[datetime, ...]:
        """As the running server would send them: what it has decided on, and days that are done, are over."""
        if evening is None or not known.is_reminded or evening.day.day in known.settled:
            return ()
        return tuple(
            one.at
            for one in evening.prompts
            if one.dropped is None and one.at > self.now and (one.instrument, one.day, one.number) not in known.reminded
        )

    # ---- visits, the end, and the participant --------------------------------------------------------------

    def _visits(self, known: Known) -> Iterator[Visit]:
        before, after = (
            {(one.visit, one.instrument.code): one for one in expected_visits(study, known.facts, self.used)}
            for study in (self.live, self.proposed)
        )
        done = self.done.get(known.id, ())
        for visit, code in dict.fromkeys([*before, *after]):
            one = Visit(visit, code, before.get((visit, code)), after.get((visit, code)))
            if (visit, code) not in done and any(_is_ahead(side, self.now) for side in (one.before, one.after)):
                yield one

    def _last_day(self, study: Study, known: Known) -> date | None:
        history = in_order(known.facts)
        placing = begin(study.diary, history)
        return diary_end(study.diary, anchors(study, history), placing.first) if placing else None

    def _paused_until(self, known: Known) -> date | None:
        said = max(known.pauses, key=lambda pause: pause.at, default=None)
        return said.until if said and said.until and said.until >= self.now.date() else None

    def _kinds(self, compared: Compared) -> Iterator[Kind]:
        for evening in compared.evenings:
            yield from evening.kinds
        if any(one.changes for one in compared.visits):
            yield Kind.VISITS
        if not (compared.is_in_diary or compared.visits):
            return
        if compared.language in set(self.live.languages) - set(self.proposed.languages):
            yield Kind.LANGUAGE
        if compared.is_in_diary:
            yield from self._kinds_of_diary(compared)

    def _kinds_of_diary(self, compared: Compared) -> Iterator[Kind]:
        ahead = [one for one in compared.evenings if not one.has_opened]
        chosen = {one.before.day.choice for one in ahead if one.before and _expected(one.after)}
        if chosen - {self.live.diary.default_window, *(rule.id for rule in self.proposed.diary.windows)}:
            yield Kind.CHOICE
        if self.proposed.diary.version != self.live.diary.version and any(_expected(one.after) for one in ahead):
            yield Kind.QUESTIONNAIRE
        if compared.last_day[0] != compared.last_day[1] and compared.status in _GOES_ON:
            yield Kind.LAST_DAY


def _expected(evening: Outlook | None) -> Outlook | None:
    return evening if evening is not None and evening.day.expected else None


def _is_ahead(visit: ExpectedVisit | None, now: datetime) -> bool:
    asked = _as_asked(visit) is not None
    return visit is not None and visit.window is not None and asked and visit.window.closes > now


def _as_asked(visit: ExpectedVisit | None) -> tuple[object, ...] | None:
    if visit is None or visit.window is None or visit.not_expected or not visit.instrument.active:
        return None
    return (visit.window, _version(visit.instrument))


def _version(instrument: VisitInstrument) -> tuple[object, ...]:
    return (instrument.version, instrument.items)


def _app_version(known: Known) -> str:
    """Of the phone in use; empty where there is none, or where it has not said."""
    return next((one.app_version for one in reversed(known.phones) if one.state == "active"), "")
