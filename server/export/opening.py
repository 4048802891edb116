"""The parts of a bundle, opened together in one folder: what each format and the reviewer's note write participants to.

A process that helps opens them a second time, in a folder of its own.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.export.content import About, Opener, Part
from server.export.folders import FOLDERS
from server.export.formats import Format
from server.export.reviewers_note import NOTE, open_note


@dataclass(frozen=True)
class Task:
    """What is to be written of every participant."""

    about: About
    formats: frozenset[Format]


@contextmanager
def opened(folder: Path, about: About, formats: frozenset[Format]) -> Iterator[Mapping[str, Part]]:
    """Every part by its name; in the end each lets go of its files, whatever has happened."""
    with ExitStack() as closing:
        parts: dict[str, Part] = {}
        for name, opener in _wanted(formats):
            own = folder_of(folder, name)
            own.mkdir(exist_ok=True)
            parts[name] = opener(own, about)
            closing.callback(parts[name].close)
        yield parts


def folder_of(folder: Path, part: str) -> Path:
    """Where a part has its files: the reviewer's note lies beside the folders."""
    return folder if part == NOTE else folder / part


def _wanted(formats: frozenset[Format]) -> Iterator[tuple[str, Opener]]:
    yield NOTE, open_note
    for name, (belongs_to, opener) in FOLDERS.items():
        if belongs_to in formats:
            yield name, opener
