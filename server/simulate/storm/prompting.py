"""What must hold of reminders: none twice, none forgotten, none at night, none when nothing is to be reminded of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.times import format_utc
from diary_app.core.times import zone as rules_of
from server.db import reminders
from server.db.days import ExpectedDay
from server.reminders.delivery import mark_of
from server.simulate.storm import asking, pausing, stop_links
from server.simulate.storm.database import Server
from server.simulate.storm.decided import Decided
from server.simulate.storm.drawing import HOME
from server.simulate.storm.editions import LATEST
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger, Saved, held_then
from server.simulate.storm.post import Left
from server.simulate.storm.windowing import Journey, journeys_of

#: Minutes of the day between which nobody is disturbed.
QUIET_FROM, QUIET_UNTIL = 22 * 60 + 30, 9 * 60
_LAST_PROMPT = LATEST
#: How long a message may have waited to be sent.
_WAITED = timedelta(hours=2)
_MOST_A_DAY = 5
#: How far the evening of a message may lie from it: the server's clock may show last week.
_BEFORE, _AFTER = timedelta(days=9), timedelta(days=3)


@dataclass(frozen=True)
class Prompted:
    """One message that truly left, and about which evening. `number`: of the day's prompts."""

    participant: str
    day: date
    number: int
    left: Left

    @property
    def at(self) -> datetime:
        """The true moment."""
        return self.left.at


def said_to_be_sent(connection: Connection) -> set[tuple[str, date, int]]:
    """Participant, day and number of every message that left, by what the server wrote down."""
    events = reminders.events(connection, participant=None, first=None, last=None)
    return {(one.participant, one.diary_day, one.number) for one in events if one.kind == "sent"}


def check(
    house: House,
    ledger: Ledger,
    decided: Decided,
    server: Server,
    said: Iterable[tuple[str, date, int]],
) -> None:
    """Look at all messages of a run. `said`: those of which the server says that they left.

    What happened while the server's clock was wrong, or was dated then, cannot be put in order by what it wrote down.
    """
    sent = list(_messages(house, ledger, server))
    for participant, day, number in sorted(set(said) - {(one.participant, one.day, one.number) for one in sent}):
        ledger.violated(f"{participant} was reminded of {day} for the {number}. time, says the server, and was not")
    by_day: dict[tuple[str, date], list[Prompted]] = defaultdict(list)
    for mark_at, what in house.post.impatient:
        ledger.violated(f"a message was tried again at {format_utc(mark_at)}, {what}")
    for one in sent:
        by_day[one.participant, one.day].append(one)
        if one.left.is_repeat:
            ledger.violated(f"{one.participant} was reminded of {one.day} once more at {format_utc(one.at)}")
    journeys = {who: journeys_of(ledger, decided, server, who) for who in server.days}
    paused = {who: pausing.pauses_of(ledger, server.pauses, who) for who in server.days}
    known = {(row.participant, row.diary_day) for rows in server.days.values() for row in rows}
    for one in sent:
        if (one.participant, one.day) not in known and one.day not in ledger.misdated_days and _stood(house, one):
            ledger.violated(f"{one.participant} was reminded of {one.day}, which is on no list of the server")
    for rows in server.days.values():
        for row in rows:
            is_misdated = row.diary_day in ledger.misdated_days
            if is_misdated or decided.is_about(ledger, (row.participant, row.diary_day)):
                continue
            messages = by_day.get((row.participant, row.diary_day), [])
            for message in messages:
                _in_its_time(house, ledger, decided, server, row, message, journeys[row.participant])
                entry = ledger.records.get(row.entry or "")
                if entry is not None and asking.had_lost_it(ledger, server, entry):
                    heard = _read_at(house, ledger, server, entry)
                else:
                    heard = [at for at in (row.received_at, server.heard_of.get(row.key)) if at is not None]
                _not_after_the_answer(ledger, row, message, heard)
                _not_after_the_end(house, ledger, message)
                pausing.check(ledger, paused[row.participant], row, message.at)
                stop_links.check(ledger, row, message.at)
            begun = server.trained.get(row.participant)
            if pausing.covers(paused[row.participant], row.diary_day):
                continue
            if not messages and begun is not None and begun < row.opens:
                came = [one[row.key] for one in (server.heard_of, server.named_aside) if row.key in one]
                _not_forgotten(house, ledger, row, min(came, default=None))


def _messages(house: House, ledger: Ledger, server: Server) -> Iterator[Prompted]:
    """Every message with its evening, which its mark tells to whoever has the server's secret."""
    left = house.post.left
    if not left:
        return
    services = house.services
    first, last = left[0].at.date() - _BEFORE, left[-1].at.date() + _AFTER
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    instrument = services.study.diary.instrument
    marks = {
        mark_of(services, (participant, instrument, day, number)): (participant, day, number)
        for participant in sorted({*server.days, *ledger.opens})
        for day in days
        for number in range(1, _MOST_A_DAY + 1)
    }
    for one in left:
        if one.mark in marks:
            yield Prompted(*marks[one.mark], left=one)
        else:
            ledger.violated(f"a message left at {format_utc(one.at)} that is about no evening")


