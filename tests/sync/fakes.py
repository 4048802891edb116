"""Ten-line stand-ins for a network, and a server that only keeps chains."""

import json
from collections.abc import Callable
from typing import Any

from diary_app.core.environment import Environment
from diary_app.core.facts import DeviceState
from diary_app.core.records import GENESIS, parse
from diary_app.core.wire import ENROL_PATH, ChainHead, Receipt, SyncAnswer, SyncRequest
from diary_app.sync.transport import Answer, ServerUnreachable
from tests.storage.phones import EPOCH, answer

Change = Callable[[SyncAnswer], SyncAnswer]


class Silence:
    """No network; counts the tries."""

    def __init__(self) -> None:
        self.tries = 0

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        self.tries += 1
        raise ServerUnreachable("no network")


class ChainKeeper:
    """Receipts everything, remembers nothing but chains. `say` is said first, one reply a request; then it works."""

    def __init__(self, environment: Environment, *say: Answer | Exception) -> None:
        self.environment = environment
        self.say = list(say)
        self.requests: list[SyncRequest] = []
        self.held: dict[str, list[str]] = {}
        self.change: Change = lambda answer: answer
        self.before_answer: Callable[[], Any] = lambda: None

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        if path == ENROL_PATH:
            return Answer(200, answer(self.environment).model_dump_json().encode())
        request = SyncRequest.model_validate_json(body)
        self.requests.append(request)
        if self.say:
            return self._reply(self.say.pop(0))
        self.before_answer()
        return Answer(200, self.change(self._took(request)).model_dump_json().encode())

    def sent(self) -> list[int]:
        """The sequences of every record in every request."""
        return [json.loads(text)["sequence"] for request in self.requests for text in request.records]

    def _reply(self, said: Answer | Exception) -> Answer:
        if isinstance(said, Exception):
            raise said
        return said

    def _took(self, request: SyncRequest) -> SyncAnswer:
        chain = self.held.setdefault(request.device, [])
        records = [parse(text) for text in request.records]
        for record in records:
            if record.sequence == len(chain) + 1:
                chain.append(record.hash)
        known = [record for record in records if record.sequence <= len(chain)]
        now = self.environment.now()
        return SyncAnswer(
            protocol=1, epoch=EPOCH, nonce=f"n{len(self.requests)}", device_state=DeviceState.ACTIVE,
            receipts=tuple(Receipt(id=one.id, hash=one.hash, accepted=True, received_at=now) for one in known),
            have_through=ChainHead(sequence=len(chain), hash=chain[-1] if chain else GENESIS),
            facts=(), days=(), cursor=request.cursor, more=False, study_version="1", server_time=now,
        )  # fmt: skip


def refusal(status: int, code: str, retry_after: int | None = None) -> Answer:
    """An answer in the form of the protocol's errors."""
    error = {"code": code, "message": "It cannot be answered.", "remedy": "Try again.", "retry_after": retry_after}
    return Answer(status, json.dumps(error).encode())
