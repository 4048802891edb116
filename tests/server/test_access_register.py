"""Who had an account and which role, at any past date (R22)."""

from datetime import timedelta

from sqlalchemy import Connection

from server.access import rights, staff
from server.access.rights import Right, RightsOverTime
from server.access.roles import Role
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged

DAY = timedelta(days=1)


def register(connection: Connection, moment: object) -> dict[str, tuple[bool, set[Role]]]:
    """By user name: whether the account was closed, and its roles."""
    held, over_time = rights.all_rights(connection, moment), RightsOverTime.read(connection)
    found = {}
    for account in staff.accounts_at(connection, moment):
        roles = {right.role for right in held if right.account == account.id}
        assert over_time.of(account.id, moment).roles == roles
        found[account.username] = (account.disabled_at is not None, roles)
    return found


def test_any_past_date_is_answered(services: Services, clock: SimulatedEnvironment) -> None:
    start = clock.now()
    carol = staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    clock.advance(days=2)
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    clock.advance(days=2)
    with services.engine.begin() as connection:
        rights.take(connection, Right(carol, Role.COORDINATOR, "copenhagen"), author="setup", environment=clock)
    clock.advance(days=2)
    with services.engine.begin() as connection:
        rights.give(connection, Right(carol, Role.MONITOR, "*"), author="setup", environment=clock)
        staff.disable(connection, clock, carol, author="root")
    with reading(services.engine) as connection:
        seen = [register(connection, start + days * DAY) for days in (-1, 1, 3, 5, 7)]
    ines = (False, {Role.INVESTIGATOR})
    assert seen == [
        {},
        {"carol": (False, {Role.COORDINATOR})},
        {"carol": (False, {Role.COORDINATOR}), "ines": ines},
        {"carol": (False, set()), "ines": ines},
        {"carol": (True, {Role.MONITOR}), "ines": ines},
    ]
