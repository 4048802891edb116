"""Who has which role where: facts that are added, never taken out, so that any past date can be answered."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, CommandRefused
from server.access.roles import HOLDERS, Permission, Role, may_hold_together
from server.db import accounts, site_facts, state
from server.db.site_facts import EVERYWHERE, SiteFact

GIVEN = "right_given"
TAKEN = "right_taken"
_LOCK = "rights"


@dataclass(frozen=True, order=True)
class Right:
    """One role of one account at one site, or everywhere (`*`)."""

    account: str
    role: Role
    site: str


@dataclass(frozen=True)
class Rights:
    """Everything that one account may do."""

    held: frozenset[Right]

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held anywhere."""
        return frozenset(right.role for right in self.held)

    def may(self, permission: Permission, site: str | None = None) -> bool:
        """Whether it is allowed at the site; without one, whether it is allowed anywhere."""
        sites = self._sites(permission)
        return bool(sites) if site is None else bool(sites & {site, EVERYWHERE})

    def sites(self, permission: Permission, every_site: Iterable[str]) -> tuple[str, ...]:
        """Where it is allowed, in the order of the study's sites."""
        sites = self._sites(permission)
        return tuple(site for site in every_site if sites & {site, EVERYWHERE})

    def role_for(self, permission: Permission, site: str) -> Role | None:
        """Which of the roles held at the site allows it; None when none does."""
        giving = HOLDERS[permission] & {right.role for right in self.held if right.site in (site, EVERYWHERE)}
        return min(giving, default=None)

    def _sites(self, permission: Permission) -> set[str]:
        return {right.site for right in self.held if right.role in HOLDERS[permission]}


def rights_of(connection: Connection, account: str, at: datetime | None = None) -> Rights:
    """What an account may do, now or as it was at a past moment."""
    return Rights(frozenset(right for right in all_rights(connection, at) if right.account == account))


def rights_in_use(connection: Connection, account: str) -> Rights:
    """What somebody who acts may do at this moment: nothing once their account is closed.

    Roles stay on record then, and a request that was let in before may still be under way.
    """
    found = accounts.of_id(connection, account)
    is_closed = found is not None and found.disabled_at is not None
    return Rights(frozenset()) if is_closed else rights_of(connection, account)


def hold(connection: Connection) -> None:
    """Let nobody else change rights or accounts until the transaction ends; taken before anything else is held."""
    state.value_or_first(connection, _LOCK, "")


def all_rights(connection: Connection, at: datetime | None = None) -> frozenset[Right]:
    """Every right of everybody, now or as it was at a past moment."""
    held: set[Right] = set()
    for fact in site_facts.of_kinds(connection, (GIVEN, TAKEN), at):
        right = _right(fact)
        held = held | {right} if fact.kind == GIVEN else held - {right}
    return frozenset(held)


def given_between(connection: Connection, first: datetime, end: datetime) -> Iterator[Right]:
    """The rights that were given from the first moment on and before the end, whether or not they are held still."""
    return (_right(fact) for fact in site_facts.of_kinds(connection, (GIVEN,), end) if first <= fact.at < end)


@dataclass(frozen=True)
class RightsOverTime:
    """Every right ever given or taken, read once, for asking about many moments."""

    steps: tuple[tuple[datetime, bool, Right], ...]

    @classmethod
    def read(cls, connection: Connection) -> Self:
        """All of them, each site's in order."""
        facts = site_facts.of_kinds(connection, (GIVEN, TAKEN))
        return cls(tuple((fact.at, fact.kind == GIVEN, _right(fact)) for fact in facts))

    def of(self, account: str, at: datetime) -> Rights:
        """What an account might do at that moment."""
        held: set[Right] = set()
        for moment, given, right in self.steps:
            if right.account == account and moment <= at:
                held = held | {right} if given else held - {right}
        return Rights(frozenset(held))


def give(connection: Connection, right: Right, *, author: str, environment: Environment) -> None:
    """Add a right. Raises `CommandRefused` when it is held already or would mix site and sponsor."""
    hold(connection)  # two rights given at once must see each other
    roles = rights_of(connection, right.account)
    if right in roles.held:
        raise CommandRefused(Code.ALREADY_EXISTS, "This role is held already.", "There is nothing to do.")
    if not may_hold_together(roles.roles | {right.role}):
        raise CommandRefused(
            Code.NOT_ALLOWED,
            "Nobody may both correct a site's data and speak for the sponsor.",
            "Use a second person, or take the other role away first.",
        )
    _append(connection, GIVEN, right, author, environment)


def take(connection: Connection, right: Right, *, author: str, environment: Environment) -> None:
    """End a right. Raises `CommandRefused` when it is not held."""
    hold(connection)
    if right not in all_rights(connection):
        raise CommandRefused(Code.NOT_FOUND, "This role is not held.", "Look at the list of rights.")
    _append(connection, TAKEN, right, author, environment)


def _append(connection: Connection, kind: str, right: Right, author: str, environment: Environment) -> None:
    body = {"account": right.account, "role": right.role.value, "site": right.site}
    site_facts.append(
        connection, site=right.site, kind=kind, body=body, author=author, at=environment.now(), id=environment.new_id()
    )


def _right(fact: SiteFact) -> Right:
    body = json.loads(fact.body)
    return Right(body["account"], Role(body["role"]), body["site"])
