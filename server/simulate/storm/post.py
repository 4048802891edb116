"""The way that reminders take in a storm: every message that leaves is kept, with what the server can know of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from diary_app.core.facts import Channel as Name
from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.counts import Befell, Kind

#: A third copy of a message could be a third.
_MOST_DOUBTED = 2
#: A gateway is odd for one evening, however few messages there are.
_ODD_FOR = timedelta(hours=3)


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
        #: When something was tried that the server knew it must not try, and why not.
        self.impatient: list[tuple[datetime, str]] = []
        self._odd, self._patience, self._odd_until = 0, timedelta(), world.now()
        self._not_before: dict[str, datetime] = {}
        self._heard_nothing: list[str] = []
        self._doubted = Counter[str]()
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
        self._look_at_patience(letter.mark)
        if self._odd > 0 and self._world.now() < self._odd_until:
            return self._put_off(letter.mark)
        is_repeat = letter.mark in self._known or any(one.mark == letter.mark for one in self._under_way)
        one = Left(letter.mark, self._world.now(), is_repeat)
        self.left.append(one)
        if self._unanswered > 0:
            self._unanswered -= 1
            self._befell[Kind.MAIL_UNANSWERED] += 1
            return NotSent(Trouble.CONNECTION_LOST)
        self._under_way.append(one)
        return Sent()

    def be_odd(self, messages: int, minutes: int) -> None:
        """So many of the next messages are put off by so many minutes; for none it has them and says nothing."""
        self._odd, self._patience = messages, timedelta(minutes=minutes)
        self._odd_until = self._world.now() + _ODD_FOR

    def clock_was_set(self) -> None:
        """The server's: until when it has to wait it knows by that clock alone."""
        self._not_before.clear()

    def _put_off(self, mark: str) -> NotSent:
        self._odd -= 1
        if self._patience:
            self._befell[Kind.MAIL_PUT_OFF] += 1
            self._not_before[mark] = self._world.now() + self._patience
            return NotSent(Trouble.TRY_LATER, retry_after=self._patience)
        self._befell[Kind.MAIL_DOUBTFUL] += 1
        self.left.append(Left(mark, self._world.now(), is_repeat=False))
        self._heard_nothing.append(mark)
        return NotSent(Trouble.ANSWER_LOST)

    def _look_at_patience(self, mark: str) -> None:
        """What the server has written down it has to keep to."""
        now = self._world.now()
        if mark in self._not_before and now < self._not_before.pop(mark):
            self.impatient.append((now, "before the time that the gateway had asked for"))
        if self._doubted[mark] >= _MOST_DOUBTED:
            self.impatient.append((now, "though the gateway had it twice without an answer"))

    def lose_answers(self, number: int) -> None:
        """So many of the next messages are taken, and the server does not hear so."""
        self._unanswered = number

    def written_down(self) -> None:
        """The server has committed what it knows."""
        self._known |= {one.mark: one for one in self._under_way}
        self._under_way.clear()
        self._doubted.update(self._heard_nothing)
        self._heard_nothing.clear()

    def forgotten(self) -> None:
        """The server's power has gone, or it had no room: what it had not written down is known to nobody."""
        self._under_way.clear()
        self._heard_nothing.clear()
        self._not_before.clear()

    def gone_back(self, to: datetime) -> None:
        """The server's database is as it was at that moment."""
        self._known = {mark: one for mark, one in self._known.items() if one.at <= to}
        self._not_before.clear()
        self._doubted.clear()
