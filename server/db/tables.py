"""Every table of the server, each listed as fact (append-only), working (rebuildable from facts) or erasable.

Rows hold no rules. Moments are `Moment` columns; hashes are 64 hex digits; diary days are dates.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from server.db.columns import Moment


def _moment(*, index: bool = False, optional: bool = False) -> Any:
    return Field(sa_column=Column(Moment, nullable=optional, index=index))


class ServerTable(SQLModel, registry=registry()):
    """Base with a registry of its own, so that phone and server tables never meet."""


# ---- facts -------------------------------------------------------------------------------------------------


class RecordRow(ServerTable, table=True):
    """A phone's record on its device's chain, verbatim; the other columns are projections of the text.

    `code` is empty when accepted, else why it grades nothing (too_late, after_withdrawal, ...). `on_time_until`: end
    of the window that the gate applied, which is the entry's own only when the server could follow how it was shown.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("device", "sequence"),
        Index("record_by_day", "participant", "instrument", "diary_day"),
    )

    id: str = Field(primary_key=True)
    participant: str
    device: str
    sequence: int = Field(sa_type=BigInteger)
    kind: str
    previous: str
    hash: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    received_at: datetime = _moment()
    change_no: int = Field(sa_type=BigInteger)
    code: str = ""
    captured_at: datetime | None = _moment(optional=True)
    instrument: str | None = None
    instrument_version: str | None = None
    diary_day: date | None = None
    revision: int | None = Field(default=None, sa_type=BigInteger)
    parent: str | None = None
    practice: int = 0
    on_time_until: datetime | None = _moment(optional=True)


class QuarantineRow(ServerTable, table=True):
    """Bytes that arrived authenticated but could not join a chain: unreadable, conflicting, forked, lost phone."""

    __tablename__ = "quarantine"
    __table_args__ = (UniqueConstraint("device", "sha256"), Index("quarantine_by_participant", "participant"))

    id: str = Field(primary_key=True)
    participant: str
    device: str
    received_at: datetime = _moment()
    code: str
    sha256: str
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    claimed_id: str | None = None
    claimed_sequence: int | None = Field(default=None, sa_type=BigInteger)
    instrument: str | None = None
    diary_day: date | None = None
    change_no: int = Field(sa_type=BigInteger)


class ActivationRow(ServerTable, table=True):
    """An installation was enrolled: its id, the hash of its token, and the code or predecessor that vouched for it."""

    __tablename__ = "activation"

    device: str = Field(primary_key=True)
    participant: str = Field(index=True)
    token_sha256: str
    activated_at: datetime = _moment()
    code_hash: str | None = None
    predecessor: str | None = None


class ContactRow(ServerTable, table=True):
    """One committed sync as evidence: what the phone said it held, and whether that proves it holds nothing more."""

    __tablename__ = "contact"
    __table_args__ = (Index("contact_by_device", "device", "received_at"),)

    id: str = Field(primary_key=True)
    participant: str
    device: str
    received_at: datetime = _moment()
    device_clock: datetime = _moment()
    pending: int = Field(sa_type=BigInteger)
    head_sequence: int = Field(sa_type=BigInteger)
    head_hash: str
    complete: int
    flags: str = ""


class ParticipantFactRow(ServerTable, table=True):
    """A staff fact about one participant, chained; `body` is canonical text, `revision` its change number."""

    __tablename__ = "participant_fact"
    __table_args__ = (UniqueConstraint("participant", "sequence"),)

    id: str = Field(primary_key=True)
    participant: str
    sequence: int = Field(sa_type=BigInteger)
    kind: str
    at: datetime = _moment()
    author: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    previous: str
    hash: str
    revision: int = Field(sa_type=BigInteger)


