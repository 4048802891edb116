"""What a new record means: whether an entry counts, whether a zone, choice or training record is a fact."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from sqlalchemy import Connection

from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code, RecordRefused
from diary_app.core.facts import SCHEDULE_RECORDS, Fact, FactInvalid, Trained, fact_from_record
from diary_app.core.gate import judge
from diary_app.core.instruments import Instrument
from diary_app.core.records import Record, RecordKind
from diary_app.core.status import withdrawn_from
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce, expand_through
from diary_app.core.visits import visit_window_of
from diary_app.core.windows import DiaryDay, Window, expand, known_at
from diary_app.resources import instrument
from server.db import devices
from server.db.records import StoredRecord
from server.intake.ahead import Ahead
from server.intake.arrivals import captured_at
from server.intake.first_reading import EntryRecord
from server.intake.followed import MadeAside, as_heard, made_aside, some_of, unheard
from server.intake.studies import study_version
from server.services import Services


@dataclass(frozen=True)
class Judged:
    """A record ready to be stored. `entry` when it is one that can be read, `fact` when it changes the schedule."""

    row: StoredRecord
    flags: tuple[Code, ...] = ()
    entry: EntryBody | None = None
    fact: Fact | None = None


class Judge:
    """Judges the records of one push, each by what is known when its turn comes."""

    def __init__(self, connection: Connection, services: Services, participant: str, device: str, ahead: Ahead) -> None:
        self._connection = connection
        self._ahead = ahead
        self._services = services
        self._participant = participant
        self._device = device
        self.facts = ahead.facts(participant)
        self._new_facts: frozenset[str] = frozenset()
        self._laid_out: dict[Hashable, dict[date, DiaryDay]] = {}
        self._line: frozenset[str] = frozenset()
        self._set_aside: MadeAside | None = None
        self._withdrawn: tuple[tuple[Fact, ...], datetime | None] | None = None

    @property
    def changed_schedule(self) -> bool:
        """Whether a record of this push was a fact about the schedule."""
        return bool(self._new_facts)

    def judged(
        self, record: Record, change_no: int, received_at: datetime, first_came: datetime | None = None
    ) -> Judged:
        """Decide what a record is; nothing is written. `first_came`: where it was set aside before."""
        if record.kind == RecordKind.ENTRY:
            return self._entry(record, change_no, received_at, first_came or received_at)
        row = self._plain(record, change_no, received_at)
        if record.kind in SCHEDULE_RECORDS:
            return self._schedule(record, row)
        return Judged(row)

    def _plain(self, record: Record, change_no: int, received_at: datetime) -> StoredRecord:
        return StoredRecord(
            id=record.id, participant=self._participant, device=record.device, sequence=record.sequence,
            kind=record.kind, previous=record.previous, hash=record.hash, text=record.text,
            received_at=received_at, change_no=change_no, captured_at=captured_at(record),
        )  # fmt: skip

    def _schedule(self, record: Record, row: StoredRecord) -> Judged:
        try:
            fact = fact_from_record(record, row.change_no)
        except FactInvalid as error:
            return Judged(row._replace(code=error.code))
        self.facts = (*self.facts, fact)
        self._new_facts |= {fact.id}
        return Judged(row, fact=fact)

    def _entry(self, record: Record, change_no: int, received_at: datetime, first_came: datetime) -> Judged:
        try:
            body = record.entry if isinstance(record, EntryRecord) else EntryBody.from_record(record)
        except RecordRefused as error:
            return Judged(self._plain(record, change_no, received_at)._replace(code=error.code))
        study = study_version(self._connection, self._services, body.study_version)
        verdict = judge(
            body,
            participant=self._participant,
            instrument=_instrument(body, study),
            study_known=study is not None,
            withdrawn_from=self._withdrawn_from(),
            received_at=first_came,
            windows=self._windows(body, study),
        )
        row = StoredRecord(
            record.id, self._participant, record.device, record.sequence, record.kind, record.previous, record.hash,
            record.text, received_at, change_no,
            code=verdict.code or "", captured_at=body.captured_at,
            instrument=body.instrument, instrument_version=body.instrument_version,
            diary_day=body.diary_day, revision=body.revision, parent=body.parent or None, practice=body.practice,
            on_time_until=verdict.window.closes if verdict.window else None,
        )  # fmt: skip
        return Judged(row, verdict.flags, body)

    def _withdrawn_from(self) -> datetime | None:
        """The same for all entries between two facts."""
        if self._withdrawn is None or self._withdrawn[0] is not self.facts:
            self._withdrawn = self.facts, withdrawn_from(self.facts)
        return self._withdrawn[1]

    def _windows(self, body: EntryBody, study: Study | None) -> tuple[Window, ...]:
        """Every window of the entry's day that its phone could have shown, the server's own last."""
        current = self._current_window(body)
        shown = Window(body.opens, body.closes, body.late_until)
        if body.practice or study is None or current == shown:
            return (current,) if current else ()
        windows = (self._window_by(study, known, body) for known in self._could_know(body.schedule_revision))
        first = next(windows)
        followed = () if first == shown else (window for window in windows if window == shown)
        return tuple(window for window in (*islice(followed, 1), first, current) if window)

    def _could_know(self, revision: int) -> Iterator[tuple[Fact, ...]]:
        """The facts by which the phone may have shown its evenings: first those that it had heard and its own.

        Then what two copies of a phone may each know alone: what was confirmed under the id that they had in common,
        and what was set aside, which its phone follows until it hears what staff decided.
        """
        own, stored = self._own_facts(), self._ahead.schedule_records(self._participant)
        heard = as_heard(self.facts, {row.id for row in stored}, revision)
        yield known_at(heard, revision, own)
        before = {row.id for row in stored if row.device in self._line - {self._device}}
        unsure = [fact for fact in heard if fact.id in before and not isinstance(fact.detail, Trained)]
        unsure += unheard(self.facts, {row.id for row in stored}, revision, self._made_aside())
        ids = {fact.id for fact in unsure}
        sure = [fact for fact in heard if fact.id not in ids]
        for some in some_of(unsure):
            yield known_at((*sure, *some), revision, own | {fact.id for fact in some})

    def _made_aside(self) -> MadeAside:
        """Read once, and only for a push with an entry that nothing else explains."""
        if self._set_aside is None:
            self._set_aside = made_aside(self._connection, self._participant, self._line, self.facts)
        return self._set_aside

    def _window_by(self, study: Study, known: tuple[Fact, ...], body: EntryBody) -> Window | None:
        """What that version of the study shows who knows that much; laid out once for all entries of the push."""
        if body.visit or body.instrument != study.diary.instrument:
            return _window_in((InForce(body.opens, study),), known, body)
        key = (study.version, tuple((fact.id, fact.revision) for fact in known))
        if key not in self._laid_out:
            laid_out = expand(study, known, self._ahead.last_day(self._participant))
            self._laid_out[key] = {day.day: day for day in laid_out if day.expected}
        day = self._laid_out[key].get(body.diary_day)
        return day.window if day else None

    def _current_window(self, body: EntryBody) -> Window | None:
        """From the stored row while it is in step with the facts, else from the facts themselves; visits have none."""
        if not (self.changed_schedule or body.visit):
            row = self._ahead.day(self._participant, body.instrument, body.diary_day)
            if row is not None:
                return None if row.not_expected else Window(row.opens, row.closes, row.late_until)
        return _window_in(self._services.versions, self.facts, body)

    def _own_facts(self) -> frozenset[str]:
        """Ids of the schedule facts made by this installation and those before it on the same phone."""
        self._line = self._line or frozenset(self._lineage())
        stored = self._ahead.schedule_records(self._participant)
        return self._new_facts | {row.id for row in stored if row.device in self._line}

    def _lineage(self) -> Iterable[str]:
        device: str | None = self._device
        while device is not None:
            yield device
            activation = devices.activation(self._connection, device)
            device = activation.predecessor if activation else None


def _window_in(versions: Sequence[InForce], facts: tuple[Fact, ...], body: EntryBody) -> Window | None:
    newest = versions[-1].study
    if body.visit:
        return visit_window_of(newest, facts, body.visit, body.instrument)
    if body.instrument != newest.diary.instrument:
        return None
    laid_out = expand_through(versions, facts, body.diary_day)
    found = (day for day in laid_out if day.day == body.diary_day and day.expected)
    return next((day.window for day in found), None)


def _instrument(body: EntryBody, study: Study | None) -> Instrument | None:
    """As the study asks it: the items of an extract only. None when it is not asked at the visit named."""
    used = study.visit_instrument(body.visit, body.instrument) if study and body.visit else None
    if body.visit and (used is None or used.version != body.instrument_version):
        return None
    try:
        whole = instrument(body.instrument, body.instrument_version)
    except KeyError:
        return None
    return whole.extract(used.items) if used else whole
