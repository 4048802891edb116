"""Enrolment codes, kept as keyed hashes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from server.db import shapes

TABLE = shapes.table("enrolment_code")


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A row of `enrolment_code`."""

    code_hash: str
    participant: str
    issued_at: datetime
    expires_at: datetime
    device: str | None = None
    token_sha256: str | None = None
    used_at: datetime | None = None


_ALL = select(*shapes.columns(TABLE, EnrolmentCode))
_ONE = _ALL.where(TABLE.c.code_hash == shapes.given("code_hash"))
_OF = _ALL.where(TABLE.c.participant == shapes.given("participant")).order_by(
    TABLE.c.issued_at.desc(), TABLE.c.code_hash
)
_USE = (
    update(TABLE)
    .where(TABLE.c.code_hash == shapes.given("the_code"), TABLE.c.used_at.is_(None))
    .values({name: shapes.given(f"to_{name}") for name in ("device", "token_sha256", "used_at")})
)
_EXPIRE = (
    update(TABLE)
    .where(TABLE.c.participant == shapes.given("the_participant"), TABLE.c.used_at.is_(None))
    .where(TABLE.c.expires_at > shapes.given("now"))
    .values(expires_at=shapes.given("now"))
)


def add(connection: Connection, row: EnrolmentCode) -> None:
    """Insert a new code."""
    shapes.add(connection, TABLE, [row])


def get(connection: Connection, code_hash: str) -> EnrolmentCode | None:
    """Look one up."""
    return shapes.first(connection, _ONE, EnrolmentCode, code_hash=code_hash)


def of(connection: Connection, participant: str) -> list[EnrolmentCode]:
    """All codes of one participant, newest first."""
    return shapes.read(connection, _OF, EnrolmentCode, participant=participant)


def waiting(connection: Connection, participant: str, now: datetime) -> EnrolmentCode | None:
    """The code that could still be used; a newer one ends it."""
    fresh = (one for one in of(connection, participant) if one.used_at is None and one.expires_at > now)
    return next(fresh, None)


def use(connection: Connection, code_hash: str, device: str, token_sha256: str, now: datetime) -> None:
    """Note which installation used it."""
    given = {"the_code": code_hash, "to_device": device, "to_token_sha256": token_sha256, "to_used_at": now}
    connection.execute(_USE, given)


def expire_all(connection: Connection, now: datetime) -> None:
    """No unused code is good any longer."""
    connection.execute(update(TABLE).where(TABLE.c.used_at.is_(None), TABLE.c.expires_at > now).values(expires_at=now))


def expire(connection: Connection, participant: str, now: datetime) -> None:
    """No unused code of the participant is good any longer."""
    connection.execute(_EXPIRE, {"the_participant": participant, "now": now})
