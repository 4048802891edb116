"""Addresses live in one erasable table; facts and logs say that they changed, never what they are."""

import io
import json
import logging

import pytest
from sqlalchemy import select

from diary_app.core.errors import RequestRefused
from diary_app.core.facts import RemindersChosen
from diary_app.core.wishes import wishes
from server import logs
from server.db import contact_details, staff_facts
from server.db.engine import reading
from server.db.tables import METADATA
from server.intake.known import facts_of
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.reminders.evenings import ALICES, NUMBER, choose, live, reach, reminded
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice
from tests.server.handset import add, record_fact


def trail(services: Services) -> list[dict[str, str]]:
    with reading(services.engine) as connection:
        bodies = [json.loads(row.body) for row in staff_facts.of(connection, ALICE)]
    return [body for body in bodies if body["kind"] == "contact_detail"]


def test_the_trail_says_what_happened_and_never_the_address(services: Services) -> None:
    add(services, ALICE)
    reach(services, ALICE, email=ALICES, phone="+45 12 34 56 78")
    reach(services, ALICE, email="alice@elsewhere.example", phone=NUMBER)
    reach(services, ALICE, email="", phone="")
    assert [(body["field"], body["change"]) for body in trail(services)] == [
        ("email", "set"), ("phone", "set"), ("email", "changed"), ("email", "erased"), ("phone", "erased"),
    ]  # fmt: skip


def test_no_other_table_holds_an_address(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    reminded(services, email=ALICES, phone=NUMBER)
    post_office.refused[ALICES] = f"550 5.1.1 <{ALICES}> unknown"
    live(services, clock, "2026-11-23 20:20")
    with reading(services.engine) as connection:
        for table in METADATA.sorted_tables:
            found = str([tuple(row) for row in connection.execute(select(table))])
            assert (ALICES in found or NUMBER in found) == (table is contact_details.TABLE), table.name


def test_erased_is_gone(services: Services) -> None:
    add(services, ALICE)
    reach(services, ALICE, email=ALICES)
    reach(services, ALICE, email="")
    with reading(services.engine) as connection:
        assert connection.execute(select(contact_details.TABLE)).all() == []


@pytest.mark.parametrize(
    "given",
    [
        {"email": "alice"}, {"email": "alice@example"}, {"email": "alice@@example.org"}, {"email": "a b@example.org"},
        {"email": "alice@example.org\nBcc: all@example.org"}, {"email": f"{'a' * 65}@example.org"},
        {"email": f"alice@{'b' * 60}.{'c' * 63}.{'d' * 63}.{'e' * 63}.org"}, {"email": "ålice@example.org"},
        {"phone": "12345678"}, {"phone": "+45 1234"}, {"phone": "+4512345678901234"}, {"phone": "+45 12 34 56 7a"},
        {"phone": "+0012345678"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(services: Services, given: dict[str, str]) -> None:
    add(services, ALICE)
    with pytest.raises(RequestRefused) as refused:
        reach(services, ALICE, **given)
    assert refused.value.code == "contact_invalid"
    assert next(iter(given.values())) not in str(refused.value)
    assert trail(services) == []


def test_what_was_chosen_last_counts_one_by_one(services: Services, clock: SimulatedEnvironment) -> None:
    add(services, ALICE)
    choose(services, usual="18:30")
    clock.advance(minutes=1)
    choose(services, channels=("sms", "email"))
    clock.advance(minutes=1)
    choose(services, usual="19:00")
    with reading(services.engine) as connection:
        found = wishes(facts_of(connection, ALICE))
    assert (found.usual, found.channels, found.language) == (19 * 60, ("sms", "email"), "da")


@pytest.mark.parametrize("usual", ["22:30", "08:59", "23:59"])
def test_a_time_that_cannot_be_is_refused(services: Services, usual: str) -> None:
    add(services, ALICE)
    with pytest.raises(RequestRefused) as refused:
        record_fact(services, ALICE, RemindersChosen(usual=usual))
    assert (refused.value.code, "22:15" in refused.value.remedy) == ("fact_invalid", True)


@pytest.mark.usefixtures("own_logging")
@pytest.mark.parametrize("answer", [200, 400, 500])
def test_nothing_that_is_logged_names_an_address(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway, answer: int
) -> None:
    heard = io.StringIO()
    logs.configure("debug", clock, heard)
    logging.getLogger().setLevel(logging.DEBUG)
    reminded(services, email=ALICES, phone=NUMBER)
    choose(services, channels=("sms", "email"))
    gateway.answer = answer
    live(services, clock, "2026-11-23 19:05")
    logging.getLogger("xerodiary").warning("something is logged")
    assert "something is logged" in heard.getvalue()
    assert [word for word in (ALICES, NUMBER, NUMBER[3:], "example.org") if word in heard.getvalue()] == []
