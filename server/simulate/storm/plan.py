"""Drawing a storm from a seed: who takes part, what they do every evening, and everything that goes wrong."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from diary_app.core.staff_acts import ContactOutcome
from server.simulate.storm import amending, errands, second_thoughts, standings, weather
from server.simulate.storm.drawing import HOME, Diary, Dice, moment_at
from server.simulate.storm.steps import Do, Plan, Step, Which
from server.simulate.storm.wire import Fate

ELSEWHERE = ("America/New_York", "Asia/Tokyo", "Pacific/Auckland", "Atlantic/Reykjavik", "Asia/Kathmandu")
#: First days from which a month reaches over a change of clocks, and one that reaches over none.
FIRST_DAYS = (date(2026, 10, 12), date(2027, 3, 15), date(2026, 11, 23), date(2027, 10, 18))
#: Hours of the wall at which the windows of each choice open, close and end; hours beyond 24 are of the next day.
CHOICES = {"evening": (18, 27, 36), "early_evening": (16, 25, 36), "late_evening": (20, 29, 38)}
#: Storage steps of one save or one sync, so that a kill finds every one of them.
_STORAGE_STEPS = 60
#: What two tabs do at the same moment.
_AT_ONCE = (
    ("save", "save"), ("save", "send"), ("send", "save"), ("send", "send"),
    ("save", "lock"), ("save", "change_pin"), ("change_pin", "send"), ("change_pin", "lock"),
)  # fmt: skip
_WITH_VISITS = 0.4
#: With each a code is typed on a phone.
_HANDED_OUT = frozenset({Do.ENROL, Do.NEW_PHONE, Do.NEW_CODE})


def draw(seed: int, people: int = 6, days: int = 30) -> Plan:
    """Everything that will happen to so many people in so many days."""
    first = FIRST_DAYS[seed % len(FIRST_DAYS)]
    begins = moment_at(first, 6 * 60)
    has_visits = Dice(f"{seed}:visits").random() < _WITH_VISITS
    steps = [*weather.draw(seed, first, days), *amending.draw(seed, first, days)]
    for number in range(1, people + 1):
        steps += _Life(f"{seed}:{number}", f"{number:03d}", first, days, has_visits=has_visits).steps()
    steps += errands.handed_on(seed, first, days, people)
    ends = moment_at(first + timedelta(days=days), 15 * 60)
    kept = sorted((step for step in steps if begins < step.at < ends), key=lambda step: (step.at, step.who))
    return Plan(seed, begins, ends, tuple(kept))


class _Life:
    """One person's weeks. Each kind of thing has dice of its own, so that a new kind leaves the others as they were."""

    def __init__(self, seed: str, who: str, first: date, days: int, *, has_visits: bool) -> None:
        self._seed = seed
        self._dice = dice = Dice(seed)
        self._who = who
        self._has_visits = has_visits
        self._last = first + timedelta(days=days)
        self._enrolled = first + timedelta(days=dice.randrange(3))
        self._choice = dice.choices(list(CHOICES), (6, 2, 2))[0]
        self._diligence = dice.uniform(0.6, 1.0)
        self._online = dice.uniform(0.4, 1.0)
        self._trouble = dice.choice((0.0, 0.3, 1.0))
        self._away: tuple[str, date, date] | None = None
        if dice.random() < 0.2:
            leaves = self._some_day()
            self._away = (dice.choice(ELSEWHERE), leaves, leaves + timedelta(days=dice.randrange(2, 12)))

    def steps(self) -> Iterator[Step]:
        """All of it, in no order."""
        yield self._step(moment_at(self._enrolled, 10 * 60 + self._dice.randrange(120)), Do.ENROL, choice=self._choice)
        yield from self._trip()
        yield from self._visits()
        day = self._enrolled + timedelta(days=1)
        while day <= self._last:
            yield from self._evening(day)
            yield from self._troubles(day)
            day += timedelta(days=1)
        yield from self._fateful()
        opens, closes, ends = (hours * 60 for hours in CHOICES[self._choice])
        diary = Diary(self._seed, self._who, self._enrolled, self._last, opens, closes, ends)
        yield from chain(second_thoughts.draw(diary), standings.draw(diary), errands.draw(diary))
        for besides in (
            self._slips, self._office, self._tabs, self._pin, self._desk, self._questionnaires, self._rescue,
            self._releases, self._at_once,
        ):  # fmt: skip
            self._dice = Dice(f"{self._seed}:{besides.__name__}")
            yield from besides()

    def _step(self, at: datetime, do: Do, **detail: Any) -> Step:
        if do in _HANDED_OUT:
            detail |= self._on_the_way_in(at)
        return Step(at, self._who, do, detail)

    def _on_the_way_in(self, at: datetime) -> dict[str, Any]:
        """What befalls a phone on which a code is typed: messages suffer, or it is killed over them."""
        before, self._dice = self._dice, Dice(f"{self._seed}:enrolment:{at.isoformat()}")
        enrols = self._fates()
        dies_after = self._dice.randrange(1, _STORAGE_STEPS) if self._dice.random() < 0.25 else None
        self._dice = before
        return {"enrols": enrols, "dies_after": dies_after}

    def _some_day(self) -> date:
        return self._enrolled + timedelta(days=self._dice.randrange(2, max(3, (self._last - self._enrolled).days)))

    def _moment(self, day: date) -> datetime:
        return moment_at(day, self._dice.randrange(8 * 60, 28 * 60) + self._dice.random())

    def _zone(self, day: date) -> str:
        return self._away[0] if self._away and self._away[1] < day < self._away[2] else HOME

    def _trip(self) -> Iterator[Step]:
        if self._away:
            zone, leaves, returns = self._away
            yield self._step(self._moment(leaves), Do.ZONE, zone=zone)
            yield self._step(self._moment(returns), Do.ZONE, zone=HOME)

    def _visits(self) -> Iterator[Step]:
        dice = self._dice
        for anchor, after in (("treatment_1", 14), ("treatment_2", 134)):
            planned = self._enrolled + timedelta(days=after)
            yield self._step(moment_at(self._enrolled, 13 * 60), Do.ANCHOR, anchor=anchor, planned=planned.isoformat())
            if dice.random() < 0.4:
                moved = planned + timedelta(days=dice.randrange(-120, 30))
                moved = max(moved, self._enrolled + timedelta(days=1))
                yield self._step(self._moment(self._some_day()), Do.ANCHOR, anchor=anchor, planned=moved.isoformat())

    def _slips(self) -> Iterator[Step]:
        """What staff type wrongly: a treatment so long ago that the diary would be over, put right later or never."""
        dice = self._dice
        if dice.random() < 0.15:
            at = self._moment(self._some_day())
            long_ago = self._enrolled - timedelta(days=dice.randrange(115, 135))
            yield self._step(at, Do.ANCHOR, anchor="treatment_2", planned=long_ago.isoformat())
            if dice.random() < 0.7:
                planned = self._enrolled + timedelta(days=134)
                at += timedelta(hours=dice.choice((1, 30, 70)))
                yield self._step(at, Do.ANCHOR, anchor="treatment_2", planned=planned.isoformat())

    def _office(self) -> Iterator[Step]:
        """What staff do with people and their days besides: they lock, unlock and ring up."""
        dice = self._dice
        if dice.random() < 0.2:
            last = self._some_day()
            first = max(self._enrolled, last - timedelta(days=dice.randrange(12)))
            at = self._moment(last + timedelta(days=dice.randrange(3)))
            yield self._step(at, Do.LOCK, first=first.isoformat(), last=last.isoformat())
            if dice.random() < 0.6:
                yield self._step(at + timedelta(hours=dice.choice((1, 40, 120))), Do.UNLOCK)
        for _ in range(dice.choice((0, 0, 1, 2))):
            outcome = dice.choice(list(ContactOutcome)).value
            yield self._step(self._moment(self._some_day()), Do.CONTACT, outcome=outcome)

    def _tabs(self) -> Iterator[Step]:
        """Evenings on which the app is open twice in the browser, and both tabs are used."""
        dice = self._dice
        if dice.random() < 0.2:
            for _ in range(dice.randrange(1, 5)):
                day = self._some_day()
                at = moment_at(day, CHOICES[self._choice][0] * 60 + dice.randrange(300))
                yield self._step(at, Do.FILL_BESIDE, day=day.isoformat(), value=dice.randrange(11))

    def _at_once(self) -> Iterator[Step]:
        """Moments at which both tabs are at work."""
        dice = self._dice
        if dice.random() < 0.3:
            for _ in range(dice.randrange(1, 5)):
                day = self._some_day()
                first, second = dice.choice(_AT_ONCE)
                at = moment_at(day, CHOICES[self._choice][0] * 60 + dice.randrange(300))
                yield self._step(
                    at, Do.AT_ONCE, first=first, second=second, day=day.isoformat(), value=dice.randrange(11),
                    dice=f"{self._seed}:{at.isoformat()}", fates=self._fates(),
                    closed_after=dice.randrange(1, 30) if dice.random() < 0.3 else None,
                )  # fmt: skip

    def _desk(self) -> Iterator[Step]:
        """What staff put right in entries: corrections, sheets of paper, what was set aside."""
        dice = self._dice
        for _ in range(dice.choice((0, 0, 0, 1, 3))):
            day = self._some_day()
            at = self._moment(day + timedelta(days=dice.randrange(1, 4)))
            what, to = dice.choice(("item", "item", "day", "void")), day + timedelta(days=dice.choice((-2, -1, 1, 2)))
            yield self._step(at, Do.CORRECT, day=day.isoformat(), what=what, to=to.isoformat())
            if dice.random() < 0.5:
                yield self._step(at + timedelta(hours=30), Do.ANSWER, answer=dice.choice(("right", "right", "leave")))
            for _ in range(dice.randrange(3)):
                at += timedelta(hours=dice.choice((2, 40, 90)))
                yield self._step(at, Do.DECIDE, approves=dice.random() < 0.8)
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            day = self._some_day()
            at = self._moment(day + timedelta(days=dice.randrange(1, 6)))
            hour = dice.choice((15, 19, 21, 23))
            yield self._step(at, Do.TYPE_SHEET, day=day.isoformat(), hour=hour, value=dice.randrange(11))
        if dice.random() < 0.3:
            for _ in range(2):
                yield self._step(self._moment(self._some_day()), Do.ACCEPT_ASIDE)
            yield self._step(moment_at(self._last, 10 * 60), Do.ACCEPT_ASIDE)

    def _questionnaires(self) -> Iterator[Step]:
        """The first visit's, in the two weeks before a treatment: once, or tried again when it should be over."""
        dice = self._dice
        if self._has_visits and dice.random() < 0.8:
            for _ in range(dice.choice((1, 1, 2))):
                at = self._moment(self._enrolled + timedelta(days=dice.randrange(1, 17)))
                if dice.random() < 0.2:  # treatments are planned for a day, at whose beginning they may have begun
                    edge = dice.choice((-1 / 60_000, 0, 1 / 60_000))
                    at = moment_at(self._enrolled + timedelta(days=14), edge)
                yield self._step(at, Do.FILL_VISIT, visit="m0", value=dice.randrange(8))
                if dice.random() < 0.6:
                    yield self._step(at + timedelta(minutes=dice.choice((1, 200))), Do.SYNC, fates=self._fates())

    def _rescue(self) -> Iterator[Step]:
        """A phone that does not get through hands over what it holds, and may get through before that arrives."""
        dice = self._dice
        if dice.random() < 0.25:
            yield self._step(moment_at(self._enrolled, 9 * 60), Do.CHOOSE_PIN)  # without one nothing is sealed
            for _ in range(dice.choice((1, 1, 2))):
                at = self._moment(self._some_day())
                yield self._step(at, Do.MAKE_RESCUE)
                at += timedelta(hours=dice.choice((0.5, 20, 70)))
                yield self._step(at, Do.TAKE_RESCUE, times=dice.choice((1, 1, 2)), as_codes=dice.random() < 0.4)

    def _releases(self) -> Iterator[Step]:
        """The app is updated late, too early for the server, or over the file of a release long ago."""
        dice = self._dice
        if dice.random() < 0.15:
            at = self._moment(self._some_day())
            yield self._step(at, Do.SPEAK, protocol=dice.choice((0, 2)))
            yield self._step(at + timedelta(hours=dice.choice((5, 30, 90))), Do.SPEAK, protocol=1)
        if dice.random() < 0.2:
            dies_after = dice.randrange(1, 25) if dice.random() < 0.5 else None
            step = dice.choice((1, 2))
            yield self._step(self._moment(self._some_day()), Do.OLDER_FILE, step=step, dies_after=dies_after)

    def _pin(self) -> Iterator[Step]:
        """Some have a phone with a PIN, as all real ones are, and forget it, once or again."""
        dice = self._dice
        if dice.random() < 0.3:
            yield self._step(moment_at(self._enrolled, 9 * 60), Do.CHOOSE_PIN)
            for _ in range(dice.choice((0, 1, 1, 2))):
                at = self._moment(self._some_day())
                yield self._step(at, Do.FORGET_PIN)
                at += timedelta(hours=dice.choice((0.5, 20, 60)))
                yield self._step(at, Do.NEW_CODE, fates=self._fates())

    def _evening(self, day: date) -> Iterator[Step]:
        dice = self._dice
        opens, closes, ends = (hours * 60 for hours in CHOICES[self._choice])
        if dice.random() < self._diligence:
            minutes: float = opens + abs(dice.gauss(110, 80)) + dice.random()
            if (luck := dice.random()) < 0.12:  # to the millisecond, or just beside it
                edge = dice.choice((opens, closes, ends, ends))
                minutes = edge + dice.choice((-1 / 60_000, 0, 0, 1 / 60_000))
            elif luck < 0.25:
                minutes = dice.uniform(closes, ends)
            at = moment_at(day, minutes, self._zone(day))
            yield self._step(at, Do.FILL, day=day.isoformat(), value=dice.randrange(11))
            if dice.random() < self._online:
                soon = timedelta(seconds=dice.choice((1, 1, 20, 600)))
                yield self._step(at + soon, Do.SYNC, fates=self._fates())
        if dice.random() < 0.25 * self._online:
            yield self._step(self._moment(day), Do.SYNC, fates=self._fates())

    def _fates(self) -> list[str]:
        dice = self._dice
        if dice.random() < 0.6:
            return []
        return [self._fate() for _ in range(dice.randrange(1, 4))]

    def _fate(self) -> str:
        fate = self._dice.choice(list(Fate))
        return f"late:{self._dice.choice((0.01, 0.5, 5, 30, 80))}" if fate is Fate.LATE else fate.value

    def _troubles(self, day: date) -> Iterator[Step]:
        """What befalls phones on any day."""
        dice = self._dice
        often: dict[Callable[[datetime], Iterator[Step]], float] = {
            self._kill: 0.12, self._restart: 0.05, self._full: 0.03, self._wrong_clock: 0.03, self._image: 0.05,
        }  # fmt: skip
        for befall, share in often.items():
            if dice.random() < share * self._trouble:
                yield from befall(self._moment(day))

    def _kill(self, at: datetime) -> Iterator[Step]:
        yield self._step(at, Do.KILL_PHONE, steps=self._dice.randrange(1, _STORAGE_STEPS))

    def _restart(self, at: datetime) -> Iterator[Step]:
        yield self._step(at, Do.RESTART_APP)

    def _full(self, at: datetime) -> Iterator[Step]:
        yield self._step(at, Do.DISK_FULL)
        yield self._step(at + timedelta(hours=self._dice.choice((1, 8, 30))), Do.DISK_FREE)

    def _wrong_clock(self, at: datetime) -> Iterator[Step]:
        dice = self._dice
        minutes = dice.choice((-1500, -180, -11, -2, 3, 11, 65, 240, 1600))
        yield self._step(at, Do.CLOCK, minutes=minutes, drift=dice.choice((0, 0, -400, 900)))
        if dice.random() < 0.8:
            yield self._step(at + timedelta(hours=dice.choice((2, 20, 75))), Do.CLOCK, minutes=0, drift=0)

    def _image(self, at: datetime) -> Iterator[Step]:
        dice = self._dice
        yield self._step(at, Do.IMAGE)
        if dice.random() < 0.4:
            yield self._step(at + timedelta(hours=dice.choice((3, 40, 120))), Do.SET_BACK)

    def _fateful(self) -> Iterator[Step]:
        """What happens once in a diary, if ever."""
        dice = self._dice
        at = self._moment(self._some_day())
        later = at + timedelta(hours=dice.choice((0, 1, 20, 60)))
        kind = dice.choices(
            ("", "replaced", "lost", "evicted", "cloned", "dies", "withdraws", "ill"), (8, 3, 2, 3, 2, 1, 1, 2)
        )[0]
        match kind:
            case "replaced":
                yield self._step(at, Do.NEW_PHONE)
                for _ in range(dice.randrange(3)):
                    yield self._step(
                        self._moment(at.date() + timedelta(days=dice.randrange(9))),
                        Do.SYNC,
                        phone=Which.DRAWER.value,
                        fates=self._fates(),
                    )
            case "lost":
                yield self._step(at, Do.REPORT_LOST, found=dice.random() < 0.4)
                yield self._step(later, Do.NEW_PHONE)
            case "evicted":
                yield self._step(at, Do.EVICT)
                yield self._step(later, Do.NEW_PHONE)
            case "cloned":
                yield self._step(at, Do.CLONE)
                yield from self._double_life(at)
            case "dies":
                yield self._step(at, Do.DIE)
            case "withdraws":
                yield self._step(at, Do.WITHDRAW)
            case "ill":
                yield self._step(at, Do.EXCUSE, day=(at.date() - timedelta(days=dice.randrange(1, 7))).isoformat())

    def _double_life(self, at: datetime) -> Iterator[Step]:
        dice = self._dice
        for number in range(dice.randrange(1, 6)):
            day = at.date() + timedelta(days=number)
            moment = moment_at(day, 19 * 60 + dice.randrange(240))
            yield self._step(moment, Do.FILL, phone=Which.CLONE.value, day=day.isoformat(), value=dice.randrange(11))
            if dice.random() < 0.6:
                yield self._step(moment + timedelta(minutes=5), Do.SYNC, phone=Which.CLONE.value, fates=self._fates())
