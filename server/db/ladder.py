"""Climbing the ladder of migrations with Alembic; loaded where there is something to climb."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def climb(connection: Connection, schema: str) -> None:
    """Run every step up to that schema in the connection's transaction."""
    command.upgrade(config(connection), schema)


def config(connection: Connection | None = None) -> Config:
    """What Alembic needs to find the ladder inside the installed package."""
    made = Config()
    made.set_main_option("script_location", "server.db:migrations")
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made
