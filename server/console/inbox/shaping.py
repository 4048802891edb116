"""Something set aside that shapes the schedule: what it says, on which phone, and which evenings it would move."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.facts import Fact, WindowChosen, ZoneConfirmed
from diary_app.core.history import zone_at
from diary_app.core.locks import is_locked
from server.console.desk import Desk
from server.console.inbox.words import SHAPING
from server.db import devices, participants
from server.db.days import ExpectedDay
from server.db.set_aside import SetAside
from server.intake.aside_contents import OfSchedule, of_schedule
from server.intake.known import facts_of
from server.intake.regrade import Change
from server.intake.schedule import would_move

SHOWN = 7


@dataclass(frozen=True)
class Move:
    """One evening by the clocks of the site: as it is, and as it would be."""

    evening: str
    now: str
    then: str


@dataclass(frozen=True)
class Shaping:
    """`follows`: of a zone, the one followed now; `number`: how many would move; `locked`: one of them."""

    what: str
    confirmed: str
    phone: str
    follows: str
    moves: tuple[Move, ...]
    number: int
    locked: str


def shaping(desk: Desk, connection: Connection, one: SetAside) -> Shaping | None:
    """None for everything that shapes no schedule, cannot be read, or is shown to nobody."""
    found = of_schedule(connection, one)
    row = participants.get(connection, one.participant)
    if found is None or row is None:
        return None
    facts = facts_of(connection, one.participant)
    changes = would_move(connection, desk.services.versions, row, found.said, desk.now) if one.waits else []
    locked = [change.wanted.diary_day for change in changes if is_locked(facts, change.wanted.diary_day)]
    return Shaping(
        what=_what(desk, found.said, one),
        confirmed=desk.calendar.moment(found.said.at),
        phone=_phone(desk, connection, one.participant, found),
        follows=(zone_at(facts, desk.now) or "") if isinstance(found.said.detail, ZoneConfirmed) else "",
        moves=tuple(_move(desk, change) for change in changes[:SHOWN]),
        number=len(changes),
        locked=desk.calendar.day(locked[0]) if locked else "",
    )


def _what(desk: Desk, said: Fact, one: SetAside) -> str:
    words = desk.say(SHAPING[one.kind or ""])
    match said.detail:
        case ZoneConfirmed(zone=named) | WindowChosen(choice=named):
            return f"{words}: {named}"
    return words


def _phone(desk: Desk, connection: Connection, participant: str, found: OfSchedule) -> str:
    """By its number, as on the page of the participant. Copies of a phone have one number."""
    for number, device in enumerate(devices.of(connection, [participant]), start=1):
        if device.device == found.record.device:
            if device.doubtful:
                return desk.say("Phone {number}, or a copy of it", number=number)
            return desk.say("Phone {number}", number=number)
    return found.record.device


def _move(desk: Desk, change: Change) -> Move:
    assert change.seen is not None
    return Move(
        desk.calendar.short_day(change.wanted.diary_day), _window(desk, change.seen), _window(desk, change.wanted)
    )


def _window(desk: Desk, row: ExpectedDay) -> str:
    if row.not_expected:
        return desk.say("not expected")
    return desk.say("{opens} to {late}", opens=_moment(desk, row.opens), late=_moment(desk, row.late_until))


def _moment(desk: Desk, at: datetime) -> str:
    return f"{desk.calendar.short_day(desk.calendar.local_date(at))} {desk.calendar.time(at)}"
