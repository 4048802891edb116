"""Whatever stands in an address or a form of the console: a page or a clear refusal on both databases, no fault."""

import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from server.access.roles import Role
from server.console.routes import PARTS, door
from server.services import Services
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import LogIn, clock, log_in, services

__all__ = ["clock", "log_in", "services"]

#: A zero byte, more digits than Python reads as a number: tried in each field alone, on the stricter database.
ALONE = (b"\0", b"9" * 5000)
#: A letter that turns the line round, half a character, and what is a number, a date or a format string elsewhere.
TOGETHER = ("\u202e".encode(), b"\xed\xa0\x80", b"-1", b"9999-12-31", b"{0.__class__}%n")
CASES = [*(("postgresql", value) for value in ALONE), *(("sqlite", value) for value in TOGETHER)]
LONGEST, FAULT = 8_000, 500
#: They would end the log-in that the others need.
LEAVING = ("/logout", "/me/password", "/me/sessions", "/second-factor", "/close", "/people/{account}/sessions")
ROUTES = [
    route
    for router in (door, *PARTS)
    for route in router.routes
    if isinstance(route, APIRoute) and not route.path.endswith(LEAVING)
]


def fields(dependant: Dependant, kind: str) -> Iterator[str]:
    """The names that a route and what it depends on read from the query or from the form."""
    for one in dependant.query_params if kind == "query" else dependant.body_params:
        model = one.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields
        else:
            yield one.alias
    for inner in dependant.dependencies:
        yield from fields(inner, kind)


def name_of(one: object) -> str:
    return one[:14].decode(errors="backslashreplace") if isinstance(one, bytes) else str(one)


def encoded(names: set[str], value: bytes, csrf: str = "") -> str:
    told = "&".join(f"{name}={quote(value)}" for name in sorted(names - {"csrf"}))
    return f"{told}&csrf={csrf}" if csrf else told


@pytest.mark.parametrize(("database_url", "value"), CASES, indirect=["database_url"], ids=name_of)
async def test_every_page_and_form_answers(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, value: bytes
) -> None:
    staged.participant(services, ALICE, {})
    staged.account(services, "everything", *((role, "copenhagen") for role in Role if role is not Role.SPONSOR))
    csrf = (await log_in("everything")).csrf
    answers = [answer for route in ROUTES async for answer in asked(client, route, value, csrf)]
    faults = [(one.request.method, one.request.url.path) for one in answers if one.status_code >= FAULT]
    assert faults == []
    assert len(answers) > len(ROUTES)
    assert (await client.get("/console/me")).status_code == 200, "still logged in: the forms were really read"


async def asked(client: httpx.AsyncClient, route: APIRoute, value: bytes, csrf: str) -> AsyncIterator[httpx.Response]:
    """With the value in each field alone, in all of them, and as each part of the address."""
    method = next(iter(route.methods or {"GET"}))
    query, form = set(fields(route.dependant, "query")), set(fields(route.dependant, "form"))
    path = re.sub(r"\{participant(:\w+)?\}", ALICE, route.path)
    plain, strange = (re.sub(r"\{\w+(:\w+)?\}", filler, path) for filler in ("1", quote(value)[:LONGEST]))
    everywhere = re.sub(r"\{\w+(:\w+)?\}", quote(value)[:LONGEST], route.path)
    alone = [{name} for name in query | form if name != "csrf"] if value in ALONE else []
    for names in [query | form, *alone]:
        yield await sent(client, method, plain, encoded(names & query, value), encoded(names & form, value, csrf))
    for other in {strange, everywhere} - {plain}:
        yield await sent(client, method, other, "", f"csrf={csrf}")


async def sent(client: httpx.AsyncClient, method: str, path: str, query: str, form: str) -> httpx.Response:
    address = f"{path}?{query[:LONGEST]}" if query else path
    if method == "GET":
        return await client.get(address)
    return await client.post(
        address, content=form.encode(), headers={"content-type": "application/x-www-form-urlencoded"}
    )


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite where a test does not ask for the other."""
    url: str = request.getfixturevalue(f"migrated_{getattr(request, 'param', 'sqlite')}")
    return url


async def test_a_field_named_twice_or_in_the_address_confuses_nothing(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    """The last one counts, for whatever looks at it; what stands in the address is no part of a form."""
    csrf, path = (await log_in("carol")).csrf, "/console/language"
    assert (await sent(client, "POST", path, f"csrf={csrf}&language=da", "language=da")).status_code == 403
    assert (await sent(client, "POST", path, "", f"csrf={csrf}&language=da&csrf=of-another")).status_code == 403
    assert (await sent(client, "POST", path, "language=en", f"csrf={csrf}&language=en&language=da")).status_code == 303
    assert "Min konto" in (await client.get("/console/me")).text


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_zero_byte_is_refused_by_name_on_postgresql(client: httpx.AsyncClient, services: Services) -> None:
    answer = await client.post("/console/login", data={"username": "a\0", "password": "x"})
    assert answer.status_code == 400
    assert "cannot be kept" in answer.text


@pytest.mark.parametrize("path", ["/api/v1/sync", "/api/v1/enrol", "/console/rescue"])
async def test_a_length_of_thousands_of_digits_is_only_too_large(
    client: httpx.AsyncClient, log_in: LogIn, services: Services, path: str
) -> None:
    staged.account(services, "ida", (Role.COORDINATOR, "copenhagen"))
    await log_in("ida")
    answer = await client.post(path, content=b"{}", headers={"content-length": "9" * 5000})
    assert answer.status_code in (413, 422)
    assert "large" in answer.text
