"""`xerodiary study preview`: the evenings and prompts that would be, at a terminal."""

import json

import pytest

from diary_app.core.environment import SystemEnvironment
from diary_app.core.prompts import Pause, pause_from
from diary_app.core.records import Record, parse
from tests.commands.conftest import Run, refusal
from tests.core.histories import day, utc

AUTUMN = ("--from", "2026-10-24", "--to", "2026-10-25")


def lines(run: Run, *words: str) -> list[str]:
    result = run("study", "preview", *words)
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in str(result.output).splitlines()]


def test_evenings_around_the_end_of_summer_time_are_listed_with_their_prompts(run: Run) -> None:
    assert lines(run, *AUTUMN) == [
        "day zone opens closes late until prompts remarks",
        "2026-10-24 Europe/Copenhagen 18:00 03:00+1 12:00+1 20:00, 21:15, 22:15 clocks_change",
        "2026-10-25 Europe/Copenhagen 18:00 03:00+1 12:00+1 20:00, 21:15, 22:15",
    ]


def test_a_dropped_prompt_is_shown_with_its_reason(run: Run) -> None:
    shown = lines(run, *AUTUMN, "--window", "late_evening", "--usual", "18:30", "--zone", "Pacific/Auckland")
    assert "Pacific/Auckland 20:00 05:00+1 14:00+1 (18:30 not_open), (19:45 not_open), 22:15" in shown[1]


def test_without_dates_it_is_the_next_two_weeks(run: Run) -> None:
    shown = lines(run)
    assert shown[1].startswith(SystemEnvironment().now().date().isoformat())
    assert len(shown) == 1 + 15


@pytest.mark.parametrize(
    ("words", "code", "remedy"),
    [
        (("--window", "dawn"), "not_found", "early_evening"),
        (("--zone", "Mars"), "not_found", "IANA"),
        (("--usual", "25:00"), "setting_invalid", "19:30"),
        (("--usual", "22:16"), "setting_invalid", "earlier"),
        (("--participant", "01-001", "--window", "evening"), "setting_invalid", "only the days"),
        (("--from", "2026-10-24", "--to", "2026-10-23"), "setting_invalid", "after the first"),
        (("--from", "2026-10-24", "--to", "2096-10-23"), "setting_invalid", "1098"),
        (("--participant", "01-999"), "not_found", "participant list"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_remedy(
    run: Run, words: tuple[str, ...], code: str, remedy: str
) -> None:
    error = refusal(run("study", "preview", *words))
    assert error.code == code
    assert remedy in error.remedy


def test_a_participant_is_shown_as_the_database_knows_them(run: Run) -> None:
    run("participant", "add", "001", "--site", "copenhagen", "--window", "early_evening")
    assert lines(run, "--participant", "01-001") == ["day zone opens closes late until prompts remarks"]


def pause(**body: str) -> Record:
    record = {
        "kind": "pause", "id": "33333333-3333-4333-8333-333333333333", "device": "44444444-4444-4444-8444-444444444444",
        "sequence": 1, "previous": "0" * 64, "body": body,
    }  # fmt: skip
    return parse(json.dumps(record, separators=(",", ":"), sort_keys=True))


def test_a_pause_is_read_as_its_phone_recorded_it() -> None:
    said = utc("2026-10-10 18:00")
    assert pause_from(pause(until="2026-10-12"), said) == Pause(said, day("2026-10-12"))
    for ended in ({"until": ""}, {"until": "soon"}, {}):
        assert pause_from(pause(**ended), said) == Pause(said, None)
