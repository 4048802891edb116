"""What must hold of reminders: none twice, none forgotten, none at night, none when nothing is to be reminded of."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.times import format_utc
from diary_app.core.times import zone as rules_of
from server.db import reminders
from server.db.days import ExpectedDay
from server.simulate.storm.database import Server
from server.simulate.storm.decided import Decided
from server.simulate.storm.drawing import HOME
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger

#: Minutes of the day between which nobody is disturbed.
QUIET_FROM, QUIET_UNTIL = 22 * 60 + 30, 9 * 60
_LAST_PROMPT = 22 * 60 + 15


@dataclass(frozen=True)
class Prompted:
    """One message that left, by what the server wrote down."""

    participant: str
    day: date
    at: datetime


def sent_messages(connection: Connection) -> list[Prompted]:
    """Every one."""
    events = reminders.events(connection, participant=None, first=None, last=None)
    return [Prompted(one.participant, one.diary_day, one.at) for one in events if one.kind == "sent"]


def check(
    house: House,
    ledger: Ledger,
    decided: Decided,
    server: Server,
    sent: Iterable[Prompted],
) -> None:
    """Look at all messages of a run.

    What happened while the server's clock was wrong, or was dated then, cannot be put in order by what it wrote down.
    """
    by_day: dict[tuple[str, date], list[Prompted]] = defaultdict(list)
    for one in sent:
        by_day[one.participant, one.day].append(one)
    for rows in server.days.values():
        for row in rows:
            is_misdated = row.diary_day in ledger.misdated_days
            if is_misdated or decided.is_about(ledger, (row.participant, row.diary_day)):
                continue
            messages = by_day.get((row.participant, row.diary_day), [])
            for message in messages:
                _in_its_time(ledger, row, message)
                _not_after_the_end(house, ledger, message)
            begun = server.trained.get(row.participant)
            if not messages and begun is not None and begun < row.opens:
                _not_forgotten(house, ledger, row, server.heard_of.get(row.key))
    _not_doubled(house, ledger)


def _in_its_time(ledger: Ledger, row: ExpectedDay, message: Prompted) -> None:
    wall = message.at.astimezone(rules_of(row.zone))
    minutes = wall.hour * 60 + wall.minute
    stays = row.participant not in ledger.zones  # elsewhere the server learns of the zone later than the phone
    if stays and (minutes >= QUIET_FROM or minutes < QUIET_UNTIL):
        ledger.violated(f"{row.participant} was reminded of {row.diary_day} at {wall:%H:%M}, in quiet hours")
    if row.received_at is not None and row.received_at < message.at:
        ledger.violated(
            f"{row.participant} was reminded of {row.diary_day} at {format_utc(message.at)}, after the answer had come"
        )


def _not_after_the_end(house: House, ledger: Ledger, message: Prompted) -> None:
    ended = ledger.ended.get(message.participant)
    is_misdated = ended is not None and ended.date() in ledger.misdated_days
    if ended is not None and not (house.restores or is_misdated) and message.at > ended:
        ledger.violated(f"{message.participant} was reminded at {format_utc(message.at)}, after the end")


def _not_forgotten(house: House, ledger: Ledger, row: ExpectedDay, heard_of: datetime | None) -> None:
    """On a day on which nothing befell the server, somebody at home whose evening stayed empty is reminded."""
    if row.not_expected is not None or row.participant in ledger.zones or row.participant in ledger.ended:
        return
    if row.diary_day in house.troubled or row.state == "excused" or row.closes > house.world.now():
        return
    last = datetime.combine(row.diary_day, datetime.min.time(), rules_of(HOME)).replace(
        hour=_LAST_PROMPT // 60, minute=_LAST_PROMPT % 60
    )
    if heard_of is None or heard_of > last:
        ledger.violated(f"{row.participant} was not reminded of {row.diary_day}, though nothing was in the way")


def _not_doubled(house: House, ledger: Ledger) -> None:
    """The mark of a message is the same for every try; only a kill between sending and writing down repeats one."""
    marks = Counter(name.rpartition("-")[2] for name in house.messages())
    twice = sum(1 for count in marks.values() if count > 1)
    if twice > house.kills + house.restores * len(marks):
        ledger.violated(f"{twice} reminders were sent more than once")
