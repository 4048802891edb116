"""Who did what when, as the trail has it: one source for each record and fact, in the order of the server."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from server.export.participant import ExportedParticipant
from server.trail.fields import PROGRAM, TrailRow

#: A phone's record of this kind may be the participant's answer to a correction; of no other are the fields needed.
ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True)
class Author:
    """Who, in which role, for which site. `organisation`: id of a site, `sponsor`, or empty."""

    name: str
    role: str
    organisation: str


@dataclass(frozen=True)
class Source:
    """One record or fact. `refused`: it grades nothing by itself."""

    id: str
    kind: str
    at: datetime
    author: Author
    refused: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def sources_of(person: ExportedParticipant) -> Iterator[Source]:
    """Each once, in the order in which the server took them in."""
    for name, rows in groupby(person.read_trail(), key=lambda row: row.source):
        yield _source(name, rows)


def program(at: datetime, id: str) -> Source:
    """What nobody did: the program worked it out."""
    return Source(id, "", at, Author(PROGRAM, PROGRAM, ""))


def _source(name: str, rows: Iterable[TrailRow]) -> Source:
    first, *others = rows
    fields = {row.field: row.new for row in (first, *others)} if first.kind == ACKNOWLEDGEMENT else {}
    author = Author(first.who, first.role, first.organisation)
    return Source(name, first.kind, first.received, author, bool(first.code), fields)
