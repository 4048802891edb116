"""`xerodiary correction` at a terminal: one change at a time, refusals in words, the way from asking to approving."""

import re
from pathlib import Path

import pytest

from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE
from tests.server.handset import DMD, ready

WHY = ("--source", "participant_call", "--stated-on", "2026-11-24", "--reason", "tapped_wrong_answer")
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def entry(run: Run, tmp_path: Path, clock: SimulatedEnvironment) -> str:
    """Id of Alice's entry of Monday, in the database that commands find in this folder."""
    assert run("db", "upgrade").exit_code == 0
    (file,) = tmp_path.rglob("*.sqlite")
    services = open_services(Settings(database_url=f"sqlite:///{file}", var_folder=file.parent), clock)
    alice = ready(services, ALICE)
    clock.advance(days=1)
    made = alice.fill_in(next(day for one, day in sorted(alice.days) if one == DMD))
    alice.sync()
    services.close()
    return made.id


def asked(run: Run, entry: str, *change: str) -> str:
    done = run("correction", "request", ALICE, entry, *WHY, *change)
    assert done.exit_code == 0, done.output
    return done.output.split()[1]


def test_a_correction_goes_from_asking_to_counting(run: Run, entry: str) -> None:
    key = asked(run, entry, "--item", "DMD01", "--old", "6", "--new", "2", "--reference", "phone note 12")
    assert re.search(r"2026-11-23 +DMD01 +asked", run("correction", "list", ALICE).output), "and no answer"
    assert refusal(run("correction", "approve", ALICE, key)).code == "correction_unconfirmed"
    assert run("correction", "waive", ALICE, key, "--reason", "no_phone").exit_code == 0
    assert run("correction", "approve", ALICE, key).exit_code == 0
    assert "approved" in run("correction", "list").output
    assert run("verify").exit_code == 0


def test_a_correction_can_be_refused_or_withdrawn(run: Run, entry: str) -> None:
    refused, withdrawn = asked(run, entry, "--void"), asked(run, entry, "--void")
    assert run("correction", "refuse", ALICE, refused, "--reason", "not_justified").exit_code == 0
    assert run("correction", "withdraw", ALICE, withdrawn).exit_code == 0
    listed = run("correction", "list").output
    assert "void    refused" in listed
    assert "void    withdrawn" in listed


@pytest.mark.parametrize(
    "change",
    [
        (),
        ("--item", "DMD01"),
        ("--item", "DMD01", "--old", "6"),
        ("--void", "--day", "2026-11-24"),
        ("--item", "DMD01", "--old", "6", "--new", "2", "--void"),
        ("--item", "DMD01", "--old", "6", "--new", "two"),
        ("--item", "DMD01", "--old", "6", "--new", "--2"),
        ("--item", "DMD01", "--old", "6", "--new", "99999999999"),
        ("--item", "", "--old", "6", "--new", "2"),
        ("--day", "1066-10-14"),
    ],
)
def test_exactly_one_change_that_can_be(run: Run, change: tuple[str, ...]) -> None:
    assert refusal(run("correction", "request", ALICE, NOBODYS, *WHY, *change)).code == "fact_invalid"


def test_a_correction_without_a_source_is_no_command(run: Run) -> None:
    without = ("--stated-on", "2026-11-24", "--reason", "tapped_wrong_answer")
    assert run("correction", "request", ALICE, NOBODYS, "--void", *without).exit_code == 2
    assert run("correction", "request", ALICE, NOBODYS, "--void", *WHY[2:], "--source", "nurse").exit_code == 2


def test_nobodys_entry_is_not_found(run: Run) -> None:
    assert refusal(run("correction", "request", ALICE, NOBODYS, "--void", *WHY)).code == "not_found"
