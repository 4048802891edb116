"""The mark outside the database that says how far it had come: a line in the var folder, whole or not there."""

import os
from dataclasses import dataclass
from pathlib import Path

from server.secret_files import make_folder

FILE = "farthest"
_WORDS = (3, 4)


@dataclass(frozen=True)
class Farthest:
    """`reached`: a number that grows with every fact and record in one epoch; `at`: when it was noted.

    `set_back`: empty, or the last moment that the database knew of when an earlier one was first found in its place.
    """

    epoch: str
    reached: int
    at: str
    set_back: str = ""


def noted(file: Path) -> Farthest | None:
    """What was noted last; None where nothing legible was."""
    words = file.read_text(encoding="utf-8", errors="replace").split() if file.is_file() else []
    if len(words) not in _WORDS or not words[1].isdigit():
        return None
    return Farthest(words[0], int(words[1]), *words[2:])


def write(file: Path, here: Farthest, draft_name: str) -> None:
    """Whole under its name, also after a power cut; processes may share the folder."""
    make_folder(file.parent)
    draft = file.with_name(f"{FILE}.{draft_name}")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(f"{here.epoch} {here.reached} {here.at} {here.set_back}".rstrip() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
