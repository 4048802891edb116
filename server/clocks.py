"""Which moments a clock can have noted: of one that has not come, one of two clocks is wrong."""

from datetime import datetime, timedelta

#: Of several machines that share a database.
CLOCKS_DIFFER = timedelta(minutes=1)


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether something is said to have happened at a moment that has not come."""
    return moment - now > CLOCKS_DIFFER
