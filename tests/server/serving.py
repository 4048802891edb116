"""A real server process, started as a service starts it, on settings of a test's own."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from server.settings import PREFIX, Settings

#: Seconds for what a busy machine does in the end; nothing waits longer than it takes. One core that others use too
#: takes a minute to import the server.
PATIENCE = 180
PROGRAM = Path(sys.executable).with_name("xerodiary")


@dataclass
class Serving:
    """The process, its address, and the file with everything it said."""

    process: subprocess.Popen[bytes]
    url: str
    said: Path

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """As systemd ends it, or another way; the exit code."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Whatever it is doing."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def start(settings: Settings, **more: object) -> Serving:
    """Serve and wait for the first answer; `more`: settings by their upper-case names."""
    port = free_port()
    process, said = run(settings, "serve", PORT=port, **more)
    serving = Serving(process, f"http://127.0.0.1:{port}", said)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{serving.url}/healthz").status_code == 200:
                return serving
        except httpx.TransportError:
            time.sleep(0.1)
    serving.kill()  # else whichever test comes next is blamed for what was left running
    raise AssertionError(f"the server did not start: {said.read_text()}")


def run(settings: Settings, *words: str, **more: object) -> tuple[subprocess.Popen[bytes], Path]:
    """A command as a process, and the file with everything it says."""
    given = {"VAR_FOLDER": settings.var_folder, "DATABASE_URL": settings.database_url, **more}
    environment = os.environ | {f"{PREFIX}{name}": str(value) for name, value in given.items()}
    said = settings.var_folder.with_name("said")
    with said.open("ab") as stream:
        return subprocess.Popen([PROGRAM, *words], env=environment, stdout=stream, stderr=stream), said


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
