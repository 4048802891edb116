"""What else happens in a diary: pauses, signs of life, clocks set back, letters and phones mixed up, signatures.

Each kind has dice of its own, so that a new kind leaves the others as they were.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from server.simulate.storm.drawing import Diary, Dice, moment_at
from server.simulate.storm.steps import Do, Step

_FATES = ("arrives", "arrives", "lost", "unanswered", "twice", "cut_request", "late:5", "late:30")
_AT_ONE_DESK = (
    ("approve", "take_back"), ("take_back", "approve"), ("approve", "refuse"), ("refuse", "take_back"),
    ("approve", "approve"), ("letter", "letter"), ("settle", "settle"),
)  # fmt: skip


def draw(diary: Diary) -> Iterator[Step]:
    """All of it, in no order."""
    yield from _pauses(diary, Dice(f"{diary.seed}:pauses"))
    yield from _signs_of_life(diary, Dice(f"{diary.seed}:signs-of-life"))
    yield from _clock_set_back(diary, Dice(f"{diary.seed}:clock-set-back"))
    yield from _taken_back(diary, Dice(f"{diary.seed}:taken-back"))
    yield from _one_desk(diary, Dice(f"{diary.seed}:one-desk"))
    yield from _signatures(diary, Dice(f"{diary.seed}:signatures"))
    yield from _ways(diary, Dice(f"{diary.seed}:ways"))
    yield from _stop_links(diary, Dice(f"{diary.seed}:stop-links"))


def handed_on(seed: int, first: date, days: int, people: int) -> Iterator[Step]:
    """A phone that the site lends out goes from one to another while it still has the diary of the first.

    The code of the second is typed on it all the same, and an hour later on a phone of their own.
    """
    dice = Dice(f"{seed}:handed-on")
    if people > 1 and dice.random() < 0.25:
        one, other = (f"{number:03d}" for number in dice.sample(range(1, people + 1), 2))
        at = moment_at(first + timedelta(days=dice.randrange(3, max(4, days - 1))), dice.randrange(9 * 60, 18 * 60))
        yield Step(at, one, Do.HAND_ON, {"to": other, "fates": dice.choice(([], [], ["unanswered"], ["twice"]))})
        yield Step(at + timedelta(hours=1), other, Do.NEW_PHONE)


def _pauses(diary: Diary, dice: Dice) -> Iterator[Step]:
    """Some days without reminders, perhaps ended early, and perhaps heard of late."""
    if dice.random() < 0.2:
        for _ in range(dice.choice((1, 1, 2))):
            at = moment_at(diary.some_day(dice), dice.randrange(8 * 60, 26 * 60))
            yield Step(at, diary.who, Do.PAUSE, {"days": dice.choice((1, 3, 7))})
            if dice.random() < 0.7:
                yield Step(at + timedelta(seconds=20), diary.who, Do.SYNC, {"fates": []})
            if dice.random() < 0.4:
                at += timedelta(hours=dice.choice((1, 30, 60)))
                yield Step(at, diary.who, Do.PAUSE, {"days": 0})
                yield Step(at + timedelta(hours=dice.choice((0.01, 9))), diary.who, Do.SYNC, {"fates": []})


def _signs_of_life(diary: Diary, dice: Dice) -> Iterator[Step]:
    """The app is closed, and its service worker speaks for it, perhaps when it was opened again long since."""
    if dice.random() < 0.25:
        at = moment_at(diary.some_day(dice), dice.randrange(8 * 60, 26 * 60))
        yield Step(at, diary.who, Do.CLOSE_APP)
        for _ in range(dice.randrange(1, 6)):
            at += timedelta(hours=dice.choice((0.1, 2, 11, 26, 50)))
            detail = {"fate": dice.choice(_FATES), **({"phone": "drawer"} if dice.random() < 0.2 else {})}
            yield Step(at, diary.who, Do.SIGN_OF_LIFE, detail)


def _clock_set_back(diary: Diary, dice: Dice) -> Iterator[Step]:
    """Somebody fills the evening in, sets the phone's clock back to before that, and changes an answer."""
    if dice.random() < 0.2:
        day = diary.some_day(dice)
        at, told = moment_at(day, diary.opens + dice.randrange(100, 200)), {"day": day.isoformat()}
        yield Step(at, diary.who, Do.FILL, {**told, "value": dice.randrange(11)})
        if dice.random() < 0.5:
            yield Step(at + timedelta(seconds=20), diary.who, Do.SYNC, {"fates": dice.choice(([], [], ["unanswered"]))})
        back = {"minutes": -dice.randrange(10, 95), "drift": 0}
        yield Step(at + timedelta(minutes=1), diary.who, Do.CLOCK, back)
        for minutes in range(2, 2 + dice.choice((1, 1, 2))):
            changed = {**told, "value": dice.randrange(11)}
            yield Step(at + timedelta(minutes=minutes), diary.who, Do.CHANGE, changed)
        yield Step(at + timedelta(minutes=dice.choice((5, 300))), diary.who, Do.SYNC, {"fates": []})
        yield Step(at + timedelta(hours=dice.choice((0.5, 11))), diary.who, Do.CLOCK, {"minutes": 0, "drift": 0})


