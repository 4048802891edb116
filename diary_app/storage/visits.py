"""What the server told this phone about visit questionnaires; the caller owns the transaction.

Wordings are kept for good. Which of them may be shown, and what was answered on any phone, is as last told.
"""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, insert, select

from diary_app.core.wire import MOST_WORDINGS, EnrolAnswer, SyncAnswer, VisitDone, WordingText
from diary_app.storage import meta
from diary_app.storage.meta import Name
from diary_app.storage.tables import WORDING

_HELD = select(WORDING.c.sha256).order_by(WORDING.c.sha256).limit(MOST_WORDINGS)
_KNOWN = select(WORDING.c.sha256).where(WORDING.c.sha256.in_(bindparam("digests", expanding=True)))
_TEXTS = select(WORDING.c.sha256, WORDING.c.text)
_ADD = insert(WORDING)
LAST_DAYS: TypeAdapter[dict[str, date]] = TypeAdapter(dict[str, date])
DONE: TypeAdapter[tuple[VisitDone, ...]] = TypeAdapter(tuple[VisitDone, ...])


class VisitsTold(NamedTuple):
    """As last told: the wording files that may be shown, and what was answered already."""

    wordings: tuple[str, ...]
    done: tuple[VisitDone, ...]


def held(connection: Connection) -> tuple[str, ...]:
    """SHA-256 of the wordings on this phone, as many as a request may name."""
    return tuple(connection.execute(_HELD).scalars())


def told(connection: Connection, today: date) -> VisitsTold:
    """Nothing before the first contact; what a licence covered until yesterday is not shown any more."""
    ends = LAST_DAYS.validate_json(meta.get(connection, Name.WORDINGS_LAST_DAYS) or "{}")
    named = (meta.get(connection, Name.WORDINGS_IN_USE) or "").split()
    in_use = [one for one in named if today <= ends.get(one, today)]
    texts = dict(connection.execute(_TEXTS).all()) if in_use else {}
    done = DONE.validate_json(meta.get(connection, Name.VISITS_DONE) or "[]")
    return VisitsTold(tuple(texts[one] for one in in_use if one in texts), done)


def take(connection: Connection, answer: SyncAnswer | EnrolAnswer) -> dict[str, str]:
    """Keep new wordings; what to keep beside them, by name."""
    _add(connection, answer.wordings.texts)
    return {
        Name.WORDINGS_IN_USE: " ".join(answer.wordings.in_use),
        Name.WORDINGS_LAST_DAYS: LAST_DAYS.dump_json(answer.wordings.last_days).decode(),
        Name.VISITS_DONE: DONE.dump_json(answer.visits).decode(),
    }


def _add(connection: Connection, texts: Iterable[WordingText]) -> None:
    """A text that is not what its fingerprint says is not kept, and so is sent again."""
    whole = {one.sha256: one.text for one in texts if sha256(one.text.encode()).hexdigest() == one.sha256}
    known = set(connection.execute(_KNOWN, {"digests": [*whole]}).scalars()) if whole else set()
    new = [{"sha256": digest, "text": text} for digest, text in whole.items() if digest not in known]
    if new:
        connection.execute(_ADD, new)
