"""Who stands behind an account is a fact from the moment it is made, once, and nothing of it lets anybody in."""

import json
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from diary_app.core.errors import Code, CommandRefused, RequestRefused
from server.access import account_names, invitations, staff
from server.access.invitations import Wanted
from server.access.proving import prove
from server.access.roles import Role
from server.db import accounts
from server.db.accounts import ACCOUNT, Account
from server.db.engine import reading
from server.db.site_facts import SiteFact, of_kinds
from server.intake.known import COMMAND_LINE, SERVER
from server.services import Services, open_services
from server.trail.verify import verify
from tests.console import staged


def facts(services: Services) -> list[SiteFact]:
    with reading(services.engine) as connection:
        return of_kinds(connection, [account_names.NAMED])


def bodies(services: Services) -> list[dict[str, Any]]:
    return [json.loads(fact.body) for fact in facts(services)]


def invite(services: Services, name: str, author: str = "olga-id") -> Account:
    wanted = Wanted(name, name.capitalize(), "da", [(Role.COORDINATOR, "odense")], f"{name}@example.org")
    with services.engine.begin() as connection:
        return invitations.invite(connection, services, wanted, author=author).account


def as_before_names_were_facts(services: Services, name: str) -> None:
    """An account of which only the row is there."""
    with services.engine.begin() as connection:
        accounts.add(connection, Account(f"{name}-id", name, name, "da", "x", services.environment.now()))


def test_an_account_is_named_when_it_is_made_by_whoever_makes_it(services: Services) -> None:
    carol, dorte = staged.account(services, "carol"), invite(services, "dorte")
    assert [(one["account"], one["username"]) for one in bodies(services)] == [(carol, "carol"), (dorte.id, "dorte")]
    assert [fact.author for fact in facts(services)] == [COMMAND_LINE, "olga-id"]


def test_neither_password_nor_address_nor_full_name_is_in_it(services: Services) -> None:
    staged.account(services, "carol", display="Carol Hansen")
    invite(services, "dorte")
    assert {name for body in bodies(services) for name in body} == {"account", "username", "since"}
    assert not [fact for fact in facts(services) if "Hansen" in fact.body or "example.org" in fact.body]


def test_accounts_of_before_are_named_once_at_the_next_start(services: Services) -> None:
    staged.account(services, "carol")
    for name in ("ole", "sam"):
        as_before_names_were_facts(services, name)
    for _ in range(3):
        open_services(services.settings, services.environment).close()
    named = Counter(one["username"] for one in bodies(services))
    assert named == {"carol": 1, "ole": 1, "sam": 1}
    assert [fact.author for fact in facts(services)] == [COMMAND_LINE, SERVER, SERVER]
    with reading(services.engine) as connection:
        assert verify(connection).found == []


def test_the_fact_is_believed_and_not_a_row_that_was_changed(services: Services) -> None:
    carol = staged.account(services, "carol")
    with services.engine.begin() as connection:
        connection.execute(ACCOUNT.update().where(ACCOUNT.c.id == carol).values(username="mallory"))
        assert account_names.names(connection)[carol] == "carol"


def test_an_account_made_from_facts_lets_nobody_in_and_keeps_its_name(services: Services) -> None:
    carol, closed = staged.account(services, "carol"), staged.account(services, "ole")
    with services.engine.begin() as connection:
        staff.disable(connection, services.environment, closed, author="olga-id")
        before = {one.id: one for one in accounts.everyone(connection)}
        connection.execute(delete(ACCOUNT))
        assert account_names.put_back(connection, "da") == 2
        after = {one.id: one for one in accounts.everyone(connection)}
        assert account_names.put_back(connection, "da") == 0
    assert {one: after[one].disabled_at for one in after} == {one: before[one].disabled_at for one in before}
    assert {one.created_at for one in after.values()} == {one.created_at for one in before.values()}
    assert {one.password_hash for one in after.values()} == {""}
    for tried in ("", staged.PASSWORD):
        with pytest.raises(RequestRefused) as refused:
            prove(services, username="carol", password=tried, address="192.0.2.1")
        assert refused.value.code is Code.NOT_ALLOWED
    with pytest.raises(CommandRefused, match="taken"):
        staged.account(services, "carol")
    assert after[carol].username == "carol"


def test_only_who_has_no_password_is_called_anew(services: Services) -> None:
    carol, dorte = staged.account(services, "carol"), invite(services, "dorte")

    def call(connection: Connection, account: str) -> str:
        found = accounts.of_id(connection, account)
        assert found is not None
        return staff.call(connection, found, "Somebody Else").display_name

    with services.engine.begin() as connection:
        assert call(connection, dorte.id) == "Somebody Else"
        with pytest.raises(CommandRefused):
            call(connection, carol)
