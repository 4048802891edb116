"""Faults of the programs that the storm has found and that are being repaired; each excuse goes when its repair comes.

Nothing else in the storm makes allowance for them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from server.simulate.storm.ledger import Ledger, Saved


def reminded_while_locked(ledger: Ledger, participant: str, day: date) -> bool:
    """An entry that comes for a locked evening counts only once it is unlocked, and reminders go on until then."""
    return (participant, str(day)) in ledger.locked


def zone_set_aside(
    participant: str, saved: Iterable[Saved], there: Mapping[str, object], aside: Collection[str]
) -> bool:
    """A copied phone confirmed a zone that waits for staff, so that server and phone lay out different evenings."""
    zones = (one for one in saved if (one.participant, one.kind) == (participant, "zone"))
    return any(one.id not in there and one.text in aside for one in zones)
