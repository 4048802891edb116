"""What befalls the server in a plan: it is stopped, killed, restored, set back and amended, and its clock is wrong."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from server.simulate.storm.drawing import TICKS, Dice, moment_at
from server.simulate.storm.power import Dying
from server.simulate.storm.steps import HOUSE, Do, Step

_UNANSWERED = 0.15
_WITH_CUTS = 0.12


def draw(seed: int, first: date, days: int) -> Iterator[Step]:
    """All of it, in no order. Each kind has dice of its own, so that a new one leaves the others as they were."""
    yield from _troubles(Dice(f"{seed}:house"), first, days)
    yield from _snapshots(Dice(f"{seed}:snapshots"), first, days)
    yield from _post(Dice(f"{seed}:post"), first, days)
    yield from _nights(Dice(f"{seed}:nights"), first, days)
    yield from _server_clock(Dice(f"{seed}:server-clock"), first, days)
    yield from _full(Dice(f"{seed}:full"), first, days)
    yield from _backups_full(Dice(f"{seed}:backups-full"), first, days)
    yield from _full_start(Dice(f"{seed}:full-start"), first, days)
    yield from _archives(Dice(f"{seed}:archives"), first, days)
    yield from _full_return(Dice(f"{seed}:full-return"), first, days)
    yield from _odd_post(Dice(f"{seed}:odd-post"), first, days)
    yield from _cuts(Dice(f"{seed}:data-cuts"), first, days)


def _troubles(dice: Dice, first: date, days: int) -> Iterator[Step]:
    for number in range(days):
        day = first + timedelta(days=number)
        if dice.random() < 0.15:
            down = moment_at(day, dice.randrange(8 * 60, 26 * 60))
            yield Step(down, HOUSE, Do.STOP_SERVER)
            yield Step(down + timedelta(minutes=dice.choice((5, 60, 300, 900))), HOUSE, Do.START_SERVER)
        if dice.random() < 0.3:
            how = {
                "when": dice.choice(list(Dying)).value,
                "commits": dice.randrange(1, 6),
                "in_job": dice.random() < 0.3,
            }
            yield Step(moment_at(day, dice.randrange(16 * 60, 27 * 60)), HOUSE, Do.KILL_SERVER, how)
        if dice.random() < 0.12:
            down = moment_at(day, dice.randrange(16 * 60, 22 * 60))
            yield Step(down, HOUSE, Do.MAIL_DOWN)
            yield Step(down + timedelta(minutes=dice.choice((10, 45, 120, 600))), HOUSE, Do.MAIL_UP)
    if dice.random() < 0.4:
        day = first + timedelta(days=dice.randrange(3, days))
        yield Step(moment_at(day, 2 * 60 + 30), HOUSE, Do.BACK_UP)  # that of any other night is never needed
        yield Step(moment_at(day, dice.randrange(3 * 60, 30 * 60)), HOUSE, Do.RESTORE)
    if dice.random() < 0.3:
        yield Step(
            moment_at(first + timedelta(days=dice.randrange(4, days)), dice.randrange(8 * 60, 30 * 60)), HOUSE, Do.AMEND
        )


def _post(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """Messages are taken and the server does not hear so; its jobs run soon again, as they do twice a minute."""
    for number in range(days):
        if dice.random() < _UNANSWERED:
            minutes = dice.choice(TICKS[-3:])
            at = datetime.combine(first + timedelta(days=number), time(minutes // 60, minutes % 60), UTC)
            yield Step(at - timedelta(minutes=1), HOUSE, Do.MAIL_UNANSWERED, {"messages": dice.randrange(1, 4)})
            for after in (2, 5, 11):
                yield Step(at + timedelta(minutes=after), HOUSE, Do.RUN_JOBS)


def _odd_post(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """A gateway that puts off messages, or does not answer; its jobs run again and again meanwhile."""
    if dice.random() < 0.2:
        for _ in range(dice.choice((1, 1, 2))):
            minutes = dice.choice(TICKS[-3:])
            at = datetime.combine(
                first + timedelta(days=dice.randrange(1, days)), time(minutes // 60, minutes % 60), UTC
            )
            detail = {"messages": dice.randrange(1, 7), "minutes": dice.choice((0, 0, 4, 15, 50))}
            yield Step(at - timedelta(minutes=1), HOUSE, Do.MAIL_ODD, detail)
            for after in (1, 2, 3, 5, 8, 12, 20, 30, 45):
                yield Step(at + timedelta(minutes=after), HOUSE, Do.RUN_JOBS)


def _nights(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """Some nights in a row with their backups, and the job that looks once more in the same night."""
    if dice.random() < 0.2:
        night = first + timedelta(days=dice.randrange(1, max(2, days - 3)))
        for number in range(3):
            yield Step(moment_at(night + timedelta(days=number), 2 * 60 + 10), HOUSE, Do.BACK_UP)
        yield Step(moment_at(night, 3 * 60 + 10), HOUSE, Do.BACK_UP)


def _full(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """The disk of the database has no room for hours, most of them those in which people answer."""
    if dice.random() < 0.25:
        at = moment_at(first + timedelta(days=dice.randrange(2, max(3, days - 2))), dice.randrange(16 * 60, 23 * 60))
        yield Step(at, HOUSE, Do.SERVER_FULL)
        yield Step(at + timedelta(hours=dice.choice((0.5, 4, 20))), HOUSE, Do.SERVER_FREE)


def _backups_full(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """The disk of the backups has no room in a night, or in two; the job looks again when there is."""
    if dice.random() < 0.2:
        night = first + timedelta(days=dice.randrange(1, max(2, days - 3)))
        yield Step(moment_at(night - timedelta(days=dice.randrange(2)), 60 + 40), HOUSE, Do.BACKUPS_FULL)
        yield Step(moment_at(night, 2 * 60 + 20), HOUSE, Do.BACK_UP)
        yield Step(moment_at(night, 2 * 60 + 50), HOUSE, Do.BACKUPS_FREE)
        for minutes in dice.choice(((3 * 60,), (2 * 60 + 55, 3 * 60 + 5), (9 * 60,))):
            yield Step(moment_at(night, minutes), HOUSE, Do.BACK_UP)


def _full_start(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """The server is started with an amended study while its disk has no room for that."""
    if dice.random() < 0.15:
        at = moment_at(first + timedelta(days=dice.randrange(2, max(3, days - 2))), dice.randrange(8 * 60, 26 * 60))
        yield Step(at, HOUSE, Do.SERVER_FULL)
        yield Step(at + timedelta(minutes=dice.choice((1, 40))), HOUSE, Do.AMEND)
        yield Step(at + timedelta(hours=dice.choice((1, 6, 15))), HOUSE, Do.SERVER_FREE)


def _full_return(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """The disk has no room, or hardly any, when the database is restored or put back."""
    if dice.random() < 0.15:
        at = moment_at(first + timedelta(days=dice.randrange(3, max(4, days - 2))), dice.randrange(8 * 60, 26 * 60))
        keep, go_back = dice.choice(((Do.BACK_UP, Do.RESTORE), (Do.SNAPSHOT, Do.PUT_BACK)))
        yield Step(at - timedelta(hours=dice.choice((3, 20, 50))), HOUSE, keep)
        yield Step(at, HOUSE, Do.SERVER_FULL, {"pages": dice.choice((None, 0, 2, 20))})
        yield Step(at + timedelta(minutes=dice.choice((1, 40))), HOUSE, go_back)
        yield Step(at + timedelta(hours=dice.choice((1, 6, 15))), HOUSE, Do.SERVER_FREE)


def _archives(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """A bundle is all that is left, and a server is made of it."""
    if dice.random() < 0.12:
        day = first + timedelta(days=dice.randrange(3, max(4, days - 2)))
        yield Step(moment_at(day, dice.choice((9 * 60 + 10, 26 * 60 + 40))), HOUSE, Do.ARCHIVE)
        hours = dice.choice((1, 15, 40))
        yield Step(moment_at(day, 27 * 60) + timedelta(hours=hours), HOUSE, Do.RESTORE_ARCHIVE)


def _cuts(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """Data cuts, at night as a sponsor's are, or while people answer; each is taken again when all is over."""
    if dice.random() < _WITH_CUTS:
        for _ in range(dice.choice((1, 1, 2))):
            day = first + timedelta(days=dice.randrange(2, max(3, days - 1)))
            at = moment_at(day, dice.choice((26 * 60 + 5, dice.randrange(8 * 60, 28 * 60))))
            yield Step(at, HOUSE, Do.CUT)


