"""What was set aside, at the terminal: listed, shown, settled by somebody who proves who they are."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from diary_app.core.environment import SystemEnvironment
from server.access.roles import Role
from server.services import open_services
from server.settings import load_settings
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.server.handset import ZONE, ready
from tests.server.parting import AWAY, part
from tests.server.test_settling import SCRAP, came_aside

PASSWORD = f"{staged.PASSWORD}\n"


@pytest.fixture
def item(run: Run, tmp_path: Path) -> str:
    """Ines and Carol at Copenhagen, and something of Alice's set aside; its id as it is listed."""
    services = open_services(load_settings(), SystemEnvironment())
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    staged.account(services, "oda", (Role.INVESTIGATOR, "odense"))
    came_aside(ready(services, ALICE))
    services.close()
    listed = run("quarantine", "list", "--site", "copenhagen", "--participant", ALICE).output
    return listed.splitlines()[1].split()[0]


def test_it_is_listed_in_plain_words_until_it_is_settled(run: Run, item: str) -> None:
    assert "it came in a request that could not be answered" in run("quarantine", "list").output
    settled = run("quarantine", "settle", item, "no_entry", "not_an_entry", "--user", "carol", typed=PASSWORD)
    assert (settled.exit_code, "It is settled." in settled.output) == (0, True)
    assert run("quarantine", "list").output == "Nothing waits.\n"
    assert re.search(rf"{item}.* no_entry$", run("quarantine", "list", "--all").output, re.MULTILINE)
    run("quarantine", "reopen", item, "settled_in_error", "--user", "carol", typed=PASSWORD)
    assert item in run("quarantine", "list").output


def test_what_is_in_it_is_shown_only_on_request_and_to_whom_it_may(run: Run, item: str) -> None:
    shown = run("quarantine", "show", item).output
    assert (ALICE in shown, SCRAP in shown) == (True, False)
    denied = run("quarantine", "show", item, "--contents", "--user", "carol", typed=PASSWORD)
    assert refusal(denied).code == "not_allowed"
    allowed = run("quarantine", "show", item, "--verbatim", "--user", "ines", typed=PASSWORD)
    assert allowed.output.endswith(SCRAP)
    assert SCRAP in run("quarantine", "show", item, "--contents", "--user", "ines", typed=PASSWORD).output


def test_it_is_assigned_with_its_day(run: Run, item: str) -> None:
    words = ("quarantine", "settle", item, "assigned", "day_from_contents", "--user", "ines")
    assert refusal(run(*words, typed=PASSWORD)).code == "fact_invalid"
    wrong = run(*words, "--instrument", "DMD", "--day", "2020-01-01", typed=PASSWORD)
    assert refusal(wrong).code == "fact_invalid"


def test_a_time_zone_says_which_and_is_accepted(run: Run, item: str) -> None:
    services = open_services(load_settings(), SystemEnvironment())
    phone = ready(services, BOB, "bob")
    part(phone, phone.copied(), AWAY)
    services.close()
    (line,) = [one for one in run("quarantine", "list").output.splitlines() if BOB in one]
    assert "no day: zone" in line
    zone = line.split()[0]
    assert re.search(rf"shapes the schedule +zone {AWAY}$", run("quarantine", "show", zone).output, re.MULTILINE)
    words = ("quarantine", "settle", zone, "accepted", "zone_from_participant", "--user", "oda")
    assert "It is settled." in run(*words, typed=PASSWORD).output


def test_who_does_not_prove_who_they_are_settles_nothing(run: Run, item: str) -> None:
    words = ("quarantine", "settle", item, "no_entry", "not_an_entry", "--user")
    for name, typed in (("ines", "wrong horse battery\n"), ("nobody", PASSWORD)):
        assert refusal(run(*words, name, typed=typed)).code == "not_allowed"
    assert item in run("quarantine", "list").output


def test_guessing_is_slowed_down(run: Run, item: str) -> None:
    words = ("quarantine", "settle", item, "no_entry", "not_an_entry", "--user", "ines")
    codes = [refusal(run(*words, typed="wrong horse battery\n")).code for _ in range(6)]
    assert codes == ["not_allowed"] * 5 + ["too_many_tries"]


@pytest.mark.parametrize("words", [("list", "--site", "atlantis"), ("show", "no such thing")])
def test_what_is_not_there_is_said(run: Run, item: str, words: tuple[str, ...]) -> None:
    assert refusal(run("quarantine", *words)).code == "not_found"


def test_what_a_phone_states_gives_no_command_to_the_terminal(run: Run) -> None:
    """A sequence that would wipe the screen, its other spelling, and a letter that turns the line round."""
    services = open_services(load_settings(), SystemEnvironment())
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    phone = ready(services, ALICE)
    day = phone.now().astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1)
    phone.sync([phone.fill_in(day, instrument="\x1b[2J\x9b2J\u202e", note="\x9b2J\u202e").text])
    services.close()
    listed = run("quarantine", "list").output
    (item,) = (line.split()[0] for line in listed.splitlines()[1:])
    inside = run("quarantine", "show", item, "--contents", "--user", "ines", typed=PASSWORD).output
    for shown in (listed, inside):
        assert r"\x9b2J\u202e" in shown
        assert all(letter.isprintable() or letter == "\n" for letter in shown)
