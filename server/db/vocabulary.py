"""Whether this release can read every fact in a database, looked at once after another release has served from it.

The number of the schema does not say so: a release may add a kind of fact, or a value to one, without a table.
"""

import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

import diary_app.core
from diary_app.core.errors import Code
from diary_app.core.facts import FactInvalid, detail_from
from server.db import migrate, staff_facts, state

_READ_BY = "facts_read_by"


def require_legible(connection: Connection) -> None:
    """Raises `DatabaseTooNew` where a fact cannot be read: the phones of whoever it is about would all be refused."""
    if migrate.revision(connection) is None or state.value(connection, _READ_BY) == _own():
        return
    if kinds := sorted(set(_illegible(connection))):
        raise migrate.DatabaseTooNew(
            Code.DATABASE_TOO_NEW,
            f"The database holds facts that this release cannot read ({', '.join(kinds)}).",
            "Install the newer release again, or restore the backup made before it.",
        )


def note_legible(connection: Connection) -> None:
    """This release need not look again before another one has served; from now on this one may add facts."""
    if state.value(connection, _READ_BY) != _own():
        state.set_value(connection, _READ_BY, _own())


def _illegible(connection: Connection) -> Iterator[str]:
    for kind, body in staff_facts.bodies(connection):
        try:
            detail_from(json.loads(body))
        except (FactInvalid, ValueError, TypeError, RecursionError):  # also what is no fact of any release
            yield kind


@cache
def _own() -> str:
    """Names what this release knows: all of the rules, as a fact takes its values from several of their modules."""
    rules = sorted(Path(diary_app.core.__file__).parent.glob("*.py"))
    return sha256(b"\0".join(file.read_bytes() for file in rules)).hexdigest()