def _in_its_time(
    house: House,
    ledger: Ledger,
    decided: Decided,
    server: Server,
    row: ExpectedDay,
    message: Prompted,
    journeys: Sequence[Journey],
) -> None:
    """While its window is open and nobody is asleep, wherever the server knew the participant to be."""
    about, at = f"{row.participant} was reminded of {row.diary_day}", message.at
    is_settled = _knew_the_zone(ledger, decided, server, row.participant, at)
    zones = {row.zone} if is_settled else {row.zone, *ledger.zones[row.participant]}
    if all(_is_quiet(at, zone) for zone in zones):
        ledger.violated(f"{about} at {at.astimezone(rules_of(row.zone)):%H:%M}, in quiet hours")
    _not_before_its_hour(ledger, row, message, zones)
    if not is_settled:
        return
    lies_as_then = len(ledger.editions.every) == 1 or _stood(house, message)
    if lies_as_then and not row.opens <= at < row.closes:
        ledger.violated(f"{about} at {format_utc(at)}, when its window was not open")
    may_change = row.participant in ledger.ended or row.participant in ledger.misdated
    may_change |= any(one.is_about(row.opens) for one in journeys)
    if row.not_expected is not None and _stood(house, message) and not may_change:
        ledger.violated(f"{about}, which was not expected: {row.not_expected}")


def _not_before_its_hour(ledger: Ledger, row: ExpectedDay, message: Prompted, zones: Iterable[str]) -> None:
    """At the hour that the version of the study names which held when it was sent, or just before."""
    at = message.at
    due = [
        datetime.combine(row.diary_day, datetime.min.time(), rules_of(zone)) + timedelta(minutes=minutes)
        for zone in zones
        for edition in ledger.editions.in_force(at - _WAITED, at)
        if (minutes := edition.prompt(message.number)) is not None
    ]
    if due and all(at < one for one in due):
        ledger.violated(
            f"{row.participant} was reminded of {row.diary_day} for the {message.number}. time at {format_utc(at)}, "
            "before the hour that the study names"
        )


def _stood(house: House, message: Prompted) -> bool:
    """Whether it left in this life of the server, which knows everything that it knew then."""
    return not house.went_back or message.at > house.went_back[-1].at


def _knew_the_zone(ledger: Ledger, decided: Decided, server: Server, participant: str, at: datetime) -> bool:
    """Whether the server had heard before of every zone that was confirmed by then: the evening lies where it lay.

    One that is set aside moves nothing before somebody accepts it.
    """
    if participant not in ledger.zones:
        return True
    confirmed = [one for one in ledger.records.values() if (one.participant, one.kind) == (participant, "zone")]
    told = [
        decided.followed.get(one.id) or server.zones.get(one.id)
        for one in confirmed
        if one.id in decided.followed or not server.waits(one)
    ]
    return all(one is not None and (one.captured > at or held_then(ledger.went_back, one.received, at)) for one in told)


def _is_quiet(at: datetime, zone: str) -> bool:
    wall = at.astimezone(rules_of(zone))
    minutes = wall.hour * 60 + wall.minute
    return minutes >= QUIET_FROM or minutes < QUIET_UNTIL


def _read_at(house: House, ledger: Ledger, server: Server, entry: Saved) -> list[datetime]:
    """When the server could read what named a version that it had lost: that was live again, and the job was done."""
    number, editions = ledger.editions.of(entry.edition).number, ledger.editions
    return [
        at for at in house.laid_out if at > server.received[entry.id] and editions.in_force(at, at)[-1].number >= number
    ]


def _not_after_the_answer(ledger: Ledger, row: ExpectedDay, message: Prompted, known: Iterable[datetime]) -> None:
    # A snapshot of before a restore may come back after it: it holds the answer that whoever reminded had lost.
    if any(held_then(ledger.went_back, moment, message.at) for moment in known):
        ledger.violated(
            f"{row.participant} was reminded of {row.diary_day} at {format_utc(message.at)}, after the answer had come"
        )


def _not_after_the_end(house: House, ledger: Ledger, message: Prompted) -> None:
    """A server whose database went back to before the end knows nothing of it."""
    ended, revoked = ledger.silenced.get(message.participant), ledger.revoked.get(message.participant)
    if revoked is not None and message.at >= revoked:
        return
    if ended is None or ended.date() in ledger.misdated_days or message.at <= ended:
        return
    if not any(one.to < ended <= one.at < message.at for one in house.went_back):
        ledger.violated(f"{message.participant} was reminded at {format_utc(message.at)}, after the end")


def _not_forgotten(house: House, ledger: Ledger, row: ExpectedDay, heard_of: datetime | None) -> None:
    """On a day on which nothing befell the server, somebody at home whose evening stayed empty is reminded.

    A database that went back to before that evening does not say any more what was known then.
    """
    if row.not_expected is not None or row.participant in ledger.zones or row.participant in ledger.ended:
        return
    if row.diary_day in house.troubled or row.state == "excused" or row.closes > house.world.now():
        return
    last = datetime.combine(row.diary_day, datetime.min.time(), rules_of(HOME)).replace(
        hour=_LAST_PROMPT // 60, minute=_LAST_PROMPT % 60
    )
    if any(one.to < last <= one.at for one in house.went_back):
        return
    if stop_links.covers(ledger, row, last):
        return
    if heard_of is None or heard_of > last:
        ledger.violated(f"{row.participant} was not reminded of {row.diary_day}, though nothing was in the way")
