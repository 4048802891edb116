"""Files that only the server's own user may read, each made once, at the first start."""

import os
from collections.abc import Callable
from pathlib import Path


def made_once(file: Path, make: Callable[[], str]) -> bytes:
    """What the file holds; whichever process comes first makes it."""
    if not file.exists():
        _make(file, make())
    return file.read_bytes()


def make_folder(folder: Path) -> None:
    """A new folder is open to its owner only: what participants answered lies there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _make(file: Path, content: str) -> None:
    """Complete under its name from the first moment, and readable by its owner only."""
    make_folder(file.parent)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        file.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink(missing_ok=True)
