"""What stops a start is said in words before anything else happens; a new database never passes for a study."""

import errno
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from diary_app.core.errors import Code, CommandRefused, XerodiaryError
from server.commands import serve
from server.commands.ports import require_free
from server.db.engine import make_engine
from server.services import hold_alone
from server.settings import Settings
from tests.commands.conftest import Run, refusal


def test_a_port_in_use_is_named_with_a_remedy(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = refusal(run("serve", "--port", str(port)))
    assert (error.code, f"Port {port} of 127.0.0.1 is in use." == error.message) == (Code.PORT_TAKEN, True)
    assert "--port" in error.remedy
    assert not Path("var").exists()


def test_an_address_of_another_machine_is_named(run: Run) -> None:
    error = refusal(run("serve", "--host", "203.0.113.1", "--port", "8793"))
    assert error.code is Code.PORT_TAKEN
    assert "this machine has no such address" in error.message
    assert "XERODIARY_HOST" in error.remedy


def test_a_port_that_needs_more_rights_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(socket.socket, "bind", refuse)  # this machine's user may have every right
    with pytest.raises(CommandRefused, match="needs rights") as refused:
        require_free("127.0.0.1", 443)
    assert "1024" in refused.value.remedy


def test_a_free_port_and_any_port_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    require_free("127.0.0.1", port)
    require_free("127.0.0.1", 0)


def test_a_folder_without_a_web_app_is_refused_by_its_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_WEB_FOLDER", "nowhere")
    error = refusal(run("serve"))
    assert error.code is Code.SETTING_INVALID
    assert error.message == "XERODIARY_WEB_FOLDER: nowhere holds no web app."


def test_a_second_server_on_one_file_is_refused_in_words(tmp_path: Path) -> None:
    settings = Settings(var_folder=tmp_path, port=0)
    with ExitStack() as first:
        hold_alone(make_engine(settings.database_url), first)
        with pytest.raises(XerodiaryError, match="already serves from") as refused:
            serve.run(settings)
    assert refused.value.code is Code.DATABASE_IN_USE


@pytest.mark.usefixtures("own_logging")
def test_a_database_in_memory_is_refused_in_words(tmp_path: Path) -> None:
    settings = Settings(var_folder=tmp_path, port=0, database_url="sqlite://")
    with pytest.raises(XerodiaryError, match="in memory") as refused:
        serve.run(settings)
    assert refused.value.code is Code.SETTING_INVALID
    assert "XERODIARY_DATABASE_URL" in refused.value.remedy


def test_a_new_database_is_said_to_be_one_and_only_once(run: Run) -> None:
    first, second = run("user", "list"), run("user", "list")
    assert "A new, empty database was made: " in first.output
    assert str(Path("var/xerodiary.sqlite")) in first.output
    assert "database was made" not in second.output


def test_the_web_app_is_built_where_it_is_served_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []
    monkeypatch.setattr("server.cli._build", lambda out, _release: built.append(out))
    run("web", "build")
    monkeypatch.setenv("XERODIARY_WEB_FOLDER", "/srv/xerodiary/web")
    run("web", "build")
    run("web", "build", "--out", "elsewhere")
    assert built == [Path("build/web"), Path("/srv/xerodiary/web"), Path("elsewhere")]
