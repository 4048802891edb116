"""Servers in processes of their own, as they run in earnest: started, found ready, stopped."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from diary_app.core.errors import Code, CommandRefused
from server.settings import PREFIX

PATIENCE_SECONDS = 60
SERVE = ("-m", "server", "serve")
FLOOR = ("-m", "uvicorn", "server.bench.floor:app", "--log-level", "error", "--no-access-log")
STOP_SECONDS = 20


@dataclass
class ServerProcess:
    """One server on loopback. It can be killed outright, and started again on the same port."""

    words: Sequence[str]
    port: int
    surroundings: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is ready later."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, *self.words, "--port", str(self.port)],
                env={**os.environ, **self.surroundings},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def wait_ready(self, path: str = "/healthz") -> None:
        """Wait until it answers. Raises `CommandRefused` when it ends or stays silent."""
        for _ in range(PATIENCE_SECONDS * 20):
            if self._answers(path):
                return
            if self.process is None or self.process.poll() is not None:
                break
            time.sleep(0.05)
        last = self.log.read_text(errors="replace")[-600:].strip()
        raise CommandRefused(
            Code.TOOL_MISSING, f"The server to measure did not start: {last}", "Run `xerodiary serve`."
        )

    def kill(self) -> None:
        """As a power cut ends it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """As an operator ends it."""
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


def served(database_url: str, folder: Path, name: str = "server", **settings: str) -> ServerProcess:
    """`xerodiary serve` on that database; `folder` holds its secrets and its log, those of all on one database."""
    surroundings = {
        f"{PREFIX}DATABASE_URL": database_url,
        f"{PREFIX}VAR_FOLDER": str(folder),
        f"{PREFIX}LOG_LEVEL": "warning",
        **{f"{PREFIX}{key.upper()}": value for key, value in settings.items()},
    }
    return ServerProcess(SERVE, free_port(), surroundings, folder / f"{name}.log")


@contextmanager
def running(server: ServerProcess, ready: str = "/healthz") -> Iterator[ServerProcess]:
    """Started and answering; stopped at the end."""
    server.start()
    try:
        server.wait_ready(ready)
        yield server
    finally:
        server.stop()


@contextmanager
def several(database_url: str, folder: Path, count: int) -> Iterator[list[int]]:
    """So many servers on one database, started one after the other; their ports."""
    with ExitStack() as stack:
        servers = (served(database_url, folder, f"server {number}") for number in range(count))
        yield [stack.enter_context(running(server)).port for server in servers]


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
