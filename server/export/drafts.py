"""Folders that are being filled: complete under their name, or not there at all.

Each is held by a lock that dies with its process, so that whoever comes next clears away what a killed run left.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diary_app.core.errors import Code, CommandRefused

_UNFINISHED = ".unfinished"


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """A draft beside the target that takes its name when everything was written.

    Raises `CommandRefused` (folder_not_empty, folder_not_writable); then nothing is under that name.
    """
    folder = folder.absolute()
    _require_free(folder)
    with _said(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with own_folder(folder.parent, f".{folder.name}.") as draft:
            yield draft
            _sync(draft)
            draft.chmod(0o755 & ~_mask())
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
            _sync(folder.parent)


@contextmanager
def own_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder that only its owner may read, gone at the end unless it was renamed. Raises OSError."""
    _clear_away(parent, prefix)
    new = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    held = hold(new)
    made = new.rename(new.with_name(f"{new.name}{_UNFINISHED}"))  # from here on others look whether it is held
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(held)


def hold(folder: Path) -> int:
    """Say that this process is at work in the folder, until the descriptor is closed or the process ends."""
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def is_held(folder: Path) -> bool:
    """Whether a process is at work in it; in one that is gone meanwhile there is none."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # whoever else looks just now is not at work
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _clear_away(parent: Path, prefix: str) -> None:
    for left in parent.glob(f"{prefix}*{_UNFINISHED}"):
        if not is_held(left):
            shutil.rmtree(left, ignore_errors=True)


def _require_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandRefused(
            Code.FOLDER_NOT_EMPTY, f"{folder} is not an empty folder.", "Name a folder that does not exist."
        )


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandRefused(
            Code.FOLDER_NOT_WRITABLE,
            f"{folder} cannot be written: {error.strerror}.",
            "Check the disk and your rights.",
        ) from error


def _mask() -> int:
    """What the user lets others do with new files."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
