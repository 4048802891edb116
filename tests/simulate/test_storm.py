"""Storms: nothing is violated on any seed, and each fault that is planted is caught on the seed that is named."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from diary_app.core.errors import XerodiaryError
from server.commands import simulate
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do, Plan
from server.simulate.storm.storm import run
from server.simulate.storm.story import told
from tests.simulate import planted
from tests.simulate.planted import Planted

#: Two people for twelve days: enough for each of the planted faults, and over in a second.
PEOPLE, DAYS = 2, 12

#: Each fault with the seed that catches it, and words of what is then said.
CAUGHT: list[tuple[Planted, int, str]] = [
    (planted.mark_all_sent, 202, "says that everything is sent"),
    (planted.killed_phone_forgets, 200, "when it was killed"),
    (planted.lost_at_the_deadline, 240, "saved in time and refused as too_late"),
    (planted.receipts_outlive_a_restore, 202, "says that everything is sent"),
    (planted.doubt_for_every_repeat, 220, "is in doubt"),
    (planted.receipt_before_commit, 202, "says that everything is sent"),
    (planted.forgotten_pin_forgets_entries, 208, "never arrived"),
    (planted.missed_is_not_received, 228, "was called missed"),
    (planted.replacement_proves_silence, 200, "was called missed"),
    (planted.windows_in_utc, 228, "opens"),
    (planted.anchor_takes_days_back, 240, "was expected, and is no longer"),
    (planted.global_cursor, 228, "and the server says"),
    (planted.timestamp_cursor, 200, "and the server says"),
    (planted.no_idempotency, 228, "is in doubt"),
    (planted.evenings_stay_over, 337, "before its time"),
    (planted.visits_are_forgotten, 241, "visit m0 is unknown, though"),
    (planted.update_loses_the_last_entry, 202, "when the app was updated"),
    (planted.older_apps_are_turned_away, 209, "is too old"),
    (planted.sweep_overwrites, 228, "though its entry is there"),
]


pytestmark = pytest.mark.usefixtures("quiet")


def test_a_seed_gives_the_same_storm_in_every_process() -> None:
    """Whatever Python hashes strings with, wherever the machine stands, whichever seeds were lived through before.

    Here that is anything; elsewhere it is a process of its own, which takes seconds to start.
    """
    here = asyncio.run(run(draw(31, people=3, days=12))).digest
    assert len(here) == 64
    assert _digest_elsewhere("4711", "Pacific/Auckland", "30,31") == here


def _digest_elsewhere(hashing: str, zone: str, seeds: str) -> str:
    around = os.environ | {"PYTHONHASHSEED": hashing, "TZ": zone}
    asked = [sys.executable, "-c", _DIGEST, seeds]
    done = subprocess.run(asked, env=around, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


_DIGEST = """
import asyncio, sys
from server.commands import simulate
from server.simulate.storm.plan import draw
from server.simulate.storm.storm import run
simulate.be_quiet()
for seed in sys.argv[1].split(","):
    print(asyncio.run(run(draw(int(seed), people=3, days=12))).digest)
"""


@pytest.mark.parametrize("seed", sorted({seed for _, seed, _ in CAUGHT}))
def test_nothing_is_violated_on_the_seeds_that_catch_planted_faults(seed: int) -> None:
    assert lived(draw(seed, PEOPLE, DAYS)) == []


@pytest.mark.parametrize(("plant", "seed", "words"), CAUGHT, ids=lambda one: getattr(one, "__name__", None))
def test_a_planted_fault_is_caught(plant: Planted, seed: int, words: str) -> None:
    with plant():
        found = lived(draw(seed, PEOPLE, DAYS))
    assert any(words in one for one in found), found


def test_a_plan_can_be_written_down_and_lived_through_again() -> None:
    plan = draw(7, people=3, days=10)
    assert draw(7, people=3, days=10) == plan
    assert Plan.from_json(plan.as_json()) == plan


def test_a_fault_ends_with_a_short_story_that_is_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wish = simulate.Wish(seed=205, runs=1, people=2, days=6, nightly=False, as_json=False, plan=None)
    simulate.run(wish)
    assert "nothing went wrong" in capsys.readouterr().out
    with planted.missed_is_not_received(), pytest.raises(XerodiaryError, match="seed 205"):
        simulate.run(wish)
    story = capsys.readouterr().out
    kept = replace(wish, plan=tmp_path / "story-205.json")
    assert kept.plan is not None
    short = Plan.from_json(kept.plan.read_text(encoding="utf-8"))
    assert {step.do for step in short.steps} >= {Do.ENROL, Do.FILL}
    assert len(short.steps) <= 4
    with planted.missed_is_not_received():
        found = lived(short)
        assert story.endswith(f"{told(short, found)}\n")
        with pytest.raises(XerodiaryError, match="seed 205"):
            simulate.run(kept)
    assert "fills in" in story
    assert found[-1] in story
    assert story.endswith(capsys.readouterr().out)
    simulate.run(kept)
    assert "Nothing went wrong." in capsys.readouterr().out
