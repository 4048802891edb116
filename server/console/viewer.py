"""Puts the overview into words and shapes for its template."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from diary_app.core.catalogue import Catalogue
from diary_app.core.grading import State
from server.console.dates import Calendar
from server.console.heatmap import WEEK, Cell, Line, Overview
from server.console.signs import LEGEND, Sign
from server.console.view import Call, DayHead, Entry, LegendEntry, Mark, Row, View, Week
from server.console.words import SIGNS, Words
from server.db.overview import ListedParticipant

#: A week of fewer days has room for its number alone.
_NAMED_FROM = 3


class Viewer:
    """Puts an overview into words and shapes. `codes`: until when unused codes can be used."""

    def __init__(self, catalogue: Catalogue, calendar: Calendar, words: Words, codes: Mapping[str, datetime]) -> None:
        self.say, self.count = catalogue.text, catalogue.count
        self._calendar, self._words, self._codes = calendar, words, codes
        self._marks: dict[Cell, Mark] = {}

    def view(self, found: Overview, now: datetime) -> View:
        """Everything but the rows, which `row` puts into words one by one."""
        names = [self._calendar.day(day) for day in found.days]
        positions = [self._position(day) for day in found.days]
        return View(
            sentence=self._sentence(found),
            weeks=tuple(self._weeks(found.days)),
            heads=tuple(self._heads(found.days, names, positions)),
            not_heard_from=tuple(self._silent(line) for line in found.not_heard_from),
            undecided=tuple(self._undecided(line) for line in found.undecided),
            missed=tuple(self._missed(line) for line in found.with_missed),
            never_activated=tuple(self._waiting(person, now) for person in found.never_activated),
            to_call=tuple(self._to_call(line) for line in found.to_call),
            legend=tuple(map(self._legend, LEGEND)),
            over=found.over,
        )

    def _sentence(self, found: Overview) -> str:
        if found.latest is None:
            return self.say("No evening has opened yet.")
        said = [self._words.latest(found.latest)]
        return " ".join(said + ([self._words.before(found.before)] if found.before else []))

    def _legend(self, sign: Sign) -> LegendEntry:
        if sign is Sign.NOT_EXPECTED:
            return LegendEntry(sign, "", self.say("empty: not expected"))
        return LegendEntry(sign, sign.value, self.say(SIGNS[sign]))

    # ---- the heat map --------------------------------------------------------------------------------------

    def _position(self, day: date) -> str:
        names = (("monday", day.weekday() == 0), ("today", day == self._calendar.today))
        return " ".join(name for name, applies in names if applies)

    def _weeks(self, days: Sequence[date]) -> Iterator[Week]:
        for (_, number), inside in groupby(days, key=lambda day: day.isocalendar()[:2]):
            week = list(inside)
            name = self.say("Week {number}", number=number) if len(week) >= _NAMED_FROM else str(number)
            month = f" · {self._calendar.month(week[0])}" if len(week) == WEEK else ""
            yield Week(name + month, len(week))

    def _heads(self, days: Sequence[date], names: Sequence[str], positions: Sequence[str]) -> Iterator[DayHead]:
        for day, name, position in zip(days, names, positions, strict=True):
            words = f"{name}, {self.say('today')}" if day == self._calendar.today else name
            yield DayHead(self._calendar.initial(day), day.day, words, position)

    def row(self, line: Line) -> Row:
        """One participant's row; everything in it follows from the line, the language and the calendar."""
        names = [self._calendar.day(cell.day) for cell in line.cells]
        positions = [self._position(cell.day) for cell in line.cells]
        words, person, rate = self._words, line.participant, line.rate
        return Row(
            number=person.id,
            phase=words.phase(line.course, has_days=line.states != {State.NOT_EXPECTED}),
            contact=words.last_contact(person.last_seen_at),
            contact_in_full=words.last_contact_in_full(person.last_seen_at),
            rate=words.fraction(rate.excused_out),
            other_rate="" if rate.excused_as_missed == rate.excused_out else words.fraction(rate.excused_as_missed),
            rate_in_words=words.rate(rate, line.rate_without_paper),
            call=self._call(line),
            marks=tuple(map(self._mark, line.cells, names, positions)),
        )

    def _mark(self, cell: Cell, name: str, position: str) -> Mark:
        """Most cells are like those above them, so each kind is put into words once."""
        mark = self._marks.get(cell)
        if mark is None:
            mark = self._marks[cell] = self._new_mark(cell, name, position)
        return mark

    def _new_mark(self, cell: Cell, name: str, position: str) -> Mark:
        words = f"{name}: {self._words.state(cell)}"
        shape = "" if cell.state is State.NOT_EXPECTED else f"{cell.sign.value}{'-paper' if cell.typed else ''}"
        if cell.treatment is None:
            return Mark(shape, position, words)
        kind = "planned" if cell.is_planned else "treatment"
        return Mark(shape, f"{position} {kind}".strip(), f"{words}. {self._words.treatment(cell)}")

    # ---- the lists -----------------------------------------------------------------------------------------

    def _to_call(self, line: Line) -> Call:
        return Call(line.participant.id, self._call(line), "unknown" if line.not_heard else "missed")

    def _call(self, line: Line) -> str:
        """The most urgent reason; the others say less than it does."""
        return self._words.call(line.calls[0]) if line.calls else ""

    def _silent(self, line: Line) -> Entry:
        first = line.not_heard[0]
        fact = self.count(
            "{number} evening, {day}", "{number} evenings, since {day}", len(line.not_heard),
            day=self._calendar.short_day(first.day),
        )  # fmt: skip
        moment = self._words.last_contact_in_full(line.participant.last_seen_at)
        contact = self.say("Last contact: {moment}", moment=moment)
        return Entry(line.participant.id, fact, (*self._reasons(line.not_heard), contact), self._call(line))

    def _undecided(self, line: Line) -> Entry:
        fact = self.count("{number} evening", "{number} evenings", len(line.undecided))
        return Entry(line.participant.id, fact, (self._words.days(line.undecided), *self._reasons(line.undecided)), "")

    def _reasons(self, cells: Sequence[Cell]) -> Iterator[str]:
        """Each once."""
        reasons = dict.fromkeys(self._words.reason(cell.reason) for cell in cells)
        return filter(None, map(_sentence, reasons))

    def _missed(self, line: Line) -> Entry:
        fact = self.count("{number} evening", "{number} evenings", len(line.missed))
        call = "" if line.not_heard else self._call(line)  # else the other list says it
        return Entry(line.participant.id, fact, (self._words.days(line.missed),), call)

    def _waiting(self, person: ListedParticipant, now: datetime) -> Entry:
        added = self._calendar.local_date(person.added_at)
        days = (self._calendar.today - added).days
        since = self.say("added {day}", day=self._calendar.short_day(added))
        ago = self.count("{number} day ago", "{number} days ago", days) if days else self.say("today")
        return Entry(person.id, f"{since}, {ago}", (self._to_do(person.id, now),), "")

    def _to_do(self, participant: str, now: datetime) -> str:
        until = self._codes.get(participant)
        if until is None:
            return self.say("No code is waiting. Make one and open the diary together.")
        day = self._calendar.short_day(self._calendar.local_date(until))
        if until <= now:
            return self.say("The code ran out on {day}. Make a new one and open the diary together.", day=day)
        return self.say("The code can be used until {day}. Ask whether help is wanted.", day=day)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
