"""The tables of what may have to be forgotten: how to reach people, who can log in, what was tried."""

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from server.db.base import ServerTable, moment
from server.db.columns import Moment


class ContactDetailRow(ServerTable, table=True):
    """How to reach a participant; apart from everything else, erased at the end.

    Refused at: since when nothing is sent there, as whoever delivers says that there is no such address.
    """

    __tablename__ = "contact_detail"

    participant: str = Field(primary_key=True)
    phone: str = ""
    email: str = ""
    channel: str = ""
    email_refused_at: datetime | None = moment(optional=True)
    phone_refused_at: datetime | None = moment(optional=True)


class PushAddressRow(ServerTable, table=True):
    """Where the browser of one installation takes reminders; whoever knows it can make that phone show a message."""

    __tablename__ = "push_address"

    device: str = Field(primary_key=True)
    participant: str = Field(index=True)
    endpoint: str
    p256dh: str
    auth: str
    set_at: datetime = moment()


class AccountRow(ServerTable, table=True):
    """A member of staff who can log in; rights are facts (`site_fact`), not columns."""

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    username: str = Field(unique=True)
    display_name: str
    language: str = "da"
    password_hash: str
    created_at: datetime = moment()
    disabled_at: datetime | None = moment(optional=True)
    email: str | None = None
    last_log_in_at: datetime | None = moment(optional=True)


class SessionRow(ServerTable, table=True):
    """A log-in; only the hash of its secret is kept, and of the browser only what family and system it is.

    `second_at`: when the second factor was passed. `offered`: sealed secret of one that is being set up.
    """

    __tablename__ = "session"

    secret_sha256: str = Field(primary_key=True)
    id: str
    account: str = Field(index=True)
    csrf: str
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    browser: str
    system: str
    second_at: datetime | None = moment(optional=True)
    offered: str | None = None


class SecondFactorRow(ServerTable, table=True):
    """What an authenticator shares with the server, sealed; `last_step`: the last a code was taken for."""

    __tablename__ = "second_factor"

    account: str = Field(primary_key=True)
    sealed: str
    last_step: int = Field(sa_column=Column(BigInteger, nullable=False))
    since: datetime = moment()


class RecoveryCodeRow(ServerTable, table=True):
    """A code for whoever lost the authenticator, not used yet; only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    keyed_hash: str = Field(primary_key=True)
    account: str = Field(index=True)


class InvitationRow(ServerTable, table=True):
    """The one link by which somebody chooses their password; only the hash of its code is kept."""

    __tablename__ = "invitation"

    account: str = Field(primary_key=True)
    code_sha256: str = Field(unique=True)
    expires_at: datetime = moment()


class AttemptRow(ServerTable, table=True):
    """Counted tries (log-in, enrolment) per subject and span of time."""

    __tablename__ = "attempt"

    subject: str = Field(primary_key=True)
    span_start: datetime = Field(sa_column=Column(Moment, primary_key=True))
    tries: int
