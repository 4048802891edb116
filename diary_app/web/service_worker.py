"""The table of files that makes a version: what the service worker keeps, by path and hash."""

import hashlib
import json

from diary_app.web.pack import Files
from diary_app.web.shell import NOTICES

NOT_KEPT = frozenset({NOTICES})


def hash_table(files: Files) -> dict[str, str]:
    """Path -> SHA-256 of each file that a phone keeps."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files) if name not in NOT_KEPT}


def version_of(table: dict[str, str], worker: str) -> str:
    """Changes when any file changes, or the service worker itself."""
    return hashlib.sha256(f"{json.dumps(table)}{worker}".encode()).hexdigest()[:12]


def service_worker(files: Files, worker: str) -> tuple[str, bytes]:
    """The version, and the script with its table written above the code."""
    table = hash_table(files)
    version = version_of(table, worker)
    head = f'"use strict";\nconst VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(table, indent=1)};\n\n'
    return version, (head + worker).encode()
