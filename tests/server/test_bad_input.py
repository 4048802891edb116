"""What phones, proxies and strangers send that is no proper request: a stable code, a remedy, and nothing lost."""

import gzip
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from diary_app.core.errors import Code
from diary_app.core.records import GENESIS, chain_hash
from diary_app.core.wire import (
    ENROL_PATH,
    MAX_BODY_BYTES,
    SYNC_PATH,
    EnrolAnswer,
    ErrorAnswer,
    SyncAnswer,
    deflate,
    inflate,
)
from server.db import quarantine
from server.db.engine import reading
from server.intake.salvage import remains_of
from server.services import Services
from tests.conftest import ALICE
from tests.server.handset import Handset, add, ready


@pytest.fixture
def services(app: FastAPI) -> Services:
    """Those of the running server."""
    services: Services = app.state.services
    return services


@pytest.fixture
def alice(services: Services) -> Handset:
    return ready(services, ALICE)


class Line:
    """Alice's phone speaking HTTP."""

    def __init__(self, client: httpx.AsyncClient, handset: Handset) -> None:
        self._client, self._handset = client, handset

    async def send(self, body: bytes, **headers: str) -> httpx.Response:
        bearer = {"authorization": f"Bearer {self._handset.token}"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.post(SYNC_PATH, content=body, headers={**bearer, **named})

    async def refused(self, body: bytes, **headers: str) -> ErrorAnswer:
        response = await self.send(body, **headers)
        assert response.status_code >= 400
        error = ErrorAnswer.model_validate_json(response.content)
        assert error.message
        assert error.remedy
        return error


@pytest.fixture
def line(client: httpx.AsyncClient, alice: Handset) -> Line:
    return Line(client, alice)


def request(handset: Handset, **changes: Any) -> bytes:
    """A request with fields as they must not be."""
    return json.dumps({**json.loads(handset.request().model_dump_json(exclude_none=True)), **changes}).encode()


def set_aside(services: Services) -> list[tuple[str, str]]:
    with reading(services.engine) as connection:
        return [(row.code, row.data.decode()) for row in quarantine.unresolved(connection, [ALICE])]


def bomb() -> bytes:
    return gzip.compress(bytes(20 * MAX_BODY_BYTES))


# ---- bodies -------------------------------------------------------------------------------------------------


async def test_plain_and_compressed_requests_are_understood(line: Line, alice: Handset) -> None:
    alice.record("app_event", what="opened")
    first = await line.send(request(alice))
    again = await line.send(deflate(request(alice)), content_encoding="gzip")
    assert (
        SyncAnswer.model_validate_json(first.content).receipts == SyncAnswer.model_validate_json(again.content).receipts
    )


async def test_large_answers_are_compressed_where_that_is_read(line: Line, alice: Handset) -> None:
    response = await line.send(request(alice, cursor=0), accept_encoding="gzip")
    plain = await line.send(request(alice, cursor=0), accept_encoding="identity")
    assert response.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert SyncAnswer.model_validate_json(response.content).facts == SyncAnswer.model_validate_json(plain.content).facts


async def test_the_content_type_does_not_matter(line: Line, alice: Handset) -> None:
    assert (await line.send(request(alice), content_type="text/plain")).status_code == 200


async def test_a_body_of_five_megabytes_is_too_large(line: Line) -> None:
    assert (await line.refused(bytes(5 * MAX_BODY_BYTES))).code is Code.BODY_TOO_LARGE


async def test_a_body_that_hides_its_length_is_too_large_too(client: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(200):
            yield bytes(64 * 1024)

    response = await client.post(SYNC_PATH, content=endless())
    assert (response.status_code, response.json()["code"]) == (413, Code.BODY_TOO_LARGE)


async def test_a_gzip_bomb_is_too_large(line: Line) -> None:
    assert len(bomb()) < MAX_BODY_BYTES
    assert (await line.refused(bomb(), content_encoding="gzip")).code is Code.BODY_TOO_LARGE


@pytest.mark.parametrize("body", [b"", b"\x1f\x8b", b"not gzip", deflate(b"{}")[:-4], deflate(b"{}") + b"more"])
async def test_invalid_gzip_is_said_to_be(line: Line, body: bytes) -> None:
    assert (await line.refused(body, content_encoding="gzip")).code is Code.BODY_NOT_GZIP


async def test_an_encoding_nobody_agreed_on_is_refused(line: Line) -> None:
    assert (await line.refused(b"{}", content_encoding="br")).code is Code.BODY_NOT_GZIP


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"protocol": 1}', b"[" * 100_000])
async def test_what_is_no_request_is_invalid(line: Line, body: bytes) -> None:
    assert (await line.refused(body)).code is Code.REQUEST_INVALID


# ---- who is asking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer \xe6\xf8\xe5"])
async def test_without_the_right_token_nothing_is_stored(
    client: httpx.AsyncClient, alice: Handset, services: Services, header: str
) -> None:
    body = request(alice, records=["something"])
    response = await client.post(SYNC_PATH, content=body, headers={"authorization": header.encode("latin-1")})
    assert ErrorAnswer.model_validate_json(response.content).code is Code.DEVICE_UNKNOWN
    assert set_aside(services) == []


async def test_a_stranger_cannot_fill_the_quarantine(
    client: httpx.AsyncClient, alice: Handset, services: Services
) -> None:
    response = await client.post(SYNC_PATH, content=request(alice, head="?", records=["something"]))
    assert response.json()["code"] == Code.DEVICE_UNKNOWN
    assert set_aside(services) == []


# ---- requests that cannot be answered but carry data ---------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"head": "?"}, {"cursor": -1}, {"cursor": 2**63}, {"pending": "many"}, {"device_clock": "yesterday"},
        {"epoch": "x"}, {"app_version": "\0"}, {"head": {"sequence": 10**40, "hash": GENESIS}},
    ],
)  # fmt: skip
async def test_records_in_an_invalid_request_are_kept(
    line: Line, alice: Handset, services: Services, change: dict[str, Any]
) -> None:
    entry = alice.record("app_event", what="opened")
    assert (await line.refused(request(alice, **change))).code is Code.REQUEST_INVALID
    assert set_aside(services) == [("request_invalid", entry.text)]


