"""The size of an idle server: from its start to the first answer, and its memory, beside a bare FastAPI app's."""

import os
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.bench.figures import Figure, beside

PATIENCE_SECONDS = 60
SETTLE_SECONDS = 3.0
_POLL_SECONDS = 0.01
_KIB = 1024
_BARE = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/healthz")
async def up(): return {}
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""
_OURS = (sys.executable, "-m", "server")


@dataclass(frozen=True)
class Measured:
    """One start: seconds until it answered, and MiB of memory once it was idle."""

    seconds: float
    mebibytes: float


def measure(runs: int) -> list[Figure]:
    """Start both in turn, each on its own; the database is there already, as at every start but the first."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"XERODIARY_VAR_FOLDER": folder, "XERODIARY_LOG_LEVEL": "warning"}
        _run([*_OURS, "db", "upgrade"], settings)
        ours, bare = [], []
        for _ in range(runs):
            ours.append(_started([*_OURS, "serve", "--port"], settings, Path(folder)))
            bare.append(_started([sys.executable, "-c", _BARE], {}, Path(folder)))
    return [
        beside("server: start to first 200", "s", [one.seconds for one in ours], [one.seconds for one in bare]),
        beside("server: idle memory", "MiB", [one.mebibytes for one in ours], [one.mebibytes for one in bare]),
    ]


def _as_installed(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that may keep what it compiled: an installer compiles once, not at each start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **settings}


def _run(command: Sequence[str], settings: Mapping[str, str]) -> None:
    subprocess.run(command, env=_as_installed(settings), check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _started(command: Sequence[str], settings: Mapping[str, str], folder: Path) -> Measured:
    port, clock = _free_port(), SystemEnvironment()
    began = clock.monotonic()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([*command, str(port)], env=_as_installed(settings), stdout=said, stderr=said)  # noqa: S603
    try:
        while not _answers(port):
            if not _waited(process, _POLL_SECONDS) or clock.monotonic() - began > PATIENCE_SECONDS:
                raise _did_not_start(folder / "said")
        seconds = clock.monotonic() - began
        _waited(process, SETTLE_SECONDS)
        return Measured(seconds, _resident(process.pid))
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _waited(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it still runs after so long."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def _resident(process: int) -> float:
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], check=True, capture_output=True)  # noqa: S603, S607
    return int(listed.stdout) / _KIB


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _did_not_start(said: Path) -> CommandRefused:
    last = said.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    return CommandRefused(Code.PORT_TAKEN, f"The server did not start: {last[0]}.", "Start it by hand to see why.")
