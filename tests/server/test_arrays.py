"""Lists of values reach PostgreSQL as they are, whatever is in them."""

from datetime import date

import pytest
from sqlalchemy import Connection, Engine, insert, select

from server.db import shapes
from server.db.among import among
from server.db.arrays import array
from server.db.bulk import Bulk

TABLE = shapes.table("server_state")
ODD = [
    "",
    "NULL",
    "null",
    '"',
    "\\",
    '\\"',
    "a,b",
    "{}",
    "{a}",
    " leading",
    "line\nbreak",
    "tab\t",
    "\u00e6\u4e16",
    "'",
    "%s",
    ":x",
]
FOUND = select(TABLE.c.name).where(among(TABLE.c.name, "names"))


def named(connection: Connection, names: list[str]) -> None:
    connection.execute(insert(TABLE), [{"name": name, "value": "before"} for name in names])


def test_every_text_is_found_by_itself_and_by_nothing_else(engine: Engine) -> None:
    with engine.begin() as connection:
        named(connection, [f"odd {text}" for text in ODD])
        for text in ODD:
            for _ in range(2):  # the second time the statement is ready
                assert shapes.column(connection, FOUND, names=[f"odd {text}", "nobody"]) == [f"odd {text}"]
        assert len(shapes.column(connection, FOUND, names=[f"odd {text}" for text in ODD])) == len(ODD)
        assert shapes.column(connection, FOUND, names=[]) == []


def test_every_text_is_written_to_its_own_row(engine: Engine) -> None:
    written = Bulk(TABLE, ("value",), found_by=("name",))
    with engine.begin() as connection:
        named(connection, [f"odd {text}" for text in ODD])
        assert written.run(connection, [(f"odd {text}", text) for text in ODD]) == len(ODD)
        found = {row.name: row.value for row in connection.execute(select(TABLE))}
    assert {text: found[f"odd {text}"] for text in ODD} == {text: text for text in ODD}


def test_what_is_missing_is_no_text() -> None:
    assert array(["a", None, "NULL"]) == '{"a",NULL,"NULL"}'
    assert array([1, None, -3]) == "{1,NULL,-3}"
    assert array([date(2026, 11, 23), None]) == "{2026-11-23,NULL}"
    assert array([]) == "{}"


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        array([b"a"])
