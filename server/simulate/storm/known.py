"""Faults of the programs that the storm has found and that are being repaired; each excuse goes when its repair comes.

Nothing else in the storm makes allowance for them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from server.simulate.storm.ledger import Saved


def zone_set_aside(
    participant: str, saved: Iterable[Saved], there: Mapping[str, object], aside: Collection[str]
) -> bool:
    """A copied phone confirmed a zone that waits for staff, so that server and phone lay out different evenings."""
    zones = (one for one in saved if (one.participant, one.kind) == (participant, "zone"))
    return any(one.id not in there and one.text in aside for one in zones)


def claim_ahead(tried: Iterable[datetime], now: datetime) -> bool:
    """The claim of the nightly backup was taken by a clock that was ahead, and stands in the future until then."""
    return any(moment > now for moment in tried)
