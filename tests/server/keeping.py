"""What a server holds of everything that ever arrived."""

from sqlalchemy import select

from server.db import quarantine, records
from server.db.engine import reading
from server.intake.arrivals import as_bytes
from server.services import Services


def kept(services: Services) -> set[bytes]:
    """Every text that is stored or set aside."""
    with reading(services.engine) as connection:
        stored = connection.execute(select(records.TABLE.c.text)).scalars()
        aside = connection.execute(select(quarantine.TABLE.c.data)).scalars()
        return {*map(as_bytes, stored), *map(bytes, aside)}
