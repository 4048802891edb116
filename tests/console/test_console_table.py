"""The table of the console is the truth: every route is in it, and every role meets what it says."""

import re

import httpx
import pytest
from fastapi.routing import APIRoute

from server.access.console_table import CONSOLE, Anyone, Needed
from server.access.rights import Right, Rights
from server.access.roles import HOLDERS, Permission, Role
from server.access.sessions import Staff
from server.console.areas import AREAS, areas_for
from server.console.routes import PARTS, door
from server.services import Services
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import LogIn, Page

#: Something for each place in an address; who may not open a route never comes so far as to look it up.
PLACES = {"participant": ALICE, "name": "console.css", "item": "0" * 32, "account": "0" * 32}
BEHIND = {name: needed for name, needed in CONSOLE.items() if needed is not Anyone.PUBLIC}
PERMITTED = {name: needed for name, needed in BEHIND.items() if isinstance(needed, Permission)}


def address(name: str) -> tuple[str, str]:
    method, path = name.split()
    return method, re.sub(r"\{(\w+)(:\w+)?\}", lambda place: PLACES.get(place[1], "1"), path)


async def ask(client: httpx.AsyncClient, name: str, csrf: str = "") -> httpx.Response:
    method, path = address(name)
    return await client.request(method, path, data={"csrf": csrf} if method == "POST" else None)


def test_every_route_is_in_the_table() -> None:
    found = [route for router in (door, *PARTS) for route in router.routes if isinstance(route, APIRoute)]
    assert {f"{method} {route.path}" for route in found for method in route.methods} == set(CONSOLE)


def test_only_the_door_is_public() -> None:
    public = {name for name, needed in CONSOLE.items() if needed is Anyone.PUBLIC}
    found = [route for route in door.routes if isinstance(route, APIRoute)]
    assert {f"{method} {route.path}" for route in found for method in route.methods} == public


def test_every_area_can_be_opened() -> None:
    assert {f"GET {area.path}" for area in AREAS} <= set(CONSOLE)


@pytest.mark.parametrize("name", BEHIND)
async def test_nobody_passes_the_gate_without_a_log_in(
    services: Services, client: httpx.AsyncClient, name: str
) -> None:
    client.headers["accept"] = "text/html"
    answer = await ask(client, name)
    if name.startswith("GET"):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/login?next=")
    else:
        assert answer.status_code == 403


@pytest.mark.parametrize("role", Role)
async def test_every_role_meets_what_the_table_says(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, role: Role
) -> None:
    staged.participant(services, ALICE, {})
    staged.account(services, "somebody", (role, "copenhagen"))
    page = await log_in("somebody")
    met = {name: _is_refused(await ask(client, name, page.csrf)) for name in PERMITTED}
    assert met == {name: role not in HOLDERS[needed] for name, needed in PERMITTED.items()}


@pytest.mark.parametrize("name", [name for name in BEHIND if name.startswith("POST")])
async def test_no_form_is_taken_without_its_token(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, name: str
) -> None:
    staged.account(services, "everything", *((role, "copenhagen") for role in Role if role is not Role.SPONSOR))
    await log_in("everything")
    assert (await ask(client, name)).status_code == 403
    assert (await ask(client, name, "0" * 64)).status_code == 403


def _is_refused(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and "Your role does not include this." in Page(answer).text


def test_what_the_table_asks_for_is_one_of_two_kinds() -> None:
    kinds: set[Needed] = set(CONSOLE.values())
    assert all(isinstance(needed, Permission | Anyone) for needed in kinds)


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.ADMINISTRATOR])
async def test_a_refused_form_knows_a_page_to_come_back_to(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, role: Role
) -> None:
    staged.participant(services, ALICE, {})
    staged.account(services, "somebody", (role, "copenhagen"))
    page = await log_in("somebody")
    places: set[str] = set()
    for name in (
        one for one in PERMITTED if one.startswith("POST") and one.replace("{participant}", "").count("{") == 0
    ):
        answer = await ask(client, name, page.csrf)
        places |= set(re.findall(r'name="next" value="([^"]+)"', answer.text))
    assert len(places) > 1
    assert {place: (await client.get(place.replace("&amp;", "&"))).status_code for place in places} == dict.fromkeys(
        places, 200
    )


def test_a_space_in_the_rail_stays_although_what_it_stands_before_is_not_theirs() -> None:
    def rail(role: Role) -> list[tuple[str, bool]]:
        rights = Rights(frozenset({Right("somebody", role, "copenhagen")}))
        staff = Staff("somebody", "somebody", "Somebody", "en", rights, "")
        return [(area.path, area.starts_group) for area in areas_for(staff)]

    assert ("/console/study", True) in rail(Role.COORDINATOR)
    assert ("/console/exports", True) in rail(Role.INVESTIGATOR)
    assert ("/console/study", False) in rail(Role.INVESTIGATOR)
