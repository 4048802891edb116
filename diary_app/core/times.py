"""Moments and zones: UTC text as records carry it, and wall time in a named zone as people live it.

Zone rules always come from the `tzdata` package, never from the machine, so that phone, browser and server agree.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from importlib.metadata import version
from zoneinfo import ZoneInfo

TZDATA_VERSION = version("tzdata")
_UTC_FORMAT = "%Y-%m-%dT%H:%M:%S."


class UnknownZone(ValueError):
    """The name is not in the IANA list."""


@cache
def zone(name: str) -> ZoneInfo:
    """The rules of an IANA zone. Raises `UnknownZone`."""
    *folders, leaf = name.split("/")
    package = ".".join(["tzdata.zoneinfo", *folders])
    try:
        with resources.files(package).joinpath(leaf).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (ModuleNotFoundError, FileNotFoundError, IsADirectoryError, ValueError, OSError) as error:
        raise UnknownZone(f"{name!r} is not an IANA zone name such as Europe/Copenhagen") from error


def format_utc(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    moment = moment.astimezone(UTC)
    return f"{moment.strftime(_UTC_FORMAT)}{moment.microsecond // 1000:03d}Z"


def parse_utc(text: str) -> datetime:
    """The reverse of `format_utc`. Raises ValueError for any other form."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if format_utc(moment) != text:
        raise ValueError(f"{text!r} is not a UTC time with milliseconds, as 2026-11-22T20:14:05.123Z")
    return moment


def local(moment: datetime, zone_name: str) -> datetime:
    """The moment as the clocks on the wall of that zone show it."""
    return moment.astimezone(zone(zone_name))


def local_date(moment: datetime, zone_name: str) -> date:
    """The calendar date on that wall."""
    return local(moment, zone_name).date()


def offset_minutes(moment: datetime, zone_name: str) -> int:
    """Minutes that the zone's wall time is ahead of UTC at that moment."""
    offset = local(moment, zone_name).utcoffset()
    assert offset is not None
    return int(offset.total_seconds() // 60)


def wall_to_utc(day: date, minutes: int, zone_name: str, *, last: bool) -> datetime:
    """The instant at which the wall shows `minutes` after the start of `day` (may exceed a day).

    A time that occurs twice (clocks set back) is its first occurrence, or its last with `last=True`;
    a time that is skipped (clocks set forward) is the instant of the change.
    """
    naive = datetime.combine(day, time()) + timedelta(minutes=minutes)
    rules = zone(zone_name)
    first, second = (naive.replace(tzinfo=rules, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(rules).replace(tzinfo=None) == naive:
        return second if last else first
    return _change_between(second, first, rules)


def _change_between(before: datetime, after: datetime, rules: ZoneInfo) -> datetime:
    """The instant in (before, after] from which the offset is the later one; to the minute, as zone rules are."""
    target = after.astimezone(rules).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(rules).utcoffset() == target:
            after = middle
        else:
            before = middle
    return (after + timedelta(milliseconds=500)).replace(microsecond=0)
