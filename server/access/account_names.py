"""Who stands behind the id of an account, as facts: the trail names staff by them, also on a server made from facts.

A fact has the user name and since when the account is; roles and sites are in the facts of rights. Nothing of it lets
anybody in: no password, no second factor, no address. A user name is given once; were it given anew, the latest holds.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.times import format_utc, parse_utc
from server.access.account_facts import Happened
from server.db import accounts, site_facts, state
from server.db.accounts import Account
from server.db.site_facts import EVERYWHERE
from server.intake.known import SERVER

NAMED = "account_named"


@dataclass(frozen=True)
class Named:
    """An account as the facts have it. `since` (UTC): when it was made, which may be before its name was a fact."""

    id: str
    username: str
    since: datetime


def note(connection: Connection, environment: Environment, account: Account, *, author: str) -> None:
    """Add the name to the study's own chain, in the transaction that makes the account."""
    body = {"account": account.id, "username": account.username, "since": format_utc(account.created_at)}
    site_facts.append(
        connection, site=EVERYWHERE, kind=NAMED, body=body, author=author,
        at=environment.now(), id=environment.new_id(),
    )  # fmt: skip


def note_missing(connection: Connection, environment: Environment) -> int:
    """Name every account that was made before names were facts, each once; how many that were.

    The study's chain is held first, so that of two servers that start at once only one finds them missing.
    """
    if not _missing(connection):
        return 0
    state.value_or_first(connection, site_facts.chain_of(EVERYWHERE), "")
    missing = _missing(connection)
    for account in missing:
        note(connection, environment, account, author=SERVER)
    return len(missing)


def names(connection: Connection) -> dict[str, str]:
    """User names by id: by the facts, and of accounts whose name was no fact at a past moment as they are."""
    rows = {account.id: account.username for account in accounts.everyone(connection)}
    return rows | {one.id: one.username for one in named(connection)}


def named(connection: Connection) -> Iterator[Named]:
    """Every account that a fact names, in the order of their facts."""
    for fact in site_facts.of_kinds(connection, [NAMED]):
        body = json.loads(fact.body)
        yield Named(body["account"], body["username"], parse_utc(body["since"]))


def unnamed(connection: Connection) -> list[Named]:
    """Accounts whose name is no fact, as their rows have them: in a cut of a moment before names were facts."""
    return [Named(account.id, account.username, account.created_at) for account in _missing(connection)]


def put_back(connection: Connection, language: str, besides: Iterable[Named] = ()) -> int:
    """Accounts that facts or `besides` name and no row has, without a password: nobody logs in before a new link.

    How many. So on a server made from a bundle nobody else can be given a name that the trail knows somebody by.
    """
    there = {account.id for account in accounts.everyone(connection)}
    closed = {json.loads(fact.body)["account"]: fact.at for fact in site_facts.of_kinds(connection, [Happened.CLOSED])}
    gone = {one.id: one for one in (*besides, *named(connection)) if one.id not in there}
    for one in gone.values():
        accounts.add(
            connection,
            Account(one.id, one.username, one.username, language, "", one.since, disabled_at=closed.get(one.id)),
        )
    return len(gone)


def _missing(connection: Connection) -> list[Account]:
    known = {one.id for one in named(connection)}
    missing = [account for account in accounts.everyone(connection) if account.id not in known]
    return sorted(missing, key=lambda account: (account.created_at, account.id))
