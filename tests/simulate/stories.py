"""Storms that somebody wrote down: one person at home, in a week in which nothing happens but what is meant to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from server.simulate.storm.checks import at_the_end
from server.simulate.storm.database import Server
from server.simulate.storm.entrances import Entrance
from server.simulate.storm.log import Log
from server.simulate.storm.persons import Person
from server.simulate.storm.steps import HOUSE, Do, Plan, Step
from server.simulate.storm.storm import Storm

#: A Monday in winter: Copenhagen is an hour ahead.
FIRST = datetime(2026, 11, 23, 6, tzinfo=UTC)
WHO = "001"


class Story:
    """Steps by the day and the hour in UTC after the first midnight; evenings are open from 17 to 35."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self.happens(0, 9, Do.ENROL, choice="evening")

    def happens(self, day: int, hour: float, do: Do, /, *, who: str = WHO, **detail: Any) -> None:
        """Something does, on a day counted from 0."""
        at = FIRST.replace(hour=0) + timedelta(days=day, hours=hour)
        self._steps.append(Step(at, who, do, detail))

    def befalls_server(self, day: int, hour: float, do: Do, /, **detail: Any) -> None:
        """The same of the server."""
        self.happens(day, hour, do, who=HOUSE, **detail)

    def fills_in(self, day: int, hour: float = 18, value: int = 3, *, sends: bool = True) -> None:
        """That day's evening, and sends it or not."""
        self.happens(day, hour, Do.FILL, day=self.date(day), value=value)
        if sends:
            self.happens(day, hour + 0.01, Do.SYNC, fates=[])

    def leave_out(self, do: Do) -> None:
        """Everything of that kind."""
        self._steps = [one for one in self._steps if one.do is not do]

    def date(self, day: int) -> str:
        """Of the calendar."""
        return (FIRST + timedelta(days=day)).date().isoformat()

    def plan(self, days: int, seed: int = 0) -> Plan:
        """Of so many days."""
        return Plan(seed, FIRST, FIRST + timedelta(days=days), tuple(sorted(self._steps, key=lambda one: one.at)))


class Ended:
    """A storm that is over, to be looked at."""

    def __init__(self, storm: Storm, server: Server) -> None:
        self.storm = storm
        self.server = server

    @property
    def person(self) -> Person:
        """Whose story it was."""
        return self.storm.people[WHO]

    @property
    def found(self) -> list[str]:
        """What was violated."""
        return self.storm.ledger.found

    def states(self) -> dict[str, str]:
        """By date, of the days that were expected."""
        rows = self.server.days[self.person.participant]
        return {str(row.diary_day): row.state for row in rows if row.not_expected is None}


async def lived_through(plan: Plan, folder: Path, entrance: Entrance = Entrance.ROUTES) -> Ended:
    """Its end, with everything still switched on; `Storm.close` is the caller's."""
    storm = Storm(plan, folder, Log(), entrance)
    await storm.live()
    return Ended(storm, at_the_end(storm.house, storm.ledger, list(storm.people.values()), storm.desk.decided))
