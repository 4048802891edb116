"""The mark outside the database that says how far it had come: a line in the var folder, whole or not there."""

import os
from dataclasses import dataclass
from pathlib import Path

from server.secret_files import make_folder

FILE = "farthest"
_FEWEST = 3
#: Where nothing was found set back and another word follows.
_NOTHING = "-"
#: What earlier releases left out.
_LEFT_OUT = (_NOTHING, "0")


@dataclass(frozen=True)
class Farthest:
    """`reached`: a number that grows with every fact and record in one epoch; `at`: when it was noted.

    `set_back`: empty, or the last moment that the database knew of when an earlier one was first found in its place.
    `given`: the highest change number that anybody had; 0 where it was not noted.
    """

    epoch: str
    reached: int
    at: str
    set_back: str = ""
    given: int = 0


def noted(file: Path) -> Farthest | None:
    """What was noted last; None where nothing legible was."""
    words = file.read_text(encoding="utf-8", errors="replace").split() if file.is_file() else []
    if not _FEWEST <= len(words) <= _FEWEST + len(_LEFT_OUT):
        return None
    epoch, reached, at, set_back, given = (*words, *_LEFT_OUT[len(words) - _FEWEST :])
    if not (reached.isdigit() and given.isdigit()):
        return None
    return Farthest(epoch, int(reached), at, "" if set_back == _NOTHING else set_back, int(given))


def write(file: Path, here: Farthest, draft_name: str) -> None:
    """Whole under its name, also after a power cut; processes may share the folder."""
    make_folder(file.parent)
    draft = file.with_name(f"{FILE}.{draft_name}")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(f"{here.epoch} {here.reached} {here.at} {here.set_back or _NOTHING} {here.given}\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
