"""What a push carries, read before anything waits for it: records, and text that cannot be read as one."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from diary_app.core.entries import as_instant
from diary_app.core.errors import Code, RecordRefused
from diary_app.core.records import Record, RecordKind, parse
from diary_app.core.sealing import envelope_in
from server.db.quarantine import Quarantined
from server.intake.first_reading import read_entry


@dataclass(frozen=True)
class Unreadable:
    """Text that is not a record; it is kept all the same."""

    text: str
    code: Code

    @property
    def hash(self) -> str:
        """SHA-256 of the text alone."""
        return hashlib.sha256(as_bytes(self.text)).hexdigest()


Arrival = Record | Unreadable
#: What is in an envelope; None when it cannot be opened.
Opener = Callable[[bytes], str | None]


def read(texts: Iterable[str], opener: Opener) -> tuple[Arrival, ...]:
    """Open, parse and hash every text; needs no database."""
    return tuple(_read(text, opener) for text in texts)


def as_bytes(text: str) -> bytes:
    """The bytes to keep; letters that are no letters (lone surrogates) too."""
    return text.encode("utf-8", "surrogatepass")


def quarantine_row(
    arrival: Arrival, *, id: str, participant: str, device: str, code: Code, received_at: datetime, change_no: int
) -> Quarantined:
    """What is kept of something that cannot be accepted; it names its day where the text does."""
    record = arrival if isinstance(arrival, Record) else None
    return Quarantined(
        id=id, participant=participant, device=device, received_at=received_at, code=code, change_no=change_no,
        sha256=arrival.hash, data=as_bytes(arrival.text),
        claimed_id=record.id if record else None, claimed_sequence=record.sequence if record else None,
        instrument=_instrument_named_by(record), diary_day=_date_named_by(record),
    )  # fmt: skip


def is_entry(record: Record) -> bool:
    """Whether it could count for a diary day: an entry that is not practice."""
    return record.kind == RecordKind.ENTRY and record.body.get("practice") != 1


def captured_at(record: Record) -> datetime | None:
    """When the phone says it was made; None when it does not say so in a way that can be read."""
    try:
        return as_instant(record.body.get("captured_at"))
    except ValueError:
        return None


def day_named_by(record: Record) -> tuple[str, date] | None:
    """Instrument and diary day of an entry, practice included; None where it names none that can be read."""
    instrument, day = record.body.get("instrument"), record.body.get("diary_day")
    if record.kind != RecordKind.ENTRY or not isinstance(instrument, str) or not isinstance(day, str):
        return None
    try:
        return instrument, date.fromisoformat(day)
    except ValueError:
        return None


def _read(text: str, opener: Opener) -> Arrival:
    """What a locked phone sends is opened first; from there on it is as if it had come as it was written."""
    written = _opened(text, opener)
    if written is None:
        return Unreadable(text, Code.ENVELOPE_UNREADABLE)
    try:
        return read_entry(written) or parse(written)
    except RecordRefused as error:
        return Unreadable(written, error.code)


def _opened(text: str, opener: Opener) -> str | None:
    try:
        envelope = envelope_in(text)
    except ValueError:
        return None
    return text if envelope is None else opener(envelope)


def _instrument_named_by(record: Record | None) -> str | None:
    named = record.body.get("instrument") if record and is_entry(record) else None
    return named if isinstance(named, str) else None


def _date_named_by(record: Record | None) -> date | None:
    named = record.body.get("diary_day") if record and is_entry(record) else None
    try:
        return date.fromisoformat(named) if isinstance(named, str) else None
    except ValueError:
        return None