def _snapshots(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """Somebody puts an earlier database back without a backup of ours, and then tells the server."""
    if dice.random() < 0.25:
        taken = moment_at(first + timedelta(days=dice.randrange(3, days)), dice.randrange(8 * 60, 26 * 60))
        yield Step(taken, HOUSE, Do.SNAPSHOT)
        yield Step(taken + timedelta(hours=dice.choice((1, 5, 30, 70))), HOUSE, Do.PUT_BACK)


def _server_clock(dice: Dice, first: date, days: int) -> Iterator[Step]:
    """It is wrong for some hours; or the server comes back from an outage and believes that it is last week."""
    latest = max(3, days - 4)
    if dice.random() < 0.3:
        at = moment_at(first + timedelta(days=dice.randrange(2, latest)), dice.randrange(8 * 60, 28 * 60))
        minutes = dice.choice((-1440, -600, -90, -20, 7, 45, 180, 600, 1440))
        yield Step(at, HOUSE, Do.SERVER_CLOCK, {"minutes": minutes})
        yield Step(at + timedelta(hours=dice.choice((0.3, 3, 12, 40))), HOUSE, Do.SERVER_CLOCK, {"minutes": 0})
    elif dice.random() < 0.15:
        at = moment_at(first + timedelta(days=dice.randrange(2, latest)), dice.randrange(8 * 60, 28 * 60))
        back = at + timedelta(hours=dice.choice((1, 9)))
        yield Step(at, HOUSE, Do.STOP_SERVER)
        yield Step(back, HOUSE, Do.SERVER_CLOCK, {"minutes": -7 * 1440})
        yield Step(back, HOUSE, Do.START_SERVER)
        yield Step(back + timedelta(hours=dice.choice((2, 20))), HOUSE, Do.SERVER_CLOCK, {"minutes": 0})
