"""Keeping what an authenticated phone sent in a request that cannot be answered: a newer protocol, a broken field."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.wire import MAX_BATCH
from server.db import quarantine
from server.db.devices import Activation
from server.intake import arrivals
from server.intake.arrivals import Arrival, Opener, Unreadable
from server.intake.held import holding
from server.intake.regrade import regrade_all
from server.services import Services

#: More texts than this in one request come from no phone; they are kept together, as one.
_MOST_TEXTS = 10 * MAX_BATCH


@dataclass(frozen=True)
class Remains:
    """What can be told of a request that is not one of this protocol: whose it says it is, and what it holds."""

    device: str
    protocol: int
    records: Any
    body: bytes

    def carried(self, opener: Opener) -> tuple[Arrival, ...]:
        """Its records where it has some, else the request itself. Costs work: know first whose it is."""
        texts = self.records
        if isinstance(texts, list) and len(texts) <= _MOST_TEXTS and all(isinstance(one, str) for one in texts):
            return arrivals.read(texts, opener)
        return (Unreadable(self.body.decode(errors="replace"), Code.REQUEST_INVALID),)


def remains_of(body: bytes) -> Remains | None:
    """Read as much as possible; None when there is nobody to ask for a token. Texts stay as they were sent."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("device"), str):
        return None
    protocol = value.get("protocol")
    return Remains(value["device"], protocol if isinstance(protocol, int) else 0, value.get("records", []), body)


def salvage(
    connection: Connection,
    services: Services,
    activation: Activation,
    found: Sequence[Arrival],
    code: Code,
    now: datetime,
) -> bool:
    """Set everything aside that is not here yet, as far as there is room; whether all is kept. Nothing is receipted."""
    with holding(connection, activation.participant) as held:
        known = quarantine.held(connection, activation.device, [one.hash for one in found])
        room = services.settings.quarantine_limit - quarantine.count_unresolved(connection, activation.device)
        new = {one.hash: one for one in found if one.hash not in known}
        rows = [
            arrivals.quarantine_row(
                one, id=services.environment.new_id(), participant=held.id, device=activation.device,
                code=code, received_at=now, change_no=held.next_change(),
            )
            for one in list(new.values())[: max(0, room)]
        ]  # fmt: skip
        quarantine.add(connection, rows)
        if rows:
            services.graded.note(now)
            regrade_all(held, now)
        return len(rows) == len(new)
