"""The way that reminders take in a storm: every message that leaves is kept, with what the server can know of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from diary_app.core.facts import Channel as Name
from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.counts import Befell, Kind


@dataclass(frozen=True)
class Left:
    """One message, at the true moment at which it left. `is_repeat`: the server knew that it had left before."""

    mark: str
    at: datetime
    is_repeat: bool


class Post:
    """It carries all channels of one server. `works`: whether anything leaves; `left`: everything, in order.

    A message that has left is known to the server from its next commit on, until its database goes back to before that.
    Until then, after a power cut in between, and where the answer of whoever took it was lost, the server cannot know
    of it, and sends it once more.
    """

    def __init__(self, world: SimulatedEnvironment, befell: Befell) -> None:
        self.works = True
        self.left: list[Left] = []
        self._world = world
        self._befell = befell
        self._unanswered = 0
        self._under_way: list[Left] = []
        self._known: dict[str, Left] = {}

    def way(self, _services: Services, _name: Name) -> "Post":
        """See `channels.channel_of`."""
        return self

    @contextmanager
    def session(self) -> Iterator["Post"]:
        """See `Channel.session`."""
        yield self

    def send(self, letter: Letter) -> Outcome:
        """See `Session.send`."""
        if not self.works:
            return NotSent(Trouble.UNREACHABLE)
        is_repeat = letter.mark in self._known or any(one.mark == letter.mark for one in self._under_way)
        one = Left(letter.mark, self._world.now(), is_repeat)
        self.left.append(one)
        if self._unanswered > 0:
            self._unanswered -= 1
            self._befell[Kind.MAIL_UNANSWERED] += 1
            return NotSent(Trouble.CONNECTION_LOST)
        self._under_way.append(one)
        return Sent()

    def lose_answers(self, number: int) -> None:
        """So many of the next messages are taken, and the server does not hear so."""
        self._unanswered = number

    def written_down(self) -> None:
        """The server has committed what it knows."""
        self._known |= {one.mark: one for one in self._under_way}
        self._under_way.clear()

    def forgotten(self) -> None:
        """The server's power has gone, or it had no room: what it had not written down is known to nobody."""
        self._under_way.clear()

    def gone_back(self, to: datetime) -> None:
        """The server's database is as it was at that moment."""
        self._known = {mark: one for mark, one in self._known.items() if one.at <= to}
