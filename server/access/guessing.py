"""Noticing that somebody guesses at an account, apart from the requests that guess.

Looked for by a job and not at the log-in, so that a log-in does the same work whether or not there is such an account.
The settings say from how many wrong tries on, within the step's window and from wherever: more than anybody mistypes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.access import throttle
from server.access.account_facts import Happened, note
from server.access.throttle import PASSWORD, SECOND, Step
from server.db import accounts, log_in_tries, site_facts, state
from server.db.accounts import Account
from server.db.engine import reading
from server.db.site_facts import EVERYWHERE
from server.db.writer import LAST
from server.intake.known import SERVER
from server.services import Services

#: Whoever goes on guessing is told of once in that time.
ONCE_IN = timedelta(hours=24)
_KINDS: Mapping[Step, Happened] = {PASSWORD: Happened.PASSWORDS_TRIED, SECOND: Happened.CODES_TRIED}


@dataclass(frozen=True)
class _Guessed:
    account: str
    kind: Happened


def note_guessing(services: Services, now: datetime) -> int:
    """Put on record whose password or codes were tried many times; for how many accounts."""
    with reading(services.engine) as connection:
        found = _not_noted(connection, _found(connection, services, now), now)
    if not found:
        return 0

    def work(connection: Connection) -> int:
        state.value_or_first(connection, site_facts.chain_of(EVERYWHERE), "")  # another process may be at it
        new = _not_noted(connection, found, now)
        for one in new:
            note(connection, services.environment, one.kind, one.account, author=SERVER)
        return len(new)

    return services.writer.run(LAST, work)


def _found(connection: Connection, services: Services, now: datetime) -> list[_Guessed]:
    many = services.settings.alarm_wrong_tries
    often = {step: log_in_tries.often(connection, "account:", now - step.window, many) for step in _KINDS}
    if not any(often.values()):
        return []
    there = [one for one in accounts.everyone(connection) if one.password_hash and one.disabled_at is None]
    return [
        _Guessed(one.id, kind) for one in there for step, kind in _KINDS.items()
        if not often[step].isdisjoint(_subjects(services, one, step))
    ]  # fmt: skip


def _subjects(services: Services, account: Account, step: Step) -> set[str]:
    """What its tries are counted under: passwords by the name that is typed, codes by the account."""
    name = account.username if step is PASSWORD else account.id
    return {throttle.account_subject(services.secret, name, step)}


def _not_noted(connection: Connection, found: list[_Guessed], now: datetime) -> list[_Guessed]:
    if not found:
        return []
    facts = site_facts.of_kinds(connection, [kind.value for kind in _KINDS.values()])
    recent = {(fact.kind, fact.body) for fact in facts if abs(now - fact.at) < ONCE_IN}
    return [one for one in found if not any(kind == one.kind and one.account in body for kind, body in recent)]
