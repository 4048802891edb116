"""Moments as text, wall times that are skipped or repeated, and names that are not zones."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.times import (
    UnknownZone,
    format_utc,
    local,
    local_date,
    offset_minutes,
    parse_utc,
    wall_to_utc,
    zone,
    zone_names,
)
from tests.core.histories import ZONES, utc

COPENHAGEN, LORD_HOWE = "Europe/Copenhagen", "Australia/Lord_Howe"

WALL_TIMES = [
    # zone, date, minutes, first, last
    (COPENHAGEN, "2026-10-25", 119, "2026-10-24 23:59", "2026-10-24 23:59"),
    (COPENHAGEN, "2026-10-25", 120, "2026-10-25 00:00", "2026-10-25 01:00"),  # 02:00 comes twice
    (COPENHAGEN, "2026-10-25", 179, "2026-10-25 00:59", "2026-10-25 01:59"),
    (COPENHAGEN, "2026-10-25", 180, "2026-10-25 02:00", "2026-10-25 02:00"),
    (COPENHAGEN, "2026-10-24", 1440 + 150, "2026-10-25 00:30", "2026-10-25 01:30"),
    (COPENHAGEN, "2027-03-28", 119, "2027-03-28 00:59", "2027-03-28 00:59"),
    (COPENHAGEN, "2027-03-28", 120, "2027-03-28 01:00", "2027-03-28 01:00"),  # 02:00 to 02:59 never come
    (COPENHAGEN, "2027-03-28", 140, "2027-03-28 01:00", "2027-03-28 01:00"),
    (COPENHAGEN, "2027-03-28", 179, "2027-03-28 01:00", "2027-03-28 01:00"),
    (COPENHAGEN, "2027-03-28", 180, "2027-03-28 01:00", "2027-03-28 01:00"),
    (LORD_HOWE, "2027-04-04", 89, "2027-04-03 14:29", "2027-04-03 14:29"),
    (LORD_HOWE, "2027-04-04", 90, "2027-04-03 14:30", "2027-04-03 15:00"),  # half an hour comes twice
    (LORD_HOWE, "2027-04-04", 105, "2027-04-03 14:45", "2027-04-03 15:15"),
    (LORD_HOWE, "2027-04-04", 120, "2027-04-03 15:30", "2027-04-03 15:30"),
    (LORD_HOWE, "2026-10-04", 119, "2026-10-03 15:29", "2026-10-03 15:29"),
    (LORD_HOWE, "2026-10-04", 135, "2026-10-03 15:30", "2026-10-03 15:30"),  # half an hour never comes
    (LORD_HOWE, "2026-10-04", 150, "2026-10-03 15:30", "2026-10-03 15:30"),
    ("America/New_York", "2026-11-01", 90, "2026-11-01 05:30", "2026-11-01 06:30"),
    ("America/New_York", "2027-03-14", 150, "2027-03-14 07:00", "2027-03-14 07:00"),
    ("America/Havana", "2024-03-10", 0, "2024-03-10 05:00", "2024-03-10 05:00"),  # midnight itself never comes
    ("America/Havana", "2024-11-03", 0, "2024-11-03 04:00", "2024-11-03 05:00"),  # and comes twice
    ("Pacific/Auckland", "2027-04-04", 150, "2027-04-03 13:30", "2027-04-03 14:30"),
    ("Pacific/Apia", "2011-12-30", 720, "2011-12-30 10:00", "2011-12-30 10:00"),  # a whole date never came
    ("Asia/Kathmandu", "2026-10-25", 150, "2026-10-24 20:45", "2026-10-24 20:45"),
    ("Etc/UTC", "2026-10-25", 150, "2026-10-25 02:30", "2026-10-25 02:30"),
]


@pytest.mark.parametrize(("zone_name", "day", "minutes", "first", "last"), WALL_TIMES)
def test_wall_time_is_its_first_or_last_instant(zone_name: str, day: str, minutes: int, first: str, last: str) -> None:
    on = date.fromisoformat(day)

    assert wall_to_utc(on, minutes, zone_name, last=False) == utc(first)
    assert wall_to_utc(on, minutes, zone_name, last=True) == utc(last)


@pytest.mark.parametrize("minutes", range(120, 180))
def test_every_skipped_minute_is_the_same_second(minutes: int) -> None:
    assert wall_to_utc(date(2027, 3, 28), minutes, COPENHAGEN, last=False) == utc("2027-03-28 01:00")


@given(st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(0, 2879))
def test_first_is_never_after_last_and_both_show_the_wall(zone_name: str, day: date, minutes: int) -> None:
    first, last = (wall_to_utc(day, minutes, zone_name, last=which) for which in (False, True))
    wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    skipped = local(first, zone_name).replace(tzinfo=None) != wall

    assert first <= last
    assert skipped or local(last, zone_name).replace(tzinfo=None) == wall
    assert not skipped or (first == last and local(first - timedelta(seconds=1), zone_name).replace(tzinfo=None) < wall)


@given(st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(0, 2878), st.booleans())
def test_later_on_the_wall_is_never_earlier(zone_name: str, day: date, minutes: int, last: bool) -> None:
    earlier, later = (wall_to_utc(day, minutes + step, zone_name, last=last) for step in (0, 1))

    assert earlier <= later


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31)))  # noqa: DTZ001 - made aware below
def test_text_of_a_moment_reads_back(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)

    assert parse_utc(format_utc(at)) == at


def test_moment_is_written_in_utc_with_milliseconds() -> None:
    assert format_utc(local(utc("2026-11-22 20:14"), COPENHAGEN)) == "2026-11-22T20:14:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T20:14:05Z",
        "2026-11-22T20:14:05.12Z",
        "2026-11-22T20:14:05.123456Z",
        "2026-11-22T20:14:05.123+00:00",
        "2026-11-22 20:14:05.123Z",
        "2026-02-30T20:14:05.123Z",
        "2026-1-22T20:14:05.123Z",
        "2026-11-22T20:14:05.123z",
    ],
)
def test_other_forms_of_a_moment_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"UTC|time data|month"):
        parse_utc(text)


def test_wall_date_and_offset_are_those_of_the_zone() -> None:
    late, newfoundland = utc("2026-10-24 22:30"), "America/St_Johns"

    assert (local_date(late, COPENHAGEN), offset_minutes(late, COPENHAGEN)) == (date(2026, 10, 25), 120)
    assert (local_date(late, newfoundland), offset_minutes(late, newfoundland)) == (date(2026, 10, 24), -150)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Copenhagen",
        "europe/copenhagen",
        "Europe/Copenhagen ",
        "Europe/Copenhagen\0",
        "Europe",
        "Europe/",
        "/Europe/Copenhagen",
        "Europe//Copenhagen",
        "Europe/../Europe/Copenhagen",
        "../../etc/passwd",
        "../zones",
        "/etc/localtime",
        "..",
        "__init__.py",
        "tzdata.zi",
        "zone.tab",
        "Europe.Copenhagen",
        "C:\\Windows",
        "a/" * 20_000,
        "\ud800",
    ],
)
def test_what_is_not_a_zone_name_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match="IANA"):
        zone(name)


def test_every_zone_on_the_list_has_rules() -> None:
    assert len(zone_names()) > 500
    assert all(local(utc("2026-10-01 12:00"), name) == utc("2026-10-01 12:00") for name in zone_names())


def test_old_names_still_work() -> None:
    old, new = (offset_minutes(utc("2026-10-01 12:00"), name) for name in ("US/Pacific", "America/Los_Angeles"))

    assert old == new