class SiteFactRow(ServerTable, table=True):
    """A fact about a site, or the whole study (`*`): study versions activated, rights given and taken."""

    __tablename__ = "site_fact"
    __table_args__ = (UniqueConstraint("site", "sequence"),)

    id: str = Field(primary_key=True)
    site: str
    sequence: int = Field(sa_type=BigInteger)
    kind: str
    at: datetime = _moment()
    author: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    previous: str
    hash: str


class StudyVersionRow(ServerTable, table=True):
    """Every study file that was ever live, verbatim."""

    __tablename__ = "study_version"
    __table_args__ = (UniqueConstraint("study", "version"),)

    sha256: str = Field(primary_key=True)
    study: str
    version: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    added_at: datetime = _moment()


class ChainAnchorRow(ServerTable, table=True):
    """Hourly: one hash over all chain heads, so that a chain cut short shows."""

    __tablename__ = "chain_anchor"

    id: str = Field(primary_key=True)
    at: datetime = _moment()
    heads_sha256: str
    heads: int
    previous: str


class ReminderEventRow(ServerTable, table=True):
    """What became of one reminder, step by step (`reminders/ledger.py`); `code` is a name, never a provider's words.

    `due_at` and `until` (the last moment at which it may be sent) are said when it is queued or dropped; `next_at`: when
    a claim ends or another try is made, empty when nothing more will happen.
    """

    __tablename__ = "reminder_event"

    participant: str = Field(primary_key=True)
    instrument: str = Field(primary_key=True)
    diary_day: date = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    at: datetime = _moment()
    kind: str
    channel: str = ""
    code: str = ""
    receipt: str = ""
    due_at: datetime | None = _moment(optional=True)
    until: datetime | None = _moment(optional=True)
    next_at: datetime | None = _moment(optional=True)


# ---- working -----------------------------------------------------------------------------------------------


class ParticipantRow(ServerTable, table=True):
    """One participant; the row that is locked, the counter of its changes and the head of its chain of facts.

    `prompts_from`: prompts before this moment have been dealt with; empty when none was ever looked at.
    """

    __tablename__ = "participant"

    id: str = Field(primary_key=True)
    site: str = Field(index=True)
    study: str
    change_no: int = Field(default=0, sa_type=BigInteger)
    fact_sequence: int = Field(default=0, sa_type=BigInteger)
    fact_hash: str
    added_at: datetime = _moment()
    activated_at: datetime | None = _moment(optional=True)
    expanded_until: date | None = None
    prompts_from: datetime | None = _moment(index=True, optional=True)


class DeviceRow(ServerTable, table=True):
    """Where one installation stands: state, nonces, the head of its chain as stored, and what its last syncs proved.

    `complete_until`: latest moment up to which a complete contact proves that it held nothing unsent.
    """

    __tablename__ = "device"

    device: str = Field(primary_key=True)
    participant: str = Field(index=True)
    state: str
    doubtful: int = 0
    active_from: datetime = _moment()
    active_until: datetime | None = _moment(optional=True)
    nonce: str
    previous_nonce: str = ""
    have_sequence: int = Field(default=0, sa_type=BigInteger)
    have_hash: str
    successor: str | None = None
    last_seen_at: datetime | None = _moment(optional=True)
    complete_until: datetime | None = _moment(optional=True)
    pending: int = Field(default=0, sa_type=BigInteger)
    clock_offset_ms: int | None = Field(default=None, sa_type=BigInteger)
    app_version: str = ""


class ExpectedDayRow(ServerTable, table=True):
    """One participant, instrument and diary day with its window and grade; `revision` guards conditional updates."""

    __tablename__ = "expected_day"
    __table_args__ = (
        Index("expected_day_due", "next_moment"),
        Index("expected_day_changes", "participant", "change_no"),
    )

    participant: str = Field(primary_key=True)
    instrument: str = Field(primary_key=True)
    diary_day: date = Field(primary_key=True)
    zone: str
    opens: datetime = _moment()
    closes: datetime = _moment()
    late_until: datetime = _moment()
    not_expected: str | None = None
    state: str
    reason: str | None = None
    revision: int = Field(default=1, sa_type=BigInteger)
    next_moment: datetime | None = _moment(optional=True)
    entry: str | None = None
    first_captured_at: datetime | None = _moment(optional=True)
    received_at: datetime | None = _moment(optional=True)
    change_no: int = Field(sa_type=BigInteger)


