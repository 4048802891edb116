"""The link in a mail that stops all messages, used in a storm: nobody who stopped them is sent one.

What was clicked is kept here, by the true time and in its order; evenings stay expected, as `expected.py` says.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection

from diary_app.core.times import format_utc
from server.db.days import ExpectedDay
from server.reminders.stopping import link, participant_of, set_stopped
from server.simulate.storm.counts import Kind
from server.simulate.storm.handset import Handset
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Click, Ledger, held_then
from server.simulate.storm.persons import Person

_EVER = datetime.max.replace(tzinfo=UTC)


class StopLinks:
    """Of everybody. They are kept as mails are: an old one does what the newest does."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._links: dict[str, str] = {}

    def click(self, person: Person, *, stops: bool) -> None:
        """On the button of the page that the first link shows. Raises `ServerDown`, `RequestRefused`."""
        house, services, now = self._house, self._house.services, self._house.clock.now()
        code = self._links.setdefault(person.participant, link(services, person.participant)).rpartition("/")[2]

        def work(connection: Connection) -> str:
            whose = participant_of(connection, services, code)
            set_stopped(connection, services, whose, stops, now)
            return whose

        if (whose := house.run(person.participant, work)) != person.participant:
            self._ledger.violated(f"the link of {person.participant} is about the messages of {whose}")
        self._ledger.clicks.append(Click(person.participant, house.world.now(), stops))
        self._ledger.befell[Kind.STOPPED if stops else Kind.WANTED_AGAIN] += 1


def covers(ledger: Ledger, row: ExpectedDay, last: datetime) -> bool:
    """Whether messages of that evening may be wanting. `last`: when the last of them is due."""
    clicked = any(one.participant == row.participant and one.at.date() == row.diary_day for one in ledger.clicks)
    return clicked or _is_stopped(ledger, row.participant, last)


def check(ledger: Ledger, row: ExpectedDay, at: datetime) -> None:
    """A message that left at that moment."""
    if _is_stopped(ledger, row.participant, at):
        ledger.violated(
            f"{row.participant} was reminded of {row.diary_day} at {format_utc(at)}, though all messages were stopped"
        )


def check_heard(ledger: Ledger, phone: Handset) -> None:
    """A phone that has heard everything says whether messages are stopped."""
    is_so = _is_stopped(ledger, phone.holding.participant, _EVER)
    if bool(phone.diary.messages_stopped_at()) != is_so:
        come = "are stopped" if is_so else "come"
        ledger.violated(f"{phone.name} has heard everything, and not that messages {come}")


def _is_stopped(ledger: Ledger, participant: str, at: datetime) -> bool:
    """By the last click that the database of then knew."""
    mine = [one for one in ledger.clicks if one.participant == participant and one.at < at]
    return next((one.stops for one in reversed(mine) if held_then(ledger.went_back, one.at, at)), False)
