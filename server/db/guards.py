"""Facts are never changed: triggers on every fact table, and the check that they are still there.

On both databases UPDATE and DELETE of a fact are refused, and with UPDATE also `ON CONFLICT DO UPDATE`; PostgreSQL also
refuses TRUNCATE. SQLite's INSERT OR REPLACE deletes rows quietly, so there an INSERT is refused as soon as one of the
table's unique keys exists already. That trigger runs before SQLite looks at ON CONFLICT, so `ON CONFLICT DO NOTHING`
raises on SQLite where it is silent on PostgreSQL: **stores look a fact up first, under the participant's lock**, and
then insert it plainly. Every refusal arrives as `sqlalchemy.exc.IntegrityError`.

The SQL of each migration is frozen in that migration; this module says what has to be there now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Table, UniqueConstraint, bindparam, text

from diary_app.core.errors import Code, XerodiaryError
from server.db.engine import is_sqlite
from server.db.tables import FACT_TABLES, METADATA

FUNCTION_BODY = """
BEGIN
  RAISE EXCEPTION '% of % refused: facts are never changed', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END
"""
#: pg_trigger.tgtype: row 1, before 2, delete 8, update 16, truncate 32.
_POSTGRESQL_TYPES = {"no_update": 1 + 2 + 16, "no_delete": 1 + 2 + 8, "no_truncate": 2 + 32}


class GuardsMissing(XerodiaryError):
    """Triggers that protect facts are missing, changed or joined by others."""


@dataclass(frozen=True, order=True)
class Guard:
    """One trigger: its name, its table and what it does, in the form in which its database reports it."""

    name: str
    table: str
    definition: str


def fact_tables() -> tuple[Table, ...]:
    """The tables that are guarded."""
    return tuple(METADATA.tables[str(row.__tablename__)] for row in FACT_TABLES)


def expected(connection: Connection) -> frozenset[Guard]:
    """The guards that this code relies on."""
    return _expected(is_sqlite(connection))


@cache
def _expected(on_sqlite: bool) -> frozenset[Guard]:
    make = _sqlite_guards if on_sqlite else _postgresql_guards
    return frozenset(guard for table in fact_tables() for guard in make(table))


def present(connection: Connection) -> frozenset[Guard]:
    """Every trigger on a fact table, as it is."""
    read = _present_in_sqlite if is_sqlite(connection) else _present_in_postgresql
    return frozenset(read(connection))


def check(connection: Connection) -> None:
    """Raises `GuardsMissing` naming every trigger that is missing, changed or not ours."""
    wanted, found = expected(connection), present(connection)
    if wanted != found:
        names = ", ".join(sorted({guard.name for guard in wanted ^ found}))
        raise GuardsMissing(
            Code.DATABASE_GUARDS_MISSING,
            f"The triggers that keep facts from being changed are not as they must be: {names}.",
            "Find out who changed the database and whether facts changed, then restore it from a backup.",
        )


def _sqlite_guards(table: Table) -> Iterator[Guard]:
    name = table.name
    for verb in ("update", "delete"):
        yield Guard(
            f"{name}_no_{verb}",
            name,
            f"CREATE TRIGGER {name}_no_{verb} BEFORE {verb.upper()} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{verb} of {name} refused: facts are never changed'); END",
        )
    yield Guard(
        f"{name}_no_replace",
        name,
        f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} "  # noqa: S608 - our own table names
        f"WHEN EXISTS (SELECT 1 FROM {name} WHERE {_same_key(table)}) "
        f"BEGIN SELECT RAISE(ABORT, 'insert into {name} refused: it exists already'); END",
    )


def _same_key(table: Table) -> str:
    keys = [[column.name for column in table.primary_key]]
    keys += [[column.name for column in key.columns] for key in _unique_keys(table)]
    return " OR ".join(" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)


def _unique_keys(table: Table) -> list[UniqueConstraint]:
    keys = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    return sorted(keys, key=lambda key: [column.name for column in key.columns])


def _postgresql_guards(table: Table) -> Iterator[Guard]:
    for rule, kind in _POSTGRESQL_TYPES.items():
        yield Guard(f"{table.name}_{rule}", table.name, _postgresql_definition(kind, "O", FUNCTION_BODY))


def _postgresql_definition(kind: int, enabled: str, body: str) -> str:
    return f"{kind} {enabled} {' '.join(body.split())}"


def _present_in_sqlite(connection: Connection) -> Iterator[Guard]:
    query = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN :tables")
    names = [table.name for table in fact_tables()]
    for name, table, definition in connection.execute(
        query.bindparams(bindparam("tables", expanding=True)), {"tables": names}
    ):
        yield Guard(name, table, " ".join(definition.split()))


def _present_in_postgresql(connection: Connection) -> Iterator[Guard]:
    query = text(
        "SELECT t.tgname, c.relname, t.tgtype, t.tgenabled::text, p.prosrc,"
        " t.tgqual IS NULL AND t.tgattr = ''::int2vector AS whole"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:tables)"
    )
    names = [table.name for table in fact_tables()]
    for name, table, kind, enabled, body, whole in connection.execute(query, {"tables": names}):
        yield Guard(name, table, _postgresql_definition(kind, enabled if whole else "partial", body))