class ReminderRow(ServerTable, table=True):
    """Where one reminder stands: the fold of its events. `next_moment` is empty when nothing more will happen."""

    __tablename__ = "reminder"
    __table_args__ = (Index("reminder_waiting", "next_moment"), Index("reminder_by_time", "due_at"))

    participant: str = Field(primary_key=True)
    instrument: str = Field(primary_key=True)
    diary_day: date = Field(primary_key=True)
    number: int = Field(primary_key=True)
    due_at: datetime = _moment()
    until: datetime = _moment()
    state: str
    channel: str = ""
    attempts: int = 0
    rerouted: int = 0
    sequence: int
    next_moment: datetime | None = _moment(optional=True)
    sent_at: datetime | None = _moment(optional=True)


class EnrolmentCodeRow(ServerTable, table=True):
    """A one-time code, kept only as a keyed hash."""

    __tablename__ = "enrolment_code"

    code_hash: str = Field(primary_key=True)
    participant: str = Field(index=True)
    issued_at: datetime = _moment()
    expires_at: datetime = _moment()
    device: str | None = None
    token_sha256: str | None = None
    used_at: datetime | None = _moment(optional=True)


class ServerStateRow(ServerTable, table=True):
    """Single values of this copy of the database: its epoch, the version of its zone rules."""

    __tablename__ = "server_state"

    name: str = Field(primary_key=True)
    value: str


# ---- erasable ----------------------------------------------------------------------------------------------


class ContactDetailRow(ServerTable, table=True):
    """How to reach a participant; apart from everything else, erased at the end."""

    __tablename__ = "contact_detail"

    participant: str = Field(primary_key=True)
    phone: str = ""
    email: str = ""
    channel: str = ""


class PushAddressRow(ServerTable, table=True):
    """Where the browser of one installation takes reminders; whoever knows it can make that phone show a message."""

    __tablename__ = "push_address"

    device: str = Field(primary_key=True)
    participant: str = Field(index=True)
    endpoint: str
    p256dh: str
    auth: str
    set_at: datetime = _moment()


class AccountRow(ServerTable, table=True):
    """A member of staff who can log in; rights are facts (`site_fact`), not columns."""

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    username: str = Field(unique=True)
    display_name: str
    language: str = "da"
    password_hash: str
    created_at: datetime = _moment()
    disabled_at: datetime | None = _moment(optional=True)


class SessionRow(ServerTable, table=True):
    """A log-in; only the hash of its secret is kept."""

    __tablename__ = "session"

    secret_sha256: str = Field(primary_key=True)
    account: str = Field(index=True)
    csrf: str
    created_at: datetime = _moment()
    last_seen_at: datetime = _moment()


class AttemptRow(ServerTable, table=True):
    """Counted tries (log-in, enrolment) per subject and span of time."""

    __tablename__ = "attempt"

    subject: str = Field(primary_key=True)
    span_start: datetime = Field(sa_column=Column(Moment, primary_key=True))
    tries: int


FACT_TABLES = (
    RecordRow,
    QuarantineRow,
    ActivationRow,
    ContactRow,
    ParticipantFactRow,
    SiteFactRow,
    StudyVersionRow,
    ChainAnchorRow,
    ReminderEventRow,
)
WORKING_TABLES = (ParticipantRow, DeviceRow, ExpectedDayRow, ReminderRow, EnrolmentCodeRow, ServerStateRow)
ERASABLE_TABLES = (ContactDetailRow, PushAddressRow, AccountRow, SessionRow, AttemptRow)
METADATA = ServerTable.metadata
