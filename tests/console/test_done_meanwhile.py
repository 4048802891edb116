"""What somebody does while another's page is being made: the next page that is opened has it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from diary_app.core.staff_acts import ContactOutcome
from server.access.acting import Acting
from server.access.roles import Role
from server.console import overview, reckoning
from server.console.calls import finding
from server.console.kept import kept
from server.console.snapshots import acted, snapshot
from server.db.engine import reading
from server.intake import calling
from server.services import Services
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import MORNING, TODAY, LogIn, Page
from tests.console.test_call_list import on_list, open_list, silent, waiting


def call_is_logged(services: Services, who: Acting) -> None:
    """As a colleague's form does it."""

    def log(connection: Any) -> None:
        calling.log_contact(
            connection, ALICE, ContactOutcome.NO_ANSWER, id=services.environment.new_id(), today=TODAY, days=2,
            who=who, at=MORNING,
        )  # fmt: skip

    services.writer.run(ALICE, log)
    acted(services.engine)
    finding.forget(services.engine)


def once_before(work: Callable[..., Any], act: Callable[[], None]) -> Callable[..., Any]:
    waits = [act]

    def then(*given: Any, **named: Any) -> Any:
        if waits:
            waits.pop()()
        return work(*given, **named)

    return then


@pytest.mark.parametrize(("module", "moment"), [(reckoning, "read"), (overview, "call_list")])
async def test_a_call_logged_while_the_overview_is_made_is_on_the_next_list(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, module: Any,
    moment: str,
) -> None:  # fmt: skip
    silent(services)
    colleague = Acting(staged.account(services, "frida", (Role.COORDINATOR, "copenhagen")))
    await log_in("carol")
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(
            module, moment, once_before(getattr(module, moment), lambda: call_is_logged(services, colleague))
        )
        await client.get("/console/")
    page = await open_list(client)
    assert on_list(page) == []
    assert waiting(page) == ""
    assert Page(await client.get("/console/")).response.text.count("2 closed evenings not heard from") == 0


def test_what_was_read_before_an_act_is_not_kept_after_it(services: Services) -> None:
    made = iter(range(10))

    def asked(engine_of: Any) -> int:
        return kept(engine_of, "test", MORNING, lambda: next(made))

    with snapshot(services.engine) as before:
        assert (asked(before), asked(before)) == (0, 0)
        acted(services.engine)
        assert (asked(before), asked(before)) == (1, 2)
    with snapshot(services.engine) as after:
        assert (asked(after), asked(after)) == (3, 3)
    acted(services.engine)
    with reading(services.engine) as plain:  # of which nobody knows what is in it
        assert (asked(plain), asked(plain)) == (4, 5)
