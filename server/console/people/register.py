"""The list of accounts with their roles, as it is now or was at the end of a past day: the access register."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.times import format_utc, wall_to_utc
from server.access import managing, rights, staff, throttle
from server.access.rights import Right
from server.access.roles import Permission
from server.console.desk import Desk
from server.console.listing import Column
from server.console.people.words import Standing, moment, roles_of, standing_of
from server.db import invitations, second_factors
from server.db.accounts import Account


@dataclass(frozen=True)
class Person:
    """One account with what stands beside it; `invited_until`, `has_factor` and `waits_until` are of now.

    `waits_until`: may have to wait after wrong passwords or codes; told to whoever looks after accounts.
    """

    account: Account
    held: frozenset[Right] = field(default_factory=frozenset)
    standing: Standing = Standing.OPEN
    has_factor: bool = False
    invited_until: datetime | None = None
    waits_until: datetime | None = None


def end_of(desk: Desk, day: date) -> datetime:
    """The last moment of a day, by the clock of their first site."""
    zone = (desk.sites or desk.services.study.sites)[0].zone
    return wall_to_utc(day + timedelta(days=1), 0, zone, last=False) - timedelta(milliseconds=1)


def people(connection: Connection, desk: Desk, at: datetime | None = None) -> list[Person]:
    """Everybody whom this administrator may know of, or who has a role at a reader's sites, by user name."""
    may_know = managing.is_seen if manages(desk) else managing.is_read
    held = rights.all_rights(connection, at)
    ends, holders = invitations.ends(connection), second_factors.holders(connection)
    tried = throttle.tried(connection, desk.now) if at is None and manages(desk) else frozenset()
    found = []
    for account in staff.accounts_at(connection, at):
        theirs = frozenset(right for right in held if right.account == account.id)
        if may_know(desk.staff.rights, theirs):
            until = ends.get(account.id)
            standing = _standing(account, until, at or desk.now)
            waits = _waits(connection, desk, account, tried) if standing is Standing.OPEN else None
            found.append(Person(account, theirs, standing, account.id in holders, until, waits))
    return found


def manages(desk: Desk) -> bool:
    """Whether they look after accounts; everybody else only reads who has access."""
    return desk.may(Permission.MANAGE_ACCOUNTS)


def columns(desk: Desk, *, is_past: bool) -> Sequence[Column[Person]]:
    """What the list shows: what is only known of now is left out of a past one, and of one that is only read."""
    is_short = is_past or not manages(desk)
    always: list[Column[Person]] = [
        Column("name", message("Name"), lambda one: one.account.display_name, link=lambda one: _page_of(one, is_short)),
        Column("username", message("User name"), lambda one: one.account.username),
        Column("roles", message("Roles"), lambda one: roles_of(desk, one.held), lambda one: _codes(one.held)),
        Column(
            "standing", message("Account"), lambda one: standing_of(desk, one.standing, one.waits_until),
            lambda one: one.standing,
        ),
    ]  # fmt: skip
    if is_short:
        return always
    return [
        *always,
        Column("factor", message("Second step"), lambda one: desk.say("yes") if one.has_factor else desk.say("no")),
        Column(
            "seen", message("Last log-in"), lambda one: moment(desk, one.account.last_log_in_at),
            lambda one: format_utc(one.account.last_log_in_at) if one.account.last_log_in_at else "",
            lambda one: one.account.last_log_in_at,
        ),
    ]  # fmt: skip


def _page_of(one: Person, is_short: bool) -> str:
    return "" if is_short else f"/console/people/{one.account.id}"


def _codes(held: frozenset[Right]) -> str:
    return "; ".join(f"{right.role} {right.site}" for right in sorted(held))


def _waits(connection: Connection, desk: Desk, account: Account, tried: frozenset[str]) -> datetime | None:
    secret = desk.services.secret
    if not throttle.is_among(tried, secret, account):
        return None
    return throttle.waits_until(connection, secret, account, desk.now)


def _standing(account: Account, until: datetime | None, at: datetime) -> Standing:
    if account.disabled_at is not None:
        return Standing.CLOSED
    if account.password_hash:
        return Standing.OPEN
    if until is None:
        return Standing.WITHOUT_LINK
    return Standing.INVITED if at < until else Standing.RUN_OUT