async def test_a_request_whose_records_are_no_texts_is_kept_whole(
    line: Line, alice: Handset, services: Services
) -> None:
    body = request(alice, records=[{"id": 1}])
    assert (await line.refused(body)).code is Code.REQUEST_INVALID
    assert set_aside(services) == [("request_invalid", body.decode())]


async def test_more_records_than_a_batch_are_kept(line: Line, alice: Handset, services: Services) -> None:
    body = request(alice, records=[f"text {number}" for number in range(201)])
    assert (await line.refused(body)).code is Code.REQUEST_INVALID
    assert len(set_aside(services)) == 201


async def test_more_texts_than_any_phone_sends_are_kept_as_one(line: Line, alice: Handset, services: Services) -> None:
    body = request(alice, records=[""] * 200_000)
    assert (await line.refused(body)).code is Code.REQUEST_INVALID
    assert set_aside(services) == [("request_invalid", body.decode())]


def test_texts_are_not_read_before_it_is_known_whose_they_are(services: Services) -> None:
    remains = remains_of(b'{"device":"x","records":["?"]}')
    assert remains is not None
    assert (remains.records, len(remains.carried(services.sealing.open))) == (["?"], 1)


async def test_grading_does_not_load_what_nobody_can_read(line: Line, alice: Handset, services: Services) -> None:
    await line.send(request(alice, records=["?" * 100_000, alice.record("app_event", what="opened").text], protocol=2))
    with reading(services.engine) as connection:
        known = {one.data is None for one in quarantine.doubts(connection, [ALICE])}
    assert known == {True, False}


async def test_what_does_not_fit_into_quarantine_stays_on_the_phone(
    line: Line, alice: Handset, services: Services
) -> None:
    services.settings.quarantine_limit = 10
    body = request(alice, protocol=2, records=[f"text {number}" for number in range(11)])
    assert (await line.refused(body)).code is Code.QUARANTINE_FULL
    assert len(set_aside(services)) == 10


async def test_a_newer_protocol_is_refused_and_its_records_kept(line: Line, alice: Handset, services: Services) -> None:
    entry = alice.record("app_event", what="opened")
    error = await line.refused(request(alice, protocol=2))
    assert (error.code, error.newest_protocol) == (Code.PROTOCOL_TOO_NEW, 1)
    assert error.retry_after
    assert set_aside(services) == [("protocol_too_new", entry.text)]
    assert alice.sync().receipts[0].accepted
    assert set_aside(services) == [], "once the chain holds it, nothing waits for anybody"


async def test_an_older_protocol_may_empty_its_queue(line: Line, alice: Handset) -> None:
    entry = alice.record("app_event", what="opened")
    answer = SyncAnswer.model_validate_json((await line.send(request(alice, protocol=0))).content)
    assert ([one.id for one in answer.receipts], answer.directive) == ([entry.id], "update_app")


