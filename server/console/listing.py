"""Tables that sort, filter, page, keep their state in the address, and download as CSV; drawn by `listing.html`.

A page has its rows at hand and says what each column shows; whatever is longer than that is read by pages of its own.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Response

from server.export.csv_table import harmless

Row = TypeVar("Row")
PAGE = 50
#: As many as one page takes to be printed.
MOST = 2000
_BOM = "\ufeff"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """`title`: a message. `text`: what is read; `raw`: what the CSV has instead (ISO dates, codes).

    `order`: what it is sorted by, else the text; a column that is not `sortable` has no link in its head.
    `link` and `shape` (of a state) may be empty for a row. `is_news`: whether an open page tells that it has changed.
    """

    key: str
    title: str
    text: Callable[[Row], str]
    raw: Callable[[Row], object] | None = None
    order: Callable[[Row], Any] | None = None
    link: Callable[[Row], str] | None = None
    shape: Callable[[Row], str] | None = None
    sortable: bool = True
    is_number: bool = False
    is_news: bool = True


@dataclass(frozen=True)
class Table(Generic[Row]):
    """What the template draws. `shown`: the rows of this page; `found`: how many match; `all`: how many there are."""

    name: str
    columns: Sequence[Column[Row]]
    path: str
    query: Mapping[str, str]
    rows: Sequence[Row]
    total: int
    sorted_by: str
    is_down: bool
    words: str
    page: int
    size: int = PAGE
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """How many rows match what was looked for."""
        return len(self.rows)

    @property
    def pages(self) -> int:
        """How many pages they fill."""
        return max(1, ceil(self.found / self.size))

    @property
    def is_whole(self) -> bool:
        """Whether the address asks for all rows on one page, as to print them."""
        return self.query.get(self.key("all")) == "1"

    @property
    def span(self) -> tuple[int, int]:
        """Of which number to which the rows of this page are."""
        start = (self.page - 1) * self.size
        return start + 1, start + len(self.shown)

    @property
    def shown(self) -> Sequence[Row]:
        """The rows of this page."""
        start = (self.page - 1) * self.size
        return self.rows[start : start + self.size]

    @property
    def wants_csv(self) -> bool:
        """Whether the address asks for the rows as a file."""
        return self.query.get(self.key("csv")) == "1"

    def key(self, part: str) -> str:
        """The name of one parameter in the address."""
        return f"{self.name}.{part}" if self.name else part

    def address(self, **changes: object) -> str:
        """The page with the table changed: sort, down, find, page, all, csv; None takes a parameter out."""
        asked = {name: value for name, value in self.query.items() if name != "said"}
        for part, value in changes.items():
            asked.pop(self.key(part), None)
            if value is not None:
                asked[self.key(part)] = str(value)
        return f"{self.path}?{urlencode(asked)}" if asked else self.path

    def sort_address(self, column: Column[Row]) -> str:
        """Sorted by that column, or the other way round."""
        down = "1" if self.sorted_by == column.key and not self.is_down else None
        return self.address(sort=column.key, down=down, page=None)

    def direction(self, column: Column[Row]) -> str:
        """For `aria-sort`; empty where it is not sorted by this column."""
        if self.sorted_by != column.key:
            return ""
        return "descending" if self.is_down else "ascending"

    def kept(self) -> list[tuple[str, str]]:
        """What a form with the search field has to carry along."""
        own = {self.key(part) for part in ("find", "page", "csv")} | {"said"}
        return [(name, value) for name, value in self.query.items() if name not in own]

    def csv(self, name: str, say: Callable[[str], str]) -> Response:
        """All rows that match, as a file that spreadsheets open: UTF-8 with a mark, a line for the titles."""
        titles = [say(column.title) for column in self.columns]
        return csv_file(
            name, titles, ([(column.raw or column.text)(row) for column in self.columns] for row in self.rows)
        )


def csv_file(name: str, titles: Iterable[str], rows: Iterable[Iterable[object]]) -> Response:
    """A file that spreadsheets open: UTF-8 with a mark, a line for the titles."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(titles)
    lines.writerows(map(_cell, row) for row in rows)
    return Response(
        (_BOM + text.getvalue()).encode(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )  # fmt: skip


def table(
    columns: Sequence[Column[Row]],
    rows: Sequence[Row],
    path: str,
    query: Mapping[str, str],
    *,
    name: str = "",
    sort: str = "",
    down: bool = False,
    size: int = PAGE,
) -> Table[Row]:
    """Arrange the rows as the address asks. `sort`, `down`: how they come otherwise; empty: as they are given."""
    prefix = f"{name}." if name else ""
    words = query.get(f"{prefix}find", "").strip()[:100]
    known = {column.key: column for column in columns if column.sortable}
    asked = query.get(f"{prefix}sort", "")
    by, is_down = (asked, query.get(f"{prefix}down") == "1") if asked in known else (sort, down)
    matching = [row for row in rows if _matches(columns, row, words)]
    if by in known:
        order = known[by].order or known[by].text
        there = [row for row in matching if order(row) is not None]
        matching = sorted(there, key=order, reverse=is_down) + [row for row in matching if order(row) is None]
    if query.get(f"{prefix}all") == "1":
        size = MOST
    page = query.get(f"{prefix}page", "1")
    last = max(1, ceil(len(matching) / size))
    shown = min(max(int(page), 1), last) if page.isdecimal() and len(page) < 9 else 1
    return Table(name, columns, path, query, matching, len(rows), by, is_down, words, shown, size)


def _matches(columns: Sequence[Column[Row]], row: Row, words: str) -> bool:
    if not words:
        return True
    text = " ".join(column.text(row) for column in columns).replace("\u00a0", " ").casefold()
    return all(word in text for word in words.casefold().split())


def _cell(value: object) -> str:
    return "" if value is None else harmless(str(value))
