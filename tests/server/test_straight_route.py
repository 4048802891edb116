"""Syncs go without FastAPI's detours (decision 43): what is answered is what its usual route would have answered."""

import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.wire import MAX_BODY_BYTES, SYNC_PATH
from server.routing import StraightRoute
from tests.conftest import ALICE
from tests.server.handset import Handset, ready
from tests.server.test_bad_input import request

Send = Callable[..., Awaitable[httpx.Response]]
#: What is another at each answer.
_BY_CHANCE = {"x-request-id"}


@pytest.fixture
def alice(app: FastAPI) -> Handset:
    return ready(app.state.services, ALICE)


@pytest.fixture
def both(app: FastAPI, client: httpx.AsyncClient) -> Send:
    """Asks by the one route and then by the other; the answer, which both gave."""
    routes = app.router.routes
    (at,) = [place for place, route in enumerate(routes) if isinstance(route, StraightRoute)]
    straight = routes[at]
    assert isinstance(straight, StraightRoute)
    usual = APIRoute(straight.path, straight.endpoint, methods=["POST"])

    async def ask(method: str = "POST", path: str = SYNC_PATH, **given: Any) -> httpx.Response:
        routes[at] = straight
        first = await client.request(method, path, **given)
        routes[at] = usual
        second = await client.request(method, path, **given)
        assert said(first) == said(second)
        return first

    return ask


def said(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    headers = {name: value for name, value in answer.headers.items() if name not in _BY_CHANCE}
    body: Any = answer.json() if answer.content else None
    if answer.status_code == 200:
        del body["nonce"], headers["content-length"]
    if answer.status_code == 500:
        del body["message"]  # names the request
    return answer.status_code, headers, body


def bearer(handset: Handset, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {handset.token}", **more}


async def test_a_sync_is_answered_alike(both: Send, alice: Handset) -> None:
    alice.record("app_event", what="opened")
    body = request(alice)
    answer = await both(content=body, headers=bearer(alice))
    assert answer.json()["have_through"]["sequence"] == alice.head.sequence
    packed = bearer(alice, **{"content-encoding": "gzip", "accept-encoding": "gzip"})
    assert (await both(content=gzip.compress(body), headers=packed)).status_code == 200


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (400, {"content": b""}),
        (400, {"content": b"\x00\xff{"}),
        (400, {"content": b"[]"}),
        (400, {"content": b"no gzip", "headers": {"content-encoding": "gzip"}}),
        (413, {"content": bytes(MAX_BODY_BYTES + 1)}),
        (413, {"content": gzip.compress(bytes(20 * MAX_BODY_BYTES)), "headers": {"content-encoding": "gzip"}}),
        (405, {"method": "GET"}),
        (405, {"method": "HEAD"}),
        (405, {"method": "OPTIONS", "headers": {"origin": "https://elsewhere.example"}}),
        (307, {"path": f"{SYNC_PATH}/"}),
        (404, {"path": f"{SYNC_PATH}x"}),
    ],
)
async def test_what_is_no_request_is_refused_alike(both: Send, status: int, given: dict[str, Any]) -> None:
    assert (await both(**given)).status_code == status


async def test_whoever_is_not_known_is_refused_alike(both: Send, alice: Handset) -> None:
    for headers in ({}, {"authorization": "Bearer nobody"}, {"authorization": alice.token}):
        assert (await both(content=request(alice), headers=headers)).status_code == 403
    newer = json.dumps({**json.loads(request(alice)), "protocol": 99}).encode()
    assert (await both(content=newer, headers=bearer(alice))).json()["code"] == Code.PROTOCOL_TOO_NEW


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (RuntimeError("nobody foresaw it"), 500),
        (RequestRefused(Code.SERVER_BUSY, "Busy.", "Try again.", retry_after=5), 503),
        (OperationalError("SELECT 1", {}, Exception("gone"), connection_invalidated=True), 503),
        (NoConnectionFree("none free"), 503),
    ],
)
async def test_what_fails_is_told_alike(
    both: Send, alice: Handset, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fails(*_: object) -> NoReturn:
        raise fault

    monkeypatch.setattr(alice.services.writer, "submit", fails)
    answer = await both(content=request(alice), headers=bearer(alice))
    assert answer.status_code == status
    assert answer.json()["code"]
    assert ("retry-after" in answer.headers) is (status == 503)
