"""Every version of a participant's entries and how each stands: what counts, what came before it, what is left out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.corrections import NO_OVERLAY
from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.errors import RecordRefused
from diary_app.core.facts import Fact
from diary_app.core.locks import is_after_lock
from diary_app.core.merge import counting
from diary_app.core.status import Consent
from server.db import records
from server.db.records import StoredRecord
from server.db.stored_entries import version_of
from server.intake.accepted import every_accepted
from server.intake.corrected import overlays
from server.intake.transcribed import Transcribed, transcribed


class Stands(StrEnum):
    """How one version stands; the values are messages."""

    COUNTS = message("counts")
    EARLIER = message("an earlier version")
    SECOND = message("a second entry of the day; kept for review")
    VOID = message("void: entered in error")
    AFTER_LOCK = message("came after the day was locked")
    REFUSED = message("does not count")
    SEALED = message("sealed: made after consent was withdrawn")


@dataclass(frozen=True)
class Version:
    """One version. `body` is as it stands now, None where nobody may read it."""

    id: str
    day: date
    received_at: datetime
    stands: Stands
    code: str = ""
    body: EntryBody | None = None
    corrected: tuple[str, ...] = ()
    is_on_time: bool | None = None

    @property
    def lag(self) -> timedelta | None:
        """From saving to receipt, by both clocks."""
        return self.received_at - self.body.captured_at if self.body else None


def versions_of(connection: Connection, participant: str, facts: Sequence[Fact]) -> tuple[Version, ...]:
    """Newest day first, then the newest version first."""
    found = _Found(facts)
    for row in records.every_entry(connection, participant):
        if row.diary_day is not None:  # one that nobody can read names no day; it is in the inbox
            found.take(row, row.diary_day)
    for one in every_accepted(connection, participant):
        if one.by_itself and is_after_lock(facts, one.version.body.diary_day, one.change_no):
            found.leave_locked(one.version, one.received_at)
        else:
            found.take_accepted(one.version, one.received_at)
    for sheet in transcribed(connection, [participant]):
        found.take_sheet(sheet)
    overlay = overlays(connection, [participant]).get(participant, NO_OVERLAY)
    standing = {one.id: one for one in overlay.over(found.accepted)}
    made = [*found.aside, *(found.version(one, standing) for one in found.accepted)]
    made = _with_slots(made, standing)
    return tuple(sorted(made, key=_newness, reverse=True))


def _newness(one: Version) -> tuple[date, datetime, int, str]:
    return one.day, one.received_at, one.body.revision if one.body else 0, one.id


class _Found:
    def __init__(self, facts: Sequence[Fact]) -> None:
        self.accepted: list[EntryVersion] = []
        self.aside: list[Version] = []
        self._received: dict[str, datetime] = {}
        self._facts, self._consent = facts, Consent.of(facts)

    def take(self, row: StoredRecord, day: date) -> None:
        """One stored entry of that day, accepted or set aside."""
        try:
            version = version_of(row, row.on_time_until)
        except RecordRefused:
            self.aside.append(Version(row.id, day, row.received_at, Stands.REFUSED, row.code))
            return
        let_in = 0 if row.code else row.change_no
        if not self._consent.covers(version.body.captured_at, row.received_at, let_in):
            self.aside.append(Version(row.id, day, row.received_at, Stands.SEALED))
        elif row.code:
            self.aside.append(Version(row.id, day, row.received_at, Stands.REFUSED, row.code, version.body))
        elif is_after_lock(self._facts, day, row.change_no):
            self.aside.append(Version(row.id, day, row.received_at, Stands.AFTER_LOCK, "", version.body))
        else:
            self.accept(version, row.received_at)

    def take_accepted(self, version: EntryVersion, received_at: datetime) -> None:
        """One that an investigator accepted; a withdrawal of before may have been recorded since."""
        if self._consent.covers(version.body.captured_at, received_at):
            self.accept(version, received_at)
        elif all(one.id != version.id for one in self.aside):
            self.aside.append(Version(version.id, version.body.diary_day, received_at, Stands.SEALED))

    def leave_locked(self, version: EntryVersion, received_at: datetime) -> None:
        """One that the server let in by itself, and that came when its day was locked; it stands no more as refused."""
        if self._consent.covers(version.body.captured_at, received_at):
            self.aside = [one for one in self.aside if one.id != version.id]
            day = version.body.diary_day
            self.aside.append(Version(version.id, day, received_at, Stands.AFTER_LOCK, "", version.body))

    def take_sheet(self, one: Transcribed) -> None:
        """One that staff typed from paper; it never comes after a lock."""
        version = one.version
        if not self._consent.covers(version.body.captured_at, one.at):
            self.aside.append(Version(version.id, version.body.diary_day, one.at, Stands.SEALED))
        elif one.may_count:
            self.accept(version, one.at)
        else:
            day, code = version.body.diary_day, one.sheet.code
            self.aside.append(Version(version.id, day, one.at, Stands.REFUSED, code, version.body))

    def accept(self, version: EntryVersion, received_at: datetime) -> None:
        """One that may count; an investigator may have accepted what was refused before."""
        self.aside = [one for one in self.aside if one.id != version.id or one.stands is Stands.SEALED]
        if version.id not in self._received and all(one.id != version.id for one in self.aside):
            self.accepted.append(version)
            self._received[version.id] = received_at

    def version(self, one: EntryVersion, standing: dict[str, EntryVersion]) -> Version:
        """As it stands; a voided one keeps what it said."""
        now = standing.get(one.id)
        body = (now or one).body
        return Version(
            one.id, body.diary_day, self._received[one.id], Stands.EARLIER if now else Stands.VOID, "", body,
            now.corrected if now else (),
        )  # fmt: skip


def _with_slots(made: list[Version], standing: dict[str, EntryVersion]) -> list[Version]:
    """What counts on each day, and whether its first version was on time."""
    slots: dict[tuple[str, str], list[EntryVersion]] = defaultdict(list)
    for one in standing.values():
        slots[one.body.instrument, one.body.visit or one.body.diary_day.isoformat()].append(one)
    counts: set[str] = set()
    second: set[str] = set()
    timely: dict[str, bool] = {}
    for versions in slots.values():
        counted = counting(versions)
        if counted is None:
            continue
        counts.add(counted.current.id)
        second |= {one.id for one in counted.other_roots}
        if counted.first.on_time_until is not None:
            timely[counted.current.id] = counted.first.body.captured_at <= counted.first.on_time_until
    named = dict.fromkeys(counts, Stands.COUNTS) | dict.fromkeys(second, Stands.SECOND)
    return [
        replace(one, stands=named.get(one.id, one.stands), is_on_time=timely.get(one.id))
        if one.stands is Stands.EARLIER
        else one
        for one in made
    ]
