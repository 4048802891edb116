"""What every part of a plan is drawn with: dice of its own, and the wall at home."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from diary_app.core.times import zone as rules_of

HOME = "Europe/Copenhagen"
#: Minutes of the day in UTC at which jobs run: when windows open, close and end, and, the last three, when prompts fall
#: due.
TICKS = (240, 601, 721, 1081, 1141, 1216, 1276)

Dice = random.Random


def moment_at(day: date, minutes: float, zone: str = HOME) -> datetime:
    """That wall time, as exactly as whole milliseconds allow."""
    wall = datetime.combine(day, time()) + timedelta(milliseconds=round(minutes * 60_000))
    return wall.replace(tzinfo=rules_of(zone)).astimezone(UTC)


@dataclass(frozen=True)
class Diary:
    """Of one person. `opens`, `closes`, `ends`: minutes of the wall, those beyond a day of the next one."""

    seed: str
    who: str
    first: date
    last: date
    opens: int
    closes: int
    ends: int

    def some_day(self, dice: Dice) -> date:
        """One of its days."""
        return self.first + timedelta(days=dice.randrange(1, max(2, (self.last - self.first).days)))
