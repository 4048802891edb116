"""Rows of the trail that an address asks for: read as a stream, of which only a page's worth is ever kept."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection

from diary_app.core.catalogue import Catalogue
from diary_app.core.times import wall_to_utc
from server.console.desk import Desk
from server.console.person import trail_words
from server.trail.fields import Asked, Reader, TrailRow, rows

PAGE = 50
#: As far back as pages go, and as many rows as one page looks at; whatever is beyond is found with a filter.
KEPT = 1000
LOOKED_AT = 50_000
SORTS = ("received", "participant", "kind", "field", "who")


class Filter(BaseModel):
    """What the address asks for; days are those of the site. What cannot be read is not asked.

    `kind`, `field`: as somebody types them, a code or words of either language.
    """

    model_config = ConfigDict(frozen=True)

    participant: str = ""
    day: str = ""
    kind: str = ""
    field: str = ""
    who: str = ""
    since: str = ""
    until: str = ""
    sort: str = "received"
    up: str = ""
    page: str = "1"

    @classmethod
    def of(cls, query: Any) -> "Filter":
        """As far as it can be read."""
        named = {name: str(query.get(name, "")).strip()[:100] for name in cls.model_fields if query.get(name)}
        try:
            return cls(**named)
        except ValidationError:
            return cls()

    def asked(self, zone: str) -> Asked:
        """As the trail is asked."""
        since, until = _day(self.since), _day(self.until)
        return Asked(
            participant=self.participant or None, day=_day(self.day),
            field=trail_words.fields_found(self.field) or None, kind=trail_words.kinds_found(self.kind) or None,
            who=self.who or None,
            since=wall_to_utc(since, 0, zone, last=False) if since else None,
            until=wall_to_utc(until + timedelta(days=1), 0, zone, last=False) - timedelta(milliseconds=1)
            if until
            else None,
        )  # fmt: skip

    @property
    def narrows(self) -> bool:
        """Whether more is asked for than a participant, an order or a page."""
        return any((self.day, self.kind, self.field, self.who, self.since, self.until))

    @property
    def number(self) -> int:
        """Of the page, from 1."""
        return min(max(int(self.page), 1), KEPT // PAGE) if self.page.isdecimal() and len(self.page) < 6 else 1

    def address(self, path: str, **changes: object) -> str:
        """The page with something else asked."""
        wanted = {**self.model_dump(), **{name: str(value) for name, value in changes.items()}}
        usual = Filter().model_dump()
        asked = {name: value for name, value in wanted.items() if value and value != usual[name]}
        return f"{path}?{urlencode(asked)}" if asked else path

    @property
    def sorted_by(self) -> str:
        """One of `SORTS`."""
        return self.sort if self.sort in SORTS else "received"


@dataclass(frozen=True)
class Found:
    """One page. `matched`: how many rows match; `is_cut`: not every row was looked at."""

    rows: tuple[TrailRow, ...]
    matched: int
    is_cut: bool
    page: int
    pages: int


def find(connection: Connection, desk: Desk, wanted: Filter, *, answers: bool = False) -> Found:
    """The page that is asked for, as the reader may see it."""
    asked = wanted.asked(desk.calendar.zone)
    stream = _Stream(rows(connection, Reader(desk.staff.rights, answers), Asked(participant=asked.participant)), asked)
    take = heapq.nsmallest if wanted.up else heapq.nlargest
    kept = take(KEPT, stream, key=_order(wanted.sorted_by, desk.texts))
    pages = max(1, -(-len(kept) // PAGE))
    number = min(wanted.number, pages)
    shown = tuple(kept[(number - 1) * PAGE : number * PAGE])
    return Found(shown, stream.matched, stream.is_cut, number, pages)


def _order(sorted_by: str, texts: Catalogue) -> Callable[[TrailRow], Any]:
    """As it is read: kinds and fields by their words."""
    kind, field = cache(partial(trail_words.kind, texts)), cache(partial(trail_words.field, texts))
    match sorted_by:
        case "participant":
            return lambda row: (row.participant, row.received)
        case "kind":
            return lambda row: (kind(row.kind), row.received)
        case "field":
            return lambda row: (field(row.field), row.received)
        case "who":
            return lambda row: (row.who, row.received)
    return lambda row: (row.received, row.participant, row.source, row.field)


class _Stream:
    """Those that match, counted; it ends after `LOOKED_AT` rows."""

    def __init__(self, source: Iterator[TrailRow], asked: Asked) -> None:
        self.matched, self.is_cut = 0, False
        self._source, self._asked = source, asked

    def __iter__(self) -> Iterator[TrailRow]:
        for number, row in enumerate(self._source):
            if number >= LOOKED_AT:
                self.is_cut = True
                return
            if self._asked.takes(row):
                self.matched += 1
                yield row


def span_of(found: Found, today: date) -> tuple[date, date]:
    """First and last diary day of a page's rows."""
    days = [day for row in found.rows if (day := _day(row.diary_day))]
    return min(days, default=today), max(days, default=today)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
