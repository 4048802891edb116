"""Which run this is: versions and commit, for the report that evidence is made of."""

import platform
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from server.db.engine import make_engine

ROOT = Path(__file__).parents[2]


# pytest writes it all the same, and so do later versions of the report's schema.
@pytest.mark.filterwarnings("ignore:record_property is incompatible")
def test_the_report_says_what_was_tested_and_where(
    record_property: Callable[[str, object], None], postgresql_server: str
) -> None:
    engine = make_engine(postgresql_server)
    with engine.connect() as connection:
        postgresql = str(connection.execute(text("SHOW server_version")).scalar_one())
    engine.dispose()
    for name, value in {
        "commit": commit(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": postgresql.split(maxsplit=1)[0],
    }.items():
        assert value[0].isalnum()
        record_property(name, value)


def commit() -> str:
    """With a word where the tested files are not those of the commit."""
    try:
        made = subprocess.run(
            ["git", "describe", "--always", "--dirty= and changes", "--abbrev=12", "--exclude=*"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return made.stdout.strip()
