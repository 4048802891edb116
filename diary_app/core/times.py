"""Moments and zones: UTC text as records carry it, and wall time in a named zone as people live it.

Zone rules always come from the `tzdata` package, never from the machine, so that phone, browser and server agree.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from importlib.metadata import version
from zoneinfo import ZoneInfo

from diary_app.core.errors import ValueUnfit

TZDATA_VERSION = version("tzdata")
_MIDNIGHT = time()
_TWO_DIGITS = tuple(f"{number:02}" for number in range(100))
_THREE_DIGITS = tuple(f"{number:03}" for number in range(1000))


class UnknownZone(ValueUnfit):
    """The name is not in the IANA list."""


@cache
def zone_names() -> frozenset[str]:
    """Every zone name of the IANA list, old names included."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


@cache
def zone(name: str) -> ZoneInfo:
    """The rules of an IANA zone. Raises `UnknownZone`; only a name on the list ever becomes part of a path."""
    if name not in zone_names():
        raise UnknownZone("{name} is not an IANA zone name such as Europe/Copenhagen.", name=repr(name[:60]))
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def format_utc(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{format_wall(in_utc)}.{_THREE_DIGITS[in_utc.microsecond // 1000]}Z"


def format_wall(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS` as the moment itself has it; in a fifth of the time that `isoformat` takes."""
    century, year = divmod(moment.year, 100)
    return (
        f"{_TWO_DIGITS[century]}{_TWO_DIGITS[year]}-{_TWO_DIGITS[moment.month]}-{_TWO_DIGITS[moment.day]}"
        f"T{_TWO_DIGITS[moment.hour]}:{_TWO_DIGITS[moment.minute]}:{_TWO_DIGITS[moment.second]}"
    )


@lru_cache(maxsize=4096)
def parse_utc(text: str) -> datetime:
    """The reverse of `format_utc`. Raises ValueError for any other form.

    Remembered, as everybody's windows open and close at the same moments.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _not_utc(text) from None
    if format_utc(moment) != text:
        raise _not_utc(text)
    return moment


def local(moment: datetime, zone_name: str) -> datetime:
    """The moment as the clocks on the wall of that zone show it."""
    return moment.astimezone(zone(zone_name))


def local_date(moment: datetime, zone_name: str) -> date:
    """The calendar date on that wall."""
    return local(moment, zone_name).date()


def offset_minutes(moment: datetime, zone_name: str) -> int:
    """Minutes that the zone's wall time is ahead of UTC at that moment."""
    return int(_offset(local(moment, zone_name)).total_seconds() // 60)


def wall_to_utc(day: date, minutes: int, zone_name: str, *, last: bool) -> datetime:
    """The instant at which the wall shows `minutes` after the start of `day` (may exceed a day).

    A time that occurs twice (clocks set back) is its first occurrence, or its last with `last=True`;
    a time that is skipped (clocks set forward) is the instant of the change.
    """
    return _instant(day, minutes, zone_name, last)


@lru_cache(maxsize=16_384)
def _instant(day: date, minutes: int, zone_name: str, last: bool) -> datetime:
    wall = datetime.combine(day, _MIDNIGHT, UTC) + timedelta(minutes=minutes)
    rules = zone(zone_name)
    before, after = (_offset(wall.replace(tzinfo=rules, fold=fold)) for fold in (0, 1))
    if before == after:
        return wall - before
    if before > after:  # set back: the wall shows this time under both offsets
        return wall - (after if last else before)
    return _change_between(wall - after, wall - before, rules)


def _not_utc(text: str) -> ValueError:
    return ValueError(f"{text!r} is not a UTC time with milliseconds, as 2026-11-22T20:14:05.123Z")


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None
    return offset


def _change_between(earlier: datetime, later: datetime, rules: ZoneInfo) -> datetime:
    """The first whole second in (earlier, later] from which the offset is that of `later`."""
    target = later.astimezone(rules).utcoffset()

    def is_changed(second: int) -> bool:
        return (earlier + timedelta(seconds=second)).astimezone(rules).utcoffset() == target

    seconds = range(int((later - earlier).total_seconds()) + 1)
    return earlier + timedelta(seconds=bisect_left(seconds, True, key=is_changed))
