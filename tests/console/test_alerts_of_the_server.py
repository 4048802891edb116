"""An alert of the server itself stands at every site until somebody who answers for all of them has seen to it."""

import httpx
import pytest

from server.access import rights, throttle
from server.access.rights import Right
from server.access.roles import Role
from server.alerts.house_alerts import house_alerts
from server.alerts.refusals import watch_refusals
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import LogIn, Page

PAGE = "/console/health"


@pytest.fixture(autouse=True)
def guessed(services: Services, clock: SimulatedEnvironment) -> None:
    """A crowd has tried the door."""
    for number in range(50):
        one = throttle.guess(services.secret, f"n{number}", f"2001:db8:{number:x}::1", clock.now())
        services.writer.run("", lambda connection, one=one: throttle.admit(connection, one))
    clock.advance(minutes=5)
    assert watch_refusals(services, clock.now()) == 1


def standing(services: Services) -> list[str]:
    with reading(services.engine) as connection:
        found = house_alerts(connection, services.environment.now(), backups_wanted=False)
    return [one.kind.value for one in found]


@pytest.mark.parametrize(
    ("sites", "is_theirs"), [(("*",), True), (("copenhagen", "odense"), True), (("copenhagen",), False)]
)
async def test_it_is_for_whoever_administers_every_site(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, sites: tuple[str, ...], is_theirs: bool
) -> None:
    staged.account(services, "alma", *((Role.ADMINISTRATOR, site) for site in sites))
    csrf = (await log_in("alma")).csrf
    page = Page(await client.get(PAGE))
    assert ("What was done?" in page.text) is is_theirs
    form = {"csrf": csrf, "kind": "log_ins_refused", "action": "looked_into"}
    answer = await client.post(f"{PAGE}/alerts", data=form)
    assert answer.status_code == (303 if is_theirs else 403)
    assert standing(services) == ([] if is_theirs else ["log_ins_refused"])


async def test_a_role_that_was_taken_away_meanwhile_is_no_use(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    account = staged.account(services, "alma", (Role.ADMINISTRATOR, "copenhagen"), (Role.ADMINISTRATOR, "odense"))
    csrf = (await log_in("alma")).csrf
    with services.engine.begin() as connection:
        right = Right(account, Role.ADMINISTRATOR, "odense")
        rights.take(connection, right, author="root", environment=services.environment)
    form = {"csrf": csrf, "kind": "log_ins_refused", "action": "looked_into"}
    assert (await client.post(f"{PAGE}/alerts", data=form)).status_code == 403
    assert standing(services) == ["log_ins_refused"]
