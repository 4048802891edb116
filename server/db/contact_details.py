"""Contact data: how to reach a participant, apart from everything else; what is erased is gone."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, update

from diary_app.core.facts import ContactField
from server.db import participants, ready, shapes, state
from server.db.among import among
from server.db.upserts import insert_or_change

TABLE = shapes.table("contact_detail")
_PARTICIPANT = shapes.table("participant")
Reach = dict[ContactField, str]
#: The row that is locked by whoever asks who else has the same.
_ASKED = "contact_details"
_REFUSED_AT = [TABLE.c[f"{field.value}_refused_at"] for field in ContactField]

_COLUMNS = (TABLE.c.participant, *(TABLE.c[field] for field in ContactField))
_OF: Select[Any] = select(*_COLUMNS).where(among(TABLE.c.participant, "participants"))
_HOLD = select(TABLE.c.participant).where(among(TABLE.c.participant, "participants"))
_REFUSED: Select[Any] = select(TABLE.c.participant, *_REFUSED_AT).where(
    among(TABLE.c.participant, "participants"), or_(*(column.is_not(None) for column in _REFUSED_AT))
)


def of(connection: Connection, participant: str) -> Reach:
    """One participant's; an empty text where there is none."""
    return of_all(connection, [participant]).get(participant, dict.fromkeys(ContactField, ""))


def of_all(connection: Connection, participants: Collection[str]) -> dict[str, Reach]:
    """Those participants of whom there is something."""
    rows = ready.rows(connection, _OF, {"participants": list(participants)})
    return {row[0]: dict(zip(ContactField, row[1:], strict=True)) for row in rows}


def shared(
    connection: Connection, reach: Mapping[ContactField, str], *, sites: Collection[str], but: str
) -> dict[ContactField, list[str]]:
    """Which of these somebody else at these sites has too, and who.

    Whoever else asks waits until this transaction ends: two who keep one number at once must see each other's.
    """
    kept = {field: text for field, text in reach.items() if text}
    if kept:
        participants.lock(connection, but)  # before the row, as whoever keeps several at once has them already
        state.value_or_first(connection, _ASKED, "")
    found = {field: _others_with(connection, field, text, sites, but) for field, text in kept.items()}
    return {field: others for field, others in found.items() if others}


def _others_with(connection: Connection, field: ContactField, text: str, sites: Collection[str], but: str) -> list[str]:
    """Capitals and small letters are alike."""
    column = TABLE.c[field]
    of_sites = select(TABLE.c.participant).join(_PARTICIPANT, _PARTICIPANT.c.id == TABLE.c.participant)
    same = func.lower(column) == text.lower(), _PARTICIPANT.c.site.in_(sites), TABLE.c.participant != but
    return list(connection.execute(of_sites.where(*same).order_by(TABLE.c.participant)).scalars())


def refused(connection: Connection, participants: Collection[str]) -> dict[str, dict[ContactField, datetime]]:
    """Which of these participants' addresses are refused, and since when."""
    rows = ready.rows(connection, _REFUSED, {"participants": list(participants)})
    return {
        row[0]: {field: at for field, at in zip(ContactField, row[1:], strict=True) if at is not None} for row in rows
    }


def hold(connection: Connection, participants: Collection[str]) -> None:
    """Nobody changes these participants' before the transaction ends; what is read from now on is how they stand."""
    statement = _HOLD.order_by(TABLE.c.participant).with_for_update()
    connection.execute(statement, {"participants": list(participants)})


def note_refused(connection: Connection, participant: str, field: ContactField, at: datetime | None) -> None:
    """Nothing is sent there any more, since then; None: it may be tried again."""
    connection.execute(
        update(TABLE).where(TABLE.c.participant == participant).values({f"{field.value}_refused_at": at})
    )


def save(connection: Connection, participant: str, reach: Mapping[ContactField, str]) -> None:
    """Keep these values; the row goes with the last of them. An address that is another one was never refused."""
    for field, text in reach.items():
        is_another = (TABLE.c.participant == participant) & (TABLE.c[field] != text)
        connection.execute(update(TABLE).where(is_another).values({f"{field.value}_refused_at": None}))
    if any(reach.values()):
        values = {field.value: text for field, text in reach.items()}
        insert_or_change(connection, TABLE, {"participant": participant, "channel": "", **values})
    else:
        connection.execute(delete(TABLE).where(TABLE.c.participant == participant))
