"""What this phone holds, as numbers: for the settings screen and a diagnostic report. Nothing is opened for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal, select

from diary_app.core.records import RecordKind
from diary_app.core.times import parse_utc
from diary_app.storage import ladder, meta
from diary_app.storage.meta import Name
from diary_app.storage.tables import RECORD

_COUNTS = select(RECORD.c.kind, func.count()).group_by(RECORD.c.kind).order_by(RECORD.c.kind)

_DAYS = select(func.count(RECORD.c.diary_day.distinct())).where(RECORD.c.kind == literal(RecordKind.ENTRY.value))


@dataclass(frozen=True)
class Holdings:
    """Records by kind, the step of the ladder the file stands on, the last time the server was heard.

    `days`: how many diary days have answers here.
    """

    records: dict[str, int]
    days: int
    file_version: int
    last_contact: datetime | None

    @property
    def total(self) -> int:
        """All records."""
        return sum(self.records.values())


def holdings(connection: Connection) -> Holdings:
    """As it is now."""
    contact = meta.get(connection, Name.LAST_CONTACT)
    return Holdings(
        records={str(kind): int(number) for kind, number in connection.execute(_COUNTS)},
        days=connection.execute(_DAYS).scalar_one(),
        file_version=ladder.step_of(connection),
        last_contact=parse_utc(contact) if contact else None,
    )
