"""The protocol: bodies that lie about themselves, messages that make no sense, fields of a newer version."""

import gzip
import json
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.records import GENESIS
from diary_app.core.wire import (
    CURRENT,
    MAX_BATCH,
    MAX_BODY_BYTES,
    OLDEST,
    ChainHead,
    EnrolRequest,
    ErrorAnswer,
    Receipt,
    SyncRequest,
    deflate,
    inflate,
)
from tests.core.evenings import PHONE, uuid

SYNC: dict[str, Any] = {
    "protocol": CURRENT.number,
    "device": PHONE,
    "device_clock": "2026-11-22T19:30:00.000Z",
    "cursor": 0,
    "epoch": uuid(9),
    "pending": 0,
    "head": {"sequence": 0, "hash": GENESIS},
    "nonce": "",
    "app_version": "0.1.0",
}


def refusal(body: bytes, limit: int = MAX_BODY_BYTES) -> Code:
    with pytest.raises(RequestRefused) as caught:
        inflate(body, limit)
    return caught.value.code


@given(st.binary(max_size=2000))
def test_what_is_deflated_is_inflated(body: bytes) -> None:
    assert inflate(deflate(body)) == body
    assert gzip.decompress(deflate(body)) == body


def test_the_same_body_gives_the_same_bytes() -> None:
    """Whenever: two of one second would agree although gzip's time stood in them, which is in bytes 4 to 7."""
    deflated = deflate(b"dry" * 100)
    assert deflated == deflate(b"dry" * 100)
    assert deflated[4:8] == bytes(4)


def test_gzip_of_others_is_read() -> None:
    assert inflate(gzip.compress(b"{}")) == b"{}"


@given(st.binary(max_size=300))
def test_any_bytes_are_inflated_or_refused(body: bytes) -> None:
    with suppress(RequestRefused):
        assert deflate(inflate(body))


@given(st.binary(min_size=1, max_size=500), st.data())
def test_a_truncated_body_is_refused(body: bytes, data: st.DataObject) -> None:
    whole = deflate(body)

    assert refusal(whole[: data.draw(st.integers(0, len(whole) - 1))]) is Code.BODY_NOT_GZIP


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"\x1f\x8b", deflate(b"{}") + b"more", deflate(b"{}") * 2, zlib.compress(b"{}")],
    ids=["empty", "plain", "header only", "trailing bytes", "two members", "zlib"],
)
def test_what_is_not_one_whole_gzip_member_is_refused(body: bytes) -> None:
    assert refusal(body) is Code.BODY_NOT_GZIP


def test_a_changed_check_sum_is_refused() -> None:
    whole = bytearray(deflate(b"a whole body"))
    whole[-5] ^= 1

    assert refusal(bytes(whole)) is Code.BODY_NOT_GZIP


def test_a_bomb_is_refused() -> None:
    bomb = deflate(bytes(300 * 1024 * 1024 // 8))

    assert len(bomb) < MAX_BODY_BYTES
    assert refusal(bomb) is Code.BODY_TOO_LARGE


def test_a_bomb_in_a_bomb_is_opened_once() -> None:
    assert inflate(deflate(deflate(bytes(2 * MAX_BODY_BYTES))))[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(("size", "refused"), [(99, False), (100, False), (101, True), (100_000, True)])
def test_the_limit_is_exact(size: int, refused: bool) -> None:
    body = deflate(bytes(size))

    if refused:
        assert refusal(body, limit=100) is Code.BODY_TOO_LARGE
    else:
        assert len(inflate(body, limit=100)) == size


@pytest.mark.parametrize(
    "change",
    [
        {"head": {"sequence": 0, "hash": GENESIS[:-1]}},
        {"head": {"sequence": 0, "hash": GENESIS + "\n"}},
        {"head": {"sequence": 0, "hash": "G" * 64}},
        {"head": {"sequence": -1, "hash": GENESIS}},
        {"device": PHONE.upper()},
        {"device": PHONE + "\n"},
        {"epoch": "unknown"},
        {"cursor": -1},
        {"cursor": 2**53},
        {"pending": -1},
        {"pending": 2**53},
        {"nonce": "n" * 65},
        {"nonce": "\0"},
        {"app_version": "0.1.0\0"},
        {"app_version": "v" * 41},
        {"device_clock": "2026-11-22T19:30:00"},
        {"device_clock": 1795375800},
        {"device_clock": None},
        {"records": ["{}"] * (MAX_BATCH + 1)},
        {"records": [{}]},
        {"successor": {"device": PHONE, "token_sha256": "secret"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_request_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SyncRequest.model_validate_json(json.dumps({**SYNC, **change}))


def test_a_full_batch_is_accepted() -> None:
    request = SyncRequest.model_validate_json(json.dumps({**SYNC, "records": ["{}"] * MAX_BATCH}))

    assert len(request.records) == MAX_BATCH


@given(st.sampled_from(sorted(SYNC)), st.none() | st.integers() | st.text() | st.lists(st.text(), max_size=3))
def test_any_json_is_a_request_or_invalid(field: str, value: Any) -> None:
    with suppress(ValidationError):
        request = SyncRequest.model_validate_json(json.dumps({**SYNC, field: value}))
        assert SyncRequest.model_validate_json(request.model_dump_json()) == request


def test_fields_of_a_newer_version_are_kept() -> None:
    sent = {**SYNC, "battery": 80, "head": {**SYNC["head"], "since": "monday"}}

    received = SyncRequest.model_validate_json(json.dumps(sent))

    assert json.loads(received.model_dump_json(exclude_defaults=True)) == sent


def test_moments_cross_the_wire_with_milliseconds() -> None:
    sent = SyncRequest.model_validate(SYNC)

    assert json.loads(sent.model_dump_json())["device_clock"] == SYNC["device_clock"]
    assert SyncRequest.model_validate_json(sent.model_dump_json()) == sent


def test_a_receipt_names_bytes_that_could_not_be_read() -> None:
    receipt = Receipt.model_validate(
        {
            "id": "",
            "hash": "ab" * 32,
            "accepted": False,
            "code": "record_malformed",
            "received_at": SYNC["device_clock"],
        }
    )

    assert receipt.code is Code.RECORD_MALFORMED


def test_an_error_says_which_protocols_are_spoken() -> None:
    answer = ErrorAnswer(code=Code.PROTOCOL_TOO_OLD, message="Too old.", remedy="Update the app.")

    assert (answer.oldest_protocol, answer.newest_protocol) == (OLDEST.number, CURRENT.number)


def test_a_code_longer_than_anybody_types_is_refused() -> None:
    with pytest.raises(ValidationError):
        EnrolRequest(
            protocol=1,
            code="0" * 65,
            device=PHONE,
            token_sha256=GENESIS,
            device_clock=SYNC["device_clock"],
            app_version="1",
        )


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        ChainHead(sequence=0, hash=GENESIS).sequence = 1  # type: ignore[misc]
