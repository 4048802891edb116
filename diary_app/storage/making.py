"""Making a record: it takes its place on the chain, is sealed, and is stored in one transaction."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from diary_app import VERSION
from diary_app.core.entries import EntryVersion
from diary_app.core.environment import Environment
from diary_app.core.errors import Code, RecordRefused
from diary_app.core.lending import is_lent
from diary_app.core.records import Record, RecordKind, compose
from diary_app.core.times import format_utc
from diary_app.core.wire import ChainHead
from diary_app.storage import chain, data_keys, drafts, installations
from diary_app.storage.database import Database
from diary_app.storage.entry_form import Circumstances, NewEntry, entry_body
from diary_app.storage.installations import Installation
from diary_app.storage.study_known import StudyKnown
from diary_app.storage.vault import Vault, about_record


@dataclass(frozen=True)
class SealedRecord:
    """A record ready to be stored. `envelope`: sealed to the study as well."""

    record: Record
    content: bytes
    envelope: bytes | None


class OutOfPlace(ValueError):
    """Another record was stored, or another device id is in use, since this one took its place: make it again."""


class Making:
    """One record at a time, `one_at_a_time`; `sealing_key` is the study's public key, empty while there is none."""

    def __init__(
        self,
        database: Database,
        environment: Environment,
        vault: Vault,
        known: StudyKnown,
        sealing_key: Callable[[], str],
        one_at_a_time: asyncio.Lock,
    ) -> None:
        self._database = database
        self._environment = environment
        self._vault = vault
        self._known = known
        self._sealing_key = sealing_key
        self._one_at_a_time = one_at_a_time

    async def written(self, make: Callable[[], Record]) -> Record:
        """Made, sealed and stored; made again when sending changed the device id while it was being sealed."""
        async with self._one_at_a_time:
            while True:
                sealed = await self.seal(make())
                try:
                    return self.keep(sealed)
                except OutOfPlace:
                    continue

    def next_record(self, kind: RecordKind, body: Mapping[str, Any]) -> Record:
        """A record at the head of the chain, not stored yet. Raises `DiaryUnavailable`, `RecordRefused`."""
        with self._database.reading() as connection:
            installation = _enrolled(connection)
            stamps = {"participant": installation.participant, "captured_at": self._stamp(), "app_version": VERSION}
            return self._compose(connection, installation.device, kind, {**stamps, **body})

    def next_entry(self, new: NewEntry, captured_at: datetime | None = None) -> Record:
        """An entry at the head of the chain, not stored yet. Raises `DiaryUnavailable`, `RecordRefused`."""
        with self._database.reading() as connection:
            installation = _enrolled(connection)
            study, facts = self._known.study(connection), self._known.facts(connection)
            made = Circumstances(
                participant=installation.participant,
                study_version=new.study_version or study.version,
                schedule_revision=max((fact.revision for fact in facts), default=0),
                revision=self._revision_of(connection, new),
                captured_at=captured_at or self._environment.now(),
                monotonic_ms=int(self._environment.monotonic() * 1000),
                clock_offset_ms=installation.clock_offset_ms,
                app_version=VERSION,
                is_lent=is_lent(facts, installations.of_last_enrolment(installations.chains(connection))),
            )
            return self._compose(connection, installation.device, RecordKind.ENTRY, entry_body(new, made).to_body())

    async def seal(self, record: Record) -> SealedRecord:
        """Awaited before the transaction of `keep`."""
        content = await self._vault.seal(record.text, about_record(record.id))
        study = self._sealing_key() if self._vault.seals else ""
        return SealedRecord(record, content, await self._vault.seal_to_study(record.text, study))

    def keep(self, sealed: SealedRecord) -> Record:
        """Store the record. Raises `DiaryUnavailable` with nothing changed, `OutOfPlace` when the chain moved on."""
        record = sealed.record
        with self._database.writing() as connection:
            data_keys.require_in_use(connection, self._vault, sealed.content)
            before = ChainHead(sequence=record.sequence - 1, hash=record.previous)
            in_use = installations.chains(connection)[-1].device
            if (record.device, before) != (in_use, chain.head(connection, record.device)):
                raise OutOfPlace("make it again")
            chain.add(connection, record, sealed.content, sealed.envelope, str(record.body["captured_at"]))
            if record.kind == RecordKind.ENTRY:
                drafts.drop(connection, record.body["instrument"], record.body["diary_day"])
        return record

    def _compose(self, connection: Connection, device: str, kind: RecordKind, body: Mapping[str, Any]) -> Record:
        head = chain.head(connection, device)
        return compose(
            id=self._environment.new_id(), kind=kind, device=device, sequence=head.sequence + 1, previous=head.hash,
            body=body,
        )  # fmt: skip

    def _revision_of(self, connection: Connection, new: NewEntry) -> int:
        if not new.parent:
            return 1
        content = chain.content_of(connection, new.parent)
        record = self._vault.record(content) if content else None
        parent = EntryVersion.from_record(record).body if record else None
        if not parent or (parent.instrument, parent.diary_day) != (new.instrument, new.diary_day):
            raise RecordRefused(
                Code.ENTRY_INVALID, "The entry to correct is not on this phone.", "Open the day again and correct it."
            )
        return parent.revision + 1

    def _stamp(self) -> str:
        return format_utc(self._environment.now())


def _enrolled(connection: Connection) -> Installation:
    installation = installations.current(connection)
    if installation is None:
        raise installations.not_enrolled()
    return installation
