"""The tables that are computed from facts, and can be computed from them again (`intake/rebuild`)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from server.db.base import ServerTable, moment

#: What is in the index of gaps; queries repeat it word for word, else no database uses the index.
IS_GAP = "state IN ('missed', 'unknown')"
#: The same for what came after a lock.
IS_AFTER_LOCK = "after_lock_at IS NOT NULL"
#: The same for days that time alone will change: one that is settled leaves the index. Whoever asks for a next moment
#: up to some other has said it.
IS_TO_CHANGE = "next_moment IS NOT NULL"
#: PostgreSQL writes a changed row anew, and into every index unless its page has room; these change all day long in no
#: column that an index holds.
_WITH_ROOM = {"postgresql_with": {"fillfactor": "50"}}


class ParticipantRow(ServerTable, table=True):
    """One participant; the row that is locked, the counter of its changes and the head of its chain of facts.

    `prompts_from`: prompts before this moment have been dealt with; empty when none was ever looked at.
    """

    __tablename__ = "participant"
    __table_args__ = _WITH_ROOM

    id: str = Field(primary_key=True)
    site: str = Field(index=True)
    study: str
    change_no: int = Field(default=0, sa_type=BigInteger)
    fact_sequence: int = Field(default=0, sa_type=BigInteger)
    fact_hash: str
    added_at: datetime = moment()
    activated_at: datetime | None = moment(optional=True)
    expanded_until: date | None = None
    prompts_from: datetime | None = moment(index=True, optional=True)


class DeviceRow(ServerTable, table=True):
    """Where one installation stands: state, nonces, the head of its chain as stored, and what its last syncs proved.

    `complete_until`: latest moment up to which a complete contact proves that it held nothing unsent.
    """

    __tablename__ = "device"
    __table_args__ = _WITH_ROOM

    device: str = Field(primary_key=True)
    participant: str = Field(index=True)
    state: str
    doubtful: int = 0
    active_from: datetime = moment()
    active_until: datetime | None = moment(optional=True)
    nonce: str
    previous_nonce: str = ""
    have_sequence: int = Field(default=0, sa_type=BigInteger)
    have_hash: str
    successor: str | None = None
    last_seen_at: datetime | None = moment(optional=True)
    complete_until: datetime | None = moment(optional=True)
    pending: int = Field(default=0, sa_type=BigInteger)
    clock_offset_ms: int | None = Field(default=None, sa_type=BigInteger)
    app_version: str = ""


class ExpectedDayRow(ServerTable, table=True):
    """One participant, instrument and diary day with its window and grade; `revision` guards conditional updates.

    `after_lock_at`: when the newest entry or later version came that waits until the day is unlocked.
    """

    __tablename__ = "expected_day"
    __table_args__ = (
        Index(
            "expected_day_due", "next_moment",
            sqlite_where=text(IS_TO_CHANGE), postgresql_where=text(IS_TO_CHANGE),
        ),
        Index("expected_day_changes", "participant", "change_no"),
        Index(
            "expected_day_gaps", "diary_day", "participant", "instrument", "state",
            sqlite_where=text(IS_GAP), postgresql_where=text(IS_GAP),
        ),
        Index(
            "expected_day_after_lock", "participant", "after_lock_at",
            sqlite_where=text(IS_AFTER_LOCK), postgresql_where=text(IS_AFTER_LOCK),
        ),
    )  # fmt: skip

    participant: str = Field(primary_key=True)
    instrument: str = Field(primary_key=True)
    diary_day: date = Field(primary_key=True)
    zone: str
    opens: datetime = moment()
    closes: datetime = moment()
    late_until: datetime = moment()
    not_expected: str | None = None
    state: str
    reason: str | None = None
    revision: int = Field(default=1, sa_type=BigInteger)
    next_moment: datetime | None = moment(optional=True)
    entry: str | None = None
    first_captured_at: datetime | None = moment(optional=True)
    received_at: datetime | None = moment(optional=True)
    change_no: int = Field(sa_type=BigInteger)
    after_lock_at: datetime | None = moment(optional=True)


class ReminderRow(ServerTable, table=True):
    """Where one reminder stands: the fold of its events. `next_moment` is empty when nothing more will happen."""

    __tablename__ = "reminder"
    __table_args__ = (Index("reminder_waiting", "next_moment"), Index("reminder_by_time", "due_at"))

    participant: str = Field(primary_key=True)
    instrument: str = Field(primary_key=True)
    diary_day: date = Field(primary_key=True)
    number: int = Field(primary_key=True)
    due_at: datetime = moment()
    until: datetime = moment()
    state: str
    channel: str = ""
    attempts: int = 0
    rerouted: int = 0
    sequence: int
    next_moment: datetime | None = moment(optional=True)
    sent_at: datetime | None = moment(optional=True)


class SettlementRow(ServerTable, table=True):
    """How something that was set aside is settled; none while it waits. `item`: of `quarantine` or `record`."""

    __tablename__ = "settlement"

    item: str = Field(primary_key=True)
    participant: str = Field(index=True)
    fact: str
    outcome: str
    instrument: str | None = None
    diary_day: date | None = None
    on_time_until: datetime | None = moment(optional=True)


class EnrolmentCodeRow(ServerTable, table=True):
    """A one-time code, kept only as a keyed hash."""

    __tablename__ = "enrolment_code"

    code_hash: str = Field(primary_key=True)
    participant: str = Field(index=True)
    issued_at: datetime = moment()
    expires_at: datetime = moment()
    device: str | None = None
    token_sha256: str | None = None
    used_at: datetime | None = moment(optional=True)


class ServerStateRow(ServerTable, table=True):
    """Single values of this copy of the database: its epoch, the version of its zone rules."""

    __tablename__ = "server_state"

    name: str = Field(primary_key=True)
    value: str
