"""The page of compliance, its tables as files, and the chart as a picture of its own under a policy of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from babel.numbers import format_decimal
from fastapi import Response

from diary_app.core.catalogue import message
from diary_app.core.compliance import BothReadings, Rate
from server.console.compliance.summing import Compliance, Sum, compliance
from server.console.desk import Desk, DeskDep, routes
from server.console.listing import Column, Table, table
from server.console.marks import Watched
from server.console.phases import phases

PATH = "/console/compliance"
SHOWN_WEEKS = 26
#: An image has no use for scripts or for anything from elsewhere; its colours are a style of its own.
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

router = routes()


@dataclass(frozen=True)
class Line:
    """One line of a table: its name as it is read, what it sums up, and its place among the others by that name."""

    name: str
    raw: str
    sum: Sum
    place: object


@router.get("/compliance")
def show(desk: DeskDep) -> Response:
    """Rates by site, period and week, each with n of N and in both readings."""
    found, site = _found(desk), desk.query.get("site")
    tables = _tables(desk, found)
    for name, one in tables.items():
        if one.wants_csv:
            return one.csv(f"compliance-{name}", desk.say)
    return desk.page(
        "compliance/page.html", found=found, tables=tables, as_of=desk.calendar.time_with_zone(found.mark.at),
        evening=desk.calendar.day(found.evening) if found.evening else "", rate=partial(_rate, desk),
        site=site, unfolded=any(name.startswith("weeks.") for name in desk.query),
        watched=Watched(found.mark, site=site), version=int(found.mark.at.timestamp()),
    )  # fmt: skip


@router.get("/compliance/weeks.svg")
def chart(desk: DeskDep) -> Response:
    """The share of evenings that were filled in, week by week; `dark=1` for dark pages, `narrow=1` for phones."""
    from server.console.compliance.drawing import shares  # noqa: PLC0415 - what draws is loaded by the first who looks

    weeks = _found(desk).weeks[-SHOWN_WEEKS:]
    lines = [
        (desk.say(title), [_number(reading(one.rates.on_time_or_late)) for _, one in weeks])
        for title, reading in _READINGS
    ]
    names = [_week(desk, day) for day, _ in weeks]
    drawn = shares(names, lines, dark=desk.query.get("dark") == "1", narrow=desk.query.get("narrow") == "1")
    return Response(drawn, media_type="image/svg+xml; charset=utf-8", headers={"Content-Security-Policy": _PICTURE})


_READINGS: tuple[tuple[str, Callable[[BothReadings], Rate]], ...] = (
    (message("Filled in, excused days left out (%)"), lambda both: both.excused_out),
    (message("Filled in, excused days counted as missed (%)"), lambda both: both.excused_as_missed),
)


def _found(desk: Desk) -> Compliance:
    sites = [site.id for site in desk.site(desk.query.get("site"))]
    with desk.reading() as connection:
        return compliance(connection, desk.services.study, sites, desk.calendar.today, desk.now)


def _tables(desk: Desk, found: Compliance) -> Mapping[str, Table[Line]]:
    names = {site.id: site.name for site in desk.sites}
    known = phases(desk.services.study, desk.texts, desk.staff.language)
    order = {name: index for index, name in enumerate(known)}
    in_order = sorted(found.periods, key=lambda one: order.get(one.key, len(order)))
    lines = {
        "sites": [Line(names[one.key], one.key, one, names[one.key]) for one in found.sites],
        "periods": [Line(known.get(one.key, one.key), one.key, one, place) for place, one in enumerate(in_order)],
        "weeks": [Line(_week(desk, day), day.isoformat(), one, day) for day, one in reversed(found.weeks)],
    }
    titles = {"sites": message("Site"), "periods": message("Period"), "weeks": message("Week from")}
    has_typed = bool(found.all.tally.received_on_paper)
    columns = {name: _columns(desk, title, has_typed=has_typed) for name, title in titles.items()}
    return {name: table(columns[name], some, PATH, desk.query, name=name) for name, some in lines.items()}


def _number(rate: Rate) -> float | None:
    return None if rate.percent is None else float(rate.percent)


def _week(desk: Desk, day: date) -> str:
    return desk.calendar.short_day(day)


def _columns(desk: Desk, title: str, *, has_typed: bool) -> list[Column[Line]]:
    """What staff typed is never on time; where there is any, what was filled in is also given without it."""
    without = _both(
        desk, "screen", message("Filled in, without paper and interviews"),
        message("Filled in, without paper and interviews, excused as missed"),
        _without_paper,
    )  # fmt: skip
    return [
        Column("name", title, lambda one: one.name, raw=lambda one: one.raw, order=lambda one: one.place),
        Column("participants", message("Participants"), lambda one: str(one.sum.participants),
               order=lambda one: one.sum.participants, is_number=True),
        Column("evenings", message("Evenings"), lambda one: str(one.sum.tally.expected),
               order=lambda one: one.sum.tally.expected, is_number=True),
        *_both(desk, "on_time", message("On time"), message("On time, excused as missed"),
               lambda one: one.sum.rates.on_time),
        *_both(desk, "filled", message("On time or late"), message("On time or late, excused as missed"),
               lambda one: one.sum.rates.on_time_or_late),
        *_both(desk, "received", message("Received by now"), message("Received by now, excused as missed"),
               lambda one: one.sum.rates.received),
        *(without if has_typed else ()),
    ]  # fmt: skip


def _without_paper(one: Line) -> BothReadings:
    return one.sum.rates.on_time_or_late_without_paper


def _both(desk: Desk, key: str, title: str, other: str, of: Callable[[Line], BothReadings]) -> list[Column[Line]]:
    """`title`: with excused days counted out; `other`: with them counted as missed."""
    return [
        Column(key, title, lambda one: _rate(desk, of(one).excused_out), raw=lambda one: _plain(of(one).excused_out),
               order=lambda one: of(one).excused_out.percent, is_number=True),
        Column(f"{key}_all", other, lambda one: _rate(desk, of(one).excused_as_missed),
               raw=lambda one: _plain(of(one).excused_as_missed),
               order=lambda one: of(one).excused_as_missed.percent, is_number=True),
    ]  # fmt: skip


def _rate(desk: Desk, rate: Rate) -> str:
    """37/41 (90.2 %), as it is written in their language; a dash of nothing."""
    if rate.percent is None:
        return "–"
    percent = format_decimal(rate.percent, format="0.0", locale=desk.staff.language)
    return f"{rate.n}/{rate.of} ({percent}\u00a0%)"


def _plain(rate: Rate) -> str:
    return f"{rate.n}/{rate.of}"
