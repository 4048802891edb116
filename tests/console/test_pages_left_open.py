"""What a page does that was left open on a computer which others use too."""

import subprocess
from pathlib import Path

import pytest

from tests.core.test_records_in_pyodide import node

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "server/console/static/console.js"


@pytest.mark.parametrize(
    ("logged_in", "goes"), [("carol", "stays"), ("-", "/console/resting"), ("cecilie", "/console/resting")]
)
def test_carols_page_stays_only_as_long_as_carol_is_logged_in(logged_in: str, goes: str) -> None:
    command = [node(), str(HERE / "left_open.mjs"), str(SCRIPT), "carol", logged_in]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == goes, ran.stderr
