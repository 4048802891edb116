"""Who this phone is to the server: its device ids with their tokens, and whose diary it holds.

Usually there is one. A new one follows when the server suspects a copy (it vouches for its successor), or when a new
enrolment code is typed. Records stay on the chain of the device that made them and are sent under its token. The one in
use vouches for those of earlier enrolments that a restored server does not know.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.core.wire import EnrolAnswer, Former, Successor
from diary_app.storage import meta
from diary_app.storage.meta import Name
from diary_app.storage.tables import ENROLMENT, INSTALLATION

_ENROLLED = select(ENROLMENT.c.device).scalar_subquery()
_CHAINS = (
    select(INSTALLATION.c.device, INSTALLATION.c.token, INSTALLATION.c.predecessor)
    .where((INSTALLATION.c.predecessor != "") | INSTALLATION.c.device.in_(_ENROLLED))
    .order_by(INSTALLATION.c.number)
)
_LAST = select(INSTALLATION).order_by(INSTALLATION.c.number.desc()).limit(1)
_HOW_MANY = select(func.count()).select_from(INSTALLATION)
_ADD = insert(INSTALLATION)
_LAST_ENROLMENT = select(ENROLMENT).order_by(ENROLMENT.c.number.desc()).limit(1)
_ENROLMENT_OF = select(ENROLMENT.c.number).where(ENROLMENT.c.device == bindparam("of"))
_HOW_MANY_ENROLMENTS = select(func.count()).select_from(ENROLMENT)
_ADD_ENROLMENT = insert(ENROLMENT)


@dataclass(frozen=True)
class PendingEnrolment:
    """What an enrolment is sent with, the same at every try until it is completed."""

    device: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Chain:
    """One device id, its token, and the device that vouched for it (empty for one enrolled with a code)."""

    device: str
    token: str = field(repr=False)
    predecessor: str

    def as_successor(self) -> Successor:
        """As its predecessor presents it to the server."""
        return Successor(device=self.device, token_sha256=token_hash(self.token))

    def as_former(self) -> Former:
        """As the one in use presents it to a server that has forgotten it."""
        named = self.as_successor()
        return Former(device=named.device, token_sha256=named.token_sha256, predecessor=self.predecessor or None)


def line_of(chain: Chain, found: Iterable[Chain]) -> tuple[Chain, ...]:
    """Those that it followed, from the enrolled one on, and the chain itself. `found`: every chain, in order."""
    line = [chain]
    for one in reversed(tuple(found)):
        if one.device == line[0].predecessor:
            line.insert(0, one)
    return tuple(line)


@dataclass(frozen=True)
class Installation:
    """The device id in use and where its conversation with the server stands."""

    participant: str
    device: str
    token: str = field(repr=False)
    site: str
    language: str
    server_url: str
    epoch: str
    cursor: int
    nonce: str
    state: DeviceState
    clock_offset_ms: int | None


def token_hash(token: str) -> str:
    """What the server keeps of a token."""
    return sha256(token.encode()).hexdigest()


def chains(connection: Connection) -> tuple[Chain, ...]:
    """Every device id that may hold records, oldest first; the last one is in use."""
    return tuple(Chain(*row) for row in connection.execute(_CHAINS))


def of_last_enrolment(found: Iterable[Chain]) -> tuple[str, ...]:
    """The device id that the last code was typed for, and those that followed it. `found`: every chain, in order."""
    ids: list[str] = []
    for one in found:
        ids = [*ids, one.device] if one.predecessor else [one.device]
    return tuple(ids)


def current(connection: Connection) -> Installation | None:
    """The installation in use; None before enrolment."""
    owner = _last_enrolment(connection)
    if owner is None:
        return None
    chain = chains(connection)[-1]
    kept = meta.get_all(connection)
    offset = kept.get(Name.CLOCK_OFFSET)
    return Installation(
        participant=owner.participant,
        device=chain.device,
        token=chain.token,
        site=owner.site,
        language=owner.language,
        server_url=owner.server_url,
        epoch=kept.get(Name.EPOCH, ""),
        cursor=int(kept.get(Name.CURSOR, 0)),
        nonce=kept.get(Name.NONCE_OF + chain.device, ""),
        state=DeviceState(kept.get(Name.DEVICE_STATE, DeviceState.ACTIVE)),
        clock_offset_ms=None if offset is None else int(offset),
    )


def begin(connection: Connection, fresh: PendingEnrolment, now: str) -> PendingEnrolment:
    """The id and token to enrol with: those of an enrolment not completed, else fresh.

    Never an id that was enrolled once, whatever has become of it at the server: a code that is somebody else's would
    make what is on its chain theirs.
    """
    last = connection.execute(_LAST).one_or_none()
    if last is not None and _needs_enrolment(connection, last):
        return PendingEnrolment(last.device, last.token)
    _add(connection, fresh.device, fresh.token, "", now)
    return fresh


def complete(connection: Connection, device: str, answer: EnrolAnswer, server_url: str, now: str) -> None:
    """The server knows the device from here on."""
    row = {
        "number": connection.execute(_HOW_MANY_ENROLMENTS).scalar_one() + 1,
        "device": device, "participant": answer.participant, "site": answer.site, "language": answer.language,
        "server_url": server_url, "completed_at": now,
    }  # fmt: skip
    connection.execute(_ADD_ENROLMENT, row)
    meta.put(connection, Name.NONCE_OF, answer.nonce, device)


def succeed(connection: Connection, fresh: PendingEnrolment, now: str) -> Chain:
    """Go on under a new device id; the one in use vouches for it."""
    predecessor = chains(connection)[-1].device
    _add(connection, fresh.device, fresh.token, predecessor, now)
    return Chain(fresh.device, fresh.token, predecessor)


def participant(connection: Connection) -> str | None:
    """Whose diary this is; None before enrolment."""
    owner = _last_enrolment(connection)
    return None if owner is None else str(owner.participant)


def not_enrolled() -> DiaryUnavailable:
    """What is said before a code was typed."""
    return DiaryUnavailable(
        Code.NOT_ENROLLED, "This phone is not set up yet.", "Enter the code from the letter, or ask the study team."
    )


def _last_enrolment(connection: Connection) -> Row[tuple[object, ...]] | None:
    return connection.execute(_LAST_ENROLMENT).one_or_none()


def _needs_enrolment(connection: Connection, last: Row[tuple[object, ...]]) -> bool:
    if last.predecessor or meta.get(connection, Name.ABANDONED, last.device) is not None:
        return False
    return connection.execute(_ENROLMENT_OF, {"of": last.device}).first() is None


def _add(connection: Connection, device: str, token: str, predecessor: str, now: str) -> None:
    number = connection.execute(_HOW_MANY).scalar_one() + 1
    values = {"number": number, "device": device, "token": token, "predecessor": predecessor, "begun_at": now}
    connection.execute(_ADD, values)
