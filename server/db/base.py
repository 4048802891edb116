"""What every table of the server stands on. Rows hold no rules.

Moments are `Moment` columns; hashes are 64 hex digits; diary days are dates.
"""

from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from server.db.columns import Moment


def moment(*, index: bool = False, optional: bool = False) -> Any:
    """A column that holds one."""
    return Field(sa_column=Column(Moment, nullable=optional, index=index))


class ServerTable(SQLModel, registry=registry()):
    """Base with a registry of its own, so that phone and server tables never meet."""
