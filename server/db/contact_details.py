"""Contact data: how to reach a participant, apart from everything else; what is erased is gone."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from diary_app.core.facts import ContactField
from server.db import ready, shapes
from server.db.among import among
from server.db.upserts import insert_or_change

TABLE = shapes.table("contact_detail")
Reach = dict[ContactField, str]

_COLUMNS = (TABLE.c.participant, *(TABLE.c[field] for field in ContactField))
_OF: Select[Any] = select(*_COLUMNS).where(among(TABLE.c.participant, "participants"))


def of(connection: Connection, participant: str) -> Reach:
    """One participant's; an empty text where there is none."""
    return of_all(connection, [participant]).get(participant, dict.fromkeys(ContactField, ""))


def of_all(connection: Connection, participants: Collection[str]) -> dict[str, Reach]:
    """Those participants of whom there is something."""
    rows = ready.rows(connection, _OF, {"participants": list(participants)})
    return {row[0]: dict(zip(ContactField, row[1:], strict=True)) for row in rows}


def save(connection: Connection, participant: str, reach: Mapping[ContactField, str]) -> None:
    """Keep these values; the row goes with the last of them."""
    if any(reach.values()):
        values = {field.value: text for field, text in reach.items()}
        insert_or_change(connection, TABLE, {"participant": participant, "channel": "", **values})
    else:
        connection.execute(delete(TABLE).where(TABLE.c.participant == participant))
