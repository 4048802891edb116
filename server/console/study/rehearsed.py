"""A rehearsal in words: the sentence on top, the table of who changes and how. Pure; the command speaks the same."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from diary_app import VERSION
from diary_app.core.catalogue import Catalogue, message
from diary_app.core.status import DisplayStatus
from diary_app.core.study import Study
from server.console.dates import Calendar
from server.console.listing import Column
from server.intake.outlook import Outlook, wall_on
from server.rehearsal.comparing import Evening, Kind, Visit
from server.rehearsal.differences import Difference
from server.rehearsal.rehearsing import Line, Summary, is_older

KINDS: Mapping[Kind, str] = {
    Kind.HOUR: message("evenings at another hour"),
    Kind.FEWER: message("fewer evenings"),
    Kind.MORE: message("more evenings"),
    Kind.CHOICE: message("their choice of evening is gone; they get the usual one"),
    Kind.REMINDERS: message("reminders at other times"),
    Kind.VISITS: message("a visit questionnaire otherwise"),
    Kind.QUESTIONNAIRE: message("another version of the diary's questionnaire"),
    Kind.LAST_DAY: message("another last evening"),
    Kind.LANGUAGE: message("their language is not in the file"),
}
STATUSES: Mapping[DisplayStatus, str] = {
    DisplayStatus.DIED: message("died"),
    DisplayStatus.CONSENT_WITHDRAWN: message("consent withdrawn"),
    DisplayStatus.SCREEN_FAILURE: message("screen failure"),
    DisplayStatus.LOST_TO_FOLLOW_UP: message("lost to follow-up"),
    DisplayStatus.COMPLETED: message("diary completed"),
    DisplayStatus.DIARY_STOPPED: message("diary stopped"),
    DisplayStatus.NEVER_ACTIVATED: message("never activated"),
    DisplayStatus.TREATMENT_STOPPED: message("treatment stopped"),
    DisplayStatus.ACTIVE: message("active"),
}
NOTHING = "–"
_OF_EVENINGS = frozenset({Kind.HOUR, Kind.FEWER, Kind.MORE})


@dataclass(frozen=True)
class Said:
    """Speaks one language. `live`, `proposed`: both sides; `sites`: names by id."""

    texts: Catalogue
    calendar: Calendar
    live: Study
    proposed: Study

    # ---- the sentence --------------------------------------------------------------------------------------

    def sentence(self, found: Summary) -> str:
        """Of 96 people in the diary 94 see no change, 2 are asked at another hour."""
        touched = [self._touched(kind, found.kinds[kind]) for kind in Kind if found.kinds[kind]]
        return ", ".join([self._in_diary(found), *touched]) + "."

    def beside(self, found: Summary) -> list[str]:
        """What is to be known of the people: who has no evening ahead, who pauses, whose app is older."""
        count = self.texts.count
        said = []
        if found.not_begun:
            said.append(count(
                "{number} person has not begun the diary and will begin it under the new version.",
                "{number} people have not begun the diary and will begin it under the new version.", found.not_begun,
            ))  # fmt: skip
        if found.ended:
            said.append(count(
                "{number} person has no evening ahead: the diary has ended or was stopped.",
                "{number} people have no evening ahead: the diary has ended or was stopped.", found.ended,
            ))  # fmt: skip
        if found.paused:
            said.append(count(
                "{number} person has paused reminders.", "{number} people have paused reminders.", found.paused
            ))  # fmt: skip
        for version, number in sorted(found.older_apps.items()):
            said.append(count(
                "{number} phone had app {version} at its last contact, which is older than this server's {own}. Open "
                "the diary there once with a network, so that it is renewed before it gets the new file.",
                "{number} phones had app {version} at their last contact, which is older than this server's {own}. "
                "Open the diary there once with a network, so that it is renewed before it gets the new file.",
                number, version=version, own=VERSION,
            ))  # fmt: skip
        return said

    def _in_diary(self, found: Summary) -> str:
        if not found.in_diary:
            return self.texts.text("Nobody has an evening in these days")
        if found.in_diary == found.unchanged_in_diary:
            return self.texts.count(
                "The one person in the diary sees no change", "All {number} people in the diary see no change",
                found.in_diary,
            )  # fmt: skip
        if not found.unchanged_in_diary:
            return self.texts.count(
                "The one person in the diary sees a change", "All {number} people in the diary see a change",
                found.in_diary,
            )  # fmt: skip
        return self.texts.count(
            "Of {people} people in the diary {number} sees no change",
            "Of {people} people in the diary {number} see no change", found.unchanged_in_diary, people=found.in_diary,
        )  # fmt: skip

    def _touched(self, kind: Kind, number: int) -> str:
        count = self.texts.count
        match kind:
            case Kind.HOUR:
                return count("{number} is asked at another hour", "{number} are asked at another hour", number)
            case Kind.FEWER:
                return count("{number} is asked on fewer evenings", "{number} are asked on fewer evenings", number)
            case Kind.MORE:
                return count("{number} is asked on more evenings", "{number} are asked on more evenings", number)
            case Kind.CHOICE:
                return count(
                    "{number} loses their own choice of evening", "{number} lose their own choice of evening", number
                )
            case Kind.REMINDERS:
                return count("{number} is reminded at other times", "{number} are reminded at other times", number)
            case Kind.VISITS:
                return count(
                    "{number} gets a visit questionnaire otherwise", "{number} get a visit questionnaire otherwise",
                    number,
                )  # fmt: skip
            case Kind.QUESTIONNAIRE:
                return count(
                    "{number} gets another version of the diary's questions",
                    "{number} get another version of the diary's questions", number,
                )  # fmt: skip
            case Kind.LAST_DAY:
                return count("{number} ends on another day", "{number} end on another day", number)
            case Kind.LANGUAGE:
                return count("{number} loses their language", "{number} lose their language", number)

    # ---- one participant -----------------------------------------------------------------------------------

    def kinds(self, line: Line) -> str:
        """Everything that changes, in words."""
        return ", ".join(self.texts.text(KINDS[kind]) for kind in Kind if kind in line.kinds) or self.texts.text(
            "no change"
        )

    def how(self, line: Line, side: int) -> str:
        """What is another, as it is (side 0) or would be (side 1); of evenings the first."""
        return "; ".join(self._how(line, side)) or NOTHING

    def _how(self, line: Line, side: int) -> Iterator[str]:
        if line.first and line.first.kinds & _OF_EVENINGS:
            yield self.hours((line.first.before, line.first.after)[side])
        if line.first and Kind.REMINDERS in line.first.kinds:
            times = self.times(line.first, side)
            yield self.texts.text("reminders {times}", times=times) if times else self.texts.text("no reminder")
        for visit in line.visits:
            yield f"{self.visit(visit)}: {self.visit_window(visit, side)}"
        last = line.last_day[side]
        if Kind.LAST_DAY in line.kinds and last:
            yield self.texts.text("last evening {day}", day=self.calendar.short_day(last))

    def remarks(self, line: Line) -> str:
        """A status, a pause, an older app."""
        said = []
        if line.status is not DisplayStatus.ACTIVE:
            said.append(self.texts.text(STATUSES[line.status]))
        if line.paused_until:
            said.append(self.texts.text("reminders paused until {day}", day=self.calendar.short_day(line.paused_until)))
        if is_older(line.app_version):
            said.append(self.texts.text("app {version}", version=line.app_version))
        return ", ".join(said)

    # ---- evenings and visits -------------------------------------------------------------------------------

    def hours(self, evening: Outlook | None) -> str:
        """18:00–03:00, filled in until 12:00; by the clocks where it is lived."""
        if evening is None or not evening.day.expected:
            return self.texts.text("not expected")
        opens, closes, late = (wall_on(at, evening.day, self.calendar.separator) for at in evening.day.window)
        return self.texts.text("{opens}–{closes}, until {late}", opens=opens, closes=closes, late=late)

    def times(self, evening: Evening, side: int) -> str:
        """When reminders would still be sent."""
        outlook = (evening.before, evening.after)[side]
        moments: Sequence[datetime] = (evening.reminded_before, evening.reminded_after)[side]
        return ", ".join(wall_on(at, outlook.day, self.calendar.separator) for at in moments) if outlook else ""

    def visit(self, visit: Visit) -> str:
        """What the visit is called, and its questionnaire."""
        rules = {rule.id: rule.label for study in (self.live, self.proposed) for rule in study.visits}
        label = rules.get(visit.visit, {})
        return f"{label.get(self.calendar.language, visit.visit)}, {visit.instrument}"

    def visit_window(self, visit: Visit, side: int) -> str:
        """From when until when, and in which version."""
        asked = (visit.before, visit.after)[side]
        if asked is None or not asked.instrument.active or asked.not_expected:
            return self.texts.text("not asked")
        if asked.window is None:
            return self.texts.text("no window yet")
        opens, closes = self.calendar.moment(asked.window.opens), self.calendar.moment(asked.window.closes)
        return f"{opens} – {closes} ({asked.instrument.version})"


def line_columns(said: Said, sites: Mapping[str, str]) -> list[Column[Line]]:
    """Who changes and how: one participant a row; states and dates only."""
    calendar = said.calendar

    def how(side: int) -> Callable[[Line], str]:
        return lambda row: said.how(row, side)

    def first(row: Line) -> str:
        return calendar.short_day(row.first.day) if row.first else NOTHING

    return [
        Column("participant", message("Participant"), lambda row: row.id),
        Column("site", message("Site"), lambda row: sites.get(row.site, row.site)),
        Column("changes", message("What changes"), said.kinds),
        Column("from", message("From the evening of"), first, lambda row: row.first.day if row.first else "",
               lambda row: row.first.day if row.first else None),
        Column("before", message("Now"), how(0)),
        Column("after", message("With the new version"), how(1)),
        Column("evenings", message("Evenings"), lambda row: str(row.evenings), order=lambda row: row.evenings,
               is_number=True),
        Column("remarks", message("Remarks"), said.remarks),
    ]  # fmt: skip


def difference_columns() -> list[Column[Difference]]:
    """The file, key by key."""
    return [
        Column("key", message("Key in the file"), lambda row: row.key),
        Column("before", message("Now"), lambda row: row.before or NOTHING),
        Column("after", message("With the new version"), lambda row: row.after or NOTHING),
    ]