async def test_a_record_over_64_kib_is_set_aside(line: Line, alice: Handset, services: Services) -> None:
    text = alice.record("app_event", what="x").text.replace('"x"', f'"{"x" * 70_000}"')
    response = await line.send(request(alice, records=[text]))
    (receipt,) = SyncAnswer.model_validate_json(response.content).receipts
    assert (receipt.id, receipt.accepted, receipt.code) == ("", False, Code.RECORD_TOO_LARGE)
    assert set_aside(services) == [("record_too_large", text)]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": 1.5}', "\x00", "æøå", '{"a":1,"a":2}', "[" * 5000])
async def test_text_that_is_no_record_is_set_aside(line: Line, alice: Handset, services: Services, text: str) -> None:
    response = await line.send(request(alice, records=[text]))
    (receipt,) = SyncAnswer.model_validate_json(response.content).receipts
    assert (receipt.accepted, receipt.code) == (False, Code.RECORD_MALFORMED)
    assert set_aside(services) == [("record_malformed", text)]


async def test_a_record_with_strange_values_is_stored_or_set_aside(
    line: Line, alice: Handset, services: Services
) -> None:
    odd = {"captured_at": 7, "instrument": ["x"], "diary_day": "9999-99-99", "practice": "no", "zone": "../../etc"}
    for kind in ("entry", "zone", "choice", "training", "draft_day"):
        alice.record(kind, **odd)
    answer = SyncAnswer.model_validate_json((await line.send(request(alice))).content)
    assert [one.code for one in answer.receipts] == [
        Code.ENTRY_INVALID, Code.FACT_INVALID, Code.FACT_INVALID, Code.FACT_INVALID, None,
    ]  # fmt: skip
    assert answer.have_through == alice.head


# ---- enrolment ----------------------------------------------------------------------------------------------


async def enrolled(client: httpx.AsyncClient, handset: Handset, code: str, **changes: Any) -> httpx.Response:
    body = json.loads(handset.enrol_request(code).model_dump_json())
    return await client.post(ENROL_PATH, content=json.dumps({**body, **changes}).encode())


async def test_enrolling_over_http(client: httpx.AsyncClient, services: Services) -> None:
    response = await enrolled(client, Handset(services), add(services, ALICE))
    assert EnrolAnswer.model_validate_json(response.content).participant == ALICE


@pytest.mark.parametrize(("protocol", "code"), [(0, Code.PROTOCOL_TOO_OLD), (2, Code.PROTOCOL_TOO_NEW)])
async def test_enrolling_with_another_protocol(
    client: httpx.AsyncClient, services: Services, protocol: int, code: Code
) -> None:
    response = await enrolled(client, Handset(services), add(services, ALICE), protocol=protocol)
    error = ErrorAnswer.model_validate_json(response.content)
    assert (error.code, bool(error.remedy)) == (code, True)


async def test_guessing_codes_over_http_ends_in_a_wait(client: httpx.AsyncClient, services: Services) -> None:
    handset = Handset(services)
    codes = [await enrolled(client, handset, "0000-0000-0008") for _ in range(2)]
    assert {one.json()["code"] for one in codes} <= {Code.CODE_MALFORMED, Code.CODE_UNKNOWN}
    unknown = next(code for code in _well_formed())
    for _ in range(services.settings.enrol_tries_per_hour):
        await enrolled(client, handset, unknown)
    response = await enrolled(client, handset, unknown)
    assert (response.status_code, response.json()["code"]) == (429, Code.TOO_MANY_TRIES)
    assert int(response.headers["retry-after"]) > 0


def _well_formed() -> list[str]:
    from diary_app.core.enrolment_code import code_from

    return [code_from(bytes(range(7)))]


# ---- receipts -----------------------------------------------------------------------------------------------


async def test_a_receipt_echoes_what_the_phone_can_compute(line: Line, alice: Handset) -> None:
    record = alice.record("app_event", what="opened")
    response = await line.send(deflate(request(alice)), content_encoding="gzip", accept_encoding="identity")
    (receipt,) = SyncAnswer.model_validate_json(response.content).receipts
    assert receipt.hash == chain_hash(record.previous, record.text)


def test_the_limit_of_inflating_is_that_of_bodies() -> None:
    assert inflate(deflate(bytes(MAX_BODY_BYTES))) == bytes(MAX_BODY_BYTES)
