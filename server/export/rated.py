"""Who is in the rates: everybody but screen failures and those who never had a phone."""

from collections.abc import Iterable
from datetime import datetime

from diary_app.core.facts import Fact
from diary_app.core.status import DisplayStatus, display_status

RATED = "yes"
NOT_RATED = (DisplayStatus.SCREEN_FAILURE, DisplayStatus.NEVER_ACTIVATED)


def rated(facts: Iterable[Fact], at: datetime) -> str:
    """`RATED`, or why a participant is in no sum of a site and of all: screen_failure, never_activated."""
    status = display_status(facts, at)
    return status.value if status in NOT_RATED else RATED
