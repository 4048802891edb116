"""What a bundle is asked to be, and what is told of one that was made; loads nothing of what makes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from server.export.content import Cut, CutKind
from server.export.formats import EVERYTHING, Format

#: Told how many participants of how many are done.
Progress = Callable[[int, int], None]


class Scope(StrEnum):
    """`sponsor`: what a sponsor may have. `archive`: with every fact verbatim, from which a server can be rebuilt."""

    SPONSOR = "sponsor"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Wanted:
    """What was asked for. `at`: None for the newest moment possible. `is_test`: participants are dummies.

    `sites`: whose participants are in it; None for everybody's. An archive is of everybody.
    """

    kind: CutKind
    at: datetime | None = None
    formats: frozenset[Format] = EVERYTHING
    scope: Scope = Scope.SPONSOR
    is_test: bool = False
    sites: frozenset[str] | None = None


@dataclass(frozen=True)
class Made:
    """A bundle that lies under its name. `counts`: the tally; `files`: how many."""

    folder: Path
    cut: Cut
    counts: Mapping[str, int]
    files: int
    manifest_sha256: str
