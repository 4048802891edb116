"""What staff look at in a storm: the overview and the list of whom to call, each held to the same made anew.

The console keeps what it has worked out, and looks again only at those of whom it may be something else by now.
Whatever befalls phones and server, what it shows has to be what a server would show that has just started. That costs
as much as the rest of a storm, so it is looked at in some storms, and not at each tick.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.study import Study
from diary_app.core.times import format_utc, local_date
from server.console import reckoning
from server.console.calls.finding import Memory, call_list, found_now
from server.console.heatmap import Overview, days_needed, overview, without_days
from server.console.snapshots import snapshot
from server.db.overview import days_of, participants_at
from server.simulate.storm.drawing import TICKS
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger

_DAYS = 28
_ONE_RUN_IN = 4
#: Ticks between which phones have spoken and evenings are over.
_AT = frozenset({TICKS[1], TICKS[2], TICKS[4]})


class Morning:
    """Somebody who may see all sites of one server. `seed`: of the storm."""

    def __init__(self, house: House, ledger: Ledger, seed: int) -> None:
        self._house = house
        self._ledger = ledger
        self._is_there = seed % _ONE_RUN_IN == 0

    def look(self, tick: datetime) -> None:
        """At both, where the server answers."""
        if self._is_there and self._house.is_up and tick.hour * 60 + tick.minute in _AT:
            self._compare()

    def _compare(self) -> None:
        services, now = self._house.services, self._house.clock.now()
        study = services.study
        sites, today = [site.id for site in study.sites], local_date(now, study.sites[0].zone)
        with snapshot(services.engine) as connection:
            shown = reckoning.read(connection, study, sites, today, _DAYS, now).overview
            if shown != _anew(connection, study, sites, today, now):
                self._ledger.violated(f"the overview of {format_utc(now)} is not what it would be made anew")
            calls = call_list(connection, study, sites, today, now)
            anew = found_now(connection, study, sites, today, now, Memory())
            if replace(calls, mark=anew.mark) != anew:
                self._ledger.violated(
                    f"the list of whom to call of {format_utc(now)} is not what it would be made anew"
                )


def _anew(connection: Connection, study: Study, sites: list[str], today: date, now: datetime) -> Overview:
    people = participants_at(connection, sites)
    since = today - timedelta(days=days_needed(_DAYS) - 1)
    found = days_of(connection, [one.id for one in people], study.diary.instrument, since, today)
    known = reckoning.courses(connection, study, people, without_days(people, found), now)
    return overview(people, found, today, _DAYS, now, known)
