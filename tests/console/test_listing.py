"""Tables of the console: what the address asks for, and the same rows as a file."""

import csv
import io
import re
from collections.abc import Mapping

import pytest

from diary_app.resources import catalogue
from server.console.listing import Column, Table, table
from server.console.pages import macro

ROWS = [("01-003", 7), ("01-001", 12), ("01-010", None), ("01-002", 3)]
COLUMNS: list[Column[tuple[str, int | None]]] = [
    Column("number", "Number", lambda row: row[0], link=lambda row: f"/console/participants/{row[0]}"),
    Column(
        "days", "Days", lambda row: "–" if row[1] is None else f"{row[1]} days", lambda row: row[1], lambda row: row[1]
    ),
]


def asked(query: Mapping[str, str], **more: object) -> Table[tuple[str, int | None]]:
    return table(COLUMNS, ROWS, "/console/x", query, **more)  # type: ignore[arg-type]


def numbers(query: Mapping[str, str], **more: object) -> list[str]:
    return [row[0][-3:] for row in asked(query, **more).shown]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["003", "001", "010", "002"]),
        ({"sort": "number"}, ["001", "002", "003", "010"]),
        ({"sort": "days"}, ["002", "003", "001", "010"]),
        ({"sort": "days", "down": "1"}, ["001", "003", "002", "010"]),
        ({"sort": "nothing"}, ["003", "001", "010", "002"]),
        ({"find": "7 DAYS"}, ["003"]),
        ({"find": "01 00"}, ["003", "001", "002"]),
        ({"find": "nobody"}, []),
    ],
)
def test_the_address_says_which_rows_in_which_order(query: Mapping[str, str], found: list[str]) -> None:
    assert numbers(query) == found


@pytest.mark.parametrize(
    ("page", "found"),
    [("1", ["003", "001"]), ("2", ["010", "002"]), ("9", ["010", "002"]), ("x", ["003", "001"]), ("0", ["003", "001"])],
)
def test_pages_that_are_not_there_show_the_nearest(page: str, found: list[str]) -> None:
    assert numbers({"page": page}, size=2) == found


def test_the_head_sorts_and_then_turns_round() -> None:
    assert asked({}).sort_address(COLUMNS[1]) == "/console/x?sort=days"
    assert asked({"sort": "days"}).sort_address(COLUMNS[1]) == "/console/x?sort=days&down=1"
    assert asked({"sort": "days", "down": "1", "page": "3"}).sort_address(COLUMNS[1]) == "/console/x?sort=days"


def test_two_tables_of_a_page_keep_apart() -> None:
    one = asked({"left.find": "003", "right.find": "001"}, name="left")
    assert [row[0] for row in one.rows] == ["01-003"]
    assert one.address(find=None) == "/console/x?right.find=001"
    assert ("right.find", "001") in one.kept()


def test_the_file_has_every_row_that_matches_and_plain_values() -> None:
    answer = asked({"find": "01", "csv": "1"}, size=2).csv("people", str.upper)
    lines = list(csv.reader(io.StringIO(bytes(answer.body).decode("utf-8-sig"))))
    assert lines == [["NUMBER", "DAYS"], ["01-003", "7"], ["01-001", "12"], ["01-010", ""], ["01-002", "3"]]


@pytest.mark.parametrize(("text", "written"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-3.5", "-3.5"), ("-x", "'-x")])
def test_no_cell_is_a_formula(text: str, written: str) -> None:
    made = table([Column("a", "A", str)], [text], "/console/x", {}).csv("x", str)
    assert bytes(made.body).decode("utf-8-sig").splitlines()[1] == written


def test_a_long_table_leads_to_its_first_and_last_page() -> None:
    texts = catalogue("en")

    def links(page: str) -> list[str]:
        drawn = macro("listing.html", "listing")(asked({"page": page}, size=1), texts.text, texts.count)
        return re.findall(r"<li><a [^>]*>([^<]+)</a>", drawn)

    assert links("1") == ["Next page", "Last page"]
    assert links("2") == ["Previous page", "Next page", "Last page"]
    assert links("4") == ["First page", "Previous page"]


def drawn(query: Mapping[str, str]) -> str:
    texts = catalogue("en")
    return macro("listing.html", "listing")(asked(query, size=3), texts.text, texts.count)


def test_all_rows_come_on_one_page_to_be_printed() -> None:
    assert 'href="/console/x?sort=days&amp;all=1">Show all 4 rows, to print</a>' in drawn({"sort": "days", "page": "2"})
    assert numbers({"all": "1"}, size=3) == ["003", "001", "010", "002"]
    whole = drawn({"all": "1", "sort": "days"})
    assert "data-print" in whole
    assert 'href="/console/x?sort=days">Show them page by page</a>' in whole
    assert ("all", "1") in asked({"all": "1"}).kept()
    assert "to print" not in drawn({"find": "003"})


def test_paper_says_which_rows_are_on_it() -> None:
    assert "Printed here: rows 4 to 4 of 4." in drawn({"page": "2"})
    assert "To print all of them" in drawn({})
    assert "Printed here" not in drawn({"all": "1"})
