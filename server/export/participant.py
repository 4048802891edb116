"""One participant's diary and visits as flat rows for any table format; pure, so that every format adds up alike."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from diary_app.core.anchors import Anchor, DayLabel, DayLabels, anchors, label_at, label_by
from diary_app.core.entries import Answer, EntryBody, EntryVersion, Skip
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument, Item
from diary_app.core.merge import counting, counts_alone
from diary_app.core.scoring import ScoreResult, score
from diary_app.core.study import Study
from diary_app.core.times import format_utc
from server.db.export_rows import ExportedDay, ExportedEntry
from server.db.quick import filled
from server.db.set_aside import SetAside
from server.export.rated import rated
from server.intake.visits import VisitState
from server.trail.fields import TrailRow

Cell = str | int | Decimal | None
Row = dict[str, Cell]
_MINUTE = timedelta(minutes=1)
_EXTRA = State.EXTRA.value
_NO_ZONE = "Etc/UTC"


@dataclass(frozen=True)
class ExportedParticipant:
    """Everything a format needs of one participant.

    `entries`: every version that may count, as approved corrections have it; `voided`: as they were made, those of
    entries that an approved correction took away. `read_trail`: who changed what, field by field with the answers, in
    the server's order; read when it is first asked for, as most formats do without. `read_set_aside`: what came and
    does not count by itself, without what is in it.
    """

    id: str
    site: str
    home_zone: str
    facts: Sequence[Fact]
    days: Sequence[ExportedDay]
    entries: Sequence[ExportedEntry]
    visits: Sequence[VisitState] = ()
    read_trail: Callable[[], Iterable[TrailRow]] = tuple
    voided: Sequence[ExportedEntry] = ()
    read_set_aside: Callable[[], Sequence[SetAside]] = tuple

    @property
    def zone(self) -> str:
        """Of the wall on which treatments stand; UTC where none is known, as of somebody without a diary."""
        return self.home_zone or _NO_ZONE

    @cached_property
    def what_counts(self) -> "tuple[Answered, ...]":
        """What counts for each diary day and visit; worked out once, as every format asks for it."""
        return tuple(_answered(self))

    def counted(self, at: datetime) -> str:
        """See `rated`; worked out once, as every format asks for it."""
        found = self._counted_at.get(at)
        if found is None:
            found = self._counted_at[at] = rated(self.facts, at)
        return found

    @cached_property
    def _counted_at(self) -> dict[datetime, str]:
        return {}

    @cached_property
    def days_over_at(self) -> dict[datetime, Sequence[ExportedDay]]:
        """By the moment of a cut; `content.days_over` fills it."""
        return {}


@dataclass(frozen=True)
class Answered:
    """What counts for one day or visit: its state, the current version with its receipt, and the first version."""

    state: str
    entry: ExportedEntry
    first: EntryVersion


class PersonRows:
    """One participant's rows; what many of them have in common is worked out once."""

    def __init__(self, study: Study, person: ExportedParticipant) -> None:
        number, _, subject = person.id.partition("-")
        usubjid = study.usubjid_for(number, subject)
        self.who: Row = {"studyid": study.studyid, "usubjid": usubjid, "siteid": number, "subjid": subject}
        self.anchors = anchors(study, person.facts)
        self._called = DayLabels(self.anchors)
        self._person = person
        self._labels: dict[date, DayLabel] = {}
        self._label_cells: dict[date, Row] = {}

    def label(self, day: date) -> DayLabel:
        """What a diary day is called by the treatments that were given."""
        found = self._labels.get(day)
        if found is None:
            found = self._labels[day] = self._called.of(day)
        return found

    def label_of(self, body: EntryBody) -> DayLabel:
        """What an entry is called; by `label_of`."""
        if body.visit is None:
            return self.label(body.diary_day)
        return label_of(self.anchors, body, self._person.zone)

    def labels(self, day: date) -> Row:
        """The label of a day as cells."""
        cells = self._label_cells.get(day)
        if cells is None:
            cells = self._label_cells[day] = _label_cells(self.label(day))
        return cells

    def expected(self, now: datetime) -> Iterable[Row]:
        """One row for every expected day whose window has opened."""
        counted = self._person.counted(now)
        for day in self._person.days:
            if day.not_expected is None and day.state != State.EXTRA and day.opens <= now:
                yield {
                    **self.who, "instrument": day.instrument, "diary_day": day.diary_day.isoformat(),
                    **self.labels(day.diary_day), **_window(day), "state": day.state, "reason": day.reason,
                    "counted": counted,
                }  # fmt: skip

    def entry(self, one: Answered) -> Row:
        """Everything about an entry but its answers."""
        body, first = one.entry.version.body, one.first.body
        made = capture_row(self._person.home_zone, one.entry, one.entry.version)
        return {
            **self.who,
            "instrument": body.instrument,
            **(_label_cells(self.label_of(body)) if body.visit else self.labels(body.diary_day)),
            "state": one.state,
            **made,
            "first_captured_utc": made["captured_utc"] if first is body else format_utc(first.captured_at),
        }


def label_of(known: Mapping[str, Anchor], body: EntryBody, zone: str) -> DayLabel:
    """What an entry is called: of a visit by when it was saved, as a window ends where a treatment begins."""
    if body.visit is None:
        return label_by(known, body.diary_day)
    return label_at(known, body.diary_day, body.captured_at, zone)


def _label_cells(label: DayLabel) -> Row:
    since: Row = {f"days_since_{anchor}": count for anchor, count in label.days_since.items()}
    return {**since, "period": label.period}


