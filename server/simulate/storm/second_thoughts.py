"""Evenings on which somebody changes what they answered, once or again, in one tab or in two at the same moment."""

from collections.abc import Iterator
from datetime import timedelta

from server.simulate.storm.drawing import Diary, Dice, moment_at
from server.simulate.storm.steps import Do, Step

#: What two tabs do at the same moment.
_AT_ONCE = (
    ("change", "change"), ("change", "send"), ("send", "change"), ("change", "save"), ("change", "lock"),
    ("change_pin", "change"),
)  # fmt: skip
#: So many minutes after evenings have opened most are filled in.
_FILLED_IN = 150


def draw(diary: Diary) -> Iterator[Step]:
    """All of it, in no order."""
    dice = Dice(f"{diary.seed}:second-thoughts")
    if dice.random() < 0.4:
        for _ in range(dice.randrange(1, 7)):
            yield from _change(dice, diary)
    if dice.random() < 0.2:
        for _ in range(dice.randrange(1, 4)):
            yield from _at_once(dice, diary)


def _change(dice: Dice, diary: Diary) -> Iterator[Step]:
    day = diary.some_day(dice)
    minutes: float = diary.opens + dice.randrange(_FILLED_IN, diary.ends - diary.opens) + dice.random()
    if dice.random() < 0.2:
        minutes = dice.choice((diary.closes, diary.ends)) + dice.choice((-1 / 60_000, 0, 1 / 60_000))
    for _ in range(dice.choice((1, 1, 2))):
        at = moment_at(day, minutes)
        if dice.random() < 0.2:
            yield Step(at - timedelta(seconds=1), diary.who, Do.KILL_PHONE, {"steps": dice.randrange(1, 30)})
        yield Step(at, diary.who, Do.CHANGE, {"day": day.isoformat(), "value": dice.randrange(11)})
        if dice.random() < 0.6:
            fates = (
                [] if dice.random() < 0.6 else [dice.choice(("lost", "unanswered", "twice", "cut_answer", "late:5"))]
            )
            yield Step(at + timedelta(seconds=dice.choice((1, 20))), diary.who, Do.SYNC, {"fates": fates})
        minutes += dice.choice((1, 40))


def _at_once(dice: Dice, diary: Diary) -> Iterator[Step]:
    day = diary.some_day(dice)
    at = moment_at(day, diary.opens + dice.randrange(_FILLED_IN, diary.ends - diary.opens))
    first, second = dice.choice(_AT_ONCE)
    yield Step(
        at, diary.who, Do.AT_ONCE,
        {"first": first, "second": second, "day": day.isoformat(), "value": dice.randrange(11), "fates": [],
         "dice": f"{diary.seed}:{at.isoformat()}:changes",
         "closed_after": dice.randrange(1, 30) if dice.random() < 0.3 else None},
    )  # fmt: skip
