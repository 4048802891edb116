"""What happens on one day of a simulated study: acts of staff and participants, each with its moment.

Acts depend on the person and the day alone, so a demonstration can stop at any moment and go on from there later.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from diary_app.core.facts import AnchorSet, Excused, ExcuseReason, Randomised, Status, StatusSet
from diary_app.core.times import wall_to_utc
from server.simulate.people import ZONE, Evening, Person, Story, evening
from server.simulate.ward import Ward

NOON = 12 * 60
MORNING = 10 * 60
AFTERNOON = 15 * 60


@dataclass(frozen=True)
class Act:
    """Something that happens at a moment; acts of one moment keep the order of their participants."""

    moment: datetime
    subject: str
    do: Callable[[], Awaitable[None]]


def acts_of(ward: Ward, person: Person, day: date) -> Iterator[Act]:
    """Everything one participant and their staff do on that local date."""
    yield from _enrolment(ward, person, day)
    yield from _visits(ward, person, day)
    yield from _turning(ward, person, day)
    yield from _travel(ward, person, day)
    yield from _evening(ward, person, day)


def _at(day: date, minutes: int) -> datetime:
    return wall_to_utc(day, minutes, ZONE, last=False)


def _enrolment(ward: Ward, person: Person, day: date) -> Iterator[Act]:
    if day != person.enrolled:
        return

    async def enrol() -> None:
        ward.add(person)
        ward.record(person, AnchorSet(anchor="treatment_1", planned=person.treatment_1))
        ward.record(person, AnchorSet(anchor="treatment_2", planned=person.treatment_2))
        ward.record(person, Randomised(day=day))
        if person.story is Story.NEVER_ACTIVATED:
            ward.issue_code(person)
            return
        await ward.hand_out_phone(person)
        await ward.practise(person, evening(person, day) or _quiet_evening())

    yield Act(_at(day, MORNING), person.subject, enrol)


def _visits(ward: Ward, person: Person, day: date) -> Iterator[Act]:
    second = person.treatment_2 + timedelta(days=12 if person.story is Story.DELAYED_TREATMENT else 0)
    for anchor, when in (("treatment_1", person.treatment_1), ("treatment_2", second)):
        if day == when:
            detail = AnchorSet(anchor=anchor, planned=when, actual=when, actual_time="10:30")
            yield Act(_at(day, AFTERNOON), person.subject, ward.recording(person, detail))
    if person.story is Story.DELAYED_TREATMENT and day == person.treatment_2 - timedelta(days=6):
        delayed = AnchorSet(anchor="treatment_2", planned=second, reason="participant_unwell")
        yield Act(_at(day, NOON), person.subject, ward.recording(person, delayed))


def _turning(ward: Ward, person: Person, day: date) -> Iterator[Act]:
    """The day on which the person's story turns."""
    if person.story is Story.IN_HOSPITAL and day == person.turning_day + timedelta(days=5):
        for back in range(4):
            missed = person.turning_day + timedelta(days=back)
            excused = Excused(instrument="DMD", diary_day=missed, reason=ExcuseReason.HOSPITALISED)
            yield Act(_at(day, MORNING + back), person.subject, ward.recording(person, excused))
    if day != person.turning_day:
        return
    match person.story:
        case Story.WITHDRAWN:
            instant = datetime.combine(day, time(9), UTC)
            withdrawn = StatusSet(
                status=Status.CONSENT_WITHDRAWN, effective=day, effective_at=instant, reason="participant_wish"
            )
            yield Act(_at(day, MORNING), person.subject, ward.recording(person, withdrawn))
        case Story.DIARY_STOPPED:
            stopped = StatusSet(status=Status.DIARY_STOPPED, effective=day, reason="burden")
            yield Act(_at(day, MORNING), person.subject, ward.recording(person, stopped))
        case Story.REPLACED_PHONE:
            yield Act(_at(day, MORNING), person.subject, lambda: ward.hand_out_phone(person))


def _travel(ward: Ward, person: Person, day: date) -> Iterator[Act]:
    if person.trip is None:
        return
    if day == person.trip.leaves:
        yield Act(_at(day, NOON), person.subject, ward.travelling(person, person.trip.zone))
    if day == person.trip.returns:
        yield Act(_at(day, NOON), person.subject, ward.travelling(person, ZONE))


def _evening(ward: Ward, person: Person, day: date) -> Iterator[Act]:
    done = evening(person, day)
    if done is None or day <= person.enrolled or person.story is Story.NEVER_ACTIVATED:
        return
    moment = ward.moment_for(person, day, done)
    if moment is not None:
        yield Act(moment, person.subject, ward.answering(person, day, done))


def _quiet_evening() -> Evening:
    return Evening(0, False, {f"DMD0{number}": 0 for number in range(1, 7)}, 5, True, False)
