"""A study that is amended in substance in the middle: other questions, windows and reminders, and what befalls that."""

from collections.abc import Iterator
from datetime import date, timedelta

from server.simulate.storm.drawing import Dice, moment_at
from server.simulate.storm.steps import HOUSE, Do, Step

_SHARE = 0.3


def draw(seed: int, first: date, days: int) -> Iterator[Step]:
    """All of it, in no order; with dice of its own, so that every other thing of a seed stays as it was."""
    dice = Dice(f"{seed}:amendment")
    if dice.random() >= _SHARE:
        return
    day = first + timedelta(days=dice.randrange(3, max(4, days - 3)))
    at = moment_at(day, dice.choice((9 * 60, 17 * 60 + 30, dice.randrange(8 * 60, 30 * 60))))
    yield Step(at, HOUSE, Do.AMEND, {"substance": dice.choice(("earlier", "later"))})
    kind = dice.choices(("", "restored", "with the older file", "back", "forth"), (4, 2, 2, 1, 1))[0]
    later = at + timedelta(hours=dice.choice((0.5, 7, 30, 60)))
    match kind:
        case "restored" | "with the older file":
            yield Step(moment_at(day, 2 * 60 + 20) - timedelta(days=dice.randrange(2)), HOUSE, Do.BACK_UP)
            yield Step(later, HOUSE, Do.RESTORE, {"older_file": True} if kind == "with the older file" else {})
            yield Step(later + timedelta(hours=dice.choice((0.2, 5, 26))), HOUSE, Do.AMEND, {"substance": "back"})
        case "back":
            yield Step(later, HOUSE, Do.AMEND, {"substance": "back"})
        case "forth":
            yield Step(later, HOUSE, Do.AMEND, {"substance": dice.choice(("earlier", "later"))})
