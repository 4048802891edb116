"""Every table of the phone, each listed as fact (append-only), working (rebuildable) or erasable.

Moments are UTC text as records carry it, diary days ISO dates; both sort as they are. `content` is the text as the
`Vault` sealed it; a phone without a PIN keeps the text itself. The other columns are the few that scheduling and sync
need.
"""

from sqlalchemy import Column, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class PhoneTable(SQLModel, registry=registry()):
    """Base with a registry of its own, so that phone and server tables never meet."""


# ---- facts -------------------------------------------------------------------------------------------------


class InstallationRow(PhoneTable, table=True):
    """A device id with its token and chain; `number` counts from 1. Stored before anything is sent under it."""

    __tablename__ = "installation"

    number: int = Field(primary_key=True)
    device: str = Field(unique=True)
    token: str
    predecessor: str
    begun_at: str


class EnrolmentRow(PhoneTable, table=True):
    """The server knows this installation, and said whose it is."""

    __tablename__ = "enrolment"

    number: int = Field(primary_key=True)
    device: str
    participant: str
    site: str
    language: str
    server_url: str
    completed_at: str


class RecordRow(PhoneTable, table=True):
    """A record made here; the columns beside `content` are projections of its text.

    `envelope`: the text sealed to the study, so that it can be sent whoever holds the phone, and to a restored server.
    """

    __tablename__ = "record"
    __table_args__ = (UniqueConstraint("device", "sequence"),)

    id: str = Field(primary_key=True)
    device: str
    sequence: int
    kind: str
    previous: str
    hash: str
    made_at: str
    instrument: str | None = None
    diary_day: str | None = None
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    envelope: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class ReceiptRow(PhoneTable, table=True):
    """The server holds the record, in the copy of its database that this epoch names."""

    __tablename__ = "receipt"

    record: str = Field(primary_key=True)
    epoch: str = Field(primary_key=True)
    accepted: int
    code: str
    received_at: str


class ServerFactRow(PhoneTable, table=True):
    """A fact about the participant as the server of that epoch told it; `body` is canonical text."""

    __tablename__ = "server_fact"

    id: str = Field(primary_key=True)
    epoch: str = Field(primary_key=True)
    change_no: int
    at: str
    body: str = Field(sa_column=Column(Text, nullable=False))


class StudyVersionRow(PhoneTable, table=True):
    """A study file as it was received, verbatim."""

    __tablename__ = "study_version"

    sha256: str = Field(primary_key=True)
    version: str
    text: str = Field(sa_column=Column(Text, nullable=False))


class WordingRow(PhoneTable, table=True):
    """The words of a licensed questionnaire as they were received, verbatim; no personal data, so never sealed."""

    __tablename__ = "wording"

    sha256: str = Field(primary_key=True)
    text: str = Field(sa_column=Column(Text, nullable=False))


# ---- working -----------------------------------------------------------------------------------------------


class MetaRow(PhoneTable, table=True):
    """Single values: where the conversation with the server stands, and the participant's settings."""

    __tablename__ = "meta"

    name: str = Field(primary_key=True)
    value: str


class DataKeyRow(PhoneTable, table=True):
    """The key under which texts rest, wrapped by the PIN; `id` is its id in hex. A new PIN replaces the row."""

    __tablename__ = "data_key"

    id: str = Field(primary_key=True)
    wrap: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made_at: str


class DraftRow(PhoneTable, table=True):
    """An entry being filled in; gone in the transaction that saves the entry."""

    __tablename__ = "draft"

    instrument: str = Field(primary_key=True)
    diary_day: str = Field(primary_key=True)
    saved_at: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DayStateRow(PhoneTable, table=True):
    """The server's grade of a diary day, as last told."""

    __tablename__ = "day_state"

    instrument: str = Field(primary_key=True)
    diary_day: str = Field(primary_key=True)
    epoch: str
    state: str
    reason: str | None = None
    entry: str | None = None
    received_at: str | None = None


FACT_TABLES = (InstallationRow, EnrolmentRow, RecordRow, ReceiptRow, ServerFactRow, StudyVersionRow, WordingRow)
WORKING_TABLES = (MetaRow, DataKeyRow, DraftRow, DayStateRow)
ERASABLE_TABLES: tuple[type[PhoneTable], ...] = ()
METADATA = PhoneTable.metadata

INSTALLATION: Table = METADATA.tables["installation"]
ENROLMENT: Table = METADATA.tables["enrolment"]
RECORD: Table = METADATA.tables["record"]
RECEIPT: Table = METADATA.tables["receipt"]
SERVER_FACT: Table = METADATA.tables["server_fact"]
STUDY_VERSION: Table = METADATA.tables["study_version"]
WORDING: Table = METADATA.tables["wording"]
META: Table = METADATA.tables["meta"]
DATA_KEY: Table = METADATA.tables["data_key"]
DRAFT: Table = METADATA.tables["draft"]
DAY_STATE: Table = METADATA.tables["day_state"]
