"""Taking in a rescue file, or the codes that stand for one: the same intake as a push, for a phone that cannot send.

Nothing is receipted here; the phone gets each first receipt at its next sync, because it sends everything again.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.records import Record
from diary_app.core.rescue import RescuedChain, RescueFile, RescueRefused, is_proven
from diary_app.core.rescue_codes import read_handed_over
from server.db import devices, participants, records, site_facts
from server.db.devices import Activation
from server.db.engine import reading
from server.intake import arrivals
from server.intake.ahead import Ahead, Sent
from server.intake.arrivals import Arrival, Unreadable
from server.intake.held import holding
from server.intake.judging import Judge
from server.intake.known import COMMAND_LINE
from server.intake.push import Push, write_down
from server.intake.regrade import settle
from server.intake.sync import to_regrade
from server.services import Services

#: The kind of the fact about a site that a file was taken in.
TAKEN_IN = "rescue_taken_in"


@dataclass(frozen=True)
class Rescued:
    """What became of one participant's records in a file."""

    participant: str
    taken_in: int
    known: int
    set_aside: int
    unreadable: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.taken_in + self.known + self.set_aside


def rescue(
    services: Services, data: bytes, now: datetime, sites: Collection[str] | None = None, *, author: str = COMMAND_LINE
) -> tuple[Rescued, ...]:
    """Take in a file, or the lines of its codes; see `take_in`. Raises `RescueRefused` (also: neither of the two)."""
    return take_in(services, read_handed_over(data), now, sites, author=author)


def take_in(
    services: Services,
    found: RescueFile,
    now: datetime,
    sites: Collection[str] | None = None,
    *,
    author: str = COMMAND_LINE,
) -> tuple[Rescued, ...]:
    """Take in what was read, one participant after the other. `sites`: whose phones it may come from; None for all.

    The trail of each site says who took in how much of whom. `author`: who, for the trail.
    Raises `RescueRefused` with nothing changed: not written by a phone of these sites.
    """
    with reading(services.engine) as connection:
        known = [_activation(connection, chain, sites) for chain in found.chains]
    return tuple(_taken_in(services, found, known, now, author))


def _activation(connection: Connection, chain: RescuedChain, sites: Collection[str] | None) -> Activation:
    activation = devices.activation(connection, chain.device)
    if activation is None or not is_proven(chain, activation.token_sha256):
        raise _not_ours()
    owner = participants.get(connection, activation.participant)
    if owner is None or (sites is not None and owner.site not in sites):
        raise _not_ours()
    return activation


def _taken_in(
    services: Services, found: RescueFile, known: Sequence[Activation], now: datetime, author: str
) -> Iterator[Rescued]:
    for chain, activation in zip(found.chains, known, strict=True):
        arrived = arrivals.read(chain.records, services.sealing.open)
        take = partial(_take, services=services, activation=activation, arrived=arrived, now=now)
        yield services.writer.run(activation.participant, partial(_noted, services, chain, take, author, now))


def _noted(
    services: Services, chain: RescuedChain, take: Callable[[Connection], Rescued], author: str, now: datetime,
    connection: Connection,
) -> Rescued:  # fmt: skip
    """Take it in, and write down who did, and the hash of its records, one a line: it came through hands."""
    found = take(connection)
    owner = participants.get(connection, found.participant)
    assert owner is not None, "an installation belongs to somebody"
    body = {
        "participant": found.participant, "device": chain.device, "records": found.total, "taken_in": found.taken_in,
        "known": found.known, "set_aside": found.set_aside, "unreadable": found.unreadable,
        "sha256": hashlib.sha256("\n".join(chain.records).encode()).hexdigest(),
    }  # fmt: skip
    site_facts.append(
        connection, site=owner.site, kind=TAKEN_IN, body=body, author=author, at=now, id=services.environment.new_id()
    )
    return found


def _take(
    connection: Connection, services: Services, activation: Activation, arrived: Sequence[Arrival], now: datetime
) -> Rescued:
    with holding(connection, activation.participant) as held:
        device = devices.get(connection, activation.device)
        assert device is not None, "an activated installation has a row"
        ahead = Ahead(connection, [Sent(held.id, device.device, arrived)], now)
        judge = Judge(connection, services, held.id, device.device, ahead)
        before = _stored(connection, device.device, arrived)
        pushed = Push(held, services, device, judge, ahead, now).take(arrived)
        write_down(connection, [pushed])
        devices.save(connection, device._replace(have_sequence=pushed.head.sequence, have_hash=pushed.head.hash))
        services.graded.note(now)
        settle([held], to_regrade(held, services, judge, ahead, pushed, now, is_changed=False), now, pushed.bodies)
        after = _stored(connection, device.device, arrived)
    return Rescued(
        participant=activation.participant,
        taken_in=len(after - before),
        known=len(before),
        set_aside=len(arrived) - len(after),
        unreadable=sum(isinstance(one, Unreadable) for one in arrived),
    )


def _stored(connection: Connection, device: str, arrived: Sequence[Arrival]) -> set[str]:
    """Ids of those that are on their chain."""
    read = {one.id: one.hash for one in arrived if isinstance(one, Record)}
    return {one.id for one in records.known(connection, device, list(read), []) if read.get(one.id) == one.hash}


def _not_ours() -> RescueRefused:
    return RescueRefused(
        Code.RESCUE_NOT_OURS,
        "This file was not written by a phone that you look after, or it was changed since.",
        "Ask which study and site the phone belongs to; the phone keeps everything.",
    )
