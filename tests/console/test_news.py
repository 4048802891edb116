"""An open page hears of every change that it may show, of nothing else, and keeps nobody logged in by asking."""

import io
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from diary_app.core.facts import Status, StatusSet
from diary_app.core.staff_acts import ContactOutcome
from diary_app.core.times import local_date
from server import jobs, logs
from server.access import rights
from server.access.acting import Acting
from server.access.rights import Right
from server.access.roles import Role
from server.app import create_app
from server.console import marks
from server.db import participants
from server.db.engine import make_engine, reading
from server.intake import calling
from server.intake import staff as intake
from server.intake.held import holding
from server.intake.sweep import sweep
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import MORNING, LogIn
from tests.server.handset import CAROL, Handset, add, new_code, ready, record_fact

SAME, CHANGED = 304, 204
PAGES = (
    "/console/", "/console/calls", "/console/inbox", "/console/participants", "/console/visits", "/console/compliance",
    f"/console/participants/{ALICE}",
)  # fmt: skip
#: Tuesday evening, when Alice's first diary is open, and not just before the clock itself moves marks.
EVENING = MORNING + timedelta(days=1, hours=11)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"migrated_{request.param}")
    return url


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """She keeps the diary at Carol's site; this evening's is open."""
    handset = ready(services, ALICE)
    clock.move_to(EVENING)
    return handset


@dataclass(frozen=True)
class Open:
    """A page that stays open."""

    client: httpx.AsyncClient
    address: str
    mark: str

    async def asks(self, **headers: str) -> int:
        """What it hears, asking by itself."""
        tag = {"If-None-Match": f'"{self.mark}"', "X-By-Itself": "1", **headers}
        return (await self.client.get(self.address, headers=tag)).status_code


async def opened(client: httpx.AsyncClient, path: str) -> Open:
    text = (await client.get(path)).text
    found = re.search(r'data-news="([^"]+)" data-mark="([0-9a-f]+)"', text)
    assert found is not None, text
    return Open(client, unescape(found[1]), found[2])


async def all_opened(client: httpx.AsyncClient, paths: Iterable[str] = PAGES) -> list[Open]:
    return [await opened(client, path) for path in paths]


async def heard(pages: Iterable[Open]) -> Collection[int]:
    return {await page.asks() for page in pages}


# ---- every change moves the mark -------------------------------------------------------------------------------


def an_entry(services: Services, alice: Handset) -> None:
    alice.fill_in(local_date(services.environment.now(), staged.ZONE))
    alice.sync()


def something_set_aside(services: Services, alice: Handset) -> None:
    alice.sync(["no record at all"])


def a_contact(services: Services, alice: Handset) -> None:
    now, who = services.environment.now(), Acting(CAROL, is_operator=True)
    services.writer.run(
        ALICE,
        lambda connection: calling.log_contact(
            connection, ALICE, ContactOutcome.NO_ANSWER, id=services.environment.new_id(),
            today=local_date(now, staged.ZONE), days=None, who=who, at=now,
        ),
    )  # fmt: skip


def a_status(services: Services, alice: Handset) -> None:
    today = local_date(services.environment.now(), staged.ZONE)
    record_fact(services, ALICE, StatusSet(status=Status.TREATMENT_STOPPED, effective=today, reason="side_effects"))


def a_lost_phone(services: Services, alice: Handset) -> None:
    now = services.environment.now()
    services.writer.run(
        ALICE,
        lambda connection: intake.report_lost(connection, services, ALICE, reason="stolen", author=CAROL, at=now),
    )


def a_code(services: Services, alice: Handset) -> None:
    new_code(services, ALICE)


@pytest.mark.parametrize("change", [an_entry, something_set_aside, a_contact, a_status, a_lost_phone, a_code])
async def test_a_change_is_heard_on_every_page_that_shows_it(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset,
    change: Callable[[Services, Handset], None],
) -> None:  # fmt: skip
    await log_in("carol")
    pages = await all_opened(client)
    assert await heard(pages) == {SAME}
    change(services, alice)
    assert await heard(pages) == {CHANGED}