def capture_row(home_zone: str, entry: ExportedEntry, version: EntryVersion) -> Row:
    """How one version of an entry was made and received, by the columns of the dictionary; no answers."""
    body, captured, paper = version.body, version.body.captured_at, entry.paper_reason
    wall = captured + timedelta(minutes=body.utc_offset_minutes)
    return {
        "diary_day": body.diary_day.isoformat(),
        "visit": body.visit,
        "entry_id": version.id,
        "revision": body.revision,
        "corrected": " ".join(version.corrected) or None,
        "captured_local": wall.replace(tzinfo=None).isoformat(timespec="seconds"),
        "captured_utc": format_utc(captured),
        "utc_offset_minutes": body.utc_offset_minutes,
        "zone": body.zone if body.zone == home_zone else "OTHER",
        "received_utc": format_utc(entry.received_at),
        "lag_minutes": (entry.received_at - captured) // _MINUTE,
        "late_reason": body.late_reason,
        "mode": body.mode,
        "originator": "staff" if paper else "participant",
        "paper_reason": paper,
        "asked": entry.asked,
        "filled_by": body.filled_by,
        "language": body.language,
        "clock_offset_ms": body.clock_offset_ms,
        "instrument_version": body.instrument_version,
        "wording_sha256": body.wording_sha256,
        "study_version": body.study_version,
        "app_version": body.app_version,
    }


def expected_rows(study: Study, person: ExportedParticipant, now: datetime) -> Iterable[Row]:
    """One row for every expected day whose window has opened."""
    return PersonRows(study, person).expected(now)


def visit_rows(study: Study, person: ExportedParticipant) -> Iterable[Row]:
    """One row for every questionnaire of every visit; never a word of it."""
    who = PersonRows(study, person).who
    for one in person.visits:
        yield {
            **who,
            "visit": one.visit,
            "instrument": one.instrument,
            "opens_utc": format_utc(one.opens) if one.opens else None,
            "closes_utc": format_utc(one.closes) if one.closes else None,
            "state": one.state,
            "reason": one.reason,
            "completed_utc": format_utc(one.completed_at) if one.completed_at else None,
            "entry_id": one.entry,
        }


def answered(person: ExportedParticipant) -> Sequence[Answered]:
    """What counts for each diary day, and for each visit, that has entries."""
    return person.what_counts


def _answered(person: ExportedParticipant) -> Iterable[Answered]:
    by_slot: dict[tuple[str, str], list[ExportedEntry]] = {}
    for entry in person.entries:
        by_slot.setdefault(_slot(entry.version.body), []).append(entry)
    states = {(day.instrument, day.diary_day.isoformat()): day.state for day in person.days}
    states |= {(one.instrument, one.visit): one.state for one in person.visits}
    for key in sorted(by_slot):
        found, state = by_slot[key], states.get(key, _EXTRA)
        alone = found[0].version
        if len(found) == 1 and counts_alone(alone):  # nearly every day there is
            yield filled(Answered, {"state": state, "entry": found[0], "first": alone})
        elif (chosen := counting([entry.version for entry in found])) is not None:
            current = next(entry for entry in found if entry.version.id == chosen.current.id)
            yield Answered(state, current, chosen.first)


def _slot(body: EntryBody) -> tuple[str, str]:
    """What an entry is one of: the questionnaire and its diary day, or its visit on whichever day."""
    return body.instrument, body.visit or body.diary_day.isoformat()


def long_rows(
    study: Study, instruments: Mapping[tuple[str, str], Instrument], person: ExportedParticipant
) -> Iterable[Row]:
    """One row per participant, diary day or visit, and item that was asked."""
    rows = PersonRows(study, person)
    for one in answered(person):
        common, body = rows.entry(one), one.entry.version.body
        for item in instruments[body.instrument, body.instrument_version].items:
            if item.code in body.answers:
                yield {**common, **answer_row(item, body.answers[item.code]), **as_given(one.entry, item.code)}


def answer_row(item: Item, answer: Answer) -> Row:
    """The cells of one answer, or of why there is none."""
    if isinstance(answer, Skip):
        return {"item": item.code, "item_label": item.short, "value": None, "answer_status": answer.value}
    return {"item": item.code, "item_label": item.short, "value": int(answer), "answer_status": "answered"}


def as_given(entry: ExportedEntry, item: str) -> Row:
    """The answer before it was corrected; nothing where it was not."""
    return {"value_as_given": _plain(entry.given.body.answers[item]) if item in entry.version.corrected else None}


def wide_rows(
    study: Study, instruments: Mapping[tuple[str, str], Instrument], person: ExportedParticipant
) -> Iterable[Row]:
    """One row per participant and diary day or visit: answers (a number, or why there is none), then the scores."""
    rows = PersonRows(study, person)
    for one in answered(person):
        body = one.entry.version.body
        instrument = instruments[body.instrument, body.instrument_version]
        yield {**rows.entry(one), **answers_row(instrument, body.answers, score(instrument, body.answers))}


def answers_row(instrument: Instrument, answers: Mapping[str, Answer], results: Mapping[str, ScoreResult]) -> Row:
    """The cells of all answers of an entry, and of its scores."""
    row: Row = {code: _plain(answers.get(code)) for code in instrument.item_codes}
    for code, result in results.items():
        row[f"{code}_score"] = result.value
        row[f"{code}_answered"] = result.answered
        row[f"{code}_scoring_version"] = result.scoring_version
    return row


def _plain(answer: int | Skip | None) -> Cell:
    return answer.value if isinstance(answer, Skip) else answer


def _window(day: ExportedDay) -> Row:
    return {
        "opens_utc": format_utc(day.opens),
        "closes_utc": format_utc(day.closes),
        "late_until_utc": format_utc(day.late_until),
    }
