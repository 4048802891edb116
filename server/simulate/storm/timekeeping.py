"""The server's own clock: wrong for a while, put right again, and what must hold of evenings that it looked at then."""

from datetime import date, datetime, timedelta

from sqlalchemy import text

from server.db.engine import reading
from server.simulate.storm.counts import Kind
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger

_DAY = timedelta(days=1)
_RIGHT = timedelta()
_LAST_WEEK = timedelta(days=-7)
_BELIEVED = 2
_OVER_TOO_SOON = text(
    "SELECT participant, diary_day, state FROM expected_day WHERE not_expected IS NULL "
    "AND ((late_until > :now AND state IN ('missed', 'unknown')) OR (opens > :now AND state = 'open'))"
)


class Timekeeping:
    """Of one server."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._since = house.world.now()

    def set(self, skew: timedelta) -> None:
        """From now on its clock shows that much more; the days of the time before are noted."""
        clock, now = self._house.clock, self._house.world.now()
        if clock.skew:
            self._note(min(self._since, self._since + clock.skew), max(now, now + clock.skew))
        if skew:
            self._count(skew)
            self._note(min(now, now + skew), max(now, now + skew))
        clock.skew, self._since, self._house.sweeps = skew, now, 0
        self._house.post.clock_was_set()

    def check(self) -> None:
        """No evening is over, or open, before its time, once the clock is right and everything was looked at again.

        That is after two sweeps: the server believes its clock when the second finds what the first has found.
        """
        house = self._house
        if house.clock.skew or house.sweeps < _BELIEVED or not (house.is_up and self._ledger.misdated_days):
            return
        milliseconds = round(house.world.now().timestamp() * 1000)
        with reading(house.services.engine) as connection:
            early = connection.execute(_OVER_TOO_SOON, {"now": milliseconds}).all()
        for row in early:
            self._ledger.violated(f"{row.participant}'s {row.diary_day} is {row.state} before its time")

    def _count(self, skew: timedelta) -> None:
        befell = self._ledger.befell
        if skew <= _LAST_WEEK:
            befell[Kind.SERVER_LAST_WEEK] += 1
        else:
            befell[Kind.SERVER_AHEAD if skew > _RIGHT else Kind.SERVER_BEHIND] += 1

    def _note(self, first: datetime, last: datetime) -> None:
        """These days and one on either side, as an evening reaches into the next."""
        days = _days(first - _DAY, last + _DAY)
        self._ledger.misdated_days |= days
        self._house.troubled |= days


def _days(first: datetime, last: datetime) -> set[date]:
    return {first.date() + timedelta(days=ahead) for ahead in range((last.date() - first.date()).days + 1)}
