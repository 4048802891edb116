"""Somebody who owns the database and has taken the guards away."""

from collections.abc import Callable

import pytest
from sqlalchemy import Delete, Update, text

from server.db import guards
from server.db.engine import is_sqlite
from server.services import Services

Forge = Callable[[Update | Delete], None]


@pytest.fixture
def forge(services: Services) -> Forge:
    """What they can do."""

    def run(statement: Update | Delete) -> None:
        with services.engine.begin() as connection:
            for guard in guards.present(connection):
                table = "" if is_sqlite(connection) else f" ON {guard.table}"
                connection.execute(text(f"DROP TRIGGER {guard.name}{table}"))
            connection.execute(statement)

    return run
