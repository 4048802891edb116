"""A terminal in an empty folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from diary_app.core.errors import XerodiaryError
from server.cli import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder, as `xerodiary` does."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, list(words), input=typed)

    return command


def refusal(result: Result) -> XerodiaryError:
    """What the command was refused with."""
    assert isinstance(result.exception, XerodiaryError), result.output
    return result.exception
