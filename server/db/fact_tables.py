"""The tables of facts: rows are added and never changed; triggers see to it (`guards`)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from server.db.base import ServerTable, moment


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
    received_at: datetime = moment()
    change_no: int = Field(sa_type=BigInteger)
    code: str = ""
    captured_at: datetime | None = moment(optional=True)
    instrument: str | None = None
    instrument_version: str | None = None
    diary_day: date | None = None
    revision: int | None = Field(default=None, sa_type=BigInteger)
    parent: str | None = None
    practice: int = 0
    on_time_until: datetime | None = moment(optional=True)


class QuarantineRow(ServerTable, table=True):
    """Bytes that arrived authenticated but could not join a chain: unreadable, conflicting, forked, lost phone."""

    __tablename__ = "quarantine"
    __table_args__ = (UniqueConstraint("device", "sha256"), Index("quarantine_by_participant", "participant"))

    id: str = Field(primary_key=True)
    participant: str
    device: str
    received_at: datetime = moment()
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
    activated_at: datetime = moment()
    code_hash: str | None = None
    predecessor: str | None = None


class ContactRow(ServerTable, table=True):
    """One committed sync as evidence: what the phone said it held, and whether that proves it holds nothing more."""

    __tablename__ = "contact"
    __table_args__ = (Index("contact_by_device", "device", "received_at"),)

    id: str = Field(primary_key=True)
    participant: str
    device: str
    received_at: datetime = moment()
    device_clock: datetime = moment()
    pending: int = Field(sa_type=BigInteger)
    head_sequence: int = Field(sa_type=BigInteger)
    head_hash: str
    complete: int
    flags: str = ""


#: What is in the index of facts that the inbox asks for; queries repeat it word for word, else it is not used.
IS_SOUGHT = "kind IN ('correction_requested', 'excused', 'status')"
#: The same for the question who has days that were locked.
IS_LOCK = "kind = 'locked'"


class ParticipantFactRow(ServerTable, table=True):
    """A staff fact about one participant, chained; `body` is canonical text, `revision` its change number."""

    __tablename__ = "participant_fact"
    __table_args__ = (
        UniqueConstraint("participant", "sequence"),
        Index("facts_sought", "kind", "participant", sqlite_where=text(IS_SOUGHT), postgresql_where=text(IS_SOUGHT)),
        Index("facts_of_locks", "participant", "revision", sqlite_where=text(IS_LOCK), postgresql_where=text(IS_LOCK)),
    )

    id: str = Field(primary_key=True)
    participant: str
    sequence: int = Field(sa_type=BigInteger)
    kind: str
    at: datetime = moment()
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
    at: datetime = moment()
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
    added_at: datetime = moment()


class ChainAnchorRow(ServerTable, table=True):
    """Hourly: one hash over all chain heads, so that a chain cut short shows."""

    __tablename__ = "chain_anchor"

    id: str = Field(primary_key=True)
    at: datetime = moment()
    heads_sha256: str
    heads: int
    previous: str = Field(index=True)


class ChainHeadRow(ServerTable, table=True):
    """The head of one chain as an anchor saw it; only chains that had grown since the anchor before have a row."""

    __tablename__ = "chain_head"
    __table_args__ = (Index("chain_head_by_sequence", "kind", "chain", "sequence"),)

    anchor: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    chain: str = Field(primary_key=True)
    at: datetime = moment()
    sequence: int = Field(sa_type=BigInteger)
    hash: str


class ReminderEventRow(ServerTable, table=True):
    """What became of one reminder, step by step (`reminders/ledger.py`); `code` is a name, never a provider's words.

    `due_at` and `until` (from when it is too late to send it) are said when it is queued or dropped. `next_at`: when a
    claim ends or another try is made, empty when nothing more will happen.
    """

    __tablename__ = "reminder_event"

    participant: str = Field(primary_key=True)
    instrument: str = Field(primary_key=True)
    diary_day: date = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    at: datetime = moment()
    kind: str
    channel: str = ""
    code: str = ""
    receipt: str = ""
    due_at: datetime | None = moment(optional=True)
    until: datetime | None = moment(optional=True)
    next_at: datetime | None = moment(optional=True)
