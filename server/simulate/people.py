"""Simulated participants: who they are and what they do on an evening. The same seed gives the same lives.

Nobody here knows an arm: everybody improves a little with time, as both arms did in the earlier trials.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

ZONE = "Europe/Copenhagen"
EARLY_COHORT = 6


class Story(StrEnum):
    """What is special about one participant's months."""

    ORDINARY = "ordinary"
    NEVER_ACTIVATED = "never_activated"
    SILENT_PHONE = "silent_phone"
    REPLACED_PHONE = "replaced_phone"
    TRAVELLER = "traveller"
    OFFLINE_WEEKS = "offline_weeks"
    WITHDRAWN = "withdrawn"
    DIARY_STOPPED = "diary_stopped"
    DELAYED_TREATMENT = "delayed_treatment"
    IN_HOSPITAL = "in_hospital"
    WRONG_CLOCK = "wrong_clock"
    GUEST = "guest"  # whoever tries the demonstration goes on with this diary


#: How many of a hundred live each story; the rest is ordinary.
SHARES = {
    Story.NEVER_ACTIVATED: 3,
    Story.SILENT_PHONE: 4,
    Story.REPLACED_PHONE: 3,
    Story.TRAVELLER: 4,
    Story.OFFLINE_WEEKS: 5,
    Story.WITHDRAWN: 1,
    Story.DIARY_STOPPED: 1,
    Story.DELAYED_TREATMENT: 1,
    Story.IN_HOSPITAL: 2,
    Story.WRONG_CLOCK: 1,
    Story.GUEST: 1,
}
DESTINATIONS = ("America/New_York", "Asia/Tokyo", "Pacific/Auckland", "Atlantic/Reykjavik")


@dataclass(frozen=True)
class Trip:
    """Away from `leaves` until `returns`, both as local dates; the phone's zone is confirmed on arrival."""

    zone: str
    leaves: date
    returns: date


@dataclass(frozen=True)
class Person:
    """One simulated participant. `diligence`: share of evenings that are filled in; `turning_day`: the story turns."""

    subject: str
    site: str
    story: Story
    enrolled: date
    choice: str
    diligence: float
    lateness: float
    dryness: float
    turning_day: date
    trip: Trip | None
    seed: str

    @property
    def treatment_1(self) -> date:
        """Two weeks after enrolment."""
        return self.enrolled + timedelta(days=14)

    @property
    def treatment_2(self) -> date:
        """Four months later, as planned."""
        return self.treatment_1 + timedelta(days=120)


@dataclass(frozen=True)
class Evening:
    """What one person does for one diary day; `online`: whether there is a network when it is saved."""

    minutes_after_opening: int
    late: bool
    answers: dict[str, int | str]
    seconds_a_page: int
    online: bool
    someone_tapped: bool


def earliest_day(today: date, clocks_changed: date, shortest: int = 150) -> date:
    """First enrolment: far enough back for both treatments and for one change of the clocks."""
    return min(today - timedelta(days=shortest), clocks_changed - timedelta(days=10))


def people(seed: int, today: date, count: int, first: date, least_days: int = 60) -> Iterator[Person]:
    """`count` participants at two sites; all but the last few have at least `least_days` evenings behind them."""
    stories = [story for story, share in SHARES.items() for _ in range(max(1, round(share * count / 100)))]
    early = min(EARLY_COHORT, max(1, count // 8))
    spread = random.Random(f"{seed}:order")
    order = list(range(early, count))
    spread.shuffle(order)
    told = dict(zip(order, stories, strict=False))
    for index in range(count):
        yield _person(seed, index, told.get(index, Story.ORDINARY), today, first if index < early else None, least_days)


def _person(seed: int, index: int, story: Story, today: date, first: date | None, least_days: int) -> Person:
    dice = random.Random(f"{seed}:{index}")
    site, number = ("copenhagen", index // 2) if index % 2 == 0 else ("odense", index // 2)
    enrolled = (
        first + timedelta(days=dice.randrange(10))
        if first
        else today - timedelta(days=least_days + 2 + dice.randrange(18))
    )
    turning = today - timedelta(days=1 if story is Story.GUEST else dice.randrange(4, 30))
    away = Trip(dice.choice(DESTINATIONS), turning - timedelta(days=12), turning) if story is Story.TRAVELLER else None
    return Person(
        subject=f"{number + 1:03d}",
        site=site,
        story=story,
        enrolled=enrolled,
        choice=dice.choices(("evening", "early_evening", "late_evening"), (70, 18, 12))[0],
        diligence=min(0.99, max(0.45, dice.gauss(0.9, 0.09))),
        lateness=abs(dice.gauss(0.03, 0.03)),
        dryness=dice.uniform(5.0, 8.5),
        turning_day=turning,
        trip=away,
        seed=f"{seed}:{index}",
    )


def evening(person: Person, day: date) -> Evening | None:
    """What the person does for that diary day, or None when the evening is left empty."""
    dice = random.Random(f"{person.seed}:{day}")
    if person.story is Story.GUEST and day >= person.turning_day:
        return None
    if dice.random() > _diligence(person, day):
        return None
    return Evening(
        minutes_after_opening=min(510, int(abs(dice.gauss(110, 70)))),
        late=dice.random() < person.lateness,
        answers=_answers(person, day, dice),
        seconds_a_page=dice.randrange(3, 12),
        online=_online(person, day) and dice.random() < 0.95,
        someone_tapped=dice.random() < 0.03,
    )


def _diligence(person: Person, day: date) -> float:
    tiring = 0.0004 * (day - person.enrolled).days
    if person.story is Story.IN_HOSPITAL and 0 <= (day - person.turning_day).days < 4:
        return 0.0
    return person.diligence - tiring


def _online(person: Person, day: date) -> bool:
    after = (day - person.turning_day).days
    if person.story is Story.SILENT_PHONE:
        return after < 0
    if person.story is Story.OFFLINE_WEEKS:
        return not -9 <= after < -2
    return True


def _answers(person: Person, day: date, dice: random.Random) -> dict[str, int | str]:
    weeks = max(0, (day - person.treatment_1).days) / 7
    level = person.dryness - min(1.8, 0.12 * weeks)
    drift = random.Random(f"{person.seed}:week:{day.isocalendar()[:2]}").gauss(0, 0.6)

    def about(shift: float) -> int:
        return min(10, max(0, round(level + shift + drift + dice.gauss(0, 0.7))))

    answers: dict[str, int | str] = {
        "DMD01": about(0),
        "DMD02": about(0.6),
        "DMD03": about(-1.2),
        "DMD04": "not_applicable" if dice.random() < 0.02 else about(-0.8),
        "DMD05": "not_applicable" if dice.random() < 0.01 else about(-1.6),
        "DMD06": min(4, max(0, round((level + drift) / 2.4 + dice.gauss(0, 0.5)))),
    }
    if dice.random() < 0.015:
        answers[dice.choice(list(answers))] = "prefer_not_to_answer"
    return answers
