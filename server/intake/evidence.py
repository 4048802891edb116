"""Everything that bears on some diary days, gathered for many participants at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.correction_facts import STAFF_KINDS
from diary_app.core.corrections import Overlay, overlay_of
from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.errors import Code
from diary_app.core.facts import DeviceState, Excused, ExcuseReason, Fact, Status, StatusSet
from diary_app.core.grading import DayFacts, Installation, QuarantinedRecord
from diary_app.core.locks import is_after_lock
from diary_app.core.paper import KINDS as TYPED
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked, Outcome
from diary_app.core.status import CONSENTS, Consent
from diary_app.core.windows import DiaryDay, NotExpected
from server.db import days, devices, records, settlements, shapes, staff_facts
from server.db.days import ExpectedDay
from server.db.devices import Device, Proof
from server.db.quick import filled
from server.db.records import StoredRecord
from server.db.settlements import Settlement
from server.db.staff_facts import ParticipantFact
from server.db.stored_entries import version_of
from server.intake.accepted import accepted_aside, counts_by_itself
from server.intake.doubts import doubts_of
from server.intake.known import fact_from_row, facts_of
from server.intake.transcribed import from_row

Key = tuple[str, str, date]
_STATES = {state.value: state for state in DeviceState}
_TELLING = ("excused", "status", "locked", "unlocked")


class Evidence:
    """What is known about the given days; `of` puts it together for one.

    `read`: entries read before, by record. `stored`: every entry of everybody whose days these are, in the order in
    which they came; None to look for those of the days.
    """

    def __init__(
        self,
        connection: Connection,
        rows: Collection[ExpectedDay],
        read: Mapping[str, EntryBody] | None = None,
        stored: Iterable[StoredRecord] | None = None,
    ) -> None:
        self._read = read or {}
        self._entries: dict[Key, list[EntryVersion]] = defaultdict(list)
        self._received: dict[str, datetime] = {}
        self._refused: dict[str, list[QuarantinedRecord]] = defaultdict(list)
        self._locks: dict[str, list[Fact]] = defaultdict(list)
        self._after_lock: dict[Key, datetime] = {}
        self._settled: dict[str, Settlement] = {}
        self._excuses: dict[Key, ExcuseReason] = {}
        self._consents: dict[str, Consent] = {}
        self._installations: dict[str, list[Installation]] = defaultdict(list)
        self._overlays: dict[str, Overlay] = {}
        self._connection = connection
        for people in shapes.chunks(sorted({row.participant for row in rows})):
            self._gather_people(people)
            self._gather_entries(people, rows, stored)

    def of(self, row: ExpectedDay) -> DayFacts:
        """Everything that `grade` needs for one day."""
        key, participant = row.key, row.participant
        return filled(
            DayFacts,
            {
                "day": diary_day(row),
                "instrument": row.instrument,
                "diary_day": row.diary_day,
                "entries": tuple(self._entries.get(key, ())),
                "excuse": self._excuses.get(key),
                "installations": tuple(self._installations.get(participant, ())),
                "quarantined": tuple(self._refused.get(participant, ())),
                "after_lock": key in self._after_lock,
            },
        )

    def received_at(self, row: ExpectedDay, entry: str | None) -> datetime | None:
        """When the day's entry came in; without one, when one came after the day was locked: its phone has sent it."""
        return self._received.get(entry) if entry else self.after_lock_at(row)

    def after_lock_at(self, row: ExpectedDay) -> datetime | None:
        """When the newest of those came that the day's lock leaves out, an entry or a later version of one."""
        return self._after_lock.get(row.key)

    def _gather_people(self, people: list[str]) -> None:
        for device in devices.proofs(self._connection, people):
            self._installations[device.participant].append(installation(device))
        self._refused |= doubts_of(self._connection, people)
        told: dict[str, list[Fact]] = defaultdict(list)
        sheets: list[ParticipantFact] = []
        for row in staff_facts.of_kinds(self._connection, people, [*_TELLING, *STAFF_KINDS, *TYPED]):
            self._take_staff_fact(row)
            if row.kind in STAFF_KINDS:
                told[row.participant].append(fact_from_row(row))
            elif row.kind in TYPED:
                sheets.append(row)
        self._overlays |= {participant: overlay_of(facts) for participant, facts in told.items()}
        self._settled |= settlements.of(self._connection, people)
        for one in accepted_aside(self._connection, people, self._settled.values()):
            self._take_version(one.participant, one.version, one.received_at)
        for sheet in map(from_row, sheets):  # once every withdrawal is known
            if sheet.may_count:
                self._take_version(sheet.participant, sheet.version, sheet.at)

    def _take_staff_fact(self, row: ParticipantFact) -> None:
        match fact_from_row(row).detail:
            case Excused(instrument=instrument, diary_day=day, reason=reason):
                self._excuses[row.participant, instrument, day] = reason
            case DaysLocked() | DaysUnlocked():
                self._locks[row.participant].append(fact_from_row(row))
            case StatusSet(status=Status.CONSENT_WITHDRAWN) if row.participant not in self._consents:
                self._consents[row.participant] = Consent.of(facts_of(self._connection, row.participant))

    def _gather_entries(
        self, people: list[str], rows: Collection[ExpectedDay], stored: Iterable[StoredRecord] | None
    ) -> None:
        instruments = sorted({row.instrument for row in rows})
        moved = {day for one in people if one in self._overlays for _, day in self._overlays[one].moved_days}
        diary_days = {row.diary_day for row in rows} | moved
        if stored is None:
            for some in shapes.chunks(sorted(diary_days)):
                for record in records.entries(self._connection, people, instruments, some):
                    self._take_entry(record)
        else:
            whose = set(people)
            for record in stored:
                if record.participant in whose and record.instrument in instruments and record.diary_day in diary_days:
                    self._take_entry(record)
        for participant in people:
            if overlay := self._overlays.get(participant):
                self._correct(participant, overlay)

    def _correct(self, participant: str, overlay: Overlay) -> None:
        """Let the participant's entries stand as approved corrections have them, on whichever day."""
        mine = [key for key in self._entries if key[0] == participant]
        given = [version for key in mine for version in self._entries.pop(key)]
        for version in overlay.over(given):
            self._entries[participant, version.body.instrument, version.body.diary_day].append(version)

    def _take_entry(self, row: StoredRecord) -> None:
        assert row.instrument is not None
        assert row.diary_day is not None
        settled = self._settled.get(row.id) if row.code else None
        if row.code == Code.AFTER_WITHDRAWAL and settled is None:
            return  # sealed: it neither counts nor raises a question
        is_after = is_after_lock(self._locks.get(row.participant, ()), row.diary_day, row.change_no)
        if is_after and counts_by_itself(row.code, settled):
            let_in, made_at = 0 if row.code else row.change_no, row.captured_at or row.received_at
            if self._consents.get(row.participant, CONSENTS).covers(made_at, row.received_at, let_in):
                self._after_lock[row.participant, row.instrument, row.diary_day] = row.received_at
        elif settled is not None and settled.outcome == Outcome.ACCEPTED:
            self._take_version(row.participant, self._version(row, settled.on_time_until), row.received_at)
        elif row.code and (settled is None or settled.outcome == Outcome.ASSIGNED):
            self._refused[row.participant].append(
                QuarantinedRecord(row.device, row.received_at, row.diary_day, row.instrument)
            )
        elif not row.code:
            version = self._version(row, row.on_time_until)
            self._take_version(row.participant, version, row.received_at, row.change_no)

    def _take_version(self, participant: str, version: EntryVersion, received_at: datetime, let_in: int = 0) -> None:
        body = version.body
        if self._consents.get(participant, CONSENTS).covers(body.captured_at, received_at, let_in):
            self._entries[participant, body.instrument, body.diary_day].append(version)
            self._received.setdefault(version.id, received_at)

    def _version(self, row: StoredRecord, on_time_until: datetime | None) -> EntryVersion:
        """Reading a text costs more than everything else about it; what this transaction judged is read already."""
        body = self._read.get(row.id)
        if body is None:
            return version_of(row, on_time_until)
        return EntryVersion(row.id, row.device, row.sequence, row.hash, body, on_time_until)


def diary_day(row: ExpectedDay) -> DiaryDay | None:
    """The row as `expand` gave it; None when no schedule names the day."""
    if row.not_expected == days.UNSCHEDULED:
        return None
    return filled(
        DiaryDay,
        {
            "instrument": row.instrument,
            "day": row.diary_day,
            "choice": "",
            "zone": row.zone,
            "opens": row.opens,
            "closes": row.closes,
            "late_until": row.late_until,
            "not_expected": NotExpected(row.not_expected) if row.not_expected else None,
        },
    )


def installation(row: Device | Proof) -> Installation:
    """An installation as grading sees it."""
    return filled(
        Installation,
        {
            "device": row.device,
            "active_from": row.active_from,
            "active_until": row.active_until,
            "state": _STATES[row.state],
            "doubtful": bool(row.doubtful),
            "complete_until": row.complete_until,
            "pending": row.pending,
            "last_seen_at": row.last_seen_at,
        },
    )
