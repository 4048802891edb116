"""How the backups stand: the last good one, what it counted, and the last that failed; kept with the database."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from server.backup.making import Made
from server.clocks import is_ahead
from server.db import state
from server.db.tables import FACT_TABLES
from server.services import Services

LONGEST = timedelta(hours=26)
_NAME = "backups"
_FACTS = tuple(str(row.__tablename__) for row in FACT_TABLES)


class Standing(BaseModel):
    """`most`: how many rows each table of facts ever had; `fell`: those that have fewer now, which cannot be right.

    `flaws`: places at which the trail does not hold together.
    """

    model_config = ConfigDict(frozen=True)

    made_at: datetime | None = None
    file: str = ""
    most: dict[str, int] = {}
    fell: tuple[str, ...] = ()
    flaws: int = 0
    failed_at: datetime | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the last backup has all that the ones before had, so that those may go in time."""
        return not (self.fell or self.flaws)

    def after(self, made: Made, flaws: int) -> "Standing":
        """A backup was made."""
        rows = {name: made.manifest.rows[name] for name in _FACTS}
        return Standing(
            made_at=made.manifest.taken_at,
            file=made.file.name,
            most={name: max(count, self.most.get(name, 0)) for name, count in rows.items()},
            fell=tuple(name for name, count in rows.items() if count < self.most.get(name, 0)),
            flaws=flaws,
        )

    def has_news_since(self, moment: datetime) -> bool:
        """Whether a backup was made, or a failure noted, at that moment or later."""
        return any(one is not None and one >= moment for one in (self.made_at, self.failed_at))

    def is_late(self, now: datetime) -> bool:
        """Whether there should have been one since; also when a wrong clock said when the last one was made."""
        age = self.age(now)
        return age is None or age > LONGEST

    def age(self, now: datetime) -> timedelta | None:
        """How old the last good one is; None where there is none, or by the clock it was not made yet."""
        return None if self.made_at is None or is_ahead(self.made_at, now) else now - self.made_at


def read(connection: Connection) -> Standing:
    """As it is; empty before the first backup of this copy of the data."""
    found = state.value(connection, _NAME)
    return Standing.model_validate_json(found) if found else Standing()


def known(services: Services, connection: Connection) -> Standing:
    """The same, with a failure that could not be noted yet as the database has no room either."""
    stands, failed = read(connection), services.backup_failed
    return stands if failed is None else stands.model_copy(update={"failed_at": failed[1]})


def write(connection: Connection, standing: Standing) -> None:
    """Keep it."""
    state.set_value(connection, _NAME, standing.model_dump_json())
