"""What a treatment's date or a status would change, before anybody saves: days, visit windows, the end, the counts."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from diary_app.core.anchors import anchors, diary_end, label
from diary_app.core.facts import AnchorSet, Fact, StatusSet
from diary_app.core.history import home_zone
from diary_app.core.visits import visit_windows
from server.console.person.person import Person
from server.db.days import ExpectedDay
from server.intake.regrade import moved
from server.intake.schedule import horizon, rescheduled

#: Later than every fact that there is.
_AFTER_ALL = 2**31


@dataclass(frozen=True)
class Line:
    """One thing as it is and as it would be."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """Everything that would be another, each list possibly empty."""

    days: tuple[Line, ...]
    visits: tuple[Line, ...]
    counts: tuple[Line, ...]

    @property
    def sha256(self) -> str:
        """Of the lists, so that what is saved is what was shown."""
        lines = [f"{one.what}|{one.before}|{one.after}" for one in (*self.days, *self.visits, *self.counts)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def preview(person: Person, wanted: AnchorSet | StatusSet) -> Preview:
    """Of recording this now; nothing is written."""
    after = (*person.facts, Fact("", person.desk.now, _AFTER_ALL, wanted))
    return Preview(
        days=tuple(_days(person, after)), visits=tuple(_visits(person, after)), counts=tuple(_counts(person, after))
    )


def _days(person: Person, after: Sequence[Fact]) -> Iterator[Line]:
    now = person.desk.now
    until = max(horizon(now), person.row.expanded_until or date.min)
    changes = moved(rescheduled(person.id, person.rows, person.desk.services.versions, after, until))
    for change in sorted(changes, key=lambda one: one.wanted.diary_day):
        before, wanted = _window(person, change.seen), _window(person, change.wanted)
        if before != wanted and change.seen is not None and change.seen.entry and change.wanted.not_expected:
            wanted = person.desk.say("not expected; it was filled in, and that is kept as an extra entry")
        if before != wanted:
            yield Line(person.calendar.short_day(change.wanted.diary_day), before, wanted)


def _window(person: Person, row: ExpectedDay | None) -> str:
    if row is None or row.not_expected is not None:
        return person.desk.say("not expected")
    times = f"{person.calendar.time(row.opens)}–{person.calendar.time_with_zone(row.late_until)}"
    return person.desk.say("expected, {times}", times=times)


def _visits(person: Person, after: Sequence[Fact]) -> Iterator[Line]:
    study, zone, language = person.desk.services.study, home_zone(person.facts), person.desk.staff.language
    if not zone:
        return
    old = {one.visit: one for one in visit_windows(study, person.facts, zone)}
    new = {one.visit: one for one in visit_windows(study, after, zone)}
    for rule in study.visits:
        before, wanted = old.get(rule.id), new.get(rule.id)
        if before != wanted:
            spoken = [
                f"{person.calendar.moment(one.opens)} – {person.calendar.moment(one.closes)}"
                if one
                else person.desk.say("no window yet")
                for one in (before, wanted)
            ]
            yield Line(rule.label.get(language, rule.id), *spoken)


def _counts(person: Person, after: Sequence[Fact]) -> Iterator[Line]:
    study, say = person.desk.services.study, person.desk.say
    before, wanted = label(study, person.facts, person.today), label(study, after, person.today)
    for name, count in before.days_since.items():
        if count != wanted.days_since[name]:
            yield Line(
                say("Today, counted from {treatment}", treatment=person.treatments[name].lower()),
                _day_number(person, count), _day_number(person, wanted.days_since[name]),
            )  # fmt: skip
    if person.rows:
        first = person.rows[0].diary_day
        ends = [diary_end(study.diary, anchors(study, facts), first) for facts in (person.facts, after)]
        if ends[0] != ends[1]:
            yield Line(say("Last day of the diary"), *map(person.calendar.short_day, ends))


def _day_number(person: Person, count: int | None) -> str:
    return "–" if count is None else person.desk.say("day {number}", number=count)
