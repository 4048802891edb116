"""Locking and signing at the terminal; the password is never an argument."""

from datetime import timedelta

import pytest

from diary_app.core.environment import SystemEnvironment
from server.access import totp
from server.access.account_facts import Happened
from server.access.roles import Role
from server.db import accounts, second_factors, site_facts
from server.db.engine import reading
from server.db.second_factors import SecondFactor
from server.services import open_services
from server.settings import load_settings
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE
from tests.console import staged
from tests.server.handset import add

PASSWORD = f"{staged.PASSWORD}\n"


@pytest.fixture
def today(run: Run) -> str:
    """Alice and her investigator; yesterday's date, to be signed."""
    services = open_services(load_settings(), SystemEnvironment())
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Holm")
    add(services, ALICE)
    services.close()
    return (services.environment.now() - timedelta(days=1)).date().isoformat()


def test_days_are_signed_and_listed(run: Run, today: str) -> None:
    assert run("signatures", ALICE).output == "Nothing is signed.\n"
    words = ("sign", ALICE, "confirmed", "--from", today, "--to", today, "--user", "ines")
    done = run(*words, typed=PASSWORD)
    assert "Signed by Ines Holm: confirmed, 0 records and facts." in done.output
    assert staged.PASSWORD not in done.output
    (_, listed) = run("signatures", ALICE).output.splitlines()
    assert ("Ines Holm" in listed, listed.endswith("valid")) == (True, True)
    assert refusal(run(*words, typed="wrong horse battery\n")).code == "not_allowed"


def test_whoever_has_a_second_step_shows_its_code_too(run: Run, today: str) -> None:
    services = open_services(load_settings(), SystemEnvironment())
    phone = totp.new_shared(services.environment)
    with services.engine.begin() as connection:
        ines = accounts.of_username(connection, "ines")
        assert ines is not None
        closed = totp.sealed(phone, services.secret, ines.id, services.environment)
        second_factors.keep(connection, SecondFactor(ines.id, closed, totp.NO_STEP, services.environment.now()))
    services.close()
    for words in (
        ("sign", ALICE, "confirmed", "--from", today, "--to", today, "--user", "ines"),
        ("lock", ALICE, "data_reviewed", "--user", "ines"),
    ):
        refused = run(*words, typed=f"{PASSWORD}000000\n")
        assert (refusal(refused).code, "Code from the authenticator app" in refused.output) == ("not_allowed", True)
    code = phone.code_at(services.environment.now())
    words = ("sign", ALICE, "confirmed", "--from", today, "--to", today, "--user", "ines")
    assert "Signed by Ines Holm" in run(*words, typed=f"{PASSWORD}{code}\n").output
    assert refusal(run(*words, typed=f"{PASSWORD}{code}\n")).code == "not_allowed"
    services = open_services(load_settings(), SystemEnvironment())
    with reading(services.engine) as connection:
        assert site_facts.of_kinds(connection, [Happened.CODE_SHOWN_AGAIN]) == [], "told to wait, nobody is warned"
    services.close()


def test_days_are_locked_and_unlocked(run: Run, today: str) -> None:
    words = (ALICE, "data_reviewed", "--user", "ines", "--from", today, "--to", today)
    assert "Locked." in run("lock", *words, typed=PASSWORD).output
    assert "Unlocked." in run("unlock", *words, typed=PASSWORD).output
    assert refusal(run("lock", *words[:-2], typed=PASSWORD)).code == "fact_invalid"
    assert "Locked." in run("lock", *words[:4], typed=PASSWORD).output


def test_nobody_is_signed_for_who_is_not_there(run: Run, today: str) -> None:
    assert refusal(run("signatures", "01-999")).code == "not_found"
