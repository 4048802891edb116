"""Days as they stand by the clock, and how long something took."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from diary_app.core.catalogue import Catalogue
from diary_app.core.grading import State
from server.console.heatmap import state_at
from server.db.days import ExpectedDay

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def days_as_listed(rows: Iterable[ExpectedDay], now: datetime) -> Iterator[tuple[ExpectedDay, State]]:
    """Each with its state now, where the sweep has not come by yet."""
    return ((row, state_at(row, now)) for row in rows)


def lasted(texts: Catalogue, span: timedelta) -> str:
    """Less than a minute, 12 minutes, 3 hours, 2 days; a span that runs backwards has a minus."""
    if span < timedelta():
        return f"−{lasted(texts, -span)}"
    if span < _MINUTE:
        return texts.text("under a minute")
    if span < 2 * _HOUR:
        return texts.count("{number} minute", "{number} minutes", span // _MINUTE)
    if span < 2 * _DAY:
        return texts.count("{number} hour", "{number} hours", span // _HOUR)
    return texts.count("{number} day", "{number} days", span // _DAY)
