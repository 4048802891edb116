"""What the overview says in words: states with their reasons, evenings summed up, phases, and why to call."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from diary_app.core.anchors import label_by
from diary_app.core.catalogue import Catalogue, message
from diary_app.core.compliance import BothReadings, CallKind, CallReason, Rate
from diary_app.core.entries import Mode
from diary_app.core.facts import ExcuseReason
from diary_app.core.grading import State, UnknownReason
from diary_app.core.status import DisplayStatus
from diary_app.core.windows import NotExpected
from server.console.course import Course
from server.console.dates import Calendar
from server.console.heatmap import Cell, Evening
from server.console.signs import Sign

LANGUAGE_NAMES: Mapping[str, str] = {"da": message("Danish"), "en": message("English")}
STATES: Mapping[State, str] = {
    State.DONE: message("done"),
    State.LATE: message("filled in late"),
    State.MISSED: message("missed"),
    State.UNKNOWN: message("not heard from"),
    State.EXCUSED: message("excused"),
    State.OPEN: message("open"),
    State.NOT_YET_DUE: message("not yet due"),
    State.NOT_EXPECTED: message("not expected"),
    State.EXTRA: message("extra entry"),
}
#: Of one that is not decided the phone may have been in touch since: it waits for staff.
SIGNS: Mapping[Sign, str] = {
    **{Sign(state.value): words for state, words in STATES.items()},
    Sign.UNDECIDED: message("not decided"),
}
REASONS: Mapping[str, str] = {
    UnknownReason.SILENT: message("the phone has not been in touch since"),
    UnknownReason.HELD_UNSENT: message("the phone still held entries at its last contact"),
    UnknownReason.AFTER_LOCK: message("an entry came after the day was locked; it counts once the day is unlocked"),
    UnknownReason.QUARANTINED: message("something was set aside that may be this entry; it waits to be decided"),
    UnknownReason.DEVICE_LOST: message("the phone was lost or replaced before it could send"),
    UnknownReason.DEVICE_DOUBTFUL: message("what the phone reports is in doubt"),
    ExcuseReason.HOSPITALISED: message("in hospital"),
    ExcuseReason.TOO_ILL: message("too ill"),
    ExcuseReason.DEVICE_FAILURE: message("the phone failed"),
    ExcuseReason.SERVER_FAILURE: message("the server failed"),
    ExcuseReason.OTHER_AGREED: message("agreed with the site"),
    NotExpected.TRAVEL: message("skipped while travelling between time zones"),
    NotExpected.DIARY_STOPPED: message("diary stopped"),
    NotExpected.CONSENT_WITHDRAWN: message("consent withdrawn"),
    NotExpected.DIED: message("died"),
    NotExpected.LOST_TO_FOLLOW_UP: message("lost to follow-up"),
    NotExpected.SCREEN_FAILURE: message("screen failure"),
    NotExpected.COMPLETED: message("diary completed"),
}
#: A state whose entry staff typed, and the same beside a state that is said already.
_TYPED: Mapping[Mode, str] = {
    Mode.PAPER: message("{state}, on paper"),
    Mode.INTERVIEW: message("{state}, asked by staff"),
}
TYPED: Mapping[Mode, str] = {Mode.PAPER: message("on paper"), Mode.INTERVIEW: message("asked by staff")}
#: Reasons that a list gives; why an entry was late is the participant's own affair.
_SHOWN_WITH = frozenset({State.UNKNOWN, State.EXCUSED, State.NOT_EXPECTED})


class Words:
    """Speaks one language about one site. `treatments`: what each anchor of the study is called in that language."""

    def __init__(self, catalogue: Catalogue, calendar: Calendar, treatments: Mapping[str, str]) -> None:
        self.say, self.count = catalogue.text, catalogue.count
        self._calendar = calendar
        self._treatments = treatments

    # ---- one cell ------------------------------------------------------------------------------------------

    def state(self, cell: Cell) -> str:
        """The state with its reason: open – can still be filled in until 12:00."""
        reason = self.reason(cell.reason) if cell.state in _SHOWN_WITH else ""
        if cell.state is State.EXTRA:
            reason = self.say("outside the rates")
        if cell.until is not None:
            reason = self._until(cell, cell.until)
        named = self.say(SIGNS[cell.sign])
        if cell.typed:
            named = self.say(_TYPED[cell.typed], state=named)
        return f"{named} – {reason}" if reason else named

    def reason(self, reason: str | None) -> str:
        """The reason of a state; empty when there is none, or none that staff need."""
        return self.say(REASONS.get(reason or "", ""))

    def treatment(self, cell: Cell) -> str:
        """What was done, or is planned, on the cell's day; empty for most days."""
        if cell.treatment is None:
            return ""
        name = self._treatments[cell.treatment]
        return self.say("{treatment} planned", treatment=name) if cell.is_planned else name

    def _until(self, cell: Cell, until: datetime) -> str:
        time = self._calendar.time(until)
        if cell.state is State.NOT_YET_DUE:
            return self.say("opens {time}", time=time)
        if cell.is_late_hour:
            return self.say("can still be filled in until {time}", time=time)
        return self.say("until {time}", time=time)

    # ---- evenings ------------------------------------------------------------------------------------------

    def latest(self, evening: Evening) -> str:
        """Saturday: 37 of 41 evenings are in; 4 not in yet (open until 12:00)."""
        come = self.count(
            "{filled} of {number} evening is in", "{filled} of {number} evenings are in", evening.of,
            filled=evening.filled,
        )  # fmt: skip
        parts = [come, *self._not_in(evening)]
        return f"{self._name(evening)}: {'; '.join(parts)}."

    def before(self, evening: Evening) -> str:
        """Friday: 1 missed, 1 not heard from."""
        parts = self._not_in(evening) or [self.say("all {number} are in", number=evening.of)]
        return f"{self._name(evening)}: {', '.join(parts)}."

    def _name(self, evening: Evening) -> str:
        name = self._calendar.weekday(evening.day)
        return name[:1].upper() + name[1:]

    def _not_in(self, evening: Evening) -> list[str]:
        said = []
        if evening.open and evening.first_closes and evening.last_closes:
            said.append(self._still_open(evening.open, evening.first_closes, evening.last_closes))
        if evening.missed:
            said.append(self.say("{number} missed", number=evening.missed))
        if evening.unknown:
            said.append(self.say("{number} not heard from", number=evening.unknown))
        if evening.undecided:
            said.append(self.say("{number} not decided", number=evening.undecided))
        if evening.excused:
            said.append(self.say("{number} excused", number=evening.excused))
        return said

    def _still_open(self, number: int, first: datetime, last: datetime) -> str:
        first_time, last_time = self._calendar.time(first), self._calendar.time(last)
        if first == last:
            return self.say("{number} not in yet (open until {time})", number=number, time=last_time)
        pattern = message("{number} not in yet (open until {first} or {last})")
        return self.say(pattern, number=number, first=first_time, last=last_time)

    # ---- participants --------------------------------------------------------------------------------------

    def phase(self, course: Course, *, has_days: bool) -> str:
        """Where somebody stands: 12 days to treatment 1; treatment 1, day 34; consent withdrawn."""
        if course.has_ended:
            return self._status(course.status)
        if not has_days:
            return self._outside(course)
        counts = label_by(course.treatments, self._calendar.today).days_since
        given = [(name, count) for name, count in counts.items() if count is not None and count > 0]
        if given:
            name, count = given[-1]
            return self.say("{treatment}, day {number}", treatment=self._treatments[name], number=count)
        return self._ahead(course)

    def last_contact(self, moment: datetime | None) -> str:
        """Today 07:12, yesterday 21:14, or the date alone."""
        if moment is None:
            return self.say("never")
        day, time = self._calendar.local_date(moment), self._calendar.time(moment)
        if day == self._calendar.today:
            return self.say("today {time}", time=time)
        if day == self._calendar.today - timedelta(days=1):
            return self.say("yesterday {time}", time=time)
        return self._calendar.short_day(day)

    def last_contact_in_full(self, moment: datetime | None) -> str:
        """With day, time and zone."""
        return self._calendar.moment(moment) if moment else self.say("never")

    def rate(self, rate: BothReadings, without_paper: BothReadings | None = None) -> str:
        """What n/N in the heat map means: in both readings where they differ, without paper where staff typed some."""
        said = self._rate(rate)
        if without_paper is None or without_paper == rate:
            return said
        kept = without_paper.excused_out
        return f"{said}; {self.say('{n} of {of} without paper and interviews', n=kept.n, of=kept.of)}"

    def _rate(self, rate: BothReadings) -> str:
        said = self.say("Filled in {n} of {of} closed days of the last 7", n=rate.excused_out.n, of=rate.excused_out.of)
        if rate.excused_as_missed == rate.excused_out:
            return said
        other = rate.excused_as_missed
        return f"{said}; {self.say('{n} of {of} with excused days counted as missed', n=other.n, of=other.of)}"

    def fraction(self, rate: Rate) -> str:
        """n/N; a dash of nothing."""
        return f"{rate.n}/{rate.of}" if rate.of else "–"

    def call(self, reason: CallReason) -> str:
        """Why somebody should be called now, without blame."""
        match reason.kind:
            case CallKind.GAP_BEFORE_VISIT if reason.coming:
                return self._before_visit(reason.gaps, reason.coming)
            case CallKind.DAYS_IN_A_ROW if reason.not_heard_from == reason.gaps:
                return self.say("not heard from for {number} evenings in a row", number=reason.gaps)
            case CallKind.DAYS_IN_A_ROW:
                return self.say("{number} evenings in a row without an entry", number=reason.gaps)
        return self.say("{number} of the last 7 evenings without an entry", number=reason.gaps)

    def _before_visit(self, gaps: int, coming: date) -> str:
        day = self._calendar.short_day(coming)
        return self.count(
            "treatment or visit on {day}, and {number} of the last 7 evenings is without an entry",
            "treatment or visit on {day}, and {number} of the last 7 evenings are without an entry",
            gaps, day=day,
        )  # fmt: skip

    def days(self, cells: Sequence[Cell]) -> str:
        """Fri 20 Nov, Sat 21 Nov."""
        return ", ".join(self._calendar.short_day(cell.day) for cell in cells)

    def _status(self, status: DisplayStatus) -> str:
        return self.reason(status.value)

    def _outside(self, course: Course) -> str:
        """Activated, but without a diary day around today."""
        if course.span is None:
            return self.say("practice not done yet")
        if course.span.first > self._calendar.today:
            return self.say("starts {day}", day=self._calendar.short_day(course.span.first))
        return self.say("diary ended {day}", day=self._calendar.short_day(course.span.last))

    def _ahead(self, course: Course) -> str:
        first = next((anchor for anchor in course.treatments.values() if not anchor.is_never_given), None)
        if first is None:
            return "–"
        name = self._treatments[first.id]
        name = name[:1].lower() + name[1:]
        if first.planned is None or first.planned < self._calendar.today:
            return self.say("before {treatment}", treatment=name)
        away = (first.planned - self._calendar.today).days
        return self.count("{number} day to {treatment}", "{number} days to {treatment}", away, treatment=name)
