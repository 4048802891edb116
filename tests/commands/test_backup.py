"""Backing up, restoring and moving to another database from the command line."""

from pathlib import Path

import pytest
from sqlalchemy import text

from diary_app.core.environment import SystemEnvironment
from server.db import contact_details
from server.db.engine import make_engine, reading
from server.services import open_services
from server.settings import load_settings
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE
from tests.server.handset import ready

DATABASE = Path("var/xerodiary.sqlite")


@pytest.fixture
def alice(run: Run) -> None:
    """A study that she takes part in; its server has since been stopped."""
    services = open_services(load_settings(), SystemEnvironment())
    ready(services, ALICE)
    services.close()


def records_in(url: str) -> list[str]:
    engine = make_engine(url)
    with reading(engine) as connection:
        found = [str(row) for row in connection.scalars(text("SELECT text FROM record ORDER BY id"))]
    engine.dispose()
    return found


def test_what_is_lost_is_restored(run: Run, alice: None) -> None:
    before = records_in(load_settings().database_url)
    assert "verified" in run("backup").output
    (file,) = Path("var/backups").iterdir()
    for part in Path("var").glob("xerodiary.sqlite*"):
        part.unlink()
    done = run("restore", str(file))
    assert (done.exit_code, "1 participants" in done.output) == (0, True)
    assert records_in(load_settings().database_url) == before
    assert run("db", "check").exit_code == 0


def test_a_backup_goes_where_one_says(run: Run, alice: None) -> None:
    run("backup", "elsewhere/today")
    assert len(list(Path("elsewhere/today").iterdir())) == 1


def test_a_database_in_use_is_refused_with_what_to_do(run: Run, alice: None) -> None:
    run("backup")
    (file,) = Path("var/backups").iterdir()
    before = DATABASE.read_bytes()
    error = refusal(run("restore", str(file)))
    assert (error.code, "XERODIARY_DATABASE_URL" in error.remedy) == ("database_not_empty", True)
    assert DATABASE.read_bytes() == before


def test_a_server_that_serves_is_not_copied(run: Run, alice: None) -> None:
    serving = open_services(load_settings(), SystemEnvironment(), threaded=True)
    assert refusal(run("db", "copy", "--to", "sqlite:///copy.sqlite")).code == "database_in_use"
    assert not Path("copy.sqlite").exists()
    serving.close()


def test_a_new_epoch_is_begun_on_purpose_only(run: Run, alice: None) -> None:
    services = open_services(load_settings(), SystemEnvironment())
    assert refusal(run("db", "new-epoch")).code == "not_allowed"
    assert run("db", "upgrade").output.split()[-1] == f"{services.epoch}."
    services.close()
    done = run("db", "new-epoch", "--yes")
    assert (done.exit_code, services.epoch in done.output) == (0, False)
    assert run("db", "upgrade").output.split()[-1] in done.output


def test_a_server_that_serves_keeps_its_epoch(run: Run, alice: None) -> None:
    serving = open_services(load_settings(), SystemEnvironment(), threaded=True)
    assert refusal(run("db", "new-epoch", "--yes")).code == "database_in_use"
    serving.close()


def test_moving_to_postgresql_and_back_changes_nothing(
    run: Run, alice: None, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, back = empty_postgresql, "sqlite:///back.sqlite"
    before = records_in(load_settings().database_url)
    done = run("db", "copy", "--to", there)
    assert f"record: {len(before)} rows, the same in both" in done.output
    assert records_in(there) == before != []

    monkeypatch.setenv("XERODIARY_DATABASE_URL", there)
    assert run("db", "copy", "--to", back).exit_code == 0
    assert records_in(back) == before
    assert [file.name for file in Path("var").iterdir() if file.is_dir()] == []


def test_a_copy_into_what_is_not_empty_is_refused(run: Run, alice: None) -> None:
    assert run("db", "copy", "--to", "sqlite:///copy.sqlite").exit_code == 0
    assert refusal(run("db", "copy", "--to", "sqlite:///copy.sqlite")).code == "database_not_empty"


def test_contact_data_erased_at_the_command_line_does_not_come_back(run: Run, alice: None) -> None:
    assert run("participant", "contact", ALICE, "--email", "alice@example.org", "--phone", "+4512345678").exit_code == 0
    run("backup")
    (file,) = Path("var/backups").glob("*.zip")
    assert run("participant", "contact", ALICE, "--email", "").exit_code == 0
    for part in Path("var").glob("xerodiary.sqlite*"):
        part.unlink()
    assert "erased again: 1" in run("restore", str(file)).output
    services = open_services(load_settings(), SystemEnvironment())
    with reading(services.engine) as connection:
        assert contact_details.of(connection, ALICE) == {"phone": "+4512345678", "email": ""}
    services.close()
