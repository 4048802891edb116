"""Letting a simulated study live from one moment to another, act by act, with the server's own jobs in between."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from diary_app.core.times import local_date, wall_to_utc
from server.db.writer import LAST
from server.intake.sweep import extend, sweep
from server.simulate.acts import Act, acts_of
from server.simulate.people import ZONE, Person
from server.simulate.ward import Ward

SWEEP_MINUTES = (12 * 60 + 5, 14 * 60 + 5)
OVERHANG = timedelta(days=2)


@dataclass(order=True)
class _Due:
    moment: datetime
    subject: str
    number: int
    act: Act = field(compare=False)


async def live(
    ward: Ward, people: Sequence[Person], since: datetime, until: datetime, progress: Callable[[date], None]
) -> int:
    """Everything with `since` < moment <= `until` happens, in order; how many acts there were."""
    waiting: list[_Due] = []
    done = 0
    day = local_date(since, ZONE) - OVERHANG
    while (start := wall_to_utc(day, 0, ZONE, last=False)) <= until:
        for number, act in enumerate(act for person in people for act in acts_of(ward, person, day)):
            if since < act.moment <= until:
                heapq.heappush(waiting, _Due(act.moment, act.subject, number, act))
        tomorrow = wall_to_utc(day + timedelta(days=1), 0, ZONE, last=False)
        for minutes in SWEEP_MINUTES:
            done += await _work_off(ward, waiting, min(wall_to_utc(day, minutes, ZONE, last=False), until))
            if since < start:
                close_windows(ward)
        if since < start and day.weekday() == 0:
            move_horizon(ward)
        done += await _work_off(ward, waiting, min(tomorrow, until))
        progress(day)
        day += timedelta(days=1)
    ward.world.move_to(until)
    move_horizon(ward)
    close_windows(ward)
    return done


def close_windows(ward: Ward) -> None:
    """What the server's scheduler would have done by now."""
    services, now = ward.services, ward.world.now()
    while services.writer.run(LAST, lambda connection: sweep(connection, now)):
        pass


def move_horizon(ward: Ward) -> None:
    """The same for the days to come; once a week is enough for a horizon of two."""
    services, now = ward.services, ward.world.now()
    while services.writer.run(LAST, lambda connection: extend(connection, services, now)):
        pass


async def _work_off(ward: Ward, waiting: list[_Due], until: datetime) -> int:
    done = 0
    while waiting and waiting[0].moment <= until:
        due = heapq.heappop(waiting)
        ward.world.move_to(max(due.moment, ward.world.now()))
        await due.act.do()
        done += 1
    if until > ward.world.now():
        ward.world.move_to(until)
    return done
