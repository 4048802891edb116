"""Where an active installation's browser takes reminders, as its last sync said."""

from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.wire import PushAddress
from server.db import push_addresses
from server.db.devices import Device
from server.db.push_addresses import KeptAddress
from server.services import Services


def keep_push_address(
    connection: Connection,
    services: Services,
    device: Device,
    said: PushAddress | None,
    held: KeptAddress | None,
    now: datetime,
) -> str:
    """Keep what was said in place of what is held, if reminders may go there; the fingerprint of what is kept then."""
    if said is not None and services.push.may_carry(said):
        kept = KeptAddress(device.device, device.participant, said.endpoint, said.p256dh, said.auth, now)
        push_addresses.keep(connection, kept)
        return said.fingerprint
    return held.said.fingerprint if held else ""
