"""`xerodiary participant forget`: contact data goes for whoever is through, and nothing else does."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from diary_app.core.environment import SystemEnvironment
from diary_app.core.facts import Status, StatusSet
from diary_app.core.times import local_date
from server.backup import erasures
from server.commands import forgetting
from server.db import contact_details, push_addresses, records
from server.db.engine import reading
from server.db.push_addresses import KeptAddress
from server.services import open_services
from server.settings import load_settings
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, BOBS, reach
from tests.server.handset import ZONE, add, ready, record_fact


@pytest.fixture
def study(run: Run) -> None:
    """Alice has completed, Bob is still in it; both can be reached by mail and by push."""
    services = open_services(load_settings(), SystemEnvironment())
    now = services.environment.now()
    device = ready(services, ALICE).device
    add(services, BOB)
    for who, email, phone in ((ALICE, ALICES, device), (BOB, BOBS, "another")):
        reach(services, who, email=email)
        with services.engine.begin() as connection:
            push_addresses.keep(connection, KeptAddress(phone, who, f"https://push.example/{who}", "p", "a", now))
    ended = StatusSet(status=Status.COMPLETED, effective=local_date(now, ZONE), reason="protocol")
    record_fact(services, ALICE, ended)
    services.close()


def held() -> tuple[dict[str, str], list[str], int]:
    """Mail addresses, whose browsers can be woken, and how many records there are."""
    services = open_services(load_settings(), SystemEnvironment())
    with reading(services.engine) as connection:
        mail = {who: reach["email"] for who, reach in contact_details.of_all(connection, [ALICE, BOB]).items()}
        pushed = [one.participant for one in push_addresses.of(connection, [ALICE, BOB])]
        count = connection.scalar(select(func.count()).select_from(records.TABLE))
    services.close()
    return mail, sorted(pushed), int(count or 0)


def test_at_the_end_contact_data_goes_and_answers_stay(run: Run, study: None) -> None:
    *_, count = held()
    done = run("participant", "forget", "--yes")
    assert (done.exit_code, "of 1 was erased" in done.output) == (0, True)
    assert held() == ({BOB: BOBS}, [BOB], count)
    assert count > 0
    assert not {ALICES, BOBS} & set(done.output.split())
    assert "erased" in run("trail", "--participant", ALICE, "--kind", "contact_detail").output


def test_whose_would_go_is_said_before_anything_is_erased(run: Run, study: None) -> None:
    before = held()
    asked = run("participant", "forget")
    assert refusal(asked).code == "not_allowed"
    lines = {line.split()[0]: line for line in asked.output.splitlines() if line.startswith(("01-", "02-"))}
    assert ("completed" in lines[ALICE], "to be erased" in lines[ALICE]) == (True, True)
    assert "stays" in lines[BOB]
    assert held() == before


def test_no_backup_brings_it_back(run: Run, study: None) -> None:
    run("backup")
    (file,) = Path("var/backups").glob("*.zip")
    run("participant", "forget", "--yes")
    for part in Path("var").glob("xerodiary.sqlite*"):
        part.unlink()
    assert run("restore", str(file)).exit_code == 0
    mail, pushed, _ = held()
    assert (mail, pushed) == ({BOB: BOBS}, [BOB])


def test_whoever_goes_on_after_the_list_was_made_is_left_alone(run: Run, study: None) -> None:
    services = open_services(load_settings(), SystemEnvironment())
    now = services.environment.now()
    forgotten = services.writer.run(
        BOB, lambda connection: forgetting.erased(connection, opened=services, participant=BOB, now=now)
    )
    noted = erasures.noted(erasures.folder_of(services.settings) / erasures.FILE)
    services.close()
    mail, pushed, _ = held()
    assert (forgotten, [one.participant for one in noted]) == (False, [])
    assert (mail[BOB], BOB in pushed) == (BOBS, True)
