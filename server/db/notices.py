"""Store: what holders of accounts are still to be told of their log-in, as single values of this copy of the data.

One is written in the transaction of what happened, so that none is lost, and goes once it has been told.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, delete, select

from server.db import shapes, state

TABLE = shapes.table("server_state")
_PREFIX = "notice "


class Notice(BaseModel):
    """`fact`: id of the fact that it tells of; `kind`: the fact's. `browser`, `system`: of a log-in, two words of ours.

    `next_at`: from when it may be mailed, or mailed again; None where no further try would fare better.
    `address`: where it goes, if that is not the account's own address now.
    """

    model_config = ConfigDict(frozen=True)

    fact: str
    account: str
    kind: str
    at: datetime
    browser: str = ""
    system: str = ""
    address: str = ""
    tries: int = 0
    next_at: datetime | None

    @property
    def name(self) -> str:
        """Under which it is kept."""
        return f"{_PREFIX}{self.fact}"


def keep(connection: Connection, notice: Notice) -> None:
    """Add it, or change how it stands."""
    state.set_value(connection, notice.name, notice.model_dump_json())


def every(connection: Connection) -> list[Notice]:
    """All that are still to be told, the oldest first."""
    values = connection.execute(select(TABLE.c.value).where(TABLE.c.name.startswith(_PREFIX))).scalars()
    return sorted((Notice.model_validate_json(value) for value in values), key=lambda one: (one.at, one.fact))


def of_account(connection: Connection, account: str) -> list[Notice]:
    """Those of one account, the oldest first."""
    return [one for one in every(connection) if one.account == account]


def held(connection: Connection, notice: Notice) -> Notice | None:
    """As it stands now, locked until the transaction ends; None once it has been told."""
    query = select(TABLE.c.value).where(TABLE.c.name == notice.name).with_for_update()
    found = connection.execute(query).scalar_one_or_none()
    return Notice.model_validate_json(found) if found is not None else None


def remove(connection: Connection, *notices: Notice) -> None:
    """They were told, or are of no use to anybody any more."""
    connection.execute(delete(TABLE).where(TABLE.c.name.in_([one.name for one in notices])))
