"""Installations of before that a restored database has forgotten, presented by one that was enrolled since.

A phone keeps what was made under each of its ids on a chain of its own, and only that id's token sends it. Where the
database is from before an enrolment, nobody would ever take that chain in. The installation that a newer code began
vouches for it: both hold one diary, which is one participant's.
"""

from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.facts import DeviceState
from diary_app.core.lending import is_lent
from diary_app.core.wire import Former
from server.db import devices
from server.db.devices import Activation, Device
from server.intake import installations
from server.intake.held import Held
from server.intake.known import facts_of
from server.services import Services

#: The coded reason of its state.
FORGOTTEN = "forgotten"


def take_in_former(held: Held, services: Services, device: Device, former: Former, now: datetime) -> None:
    """Register it as one that was replaced: it may send, hears nothing and speaks for no evening.

    One that is known is left as it is, whoever's it is. A phone reported lost vouches for nobody, and what went on from
    one is lost as well: what it holds is kept, and staff decide.
    """
    if device.state == DeviceState.LOST or devices.activation(held.connection, former.device) is not None:
        return
    before = _before(held, former)
    made = Activation(
        former.device, held.id, former.token_sha256, now,
        code_hash=_code_of(held.connection, device.device), predecessor=before.device if before else None,
    )  # fmt: skip
    registered = installations.blank(made, nonce="")  # as after a restore: what it says first is compared to nothing
    devices.activate(held.connection, made, registered)
    is_lost = before is not None and before.state == DeviceState.LOST
    state = DeviceState.LOST if is_lost else DeviceState.REPLACED
    installations.set_state(held, services, registered, state, reason=FORGOTTEN, doubtful=False, now=now)
    facts = facts_of(held.connection, held.id)
    installations.note_lent(held, services, facts, registered, is_lent(facts, [device.device]), now)


def _code_of(connection: Connection, device: str) -> str | None:
    """The code that the installation, or the first of those before it, was begun with."""
    vouched = devices.activation(connection, device)
    while vouched is not None and vouched.predecessor is not None:
        vouched = devices.activation(connection, vouched.predecessor)
    return vouched.code_hash if vouched else None


def _before(held: Held, former: Former) -> Device | None:
    """The one before it on the phone, by whose zones its evenings may have been shown; only where that is known."""
    before = devices.get(held.connection, former.predecessor) if former.predecessor else None
    return before if before and before.participant == held.id else None
