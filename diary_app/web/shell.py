"""Our own page around Flutter, and the licence texts of all that is shipped."""

from collections.abc import Mapping
from pathlib import Path

from diary_app.web.pack import read_tree

SHELL = Path(__file__).with_name("shell")
SERVICE_WORKER = "sw.js"
WORKER = Path(__file__).with_name("worker")
WORKER_PARTS = ("files.js", "versions.js", "reminders.js")
NOTICES = "licences.txt"
FURTHER_NOTICES = """\
Pyodide: Mozilla Public License 2.0, https://github.com/pyodide/pyodide/blob/main/LICENSE
Python: Python Software Foundation License, https://docs.python.org/3/license.html
SQLite: public domain, https://www.sqlite.org/copyright.html
Flet: Apache License 2.0, https://github.com/flet-dev/flet/blob/main/LICENSE
"""


def shell_files() -> dict[str, bytes]:
    """Page, scripts, manifest and icons; the service worker is written last, by its own module."""
    return read_tree(SHELL)


def service_worker_text() -> str:
    """The service worker without its table of files."""
    return "\n".join((WORKER / name).read_text(encoding="utf-8") for name in WORKER_PARTS)


def notices(flutter: str, wheels: Mapping[str, str]) -> bytes:
    """All licence texts in one file, which is served but not kept on the phone."""
    parts = [FURTHER_NOTICES, *(f"{name}\n\n{text}" for name, text in sorted(wheels.items())), flutter]
    return f"\n{'-' * 80}\n".join(parts).encode()
