"""What a page does that was left open on a computer which others use too."""

import subprocess
from pathlib import Path

import pytest

from tests.core.test_records_in_pyodide import node

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "server/console/static"


def ran(trial: str, script: str, logged_in: str) -> str:
    """What a trial prints of Carol's page where that person is logged in by now."""
    command = [node(), str(HERE / trial), str(STATIC / script), "carol", logged_in]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("logged_in", "goes"), [("carol", "stays"), ("-", "/console/resting"), ("cecilie", "/console/resting")]
)
def test_carols_page_stays_only_as_long_as_carol_is_logged_in(logged_in: str, goes: str) -> None:
    assert ran("left_open.mjs", "console.js", logged_in) == goes


@pytest.mark.parametrize(
    ("logged_in", "becomes"),
    [
        ("carol", "sent | +4512345678 | correct horse"),
        ("-", "kept | +4512345678 |"),
        ("cecilie", "kept | +4512345678 |"),
    ],
)
def test_what_was_typed_outlives_the_log_in_but_for_a_password(logged_in: str, becomes: str) -> None:
    assert ran("sent_too_late.mjs", "forms.js", logged_in) == becomes
