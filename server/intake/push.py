"""Taking in the records of one push: each is placed on its device's chain, then stored, recognised or set aside.

What arrives is never dropped. A record that continues the chain is stored, with the gate's code when it grades
nothing. One that is stored already gets its first receipt again. Everything else goes to quarantine: with a receipt
when sending it again cannot help, without one when something before it is missing that the phone may still send, or
when it cannot be opened: the phone may send it as it was written once its diary is open, and this server may get back
the key that it lost.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection

from diary_app.core.chain import Placement, head_of, place
from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState
from diary_app.core.records import CHAIN_BROKEN, Record
from diary_app.core.wire import ChainHead, Receipt
from server.db import quarantine, records
from server.db.devices import Device
from server.db.quarantine import Quarantined
from server.db.records import StoredHead, StoredRecord
from server.intake.ahead import Ahead
from server.intake.arrivals import Arrival, Unreadable, quarantine_row
from server.intake.held import Held
from server.intake.judging import Judge, Judged
from server.services import Services

_FULL_RETRY_SECONDS = 3600


class Fate(StrEnum):
    """What happens to one arrival."""

    STORED = "stored"
    KNOWN = "known"
    ASIDE = "aside"


@dataclass(frozen=True)
class Pushed:
    """The outcome of a push. `accepted`: diary entries that may count. `touched`: instruments and days entries named.

    `broken`: why the chain cannot be continued, None when it can.
    """

    receipts: tuple[Receipt, ...]
    head: ChainHead
    flags: frozenset[Code]
    accepted: tuple[EntryBody, ...]
    touched: frozenset[tuple[str, date]]
    broken: Code | None
    new: tuple[Judged, ...]
    new_aside: tuple[Quarantined, ...]

    @property
    def bodies(self) -> dict[str, EntryBody]:
        """New entries as they were read, by record."""
        return {one.row.id: one.entry for one in self.new if one.entry}


def write_down(connection: Connection, pushes: Collection[Pushed]) -> None:
    """Store what some pushes brought, together."""
    records.add(connection, [judged.row for pushed in pushes for judged in pushed.new])
    quarantine.add(connection, [row for pushed in pushes for row in pushed.new_aside])


class Push:
    """One push of one installation, inside the transaction that holds its participant."""

    def __init__(
        self, held: Held, services: Services, device: Device, judge: Judge, ahead: Ahead, now: datetime
    ) -> None:
        self._held, self._services, self._device, self._judge, self._now = held, services, device, judge, now
        self._ahead = ahead
        self._head = ChainHead(sequence=device.have_sequence, hash=device.have_hash)
        self._by_id: dict[str, StoredHead] = {}
        self._by_place: dict[int, StoredHead] = {}
        self._held_aside: dict[str, Quarantined] = {}
        self._new: list[Judged] = []
        self._new_aside: list[Quarantined] = []
        self._broken: Code | None = None

    def take(self, arrivals: Sequence[Arrival]) -> Pushed:
        """Take in everything, in order; `write_down` stores it. Raises `RequestRefused` (quarantine_full)."""
        self._recognise()
        receipts = [self._taken(arrival) for arrival in arrivals]
        self._check_room()
        return self._outcome(receipt for receipt in receipts if receipt)

    def _recognise(self) -> None:
        """What is here already."""
        for stored in self._ahead.heads(self._device.device):
            self._remember(stored)
        self._held_aside = self._ahead.aside(self._device.device)

    def _remember(self, stored: StoredHead) -> None:
        self._by_id[stored.id] = stored
        if stored.device == self._device.device:
            self._by_place[stored.sequence] = stored

    def _taken(self, arrival: Arrival) -> Receipt | None:
        match self._classify(arrival):
            case Fate.STORED, _ if isinstance(arrival, Record):
                return self._store(arrival)
            case Fate.KNOWN, _ if isinstance(arrival, Record):
                return _receipt_of(self._by_id[arrival.id])
            case _, code:
                return self._set_aside(arrival, code or Code.RECORD_MALFORMED)

    def _classify(self, arrival: Arrival) -> tuple[Fate, Code | None]:
        """Decide before anything is written; the code says why something is set aside."""
        if isinstance(arrival, Unreadable):
            return Fate.ASIDE, arrival.code
        same_id, same_place = self._by_id.get(arrival.id), self._by_place.get(arrival.sequence)
        if same_id and same_id.hash == arrival.hash:
            return Fate.KNOWN, None
        if arrival.device != self._device.device:
            return Fate.ASIDE, Code.CHAIN_FORK
        if self._device.state == DeviceState.LOST:
            return Fate.ASIDE, Code.DEVICE_LOST
        if same_id:
            return Fate.ASIDE, Code.RECORD_CONFLICT
        match place(self._head, arrival, same_place.hash if same_place else None):
            case Placement.NEXT:
                return Fate.STORED, None
            case Placement.GAP:
                return Fate.ASIDE, Code.CHAIN_GAP
            case _:
                return Fate.ASIDE, Code.CHAIN_FORK

    def _store(self, record: Record) -> Receipt:
        aside = self._held_aside.get(record.hash)
        first_came = aside.received_at if aside else None
        judged = self._judge.judged(record, self._held.next_change(), self._now, first_came)
        self._new.append(judged)
        self._head = head_of(record)
        stored = _head_of_row(judged.row)
        self._remember(stored)
        return _receipt_of(stored)

    def _set_aside(self, arrival: Arrival, code: Code) -> Receipt | None:
        row = self._held_aside.get(arrival.hash) or self._kept(arrival, code)
        if code in CHAIN_BROKEN and (isinstance(arrival, Unreadable) or arrival.device == self._device.device):
            self._broken = self._broken or code
        if code is Code.ENVELOPE_UNREADABLE:
            return None
        if code is Code.CHAIN_GAP and not (self._broken or self._device.doubtful):
            return None
        named = arrival.id if isinstance(arrival, Record) else ""
        return Receipt(id=named, hash=arrival.hash, accepted=False, code=code, received_at=row.received_at)

    def _kept(self, arrival: Arrival, code: Code) -> Quarantined:
        row = quarantine_row(
            arrival,
            id=self._services.environment.new_id(),
            participant=self._held.id,
            device=self._device.device,
            code=code,
            received_at=self._now,
            change_no=self._held.next_change(),
        )
        self._new_aside.append(row)
        self._held_aside[arrival.hash] = row
        return row

    def _check_room(self) -> None:
        if not self._new_aside:
            return
        waiting = quarantine.count_unresolved(self._held.connection, self._device.device)
        if waiting + len(self._new_aside) > self._services.settings.quarantine_limit:
            raise quarantine_full()

    def _outcome(self, receipts: Iterable[Receipt]) -> Pushed:
        entries = [(one.entry, one.row.code) for one in self._new if one.entry and not one.entry.practice]
        return Pushed(
            receipts=tuple(receipts),
            head=self._head,
            flags=frozenset(flag for judged in self._new for flag in judged.flags),
            accepted=tuple(entry for entry, code in entries if not (code or entry.visit)),
            touched=frozenset((entry.instrument, entry.diary_day) for entry, _ in entries),
            broken=self._broken,
            new=tuple(self._new),
            new_aside=tuple(self._new_aside),
        )


def quarantine_full() -> RequestRefused:
    """Nothing more is taken from this phone until somebody has looked."""
    return RequestRefused(
        Code.QUARANTINE_FULL,
        "Too much from this phone waits for somebody to look at it.",
        "Contact the study team; the phone keeps everything.",
        retry_after=_FULL_RETRY_SECONDS,
    )


def _head_of_row(row: StoredRecord) -> StoredHead:
    return StoredHead(row.id, row.device, row.sequence, row.hash, row.code, row.received_at)


def _receipt_of(stored: StoredHead) -> Receipt:
    """The receipt that a record got first, whenever it is asked for."""
    code = Code(stored.code) if stored.code else None
    return Receipt(id=stored.id, hash=stored.hash, accepted=code is None, code=code, received_at=stored.received_at)
