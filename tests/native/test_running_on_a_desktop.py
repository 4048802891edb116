"""`xerodiary app`, up to the window: Flet's own client is played by a script that writes down what it was given."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diary_app.core.errors import CommandRefused
from server.commands import desktop

ROOT = Path(__file__).parents[2]
CLIENT = '#!/bin/sh\necho "$1" > "$SEEN"\necho "$DIARY_SERVER $DIARY_DB" >> "$SEEN"\n'
Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Flet finds its client in another way elsewhere")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `xerodiary app` in an empty folder with a client that only notes how it was called."""
    client = tmp_path / "client" / "flet"
    client.parent.mkdir()
    client.write_text(CLIENT)
    client.chmod(client.stat().st_mode | stat.S_IXUSR)
    surroundings = {
        "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(tmp_path), "DISPLAY": ":9",
        "FLET_VIEW_PATH": str(client.parent), "SEEN": str(tmp_path / "seen"),
    }  # fmt: skip

    def command(*words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-c", "from server.cli import main; main()", "app", *words]
        return subprocess.run(
            line, cwd=tmp_path, env=surroundings | changes, capture_output=True, text=True, timeout=60
        )

    return command


def test_the_window_is_opened_with_server_and_file(run: Run, tmp_path: Path) -> None:
    done = run("--server", "http://127.0.0.1:8765", "--database", "phone/diary.db")
    assert done.returncode == 0, done.stderr
    page, given = (tmp_path / "seen").read_text().splitlines()
    assert page.startswith(("tcp://", "http://", "/"))
    assert given == "http://127.0.0.1:8765 phone/diary.db"


def test_the_folder_of_the_diary_is_made(run: Run, tmp_path: Path) -> None:
    run("--database", "phone/diary.db")
    assert (tmp_path / "phone").is_dir()


def test_without_a_screen_nothing_is_served_instead(run: Run, tmp_path: Path) -> None:
    done = run(DISPLAY="")
    assert (done.returncode, "[no_screen]" in done.stderr) == (1, True)
    assert not (tmp_path / "seen").exists()


def test_a_client_that_cannot_be_fetched_is_said_with_a_remedy(run: Run) -> None:
    done = run(FLET_VIEW_PATH="", FLET_CLIENT_URL="file:///nowhere/flet.tar.gz")
    assert done.returncode == 1
    assert "[desktop_client_missing]" in done.stderr
    assert "FLET_VIEW_PATH" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("server", ["http://diary.example", "diary.example", "ftp://diary.example", "https://"])
def test_an_address_in_the_clear_is_refused(server: str) -> None:
    with pytest.raises(CommandRefused, match="address_not_safe"):
        desktop.check_address(server)


@pytest.mark.parametrize("server", ["", "https://diary.example", "http://127.0.0.1:8765", "http://localhost:1"])
def test_a_safe_address_is_taken(server: str) -> None:
    desktop.check_address(server)


def test_the_package_of_the_same_version_is_installed() -> None:
    desktop.check_package()