async def test_a_new_participant_is_heard_where_there_are_several(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    await log_in("carol")
    *lists, alices = await all_opened(client)
    add(services, "01-002")
    assert await heard(lists) == {CHANGED}
    assert await alices.asks() == SAME


async def test_an_evening_that_closes_is_heard(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset, clock: SimulatedEnvironment
) -> None:
    clock.move_to(MORNING + timedelta(days=2, hours=3, minutes=57))  # 11:59 at the site
    services.writer.run("~", lambda connection: sweep(connection, clock.now()))
    await log_in("carol")
    pages = await all_opened(client)
    services.writer.run("~", lambda connection: sweep(connection, clock.now() + timedelta(minutes=2)))
    assert await heard(pages) == {CHANGED}


async def test_what_the_clock_brings_is_looked_for_every_ten_minutes(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset, clock: SimulatedEnvironment
) -> None:
    await log_in("carol")
    pages = await all_opened(client)
    clock.advance(minutes=7)
    assert await heard(pages) == {SAME}
    clock.advance(minutes=3)
    assert await heard(pages) == {CHANGED}


async def test_what_was_kept_from_before_a_change_has_the_mark_of_before(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset, clock: SimulatedEnvironment
) -> None:
    await log_in("carol")
    paths = ("/console/", "/console/calls", "/console/inbox", "/console/visits", "/console/compliance")
    await all_opened(client, paths)
    an_entry(services, alice)  # as through another process: this one goes on showing what it has kept
    clock.advance(seconds=20)
    kept = await all_opened(client, paths)
    assert await heard(kept) == {CHANGED}
    clock.advance(seconds=20)
    assert await heard(await all_opened(client, paths)) == {SAME}


def test_what_began_earlier_and_is_committed_later_is_not_missed(
    migrated_postgresql: str, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    """On PostgreSQL; SQLite has one writer, so that what begins first is committed first."""
    services = open_services(Settings(database_url=migrated_postgresql, var_folder=tmp_path / "own"), clock)
    add(services, ALICE)
    other = make_engine(migrated_postgresql)
    with other.begin() as slow, holding(slow, ALICE) as held:
        held.next_change()
        add(services, "01-002")
        with reading(services.engine) as connection:
            between = marks.of_sites(connection, ["copenhagen"], MORNING)
    with reading(services.engine) as connection:
        after = marks.of_sites(connection, ["copenhagen"], MORNING)
    other.dispose()
    services.close()
    assert after.token(services, "carol") != between.token(services, "carol")


async def test_every_process_gives_the_same_mark(
    services: Services, settings: Settings, client: httpx.AsyncClient, log_in: LogIn, alice: Handset,
    clock: SimulatedEnvironment,
) -> None:  # fmt: skip
    await log_in("carol")
    pages = await all_opened(client)
    app = create_app(settings, clock, clockwork=False)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://diary.example", cookies=client.cookies
        ) as other:
            assert await heard(Open(other, page.address, page.mark) for page in pages) == {SAME}
            an_entry(services, alice)
            assert await heard(Open(other, page.address, page.mark) for page in pages) == {CHANGED}


# ---- nobody hears more than they may ---------------------------------------------------------------------------


async def test_another_site_is_not_heard(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    bob = ready(services, BOB, "bob")
    await log_in("carol")
    pages = await all_opened(client)
    bob.sync(["no record at all"])
    new_code(services, BOB)
    add(services, "02-002")
    assert await heard(pages) == {SAME}


async def test_a_page_about_one_site_hears_that_site_alone(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    add(services, BOB)
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    await log_in("sam")
    paths = ("/console/calls", "/console/visits", "/console/compliance")
    everywhere, there, here = [
        await all_opened(client, [f"{path}{site}" for path in paths])
        for site in ("", "?site=odense", "?site=copenhagen")
    ]
    new_code(services, BOB)
    assert [await heard(pages) for pages in (everywhere, there, here)] == [{CHANGED}, {CHANGED}, {SAME}]


@pytest.mark.parametrize(
    ("asked", "status"), [("?site=odense", 403), (f"?participant={BOB}", 404), ("?participant=01-999", 404)]
)
async def test_what_is_not_theirs_is_refused(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, asked: str, status: int
) -> None:
    add(services, BOB)
    await log_in("carol")
    assert (await client.get(f"/console/news{asked}")).status_code == status


async def test_a_mark_says_nothing_to_anybody_else(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    staged.account(services, "carla", (Role.COORDINATOR, "copenhagen"))
    await log_in("carol")
    carols = await opened(client, "/console/")
    await log_in("carla")
    assert (await opened(client, "/console/")).mark != carols.mark
    assert await carols.asks() == CHANGED


async def test_a_role_that_is_given_is_heard(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    await log_in("carol")
    page = await opened(client, "/console/")
    with services.engine.begin() as connection:
        (carol,) = {one.account for one in rights.all_rights(connection)}
        also = Right(carol, Role.COORDINATOR, "odense")
        rights.give(connection, also, author="root", environment=services.environment)
    assert await page.asks() == CHANGED


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR, Role.EXPORTER}))
async def test_whoever_sees_states_hears_of_changes(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset, role: Role
) -> None:
    staged.account(services, "somebody", (role, "copenhagen"))
    await log_in("somebody")
    page = await opened(client, "/console/")
    an_entry(services, alice)
    assert await page.asks() == CHANGED


async def test_a_page_with_answers_asks_nothing_as_looking_is_noted(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    an_entry(services, alice)
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    await log_in("ines")
    answers = await client.get(f"/console/participants/{ALICE}/answers")
    assert answers.status_code == 200
    assert "data-news" not in answers.text


# ---- the trail, and the server itself --------------------------------------------------------------------------

TRAIL, HEALTH = "/console/trail", "/console/health"


def a_right(services: Services, site: str) -> None:
    """Somebody is given a role, which the trail of that site tells."""
    staged.account(services, f"another{'everywhere' if site == '*' else site}", (Role.MONITOR, site))


async def test_a_new_row_of_the_trail_is_heard(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset, clock: SimulatedEnvironment
) -> None:
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    await log_in("ines")
    for change in (lambda: an_entry(services, alice), lambda: a_right(services, "copenhagen")):
        pages = await all_opened(client, (TRAIL, f"{TRAIL}?kind=entry&page=2", f"/console/participants/{ALICE}/trail"))
        assert await heard(pages) == {SAME}
        change()
        assert await heard(pages[:2]) == {CHANGED}
        clock.advance(seconds=40)  # what the rail has kept is made anew


async def test_the_trail_of_another_site_or_of_the_whole_study_is_not_heard(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    bob = ready(services, BOB, "bob")
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    await log_in("ines")
    ineses = await opened(client, TRAIL)
    bob.sync(["no record at all"])
    a_right(services, "odense")
    a_right(services, "*")
    assert await ineses.asks() == SAME
    await log_in("sam")
    for name, site in (("olga", "odense"), ("otto", "*")):
        sams = await opened(client, TRAIL)
        staged.account(services, name, (Role.MONITOR, site))
        assert await sams.asks() == CHANGED


async def test_the_trail_and_the_answers_in_it_are_watched_by_nobody_who_would_be_noted(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset
) -> None:
    an_entry(services, alice)
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    await log_in("ines")
    answers = await client.get(f"/console/participants/{ALICE}/trail?answers=1")
    assert answers.status_code == 200
    assert "data-news" not in answers.text


@pytest.mark.parametrize(
    ("role", "health", "trail"),
    [(Role.ADMINISTRATOR, SAME, 403), (Role.COORDINATOR, SAME, 403), (Role.EXPORTER, 403, 403)],
)
async def test_only_whoever_may_open_the_page_may_ask_about_it(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, role: Role, health: int, trail: int
) -> None:
    staged.account(services, "somebody", (role, "*"))
    await log_in("somebody")
    assert (await client.get("/console/news/trail")).status_code == trail
    if health == SAME:
        assert await (await opened(client, HEALTH)).asks() == SAME
    else:
        assert (await client.get("/console/news/health")).status_code == health


async def test_what_happens_to_the_server_is_heard_and_what_it_does_all_the_time_is_not(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset, clock: SimulatedEnvironment
) -> None:
    staged.account(services, "ada", (Role.ADMINISTRATOR, "*"))
    jobs.sweep_due(services, clock.now())
    await log_in("ada")
    page = await opened(client, HEALTH)
    an_entry(services, alice)
    clock.advance(minutes=1)
    jobs.sweep_due(services, clock.now())
    assert await page.asks() == SAME
    clock.advance(minutes=6)  # nothing is swept any more
    assert await page.asks() == CHANGED
    words = (await client.get(HEALTH)).text
    assert "Closing of evenings" in re.search(r'class="sentence">([^<]+)', words)[1]  # type: ignore[index]


async def test_asking_about_the_server_is_no_use_either(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    staged.account(services, "ada", (Role.ADMINISTRATOR, "*"))
    await log_in("ada")
    page = await opened(client, HEALTH)
    idle = timedelta(minutes=services.settings.session_idle_minutes)
    clock.advance(hours=idle / timedelta(hours=1) - 0.02)
    assert (await client.get(page.address)).status_code == CHANGED
    clock.advance(hours=0.02)
    assert await page.asks() == 403


# ---- asking is no use ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"X-By-Itself": "0"}])
async def test_an_open_page_keeps_nobody_logged_in(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, alice: Handset, clock: SimulatedEnvironment,
    headers: dict[str, str],
) -> None:  # fmt: skip
    await log_in("carol")
    page = await opened(client, "/console/")
    idle = timedelta(minutes=services.settings.session_idle_minutes)
    clock.advance(hours=idle / timedelta(hours=1) - 0.02)
    assert (await client.get(page.address, headers=headers)).status_code == CHANGED
    assert (await client.get("/console/", headers={"X-By-Itself": "1"})).status_code == 200
    clock.advance(hours=0.02)
    assert await page.asks() == 403
    assert await page.asks(Accept="text/html") == 303


async def test_asking_leaves_no_line_and_looking_says_that_nobody_did(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment, own_logging: None
) -> None:
    stream = io.StringIO()
    logs.configure("info", clock, stream)
    await log_in("carol")
    page = await opened(client, "/console/")
    stream.truncate(0)
    stream.seek(0)
    assert await page.asks() == SAME
    assert stream.getvalue() == ""
    await client.get("/console/", headers={"X-By-Itself": "1"})
    await client.get("/console/")
    looked, used = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (looked["by_itself"], "by_itself" in used) == (True, False)


async def test_the_page_can_be_loaded_anew_without_what_it_said(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("carol")
    page = (await client.get("/console/calls?site=copenhagen&said=contact_logged")).text
    assert '<a class="reload" href="/console/calls?site=copenhagen">Reload</a>' in page


def test_the_number_of_a_site_grows_with_whoever_is_added(services: Services, settings: Settings) -> None:
    with reading(services.engine) as connection:
        assert participants.changes_at(connection, ["copenhagen", "odense"]) == {"copenhagen": 0, "odense": 0}
    add(services, ALICE)
    with reading(services.engine) as connection:
        found = participants.changes_at(connection, ["copenhagen", "odense"])
    assert found["copenhagen"] > 0 == found["odense"]
