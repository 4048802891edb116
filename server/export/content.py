"""What every format of a bundle is written from: one cut, and its participants one after the other.

A format is a `Part`. All parts are fed in one pass, so that nobody is read twice and memory holds one participant.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TextIO

from diary_app.core.grading import State
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce
from server.db.export_rows import ExportedDay
from server.export.participant import ExportedParticipant

#: States that a day ends in; together they are the days of a cut that were expected and are over.
OVER = (State.DONE, State.LATE, State.MISSED, State.UNKNOWN, State.EXCUSED)
_OVER = frozenset(one.value for one in OVER)


class CutKind(StrEnum):
    """`interim`: what is unknown may still come. `final`: it counts as not done."""

    INTERIM = "interim"
    FINAL = "final"


@dataclass(frozen=True)
class Cut:
    """What was known at a moment: everything that the server had received by `at` (UTC) and nothing later.

    `content_sha256`: over the canonical facts, the same from either database and with every version of the program.
    """

    id: str
    kind: CutKind
    at: datetime
    content_sha256: str


@dataclass(frozen=True)
class About:
    """What a part needs besides participants. `versions`: of the study, oldest first; `study` is the newest by then.

    `instruments`: every questionnaire and version that has an entry, the diary's own first. `is_test`: participants
    are dummies, and every file says so. `program`: name and version of what writes. `sites`: ids of those whose
    participants are in it; None for all.
    """

    study: Study
    versions: tuple[InForce, ...]
    instruments: tuple[Instrument, ...]
    cut: Cut
    program: str
    is_test: bool = False
    sites: tuple[str, ...] | None = None

    @property
    def by_version(self) -> Mapping[tuple[str, str], Instrument]:
        """Questionnaires by code and version."""
        return {(one.code, one.version): one for one in self.instruments}


class Part(Protocol):
    """One format that is being written into a folder of its own.

    Participants may be shared out: then a part like it writes some of them elsewhere, and this one takes over what they
    became, in their order and before anything is finished.
    """

    @property
    def files(self) -> Mapping[str, TextIO]:
        """The files that grow with participants, by their names in the folder."""
        ...

    def learned(self) -> Any:
        """What was counted and learned of participants so far, as another process can be told it."""
        ...

    def take(self, learned: Any) -> None:
        """What another part learned of the participants that come next; whoever calls adds their lines to `files`."""
        ...

    def add(self, person: ExportedParticipant) -> None:
        """Write one participant; they come ascending by id."""
        ...

    def finish(self) -> "Counter[str]":
        """Close every file; how many of each were written, by the names of `tally`, as far as the format has them."""
        ...

    def close(self) -> None:
        """Let go of every file, finished or not; called in the end, whatever has happened."""
        ...


class Opener(Protocol):
    """How a format begins: makes its files in `folder`, which exists and is empty."""

    def __call__(self, folder: Path, about: About) -> Part:
        """Raises `CommandRefused` for what the format cannot hold, before anything is written."""
        ...


def is_over(day: ExportedDay, cut: Cut) -> bool:
    """Whether a day counts in a cut: expected, and past the last moment at which it could be filled in."""
    return day.not_expected is None and day.state in _OVER and day.late_until <= cut.at


def days_over(person: ExportedParticipant, cut: Cut) -> Sequence[ExportedDay]:
    """Every day of a participant that counts in a cut; looked for once, as every format asks for them."""
    found = person.days_over_at.get(cut.at)
    if found is None:
        found = person.days_over_at[cut.at] = [day for day in person.days if is_over(day, cut)]
    return found
