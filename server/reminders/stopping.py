"""The link in a mail that stops all messages: whom it is for, and what a click on it comes to (decision 21).

It names nobody: the participant's number is sealed with the server's own secret, so nothing has to be kept for it.
Whoever has the link can stop the messages and have them sent again, and nothing else.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import new as hmac
from string import printable
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Fact, RemindersChosen
from diary_app.core.wishes import wishes
from server.db import participants
from server.intake.known import SERVER, facts_of
from server.intake.staff import append_fact
from server.services import Services

PATH = "/stop"
#: Nobody changes their mind more often; a program may, and each time is a fact for good.
MOST_A_DAY = 20
_DAY = timedelta(days=1)
_PRINTABLE = printable.strip()


def link(services: Services, participant: str) -> str:
    """The address of the participant's own page, the same each time.

    In hexadecimal digits: letters by chance may make words, and mail programs leave a hyphen at the end out of a link.
    """
    return f"{services.settings.public_url}{PATH}/{_key(services.secret).encrypt(participant.encode(), None).hex()}"


def participant_of(connection: Connection, services: Services, code: str) -> str:
    """Whose link ends with that code. Raises `RequestRefused` (not_found), in the same words whatever is wrong."""
    for secret in services.secrets:
        found = _opened(secret, code)
        if found is not None and participants.get(connection, found) is not None:
            return found
    raise RequestRefused(
        Code.NOT_FOUND,
        "This link does not work any more.",
        "Use the link in the newest message, or call your contact.",
    )


def is_stopped(connection: Connection, participant: str) -> bool:
    """Whether the participant wants no messages."""
    return wishes(facts_of(connection, participant)).stopped


def page_if_stopped(services: Services, participant: str, facts: Iterable[Fact]) -> str:
    """The participant's own page while they want no messages, for their phone to say so; else empty.

    In ASCII, as the protocol carries nothing else here: a server's name may have letters such as ø, and browsers take
    them written so. An answer that cannot be written stops the whole sync.
    """
    return quote(link(services, participant), safe=_PRINTABLE) if wishes(facts).stopped else ""


def set_stopped(connection: Connection, services: Services, participant: str, stopped: bool, at: datetime) -> None:
    """Record what the link was used for, once for however many clicks. Raises `RequestRefused` (too_many_tries).

    Only to have messages again can be refused: whoever else has the link must not be able to use up somebody's way out.
    """
    participants.lock(connection, participant)
    facts = facts_of(connection, participant)
    if wishes(facts).stopped is stopped:
        return
    if not stopped and _changes_since(facts, at - _DAY) >= MOST_A_DAY:
        raise RequestRefused(
            Code.TOO_MANY_TRIES,
            "This was changed too many times today.",
            "Try again tomorrow, or call your contact.",
            retry_after=int(_DAY.total_seconds()),
        )
    detail = RemindersChosen(stopped=1 if stopped else 0)
    append_fact(connection, services, participant, detail, author=SERVER, at=at)


def _changes_since(facts: Iterable[Fact], moment: datetime) -> int:
    return sum(
        isinstance(fact.detail, RemindersChosen) and fact.detail.stopped is not None and fact.at > moment
        for fact in facts
    )


def _opened(secret: bytes, code: str) -> str | None:
    try:
        return _key(secret).decrypt(bytes.fromhex(code), None).decode()
    except (InvalidTag, ValueError):
        return None


@lru_cache(maxsize=4)
def _key(secret: bytes) -> AESSIV:
    """A key of its own, so that what is sealed here opens nothing elsewhere."""
    return AESSIV(hmac(secret, b"stop messages", sha256).digest())
