"""Slowing down whoever guesses passwords or codes, without shutting out the person whose account it is.

A try is counted before the password or code is looked at, and taken back when it was right. Failed tries are counted
for the account from one address, for the account, and for the address; beyond some free tries each further one has to
wait twice as long. From an address where this account has logged in before, only the first count holds, so guessing
elsewhere never delays its owner. Subjects are keyed hashes: the table holds neither names nor addresses.
"""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused
from server.clocks import CLOCKS_DIFFER
from server.db import attempts, log_in_tries
from server.db.accounts import Account
from server.db.log_in_tries import Tries

LONGEST_WAIT = timedelta(minutes=15)
REMEMBERED = timedelta(days=90)
FREE_FOR_PAIR, FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS = 5, 20, 50


@dataclass(frozen=True)
class Step:
    """What is guessed. `window`: for how long a wrong try counts; `refusal`, `remedy`: what is said during a wait."""

    name: str
    window: timedelta
    refusal: str
    remedy: str


PASSWORD = Step(
    "log-in",
    timedelta(hours=1),
    message("There were too many wrong log-ins."),
    message("Wait a quarter of an hour, then try again; the password stays as it is."),
)
#: Of a million codes three are right at a time, so whoever has stolen a password may not try for long.
SECOND = Step(
    "second step",
    timedelta(hours=24),
    message("There were too many wrong codes."),
    message("Wait a little, then try again with the code that is shown then."),
)


@dataclass(frozen=True)
class Guess:
    """One try to log in: the hashed subjects it counts for, and its moment.

    `former_pair`: its pair by the server's former secret, under which the place may be known; empty without one.
    """

    step: Step
    pair: str
    account: str
    address: str
    at: datetime
    former_pair: str = ""

    @property
    def subjects(self) -> tuple[str, str, str]:
        """Everything it counts for."""
        return self.pair, self.account, self.address

    @property
    def place(self) -> str:
        """Enough of the hashed address to see in a log that tries came from one place."""
        return self.address[-8:]

    @property
    def known(self) -> str:
        """Under which name a place is remembered where the log-in was right."""
        return f"known:{self.pair}"

    @property
    def known_as(self) -> tuple[str, ...]:
        """Every name under which it may be remembered."""
        return (self.known, f"known:{self.former_pair}") if self.former_pair else (self.known,)


def guess(
    secret: bytes, username: str, address: str, at: datetime, step: Step = PASSWORD, *, former: bytes | None = None
) -> Guess:
    """A try under that name from that address. `former`: the server's secret before, while it is kept."""
    place = network_of(address)
    both = f"{username}\n{place}"
    pair, where = _keyed(secret, step, both), _keyed(secret, step, place)
    before = f"pair:{_keyed(former, step, both)}" if former else ""
    return Guess(step, f"pair:{pair}", account_subject(secret, username, step), f"address:{where}", at, before)


def account_subject(secret: bytes, username: str, step: Step) -> str:
    """Under which all tries for one account are counted, from wherever they come."""
    return f"account:{_keyed(secret, step, username)}"


def admit(connection: Connection, guess: Guess) -> None:
    """Count the try. Raises `RequestRefused` (too_many_tries), then not counted, while there is still a wait."""
    attempts.take_turn(connection)
    wait = max(_waits(connection, guess), default=timedelta())
    if wait > timedelta():
        refusal, remedy = guess.step.refusal, guess.step.remedy
        seconds = -(-wait // timedelta(seconds=1))
        raise RequestRefused(Code.TOO_MANY_TRIES, refusal, remedy, retry_after=seconds)
    log_in_tries.add(connection, guess.subjects, guess.at)


def accept(connection: Connection, guess: Guess) -> None:
    """It was right: take the try back and know this place."""
    attempts.take_turn(connection)
    log_in_tries.take_back(connection, guess.subjects, guess.at)
    log_in_tries.clear(connection, guess.pair)
    log_in_tries.remember(connection, guess.known, guess.at + REMEMBERED)


def waits_until(connection: Connection, secret: bytes, account: Account, now: datetime) -> datetime | None:
    """Until when its holder may have to wait after wrong passwords or codes, wherever they try; None for no wait.

    No name says from where tries came: as if those since the last right log-in had all come from one place, at most.
    """
    last, waits = now + CLOCKS_DIFFER, [timedelta()]
    for step, subject in _of_account(secret, account):
        first = now - step.window
        all_of_them = log_in_tries.within(connection, subject, first, last)
        waits.append(wait_after(all_of_them, FREE_FOR_ACCOUNT, now))
        since = log_in_tries.within(connection, subject, max(first, account.last_log_in_at or first), last)
        waits.append(wait_after(since, FREE_FOR_PAIR, now))
    longest = max(waits)
    return now + longest if longest > timedelta() else None


def tried(connection: Connection, now: datetime) -> frozenset[str]:
    """The subjects of accounts for which something wrong was typed lately: to look no further for all others."""
    return log_in_tries.often(connection, "account:", now - max(PASSWORD.window, SECOND.window), 1)


def is_among(subjects: frozenset[str], secret: bytes, account: Account) -> bool:
    """Whether `tried` names an account."""
    return bool(subjects) and any(subject in subjects for _, subject in _of_account(secret, account))


def _of_account(secret: bytes, account: Account) -> list[tuple[Step, str]]:
    """Passwords are counted by the name that is typed, codes by the account."""
    names = {PASSWORD: account.username, SECOND: account.id}
    return [(step, account_subject(secret, name, step)) for step, name in names.items()]


def wait_after(tries: Tries, free: int, now: datetime) -> timedelta:
    """How long the next try has to wait: a second after the free ones, then twice as long each time."""
    if tries.count < free or tries.last is None:
        return timedelta()
    doubled = min(tries.count - free, 20)
    return tries.last + min(timedelta(seconds=2**doubled), LONGEST_WAIT) - now


def _keyed(secret: bytes, step: Step, text: str) -> str:
    return hmac.new(secret, f"{step.name}\n{text}".encode(), hashlib.sha256).hexdigest()


def _waits(connection: Connection, guess: Guess) -> list[timedelta]:
    limits = [(guess.pair, FREE_FOR_PAIR)]
    if not any(log_in_tries.is_remembered(connection, name, guess.at) for name in guess.known_as):
        limits += [(guess.account, FREE_FOR_ACCOUNT), (guess.address, FREE_FOR_ADDRESS)]
    first, last = guess.at - guess.step.window, guess.at + CLOCKS_DIFFER  # later ones a clock that was ahead noted
    return [wait_after(log_in_tries.within(connection, name, first, last), free, guess.at) for name, free in limits]


def network_of(address: str) -> str:
    """One address of IPv4, or the /64 of IPv6 that one household or ward has."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)
