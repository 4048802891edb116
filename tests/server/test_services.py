"""Opening the server's services: epoch, secret, study, and one server per SQLite file."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from diary_app.core.errors import Code, XerodiaryError
from diary_app.resources import study_text
from server.db import state
from server.db.engine import reading
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

OpenMore = Callable[..., Services]


def test_the_epoch_is_made_once(services: Services, open_more: OpenMore) -> None:
    assert open_more().epoch == services.epoch


def test_the_secret_is_kept_for_its_owner_only(services: Services, open_more: OpenMore) -> None:
    file = services.settings.var_folder / "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_more().secret == services.secret == file.read_bytes()
    assert sorted(path.name for path in file.parent.iterdir()) == ["sealing.key", "secret"]


def test_a_secret_that_is_set_is_not_written_down(settings: Settings, clock: SimulatedEnvironment) -> None:
    chosen = Settings(**{**settings.model_dump(), "secret": "s" * 32})
    services = open_services(chosen, clock)
    assert services.secret == b"s" * 32
    assert not (settings.var_folder / "secret").exists()
    services.close()


def test_the_live_study_is_kept_verbatim(services: Services) -> None:
    with reading(services.engine) as connection:
        assert state.study_text(connection, services.study.sha256) == services.study.text


def test_changed_study_file_needs_a_new_version(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    file = tmp_path / "study.toml"
    file.write_text(services.study.text + "\n# changed\n", encoding="utf-8")
    changed = services.settings.model_copy(update={"study_file": file})
    with pytest.raises(XerodiaryError, match="new version number"):
        open_services(changed, clock)


@pytest.mark.parametrize(
    "change", [{"study": "no-such-study"}, {"study_file": Path("/no/such/file.toml")}], ids=["shipped", "own"]
)
def test_a_study_that_is_not_there_is_a_setting_at_fault(
    migrated_sqlite: str, tmp_path: Path, clock: SimulatedEnvironment, change: dict[str, object]
) -> None:
    settings = Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var").model_copy(update=change)
    with pytest.raises(XerodiaryError, match="XERODIARY_STUDY") as refusal:
        open_services(settings, clock)
    assert refusal.value.code is Code.SETTING_INVALID


def test_second_server_on_one_sqlite_file_is_refused(
    migrated_sqlite: str, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    settings = Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var")
    first = open_services(settings, clock, threaded=True)
    with pytest.raises(XerodiaryError, match="PostgreSQL") as refusal:
        open_services(settings, clock, threaded=True)
    assert refusal.value.code is Code.DATABASE_IN_USE
    first.close()
    open_services(settings, clock, threaded=True).close()


def test_commands_run_beside_a_server(migrated_sqlite: str, tmp_path: Path, clock: SimulatedEnvironment) -> None:
    settings = Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var")
    server = open_services(settings, clock, threaded=True)
    command = open_services(settings, clock)
    command.writer.run("", lambda connection: state.set_value(connection, "said", "hello"))
    assert server.writer.run("", lambda connection: state.value(connection, "said")) == "hello"
    command.close()
    server.close()


def test_two_servers_share_one_postgresql(
    migrated_postgresql: str, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    settings = Settings(database_url=migrated_postgresql, var_folder=tmp_path / "var")
    servers = [open_services(settings, clock, threaded=True) for _ in range(2)]
    assert servers[0].epoch == servers[1].epoch
    for server in servers:
        server.close()


def test_new_folders_are_open_to_their_owner_only(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    folder = tmp_path / "new" / "var"
    open_services(Settings(var_folder=folder), clock).close()
    assert (folder / "xerodiary.sqlite").exists()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    file = tmp_path / "xerodiary.sqlite"
    file.write_text("Not a database, but somebody's notes. " * 100)
    with pytest.raises(XerodiaryError, match="not a database") as refusal:
        open_services(Settings(var_folder=tmp_path), clock)
    assert refusal.value.code is Code.DATABASE_UNAVAILABLE
    assert file.read_text().startswith("Not a database")


def test_lost_database_says_that_it_is_unavailable(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    settings = Settings(database_url=f"postgresql://nobody@/none?host={tmp_path}", var_folder=tmp_path / "var")
    with pytest.raises(XerodiaryError) as refusal:
        open_services(settings, clock)
    assert refusal.value.code is Code.DATABASE_UNAVAILABLE


def test_a_licensed_questionnaire_without_its_licence_stops_the_start(
    settings: Settings, clock: SimulatedEnvironment
) -> None:
    text = study_text("mesrix-more").replace('code = "GRIX"', 'code = "GRIX"\nactive = true')
    file = settings.var_folder.with_name("study.toml")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(XerodiaryError) as refusal:
        open_services(settings.model_copy(update={"study_file": file}), clock)
    assert refusal.value.code == Code.WORDING_NOT_INSTALLED
