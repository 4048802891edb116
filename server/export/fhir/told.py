"""What only the trail tells: who recorded a fact, and what an entry was that counts no more.

Read only for participants whose facts need it, so that most of an export reads no trail twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from diary_app.core.correction_facts import CorrectionRequested, Voided
from diary_app.core.corrections import Correction, approved, corrections
from diary_app.core.paper import KINDS as TYPED
from diary_app.core.paper import TypedEntry, entry_id, fact_of
from diary_app.core.records import RecordKind
from diary_app.core.staff_acts import QuarantineSettled, Signed
from diary_app.core.status import is_with_consent, withdrawn_from
from server.export.participant import ExportedParticipant
from server.intake.known import SERVER
from server.trail.fields import HIDDEN, TrailRow

#: Kinds of facts whose author is named.
_NAMED = TYPED | frozenset({"correction_requested", "correction_approved", "quarantine_settled", "signed"})
#: What is kept of an entry that was voided; never an answer.
_KEPT = frozenset({"instrument_version", "utc_offset_minutes", "visit"})


@dataclass(frozen=True)
class VoidedEntry:
    """An entry that was made in error, without its answers. `captured_at`, `received_at`: UTC."""

    correction: Correction
    captured_at: datetime
    received_at: datetime
    utc_offset_minutes: int
    instrument_version: str
    visit: str


@dataclass(frozen=True)
class Told:
    """`corrections`: the approved ones, in the order of approval. `who`: user name by the id of a fact."""

    corrections: Sequence[Correction] = ()
    who: Mapping[str, str] = field(default_factory=dict)
    voided: Sequence[VoidedEntry] = ()

    def by(self, fact: str) -> str:
        """Who recorded a fact; the server's own name for what the trail does not tell."""
        return self.who.get(fact, SERVER)

    def typist(self, entry: str) -> str:
        """Who typed an entry that came from no phone."""
        return self.by(fact_of(entry))


def told_of(person: ExportedParticipant) -> Told:
    """Reads the trail once, or not at all."""
    told_by = CorrectionRequested | TypedEntry | QuarantineSettled | Signed
    if not any(isinstance(fact.detail, told_by) for fact in person.facts):
        return Told()
    known = approved(corrections(person.facts))
    gone = {one.wanted.entry: one for one in known if isinstance(one.wanted.change, Voided)}
    who: dict[str, str] = {}
    seen = _Entries(gone)
    for row in person.read_trail():
        if row.kind in _NAMED:
            who[row.source] = row.who
        if gone and row.kind in (RecordKind.ENTRY, *TYPED):
            seen.read(row)
    return Told(known, who, seen.voided(person))


class _Entries:
    """Entries as the trail has them, row by row, until those that are looked for are whole."""

    def __init__(self, wanted: Mapping[str, Correction]) -> None:
        self._wanted = wanted
        self._standing: dict[tuple[str, str], dict[str, str]] = {}
        self._found: dict[str, tuple[TrailRow, dict[str, str]]] = {}

    def read(self, row: TrailRow) -> None:
        """Rows of later versions hold what they changed, so that the day's are laid over each other."""
        standing = self._standing.setdefault((row.instrument, row.diary_day), {})
        if row.field in _KEPT:
            standing[row.field] = row.new
        entry = entry_id(row.kind, row.source)
        if entry in self._wanted:
            self._found[entry] = (row, {**standing})

    def voided(self, person: ExportedParticipant) -> tuple[VoidedEntry, ...]:
        """In the order in which they were voided, without what was made after a withdrawal."""
        withdrawn = withdrawn_from(person.facts)
        made = (_voided(one, *self._found[entry]) for entry, one in self._wanted.items() if entry in self._found)
        return tuple(one for one in made if one and is_with_consent(withdrawn, one.captured_at, one.received_at))


def _voided(correction: Correction, row: TrailRow, kept: Mapping[str, str]) -> VoidedEntry | None:
    if row.captured is None or HIDDEN in kept.values():
        return None
    return VoidedEntry(
        correction, row.captured, row.received, _number(kept.get("utc_offset_minutes", "")),
        kept.get("instrument_version", ""), kept.get("visit", ""),
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.removeprefix("-").isdecimal() else 0