def _taken_back(diary: Diary, dice: Dice) -> Iterator[Step]:
    """Staff ask for a correction, and ask no more, perhaps after the participant has answered."""
    if dice.random() < 0.2:
        day = diary.some_day(dice)
        at = moment_at(day + timedelta(days=dice.randrange(1, 3)), dice.randrange(8 * 60, 20 * 60))
        yield Step(at, diary.who, Do.CORRECT, {"day": day.isoformat(), "what": dice.choice(("item", "void")), "to": ""})
        if dice.random() < 0.6:
            yield Step(at + timedelta(hours=2), diary.who, Do.SYNC, {"fates": []})
            yield Step(at + timedelta(hours=3), diary.who, Do.ANSWER, {"answer": dice.choice(("right", "leave"))})
            yield Step(at + timedelta(hours=4), diary.who, Do.SYNC, {"fates": []})
        yield Step(at + timedelta(hours=dice.choice((1, 5, 30))), diary.who, Do.TAKE_BACK)
        if dice.random() < 0.5:
            yield Step(at + timedelta(hours=dice.choice((6, 31))), diary.who, Do.DECIDE, {"approves": True})


def _one_desk(diary: Diary, dice: Dice) -> Iterator[Step]:
    """Two of staff act on the same thing, which for a correction somebody has to have asked for."""
    if dice.random() < 0.3:
        first, second = dice.choice(_AT_ONE_DESK)
        day = diary.some_day(dice)
        at = moment_at(day + timedelta(days=dice.randrange(2, 4)), dice.randrange(9 * 60, 20 * 60))
        if first not in ("letter", "settle"):
            asked = {"day": day.isoformat(), "what": dice.choice(("item", "void")), "to": ""}
            yield Step(at - timedelta(minutes=9), diary.who, Do.CORRECT, asked)
        for _ in range(3 if first == "settle" else 1):
            yield Step(at, diary.who, Do.AT_ONE_DESK, {"first": first, "second": second})
            at += timedelta(hours=dice.choice((20, 50)))


def _signatures(diary: Diary, dice: Dice) -> Iterator[Step]:
    """An investigator signs some days that are behind, often just before something of them still changes."""
    if dice.random() < 0.3:
        for _ in range(dice.choice((1, 2, 3))):
            last = diary.some_day(dice)
            first = max(diary.first, last - timedelta(days=dice.randrange(7)))
            at = moment_at(last + timedelta(days=dice.randrange(4)), dice.randrange(9 * 60, 26 * 60))
            yield Step(at, diary.who, Do.SIGN, {"first": first.isoformat(), "last": last.isoformat()})


def _ways(diary: Diary, dice: Dice) -> Iterator[Step]:
    """How somebody is reached: typed, typed again, erased, and forgotten when their part should be over."""
    if dice.random() < 0.3:
        at = moment_at(diary.first, 11 * 60 + dice.randrange(300))
        for number in range(dice.randrange(1, 6)):
            which = dice.choice(("email", "phone"))
            value = (
                f"+4570{dice.randrange(10**6):06d}" if which == "phone" else f"p{dice.randrange(10**6)}@mail.example"
            )
            yield Step(
                at, diary.who, Do.REACH, {"field": which, "value": "" if number and dice.random() < 0.5 else value}
            )
            at += timedelta(hours=dice.choice((3, 20, 40, 70)))
        if dice.random() < 0.5:
            for _ in range(2):
                yield Step(moment_at(diary.some_day(dice), dice.randrange(8 * 60, 18 * 60)), diary.who, Do.FORGET_WAYS)


def _stop_links(diary: Diary, dice: Dice) -> Iterator[Step]:
    """Somebody wants no messages any more, perhaps twice as mail programs do, and perhaps wants them again."""
    if dice.random() < 0.15:
        at, stops = moment_at(diary.some_day(dice), dice.choice((dice.randrange(8 * 60, 26 * 60), 20 * 60 + 14))), True
        for _ in range(dice.choice((1, 2, 2, 3, 4))):
            yield Step(at, diary.who, Do.CLICK_STOP, {"stops": stops})
            at, stops = at + timedelta(hours=dice.choice((0.01, 4, 26, 60))), not stops or dice.random() < 0.2
