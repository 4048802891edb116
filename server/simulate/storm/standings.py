"""What staff record and take back: where somebody stands in the trial, when treatments were given, what counts."""

from collections.abc import Iterator
from datetime import timedelta

from diary_app.core.facts import Status
from server.simulate.storm.drawing import Diary, Dice, moment_at
from server.simulate.storm.steps import Do, Step

#: How often each, and by how many days its effective date may lie beside the day on which it is recorded.
_STATUSES: dict[Status, tuple[int, tuple[int, ...]]] = {
    Status.CONSENT_WITHDRAWN: (4, (0,)),
    Status.DIARY_STOPPED: (3, (-2, 0, 0, 3)),
    Status.LOST_TO_FOLLOW_UP: (2, (-5, 0)),
    Status.TREATMENT_STOPPED: (2, (-1, 0)),
    Status.COMPLETED: (1, (-1, 0)),
    Status.SCREEN_FAILURE: (1, (0,)),
    Status.DIED: (1, (-1, 0)),
}


def draw(diary: Diary) -> Iterator[Step]:
    """All of it, in no order."""
    yield from _statuses(diary)
    yield from _treatments(diary)
    yield from _second_decisions(diary)


def _treatments(diary: Diary) -> Iterator[Step]:
    """When the first one was given, typed that day or later, perhaps wrongly; or that one is not given at all."""
    dice = Dice(f"{diary.seed}:treatments")
    if dice.random() < 0.4:
        given = diary.first + timedelta(days=14 + dice.choice((-6, -1, 0, 0, 0, 3)))
        at = moment_at(given + timedelta(days=dice.choice((0, 0, 1, 4))), dice.randrange(12 * 60, 23 * 60))
        for _ in range(dice.choice((1, 1, 2))):
            detail = {"anchor": "treatment_1", "planned": given.isoformat(), "actual": given.isoformat()}
            if dice.random() < 0.7:
                detail["actual_time"] = dice.choice(("08:30", "10:15", "19:00"))
            yield Step(at, diary.who, Do.ANCHOR, detail)
            at += timedelta(hours=dice.choice((1, 30)))
            given -= timedelta(days=dice.choice((1, 7)))
    if dice.random() < 0.1:
        day = diary.some_day(dice)
        anchor = dice.choice(("treatment_1", "treatment_2"))
        yield Step(
            moment_at(day, dice.randrange(8 * 60, 18 * 60)), diary.who, Do.ANCHOR,
            {"anchor": anchor, "not_given": day.isoformat()},
        )  # fmt: skip


def _second_decisions(diary: Diary) -> Iterator[Step]:
    """About what was set aside: settled, looked at again, and settled once more or not."""
    dice = Dice(f"{diary.seed}:second-decisions")
    if dice.random() < 0.2:
        at = moment_at(diary.some_day(dice), dice.randrange(8 * 60, 18 * 60))
        yield Step(at, diary.who, Do.ACCEPT_ASIDE)
        at += timedelta(hours=dice.choice((1, 30, 60)))
        yield Step(at, diary.who, Do.REOPEN)
        if dice.random() < 0.5:
            yield Step(at + timedelta(hours=dice.choice((1, 30))), diary.who, Do.ACCEPT_ASIDE)


def _statuses(diary: Diary) -> Iterator[Step]:
    dice = Dice(f"{diary.seed}:standings")
    if dice.random() < 0.25:
        for _ in range(dice.choice((1, 1, 2))):
            status = dice.choices(list(_STATUSES), [often for often, _ in _STATUSES.values()])[0]
            day = diary.some_day(dice)
            at = moment_at(day, dice.randrange(8 * 60, 26 * 60) + dice.random())
            if dice.random() < 0.2:  # just when the evening opens
                at = moment_at(day, diary.opens + dice.choice((-1 / 60_000, 0, 1 / 60_000)))
            elif dice.random() < 0.5:  # while it is open, and before most have filled it in
                at = moment_at(day, diary.opens + dice.randrange(1, 120))
            effective = day + timedelta(days=dice.choice(_STATUSES[status][1]))
            yield Step(at, diary.who, Do.STATUS, {"status": status.value, "effective": effective.isoformat()})
            if dice.random() < 0.8:
                later = timedelta(hours=dice.choice((0.2, 5, 30, 80, 200)))
                yield Step(at + later, diary.who, Do.REVOKE)
