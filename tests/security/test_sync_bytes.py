"""Bytes that no phone writes: each gets a clear refusal, on both databases, and what came before and after is kept."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from httpx import AsyncClient, Response

from diary_app.core.errors import Code
from diary_app.core.wire import MAX_BODY_BYTES, SYNC_PATH, ErrorAnswer, SyncAnswer, deflate
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.asked_over_http import asked
from tests.server.handset import Handset, ready
from tests.server.keeping import kept

Body = Callable[[dict[str, Any]], bytes]


def with_value(name: str, raw: str) -> Body:
    """The request with this text where the value was."""

    def made(request: dict[str, Any]) -> bytes:
        return json.dumps({**request, name: "@@"}).replace('"@@"', raw).encode("utf-8", "surrogatepass")

    return made


STRANGE: dict[str, Body] = {
    "nothing": lambda _: b"",
    "half": lambda request: json.dumps(request).encode()[: len(json.dumps(request)) // 2],
    "a list": lambda request: json.dumps([request]).encode(),
    "twice": lambda request: json.dumps(request).encode() * 2,
    "deep": with_value("records", "[" * 100_000),
    "deep and closed": with_value("records", "[" * 50_000 + "]" * 50_000),
    "deep objects": with_value("records", '{"a":' * 50_000 + "1" + "}" * 50_000),
    "a number of digits": with_value("pending", "9" * 5000),
    "a number past all columns": with_value("cursor", str(2**63)),
    "a number below": with_value("cursor", str(-(2**63) - 1)),
    "an exponent": with_value("pending", "1e400"),
    "NaN": with_value("pending", "NaN"),
    "minus infinity": with_value("cursor", "-Infinity"),
    "a zero byte": with_value("app_version", '"\\u0000"'),
    "a raw zero byte": with_value("app_version", '"\0"'),
    "half a character": with_value("nonce", '"\\ud800"'),
    "half a character in a record": with_value("records", '["\\ud800"]'),
    "a zero byte in a record": with_value("records", '["\\u0000"]'),
    "raw half a character": with_value("nonce", '"\ud800"'),
    "another encoding": lambda request: json.dumps(request).encode("utf-16"),
    "a mark of bytes": lambda request: b"\xef\xbb\xbf" + json.dumps(request).encode(),
    "a zero byte for a device": with_value("device", '"\\u0000"'),
    "a text for a list": with_value("records", '"records"'),
    "an object for a list": with_value("records", '{"0": "a"}'),
    "numbers for records": with_value("records", "[1, 2.5, null, true, {}]"),
    "a key twice": lambda request: json.dumps(request).encode()[:-1] + b', "pending": 7}',
    "the device twice": lambda request: (
        json.dumps(request).encode()[:-1] + b', "device": "00000000-0000-4000-8000-000000000000"}'
    ),
    "large": with_value("records", f'["{"a" * (MAX_BODY_BYTES + 1)}"]'),
}


class Phone:
    def __init__(self, runner: asyncio.Runner, client: AsyncClient, handset: Handset) -> None:
        self.handset, self._runner, self._client = handset, runner, client

    def post(self, body: bytes, **headers: str) -> Response:
        bearer = {"authorization": f"Bearer {self.handset.token}", **headers}
        return self._runner.run(self._client.post(SYNC_PATH, content=body, headers=bearer))

    def request(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.handset.request().model_dump_json(exclude_none=True))
        return found


@pytest.fixture
def phone(settings: Settings, clock: SimulatedEnvironment) -> Iterator[Phone]:
    with asked(settings, clock) as (runner, client, services):
        yield Phone(runner, client, ready(services, ALICE))


def test_strange_bytes_cost_nothing_that_is_there(phone: Phone) -> None:
    before = kept(phone.handset.services)
    for name, made in STRANGE.items():
        for packed in (False, True):
            body = made(phone.request())
            answer = phone.post(deflate(body), **{"content-encoding": "gzip"}) if packed else phone.post(body)
            if answer.status_code != 200:
                refusal = ErrorAnswer.model_validate_json(answer.content)
                assert refusal.code in set(Code), name
                assert refusal.remedy, name
                assert answer.status_code < 500, (name, refusal)
    assert before <= kept(phone.handset.services)
    evening = phone.handset.train()
    answer = phone.post(json.dumps(phone.request()).encode())
    assert answer.status_code == 200, answer.text
    assert SyncAnswer.model_validate_json(answer.content).receipts[-1].id == evening.id
    assert evening.text.encode() in kept(phone.handset.services)
