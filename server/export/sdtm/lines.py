"""One participant's rows of QS: an answer or a skipped question each, and one for a day or visit without an entry."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import server.export.sdtm.terms as terms
from diary_app.core.entries import EntryBody, Skip
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.grading import State
from diary_app.core.instruments import Item
from diary_app.core.times import local_date
from server.db.export_rows import ExportedDay
from server.export import tally
from server.export.content import About, CutKind, is_over
from server.export.participant import Answered, ExportedParticipant, answered
from server.export.sdtm.columns import Row
from server.export.sdtm.questions import Catalogue
from server.export.sdtm.timeline import Timeline

_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Line:
    """One row with what it stands for. `adds`: what it is by the names of `tally`, each once over all rows.

    `entry`: what it is an answer of, with the question's code; None for a day or visit without an entry, which has
    `state` and `reason` instead. `day`: the diary day; of a visit without an entry the last day of its window.
    """

    row: Row
    day: date
    adds: tuple[str, ...] = ()
    entry: Answered | None = None
    item: str = ""
    state: str = ""
    reason: str | None = None

    @property
    def place(self) -> tuple[str, str]:
        """The order of rows within a participant."""
        return str(self.row["QSSPID"]), str(self.row["QSTESTCD"])


@dataclass(frozen=True)
class Subject:
    """One participant with everything that rows are made of."""

    about: About
    catalogue: Catalogue
    person: ExportedParticipant
    timeline: Timeline

    @cached_property
    def usubjid(self) -> str:
        """The unique identifier that leaves with an export."""
        number, _, subject = self.person.id.partition("-")
        return self.about.study.usubjid_for(number, subject)


def lines_of(subject: Subject) -> Sequence[Line]:
    """All rows of one participant in order. Raises `CommandRefused` when two would have the same QSSEQ."""
    found = [*_answers(subject), *_empty_days(subject), *_empty_visits(subject)]
    ordered = sorted(_flagged(subject.timeline, found), key=lambda line: line.place)
    numbers: dict[int, Line] = {}
    for line in ordered:
        other = numbers.setdefault(int(line.row["QSSEQ"] or 0), line)
        if other is not line:
            raise CommandRefused(
                Code.NOT_EXPORTABLE,
                f"QSSEQ: participant {subject.person.id} has {other.row['QSSPID']} and {line.row['QSSPID']} with the "
                f"same number {line.row['QSSEQ']}.",
                "Void one of the two entries.",
            )
    return ordered


def _answers(subject: Subject) -> Iterator[Line]:
    days = {(day.instrument, day.diary_day): day for day in subject.person.days}
    for one in answered(subject.person):
        body = one.entry.version.body
        common = _of_saving(subject, one)
        adds = _of_entry(one, days.get((body.instrument, body.diary_day)), subject)
        for item in subject.catalogue.instruments[body.instrument, body.instrument_version].items:
            if item.code in body.answers:
                row, kind = _answer(subject, common, body, item)
                yield Line(row, body.diary_day, (*adds, kind), one, item.code)
                adds = ()


def _of_entry(one: Answered, day: ExportedDay | None, subject: Subject) -> tuple[str, ...]:
    """What the first row of an entry adds: the entry, and its day when that counts in the cut."""
    if one.state == State.EXTRA:
        return tally.ENTRIES, tally.EXTRA
    is_of_a_day = one.entry.version.body.visit is None and day is not None and is_over(day, subject.about.cut)
    if is_of_a_day and one.state in (State.DONE, State.LATE):
        return tally.ENTRIES, tally.EXPECTED, one.state
    return (tally.ENTRIES,)


def _of_saving(subject: Subject, one: Answered) -> Row:
    """What the rows of one entry share."""
    body = one.entry.version.body
    wall = body.captured_at + timedelta(minutes=body.utc_offset_minutes)
    return {
        **_common(subject, body.instrument, body.diary_day, body.visit, body.captured_at),
        "QSGRPID": one.entry.version.id,
        **_moment(subject, wall.replace(tzinfo=None).isoformat(timespec="seconds"), wall.date()),
    }


def _answer(subject: Subject, common: Row, body: EntryBody, item: Item) -> tuple[Row, str]:
    """The row of one question, and whether it is an answer or a skip."""
    row: Row = {
        **common,
        "QSSEQ": subject.catalogue.numbering.sequence(
            subject.person.id, body.instrument, body.diary_day, item.slot, visit=body.visit
        ),
        "QSTESTCD": item.code,
        "QSTEST": subject.catalogue.questions[item.code].name,
        "QSEVLINT": terms.INTERVALS.get(item.look_back, ""),
        "QSEVINTX": terms.INTERVAL_TEXTS.get(item.look_back, ""),
    }
    answer = body.answers[item.code]
    if isinstance(answer, Skip):
        return _not_done(row, terms.SKIPPED[answer]), tally.SKIPS
    return {**row, "QSORRES": str(answer), "QSSTRESC": str(answer), "QSSTRESN": answer}, tally.ANSWERS


def _empty_days(subject: Subject) -> Iterator[Line]:
    """Days that are over without an entry; what is unknown only in a final cut, as more may come until then."""
    for day in subject.person.days:
        if day.state in terms.NO_ENTRY and is_over(day, subject.about.cut) and _is_told(day.state, subject.about):
            row = {
                **_common(subject, day.instrument, day.diary_day, None),
                **_moment(subject, day.diary_day.isoformat(), day.diary_day),
            }
            reason = terms.reason_not_done(State(day.state), day.reason)
            adds = (tally.EXPECTED, day.state)
            yield Line(_not_done(row, reason), day.diary_day, adds, state=day.state, reason=day.reason)


def _empty_visits(subject: Subject) -> Iterator[Line]:
    """The same for visit questionnaires, which are in no rate of days."""
    for one in subject.person.visits:
        if one.closes is None or one.state not in terms.NO_ENTRY or not _is_told(one.state, subject.about):
            continue
        last = one.closes - _MOMENT
        day = local_date(last, subject.timeline.zone)
        row = {**_common(subject, one.instrument, day, one.visit, last), **_moment(subject, day.isoformat(), day)}
        reason = terms.reason_not_done(one.state, one.reason)
        yield Line(_not_done(row, reason), day, state=one.state.value, reason=one.reason)


def _is_told(state: str, about: About) -> bool:
    return state != State.UNKNOWN or about.cut.kind is CutKind.FINAL


def _common(subject: Subject, instrument: str, day: date, visit: str | None, moment: datetime | None = None) -> Row:
    """What every row has. `moment`: of a visit. The number is that of the whole until a question has its own."""
    named = subject.catalogue.visits.get(visit or "")
    return {
        "STUDYID": subject.about.study.studyid,
        "DOMAIN": terms.DOMAIN,
        "USUBJID": subject.usubjid,
        "QSSEQ": subject.catalogue.numbering.sequence(subject.person.id, instrument, day, visit=visit),
        "QSSPID": f"{instrument}-{visit.upper() if visit else day.isoformat()}",
        "QSTESTCD": terms.ALL,
        "QSTEST": terms.ALL_NAME,
        "QSCAT": subject.catalogue.categories[instrument],
        "VISITNUM": named.number if named else None,
        "VISIT": named.name if named else "",
        "EPOCH": subject.timeline.epoch_at(day, moment) if visit and moment else subject.timeline.epoch(day),
    }


def _moment(subject: Subject, text: str, day: date) -> Row:
    return {"QSDTC": text, "QSDY": subject.timeline.study_day(day)}


def _not_done(row: Row, reason: str) -> Row:
    return {**row, "QSSTAT": terms.NOT_DONE, "QSREASND": reason}


def _flagged(timeline: Timeline, found: Iterable[Line]) -> Iterator[Line]:
    """Marks the last answer of each question before the first treatment (QSLOBXFL)."""
    lines = list(found)
    last: dict[str, Line] = {}
    for line in lines:
        if line.entry and line.row.get("QSORRES") and timeline.is_before_treatment(line.entry.entry.version.body):
            code = str(line.row["QSTESTCD"])
            last[code] = max(last.get(code, line), line, key=_recency)
    for line in lines:
        is_last = last.get(str(line.row["QSTESTCD"])) is line
        yield replace(line, row={**line.row, "QSLOBXFL": terms.YES}) if is_last else line


def _recency(line: Line) -> tuple[date, datetime, int]:
    assert line.entry is not None
    return line.day, line.entry.entry.version.body.captured_at, int(line.row["QSSEQ"] or 0)
