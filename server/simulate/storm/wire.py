"""The way between phones and the server, at the bytes of the wire: the API's own routes answer, and messages suffer.

No socket lies between, and no framework, but for the storms that `entrances.py` leads through the whole application.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, Protocol

from fastapi import Request, Response
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import XerodiaryError
from diary_app.core.wire import CONTACT_PATH, CURRENT, ENROL_PATH, SYNC_PATH, deflate
from diary_app.sync.http_transport import WORTH_COMPRESSING
from diary_app.sync.transport import Answer, ServerUnreachable
from server import errors
from server.api.contact import note_contact
from server.api.enrol import enrol_phone
from server.api.sync import sync_phone
from server.db.engine import is_trouble, unavailable
from server.metrics import Meters
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.counts import Befell

_SERVER_FAULT = 500
_OK = 200
_DOWN, _DIED = "down", "died"
_SPOKEN = b'"protocol":%d'


class Fate(StrEnum):
    """What happens to one request and its answer. Late ones arrive after so many hours, or just before the next."""

    ARRIVES = "arrives"
    LOST = "lost"
    UNANSWERED = "unanswered"
    TWICE = "twice"
    LATE = "late"
    CUT_REQUEST = "cut_request"
    CUT_ANSWER = "cut_answer"


#: What becomes of requests of which no server ever knows anything.
_UNKNOWN = frozenset({Fate.LOST, Fate.CUT_REQUEST, _DOWN})
#: Of an answer from a server that does not know this phone, or no more: it keeps nothing of what it was told.
_NOBODY_KNOWN = frozenset({401, 403})


@dataclass(frozen=True)
class Message:
    """A request as it travels. `body` is as it leaves the phone, compressed where the phone does that."""

    path: str
    body: bytes
    token: str | None

    def headers(self) -> dict[str, str]:
        """As the app sends it, but for its length."""
        headers = {"content-type": "application/json"}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        if self.body[:2] == b"\x1f\x8b":
            headers["content-encoding"] = "gzip"
        return headers


class ServerDown(Exception):
    """Nobody listens."""


class ServerDied(ServerDown):
    """It went down over the request, of which it may have kept what it said."""


class Listening(Protocol):
    """The server as the network sees it."""

    async def answer(self, message: Message) -> Answer:
        """Answer a request. Raises `ServerDown`, also when the server dies over it."""
        ...


@dataclass(order=True)
class _Delayed:
    due: datetime
    number: int
    message: Message = field(compare=False)


class Network:
    """Carries every phone's messages; what is late waits here until its time has come."""

    def __init__(self, world: SimulatedEnvironment, house: Listening) -> None:
        self._world = world
        self._house = house
        self.befell = Befell()
        self._delayed: list[_Delayed] = []
        self._sent = 0

    def next_due(self) -> datetime | None:
        """When the next late message arrives."""
        return min(self._delayed).due if self._delayed else None

    async def deliver(self, until: datetime) -> None:
        """What is late arrives; nobody hears the answers."""
        while self._delayed and min(self._delayed).due <= until:
            late = min(self._delayed)
            self._delayed.remove(late)
            await self._unheard(late.message)

    @property
    def now(self) -> datetime:
        """The true moment."""
        return self._world.now()

    def line(self) -> "Line":
        """One phone's way to the server."""
        return Line(self)

    async def carry(self, message: Message, fate: Fate, hours: float) -> Answer:
        """One request. Raises `ServerUnreachable`."""
        self.befell.message(fate)
        match fate:
            case Fate.LATE:
                self._sent += 1
                self._delayed.append(_Delayed(self._world.now() + timedelta(hours=hours), self._sent, message))
                raise ServerUnreachable(fate)
            case Fate.LOST:
                raise ServerUnreachable(fate)
            case Fate.TWICE:
                await self._unheard(message)
            case Fate.CUT_REQUEST:
                await self._unheard(Message(message.path, message.body[: len(message.body) // 2], message.token))
                raise ServerUnreachable(fate)
        try:
            answer = await self._house.answer(message)
        except ServerDown as error:
            raise ServerUnreachable(_DIED if isinstance(error, ServerDied) else _DOWN) from error
        if fate is Fate.UNANSWERED:
            raise ServerUnreachable(fate)
        if fate is Fate.CUT_ANSWER:
            return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.retry_after)
        return answer

    async def _unheard(self, message: Message) -> None:
        try:
            await self._house.answer(message)
        except ServerDown:
            return


class Line:
    """A `Transport`: each request takes the next of the fates that were laid out; without one it arrives.

    `heard_at`: when each answer came that came back whole, from a server that knows the phone and read what it said: a
    newer app's message is kept unread. `reached`: how many requests the server may know of, now or later. `protocol`:
    of another release of the app, where it is not this one. `turn`: waited for before a request leaves and before its
    answer is read.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._fates: list[tuple[Fate, float]] = []
        self.heard_at: list[datetime] = []
        self.reached = 0
        self.protocol: int | None = None
        self.turn: Callable[[], object] | None = None
        self._said = b""
        self._arrived_by = network.now

    @property
    def is_underway(self) -> bool:
        """Whether something that was sent here is late, and still to arrive."""
        return self._network.now < self._arrived_by

    def expect(self, fates: Sequence[str]) -> None:
        """Lay out what will happen to the next requests: `late:36` is 36 hours late."""
        parted = (one.partition(":") for one in fates)
        self._fates = [(Fate(name), float(hours or 0)) for name, _, hours in parted]

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        """See `Transport.post`."""
        self._wait()
        fate, hours = self._fates.pop(0) if self._fates else (Fate.ARRIVES, 0.0)
        if self.protocol is not None and path == SYNC_PATH:
            self._network.befell.spoke(self.protocol, CURRENT.number)
            body = body.replace(_SPOKEN % CURRENT.number, _SPOKEN % self.protocol, 1)
        message = Message(path, deflate(body) if len(body) >= WORTH_COMPRESSING else body, token)
        if fate is Fate.LATE:
            self._arrived_by = max(self._arrived_by, self._network.now + timedelta(hours=hours))
        self._network.befell.enrolment(fate, is_one=path == ENROL_PATH)
        try:
            answer = await self._network.carry(message, fate, hours)
        except ServerUnreachable as failed:
            self.reached += str(failed) not in _UNKNOWN
            raise
        self.reached += 1
        is_read = path != SYNC_PATH or self.protocol is None or self.protocol <= CURRENT.number
        if is_read and fate is not Fate.CUT_ANSWER and answer.status not in _NOBODY_KNOWN:
            self.heard_at.append(self._network.now)
            self._said = answer.body
        self._wait()
        return answer

    async def beside(self, path: str, body: bytes, token: str, fate: str) -> Answer:
        """What is posted past the app, which hears nothing of it. Raises `ServerUnreachable`."""
        name, _, hours = fate.partition(":")
        return await self._network.carry(Message(path, body, token), Fate(name), float(hours or 0))

    def was_killed(self, nonces: Iterable[str]) -> None:
        """What came just now and was not taken in, as the `nonces` that are kept show, is no contact of the phone's."""
        came_now = bool(self.heard_at) and self.heard_at[-1] == self._network.now
        if came_now and not any(nonce.encode() in self._said for nonce in nonces):
            self.heard_at.pop()

    def _wait(self) -> None:
        if self.turn is not None:
            self.turn()


def held_back(fates: Sequence[str]) -> timedelta:
    """How long after it was sent the last of them arrives."""
    late = [float(hours) for name, _, hours in (one.partition(":") for one in fates) if name == Fate.LATE]
    return timedelta(hours=max(late, default=0))


Route = Callable[[Request, Services], Awaitable[Response]]


class Door:
    """The API's own routes, asked without a framework around them."""

    def __init__(self) -> None:
        self._app = SimpleNamespace(state=SimpleNamespace(meters=Meters()))

    async def answer(self, services: Services, message: Message) -> Answer:
        """What the server says, refusals included."""
        try:
            response = await self._route(message, services)
        except XerodiaryError as error:
            return _refusal(error)
        except DBAPIError as error:
            if not is_trouble(error):
                raise
            return _refusal(unavailable(error))
        return Answer(response.status_code, bytes(response.body))

    async def _route(self, message: Message, services: Services) -> Response:
        request = Request(self._scope(message), _receiving(message.body))
        if message.path == ENROL_PATH:
            return await enrol_phone(request, services, "203.0.113.7")
        if message.path == CONTACT_PATH:
            return await note_contact(request, services)
        assert message.path == SYNC_PATH
        return await sync_phone(request, services)

    def _scope(self, message: Message) -> dict[str, Any]:
        length = {"content-length": str(len(message.body))}
        headers = [(name.encode(), value.encode()) for name, value in (message.headers() | length).items()]
        return {"type": "http", "method": "POST", "path": message.path, "headers": headers, "app": self._app}


def _receiving(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _refusal(error: XerodiaryError) -> Answer:
    said, status = errors.answer_for(error)
    body = json.dumps(said.model_dump(mode="json", exclude_none=True)).encode()
    return Answer(status, body, said.retry_after)


def is_fault(answer: Answer) -> bool:
    """Whether the server failed in a way that it should not."""
    return answer.status == _SERVER_FAULT
