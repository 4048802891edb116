"""`xerodiary study rehearse` and `check` beside a database: what would change, what is refused, and nothing written."""

import csv
import io
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code
from server.live_study import versions_of
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE, BOB
from tests.rehearsal.staged import Change, everything, next_text, stage

EARLIER = ('opens = "18:00"', 'opens = "17:00"')


@pytest.fixture
def study(settings: Settings, run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """People who have been in the study for some days by the machine's own clock, as the command reads it."""
    clock = SimulatedEnvironment(SystemEnvironment().now().replace(hour=18) - timedelta(days=4))
    opened = open_services(settings, clock)
    stage(opened, clock)
    monkeypatch.setenv("XERODIARY_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("XERODIARY_VAR_FOLDER", str(settings.var_folder))
    yield opened
    opened.close()


def file(services: Services, *changes: Change) -> str:
    written = services.settings.var_folder / "next.toml"
    written.write_text(next_text(services, *changes), encoding="utf-8")
    return str(written)


def said(run: Run, *words: str) -> str:
    result = run("study", *words)
    assert result.exit_code == 0, result.output
    return str(result.output)


def test_it_says_in_one_sentence_who_changes_and_lists_them(run: Run, study: Services) -> None:
    shown = said(run, "rehearse", file(study, EARLIER))
    assert shown.startswith("Of 3 people in the diary 1 sees no change, 2 are asked at another hour.")
    assert "diary.windows.evening.opens  18:00" in shown
    lines = [line for line in shown.splitlines() if line.startswith(ALICE)]
    assert len(lines) == 1
    assert "17:00–03:00+1, until 12:00+1" in lines[0]
    assert BOB not in shown
    assert BOB in said(run, "rehearse", file(study, EARLIER), "--everybody")


def test_one_person_is_shown_on_both_sides(run: Run, study: Services) -> None:
    shown = said(run, "rehearse", file(study, EARLIER), "--participant", ALICE, "--days", "3")
    assert f"{ALICE}: evenings at another hour." in shown
    assert "18:00–03:00+1, until 12:00+1" in shown
    assert "17:00–03:00+1, until 12:00+1" in shown


def test_a_diary_that_is_not_of_the_evening_is_not_called_one(run: Run, study: Services) -> None:
    earlier = ('opens = "18:00"', 'opens = "13:00"')
    for words in ((), ("--participant", ALICE)):
        shown = said(run, "rehearse", file(study, earlier), *words).replace("windows.evening", "")
        assert " another hour" in shown
        assert "vening" not in shown


def test_tables_come_as_csv(run: Run, study: Services) -> None:
    rows = list(csv.DictReader(io.StringIO(said(run, "rehearse", file(study, EARLIER), "--format", "csv"))))
    assert [row["participant"] for row in rows] == [ALICE, "01-003"]
    assert rows[0]["changes"] == "evenings at another hour"


def test_nothing_is_written_and_nothing_goes_live(run: Run, study: Services, settings: Settings) -> None:
    database = make_url(settings.database_url).database
    path = Path(database) if database and settings.database_url.startswith("sqlite") else None
    before = everything(study.engine)
    if path:
        study.close()
        digest = sha256(path.read_bytes()).hexdigest()
    said(run, "rehearse", file(study, EARLIER))
    said(run, "check", file(study, EARLIER))
    if path:
        assert sha256(path.read_bytes()).hexdigest() == digest
    assert everything(study.engine) == before
    with study.engine.connect() as connection:
        assert [one.study.version for one in versions_of(connection, study.study.id)] == ["1"]


def test_a_setting_that_names_the_new_file_does_not_make_it_live(
    run: Run, study: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XERODIARY_STUDY_FILE", file(study, EARLIER))
    said(run, "rehearse", file(study, EARLIER))
    with study.engine.connect() as connection:
        assert len(versions_of(connection, study.study.id)) == 1


@pytest.mark.parametrize("command", ["rehearse", "check"])
def test_what_may_not_change_is_refused_by_both(run: Run, study: Services, command: str) -> None:
    result = run("study", command, file(study, ("2026-01-01", "2026-02-01")))
    assert refusal(result).code is Code.AMENDMENT_FORBIDDEN
    assert "next.toml:" in result.output
    assert "day_zero: it was 2026-01-01 in version 1" in result.output


@pytest.mark.parametrize("command", ["rehearse", "check"])
def test_what_would_be_noticed_too_late_is_refused_by_both(run: Run, study: Services, command: str) -> None:
    result = run("study", command, file(study, ('en = "Diary"', 'en = "Saliva"')))
    assert refusal(result).code is Code.STUDY_INVALID
    assert "display_name.en: a bystander would read too much in it: saliva." in result.output


def test_who_is_not_there_and_a_file_that_is_not_there(run: Run, study: Services) -> None:
    assert refusal(run("study", "rehearse", file(study), "--participant", "09-999")).code is Code.NOT_FOUND
    assert refusal(run("study", "rehearse", "nowhere.toml")).code is Code.NOT_FOUND


def test_without_a_database_there_is_nobody_to_rehearse_with(run: Run, tmp_path: Path) -> None:
    (tmp_path / "next.toml").write_text("", encoding="utf-8")
    error = refusal(run("study", "rehearse", "next.toml"))
    assert (error.code, "No version of a study is live" in error.message) == (Code.NOT_FOUND, True)
    assert not (tmp_path / "var").exists()
    assert "Not compared with a version in use." in said(run, "check")


def test_a_database_of_an_older_release_is_left_as_it_is(
    run: Run, tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "older.sqlite"
    shutil.copy(sqlite_template, database)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    monkeypatch.setenv("XERODIARY_DATABASE_URL", f"sqlite:///{database}")
    (tmp_path / "next.toml").write_text("", encoding="utf-8")
    assert refusal(run("study", "rehearse", "next.toml")).code is Code.DATABASE_UNAVAILABLE
