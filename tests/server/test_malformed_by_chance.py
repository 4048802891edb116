"""Whatever bytes arrive: an answer with a stable code, and nothing of what was authenticated is lost."""

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from httpx import AsyncClient, Response
from hypothesis import HealthCheck, given
from hypothesis import settings as chance
from hypothesis import strategies as st

from diary_app.core.wire import CONTACT_PATH, ENROL_PATH, SYNC_PATH, ErrorAnswer, SyncAnswer, deflate
from server.intake.arrivals import as_bytes
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.asked_over_http import asked
from tests.server.handset import Handset, new_code, ready
from tests.server.keeping import kept

bounded = chance(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
OK, TOO_LARGE, BUSY, FAULT = 200, 413, 503, 500

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
any_text = st.text(st.characters(), max_size=40)  # lone surrogates and control characters too
places = st.sampled_from(
    ["protocol", "device_clock", "cursor", "epoch", "pending", "head", "nonce", "app_version", "records",
     "successor", "study_sha256", "wordings", "push", "head.sequence", "head.hash", "unheard_of"]
)  # fmt: skip
changes = st.dictionaries(places, anything | st.just("gone"), max_size=3)


class Phone:
    """Alice's phone over HTTP, with something always to send."""

    def __init__(self, runner: asyncio.Runner, client: AsyncClient, services: Services) -> None:
        self.services, self.handset = services, ready(services, ALICE)
        self._runner, self._client = runner, client

    def post(self, path: str, body: bytes, *, packed: bool = False, token: str | None = None) -> Response:
        bearer = {"authorization": f"Bearer {self.handset.token if token is None else token}"}
        encoding = {"content-encoding": "gzip"} if packed else {}
        return self._runner.run(self._client.post(path, content=body, headers={**bearer, **encoding}))

    def request(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.handset.request().model_dump_json(exclude_none=True))
        return found


@pytest.fixture
def phone(settings: Settings, clock: SimulatedEnvironment) -> Iterator[Phone]:
    with asked(settings, clock) as (runner, client, services):
        phone = Phone(runner, client, services)
        clock.advance(days=1)
        yield phone


def answered(response: Response) -> None:
    """A proper answer, or a refusal with a code that is not a fault of the house."""
    if response.status_code == OK:
        return
    refusal = ErrorAnswer.model_validate_json(response.content)
    assert refusal.message
    assert refusal.remedy
    assert response.status_code < FAULT or response.status_code == BUSY, refusal


def changed(request: dict[str, Any], to: dict[str, Any]) -> dict[str, Any]:
    made = deepcopy(request)
    for place, value in to.items():
        *path, name = place.split(".")
        part = made
        for step in path:
            part = part[step] if isinstance(part.get(step), dict) else {}
        if value == "gone":
            part.pop(name, None)
        else:
            part[name] = value
    return made


def spoiled(text: str, name: str, value: Any) -> str:
    """A record with another value somewhere."""
    return json.dumps({**json.loads(text), name: value})


@bounded
@given(changes=changes, texts=st.lists(any_text, max_size=3), name=st.sampled_from(["id", "body", "sequence", "kind"]),
       value=anything, packed=st.booleans())  # fmt: skip
def test_what_a_known_phone_sends_is_kept(
    phone: Phone, changes: dict[str, Any], texts: list[str], name: str, value: Any, packed: bool
) -> None:
    made = phone.handset.record("app_event", what=len(phone.handset.records))
    request = phone.request()
    request["records"] = [*request["records"], spoiled(made.text, name, value), *texts]
    request = changed(request, changes)
    body = json.dumps(request).encode()
    response = phone.post(SYNC_PATH, deflate(body) if packed else body, packed=packed)
    answered(response)
    sent = request.get("records", [])
    if isinstance(sent, list) and all(isinstance(one, str) for one in sent) and response.status_code != BUSY:
        assert {as_bytes(one) for one in sent} <= kept(phone.services)
    elif response.status_code not in (OK, BUSY):
        assert body in kept(phone.services)
    if response.status_code == OK:
        phone.handset.have = SyncAnswer.model_validate_json(response.content).have_through.sequence


@bounded
@given(body=st.binary(max_size=200), packed=st.booleans(), path=st.sampled_from([SYNC_PATH, ENROL_PATH, CONTACT_PATH]))
def test_any_bytes_get_an_answer(phone: Phone, body: bytes, packed: bool, path: str) -> None:
    answered(phone.post(path, body, packed=packed))


@bounded
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_transfer_gets_an_answer(phone: Phone, place: int, bit: int, cut: bool) -> None:
    body = bytearray(deflate(json.dumps(phone.request()).encode()))
    place %= len(body)
    body[place] ^= 1 << bit
    answered(phone.post(SYNC_PATH, bytes(body[:place] if cut else body), packed=True))


@bounded
@given(changes=st.dictionaries(
    st.sampled_from(["protocol", "code", "device", "token_sha256", "device_clock", "app_version"]), anything, max_size=3
))  # fmt: skip
def test_any_enrolment_gets_an_answer(phone: Phone, changes: dict[str, Any]) -> None:
    request = json.loads(Handset(phone.services, "other").enrol_request("0" * 12).model_dump_json())
    answered(phone.post(ENROL_PATH, json.dumps({**request, **changes}).encode()))


@bounded
@given(changes=changes, token=st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=30))
def test_nothing_of_a_stranger_is_kept(phone: Phone, changes: dict[str, Any], token: str) -> None:
    before = kept(phone.services)
    request = {**phone.request(), "records": ["what a stranger sends"]}
    response = phone.post(SYNC_PATH, json.dumps(changed(request, changes)).encode(), token=token)
    answered(response)
    assert response.status_code != OK
    assert kept(phone.services) == before


def test_a_code_still_works_after_all_that(phone: Phone) -> None:
    other = Handset(phone.services, "after all")
    request = other.enrol_request(new_code(phone.services, ALICE)).model_dump_json().encode()
    assert phone.post(ENROL_PATH, request).status_code == OK
