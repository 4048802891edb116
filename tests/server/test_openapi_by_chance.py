"""What the OpenAPI document promises and everything it does not: every route answers, with a code and a remedy.

Schemathesis makes requests from the document: such as fit it and such as do not. The routes of the protocol read their
bodies themselves, byte by byte, and describe them from the protocol's own messages.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from hypothesis import HealthCheck, given
from hypothesis import settings as chance
from hypothesis import strategies as st
from pydantic import BaseModel
from schemathesis import Case, GenerationMode
from schemathesis.core import NOT_SET

from diary_app.core.errors import Code
from diary_app.core.wire import (
    CONTACT_PATH,
    ENROL_PATH,
    SYNC_PATH,
    ContactRequest,
    EnrolRequest,
    ErrorAnswer,
    SyncRequest,
    deflate,
)
from server.app import create_app
from server.db.engine import reading
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.server.handset import Handset, new_code, ready
from tests.server.keeping import kept

BODIES: Mapping[str, type[BaseModel]] = {
    SYNC_PATH: SyncRequest, ENROL_PATH: EnrolRequest, CONTACT_PATH: ContactRequest,
}  # fmt: skip
FIELDS = sorted({name for model in BODIES.values() for name in model.model_fields})
GIVEN_HEADERS = (
    "content-type",
    "content-encoding",
    "content-length",
    "accept-encoding",
    "authorization",
    "host",
    "range",
)
#: Of these an answer may say that it is not ready, or that it puts a request off; never that it failed.
OK, FAULT, BUSY = 200, 500, 503
bounded = chance(max_examples=200, suppress_health_check=list(HealthCheck))
visible = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)
headers = st.dictionaries(
    st.sampled_from(GIVEN_HEADERS) | st.from_regex(r"x-[a-z]{1,10}", fullmatch=True),
    visible | st.sampled_from(["gzip", "br", "application/json", "bytes=9-", "-1", "9" * 30]),
    max_size=3,
)


DOCUMENT = create_app(Settings(), clockwork=False).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
ROUTES = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
requests = st.sampled_from(ROUTES).flatmap(
    lambda route: st.sampled_from(list(GenerationMode) if route[0] in BODIES else [GenerationMode.POSITIVE]).flatmap(
        lambda mode: SCHEMA[route[0]][route[1]].as_strategy(generation_mode=mode)
    )
)


class House:
    """The whole server, Alice's phone in it, and a way to ask it anything."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        self.services: Services = app.state.services
        self.alice: Handset = ready(self.services, ALICE)
        self._runner = runner
        self._client = AsyncClient(
            transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://diary.example"
        )

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Response:
        return self._runner.run(self._client.request(method, path, content=body, headers=dict(headers)))

    def real(self, path: str) -> dict[str, Any]:
        """What Alice's phone sends there."""
        match path:
            case _ if path == SYNC_PATH:
                sent: BaseModel = self.alice.request()
            case _ if path == ENROL_PATH:
                sent = self.alice.enrol_request(new_code(self.services, ALICE))
            case _:
                request = self.alice.request()
                sent = ContactRequest.model_validate(
                    {name: getattr(request, name) for name in ContactRequest.model_fields}
                )
        made: dict[str, Any] = json.loads(sent.model_dump_json(exclude_none=True))
        return made

    def still_works(self) -> None:
        """Whatever came before: an evening is taken in, and the trail holds."""
        last = self.alice.train()
        assert self.alice.sync().receipts[-1].id == last.id
        with reading(self.services.engine) as connection:
            assert verify(connection).found == []


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """What arrives is read before any database is asked; what the two do differently is asked elsewhere."""
    return migrated_sqlite


@pytest.fixture
def house(settings: Settings, clock: SimulatedEnvironment) -> Iterator[House]:
    app = create_app(settings, clock, clockwork=False)
    with asyncio.Runner() as runner:
        life = app.router.lifespan_context(app)
        runner.run(life.__aenter__())
        house = House(app, runner)
        yield house
        house.still_works()
        runner.run(life.__aexit__(None, None, None))


def body_of(case: Case, real: Mapping[str, Any], taken: set[str]) -> bytes | None:
    """As it goes out: what was made, or a real request in which only these fields are as they were made."""
    if case.body is NOT_SET:
        return None
    if isinstance(case.body, bytes):
        return case.body
    body = case.body
    if isinstance(body, dict) and real:
        body = {**real, **{name: value for name, value in body.items() if name in taken}}
    return json.dumps(body).encode()


def answered(response: Response) -> None:
    """JSON in any case; a refusal names a stable code and a remedy, and the house is never at fault."""
    assert response.headers["content-type"] == "application/json", response.text
    if response.status_code == OK or response.json().keys() == {"writer", "database", "guards", "sweep"}:
        return
    refusal = ErrorAnswer.model_validate_json(response.content)
    assert refusal.code in set(Code)
    assert refusal.message
    assert refusal.remedy
    assert response.status_code < FAULT or response.status_code == BUSY, refusal


def test_the_document_describes_what_phones_send() -> None:
    SCHEMA.validate()
    for path, model in BODIES.items():
        body = DOCUMENT["paths"][path]["post"]["requestBody"]
        told = body["content"]["application/json"]["schema"]
        needed = {name for name, field in model.model_fields.items() if field.is_required()}
        assert (set(told["properties"]), set(told["required"])) == (set(model.model_fields), needed)
        assert "$ref" not in json.dumps(body), "it stands by itself"


@bounded
@given(
    case=requests,
    method=st.none() | st.none() | st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    given=headers,
    taken=st.sets(
        st.sampled_from(sorted({name for model in BODIES.values() for name in model.model_fields})), max_size=3
    ),
    is_known=st.booleans(),
    is_packed=st.booleans(),
)
def test_every_route_answers_everything(
    house: House,
    case: Case,
    method: str | None,
    given: dict[str, str],
    taken: set[str],
    is_known: bool,
    is_packed: bool,
) -> None:
    before = kept(house.services)
    body = body_of(case, house.real(case.path) if is_known else {}, taken)
    bearer = {"authorization": f"Bearer {house.alice.token}"} if is_known else {}
    packed = {"content-encoding": "gzip"} if is_packed and body is not None else {}
    sent = deflate(body) if packed and body is not None else body
    answered(house.ask(method or case.method, case.formatted_path, sent, {**given, **bearer, **packed}))
    assert before <= kept(house.services)
