"""Rights are facts: given, taken, and known for any past date; some never go together."""

import pytest
from sqlalchemy import Engine

from diary_app.core.errors import Code, CommandRefused
from server.access import rights
from server.access.rights import Right, Rights
from server.access.roles import HOLDERS, Permission, Role, may_hold_together
from server.db.engine import reading
from server.simulate.environment import SimulatedEnvironment

SITES = ("copenhagen", "odense")
CAROL = Right("carol", Role.COORDINATOR, "copenhagen")


def give(engine: Engine, clock: SimulatedEnvironment, *given: Right) -> None:
    with engine.begin() as connection:
        for right in given:
            rights.give(connection, right, author="root", environment=clock)


def held(engine: Engine, account: str) -> Rights:
    with reading(engine) as connection:
        return rights.rights_of(connection, account)


def test_a_right_holds_at_its_site_only(engine: Engine, clock: SimulatedEnvironment) -> None:
    give(engine, clock, CAROL)
    carol = held(engine, "carol")
    assert carol.may(Permission.SEE_STATES, "copenhagen")
    assert not carol.may(Permission.SEE_STATES, "odense")
    assert carol.sites(Permission.SEE_STATES, SITES) == ("copenhagen",)


def test_a_right_everywhere_holds_at_every_site(engine: Engine, clock: SimulatedEnvironment) -> None:
    give(engine, clock, Right("sam", Role.SPONSOR, "*"))
    assert held(engine, "sam").sites(Permission.SEE_STATES, SITES) == SITES
    assert held(engine, "sam").may(Permission.EXPORT_STATES, "odense")


def test_who_has_no_right_may_nothing(engine: Engine) -> None:
    mallory = held(engine, "mallory")
    assert [permission for permission in Permission if mallory.may(permission)] == []


def test_a_right_that_was_taken_is_gone_but_not_forgotten(engine: Engine, clock: SimulatedEnvironment) -> None:
    give(engine, clock, CAROL)
    before = clock.now()
    clock.advance(days=1)
    with engine.begin() as connection:
        rights.take(connection, CAROL, author="root", environment=clock)
        assert rights.rights_of(connection, "carol").held == frozenset()
        assert rights.rights_of(connection, "carol", before).held == {CAROL}


def test_a_right_can_be_given_again(engine: Engine, clock: SimulatedEnvironment) -> None:
    give(engine, clock, CAROL)
    with engine.begin() as connection:
        rights.take(connection, CAROL, author="root", environment=clock)
    give(engine, clock, CAROL)
    assert held(engine, "carol").held == {CAROL}


def test_a_right_is_not_given_twice(engine: Engine, clock: SimulatedEnvironment) -> None:
    give(engine, clock, CAROL)
    with pytest.raises(CommandRefused) as refusal:
        give(engine, clock, CAROL)
    assert refusal.value.code is Code.ALREADY_EXISTS


def test_a_right_that_nobody_has_cannot_be_taken(engine: Engine, clock: SimulatedEnvironment) -> None:
    with engine.begin() as connection, pytest.raises(CommandRefused) as refusal:
        rights.take(connection, CAROL, author="root", environment=clock)
    assert refusal.value.code is Code.NOT_FOUND


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.INVESTIGATOR])
@pytest.mark.parametrize("sponsor_first", [True, False])
def test_nobody_corrects_and_sponsors(
    engine: Engine, clock: SimulatedEnvironment, role: Role, sponsor_first: bool
) -> None:
    both = [Right("mallory", Role.SPONSOR, "*"), Right("mallory", role, "odense")]
    first, second = both if sponsor_first else reversed(both)
    give(engine, clock, first)
    with pytest.raises(CommandRefused, match="sponsor"):
        give(engine, clock, second)
    assert held(engine, "mallory").held == {first}


def test_other_roles_go_together() -> None:
    assert may_hold_together([Role.COORDINATOR, Role.INVESTIGATOR, Role.ADMINISTRATOR])
    assert may_hold_together([Role.SPONSOR, Role.MONITOR, Role.EXPORTER])


def test_every_permission_has_holders() -> None:
    assert set(HOLDERS) == set(Permission)
    assert all(HOLDERS.values())


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.INVESTIGATOR, Role.EXPORTER}))
def test_item_values_are_closed_to_most(role: Role) -> None:
    assert role not in HOLDERS[Permission.SEE_ANSWERS] | HOLDERS[Permission.EXPORT_ANSWERS]


def test_administrators_see_nothing_of_participants() -> None:
    granted = {permission for permission, roles in HOLDERS.items() if Role.ADMINISTRATOR in roles}
    assert granted == {
        Permission.MANAGE_ACCOUNTS, Permission.SEE_ACCOUNTS, Permission.SEE_STUDY, Permission.SEE_SYSTEM,
        Permission.SEE_INCIDENTS, Permission.KEEP_INCIDENTS,
    }  # fmt: skip


def test_the_sponsor_changes_nothing() -> None:
    granted = {permission for permission, roles in HOLDERS.items() if Role.SPONSOR in roles}
    assert granted == {
        Permission.SEE_STATES,
        Permission.SEE_TRAIL,
        Permission.SEE_STUDY,
        Permission.REHEARSE_STUDY,
        Permission.SEE_SYSTEM,
        Permission.EXPORT_STATES,
        Permission.SEE_INCIDENTS,
    }
