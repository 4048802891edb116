"""Schemathesis with its own checks on: statuses, types and bodies are those that the document promises."""

import os
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as chance
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from server import jobs
from server.app import create_app
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import ready
from tests.server.keeping import kept

load_all_checks()
#: What fits the document is still refused where a code or a token is made up, so it need not be taken.
LEFT_OUT = frozenset({"positive_data_acceptance"})
ALL: list[Any] = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in LEFT_OUT]
DOCUMENT: dict[str, Any] = create_app(Settings(), clockwork=False).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
ROUTES = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
some = chance(max_examples=60 * int(os.environ.get("FUZZING_DEPTH", "1")), suppress_health_check=list(HealthCheck))


def modes_of(path: str, method: str) -> list[GenerationMode]:
    """What does not fit can only be made where there is something to fit."""
    has_body = "requestBody" in DOCUMENT["paths"][path][method]
    return list(GenerationMode) if has_body else [GenerationMode.POSITIVE]


cases = st.sampled_from([(*route, mode) for route in ROUTES for mode in modes_of(*route)]).flatmap(
    lambda one: SCHEMA[one[0]][one[1]].as_strategy(generation_mode=one[2])
)


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """What a database declines is asked in `test_sync_bytes`."""
    return migrated_sqlite


def test_nearly_every_check_is_on() -> None:
    names = {check.__name__ for check in ALL}
    assert {"not_a_server_error", "status_code_conformance", "response_schema_conformance", "ignored_auth"} <= names
    assert len(ALL) >= 12


@pytest.fixture
def house(app: FastAPI, clock: SimulatedEnvironment) -> FastAPI:
    """The server with Alice's phone in it, fit and ready."""
    ready(app.state.services, ALICE)
    jobs.sweep_due(app.state.services, clock.now())
    return app


@some
@given(case=cases)
async def test_every_answer_is_what_the_document_promises(house: FastAPI, case: Case[Any]) -> None:
    before = kept(house.state.services)
    sent = case.as_transport_kwargs(base_url="http://diary.example")
    transport = httpx.ASGITransport(house, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as client:
        names = {"method", "url", "headers", "params", "content", "json"}
        told = {name: value for name, value in sent.items() if name in names}
        if isinstance(sent.get("data"), bytes | str):
            told["content"] = sent["data"]
        answer = await client.request(**told)
    case.validate_response(answer, checks=ALL)
    assert before <= kept(house.state.services)
