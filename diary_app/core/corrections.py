"""Where each correction stands, and what the approved ones make of a participant's entries.

The original stays as it was made: id, origin and capture time never change (R19), and what was corrected is marked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from math import inf
from typing import Any

from diary_app.core.correction_facts import (
    CorrectionAbout,
    CorrectionAnswered,
    CorrectionApproved,
    CorrectionRefused,
    CorrectionRequested,
    CorrectionStep,
    CorrectionWaived,
    CorrectionWithdrawn,
    DayMove,
    ItemChange,
    ParticipantAnswer,
    Voided,
)
from diary_app.core.entries import EntryVersion
from diary_app.core.facts import Fact, FactInvalid, fact_from_record
from diary_app.core.merge import roots
from diary_app.core.records import Record

#: What an acknowledgement is about, in `what` of its body, when it answers a correction.
ACKNOWLEDGED = "correction"
#: How a moved day is named among what was corrected; never the code of a question.
DIARY_DAY = "diary_day"


class CorrectionState(StrEnum):
    """How far a correction has come."""

    ASKED = "asked"  # the participant has not answered yet
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WAIVED = "waived"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({CorrectionState.ASKED, CorrectionState.CONFIRMED, CorrectionState.DECLINED, CorrectionState.WAIVED})
APPROVABLE = frozenset({CorrectionState.CONFIRMED, CorrectionState.WAIVED})
_ANSWERED = {
    ParticipantAnswer.RIGHT: CorrectionState.CONFIRMED,
    ParticipantAnswer.LEAVE: CorrectionState.DECLINED,
}


@dataclass(frozen=True)
class Correction:
    """One correction as the facts have it. `settled`: the fact that ended it, by its place in the server's order.

    `settled_at`: when that was.
    """

    id: str
    at: datetime
    wanted: CorrectionRequested
    state: CorrectionState = CorrectionState.ASKED
    settled: int = 0
    settled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided yet."""
        return self.state in OPEN


def corrections(facts: Iterable[Fact]) -> tuple[Correction, ...]:
    """Every correction asked for, oldest first. The order in which the facts arrive does not matter."""
    found: dict[str, Correction] = {}
    for fact in sorted(facts, key=lambda fact: (fact.revision or inf, fact.at, fact.id)):
        match fact.detail:
            case CorrectionRequested() as wanted:
                found.setdefault(fact.id, Correction(fact.id, fact.at, wanted))
            case CorrectionStep() as step if (known := found.get(step.correction)) and known.is_open:
                found[known.id] = _after(known, fact)
    return tuple(found.values())


def _after(known: Correction, fact: Fact) -> Correction:
    """An approval was checked against the others when it was recorded; the participant's latest word counts."""
    match fact.detail:
        case CorrectionAnswered(answer=answer):
            return replace(known, state=_ANSWERED[answer])
        case CorrectionWaived() if known.state is CorrectionState.ASKED:
            return replace(known, state=CorrectionState.WAIVED)
        case CorrectionApproved():
            return _settled(known, CorrectionState.APPROVED, fact)
        case CorrectionRefused():
            return _settled(known, CorrectionState.REFUSED, fact)
        case CorrectionWithdrawn():
            return _settled(known, CorrectionState.WITHDRAWN, fact)
    return known


def _settled(known: Correction, state: CorrectionState, fact: Fact) -> Correction:
    return replace(known, state=state, settled=fact.revision, settled_at=fact.at)


def answer_in(record: Record, revision: int = 0) -> Fact | None:
    """The participant's answer to a correction as a fact; None for an acknowledgement of anything else."""
    if record.body.get("what") != ACKNOWLEDGED:
        return None
    try:
        return fact_from_record(record, revision, kind="correction_answered")
    except FactInvalid:
        return None


def answer_body(correction: str, answer: ParticipantAnswer) -> dict[str, Any]:
    """Body of the acknowledgement in which the participant answers."""
    return {"what": ACKNOWLEDGED, "correction": correction, "answer": answer.value}


class Overlay:
    """What the approved corrections of one participant do to the entries, in the order in which they were approved."""

    def __init__(self, approved: Sequence[CorrectionAbout]) -> None:
        self._approved = approved

    def __bool__(self) -> bool:
        return bool(self._approved)

    @property
    def days(self) -> frozenset[tuple[str, date]]:
        """Questionnaire and diary day of every entry that is another now, and the days that entries were moved to."""
        return frozenset((wanted.instrument, wanted.diary_day) for wanted in self._approved) | self.moved_days

    @property
    def moved_days(self) -> frozenset[tuple[str, date]]:
        """Questionnaire and diary day that an entry was moved from or to: they are read together."""
        return frozenset(
            (wanted.instrument, day)
            for wanted in self._approved
            if isinstance(wanted.change, DayMove)
            for day in (wanted.diary_day, wanted.change.day)
        )

    def over(self, versions: Iterable[EntryVersion]) -> tuple[EntryVersion, ...]:
        """The versions as they stand now; those of a voided entry are absent. All versions of an entry go together."""
        given = tuple(versions)
        if not self._approved:
            return given
        families = roots(given)
        standing = {version.id: version for version in given}
        for wanted in self._approved:
            if wanted.entry in standing:
                _correct(standing, families, wanted)
        return tuple(standing.values())


#: Entries stand as they were made.
NO_OVERLAY = Overlay(())


def overlay_of(facts: Iterable[Fact]) -> Overlay:
    """What those that the facts say are approved do."""
    return Overlay([one.wanted for one in approved(corrections(facts))])


def approved(known: Iterable[Correction]) -> list[Correction]:
    """Those that count, in the order in which they were approved."""
    found = [one for one in known if one.state is CorrectionState.APPROVED]
    return sorted(found, key=lambda one: (one.settled, one.id))


def _correct(standing: dict[str, EntryVersion], families: Mapping[str, str], wanted: CorrectionAbout) -> None:
    version = standing[wanted.entry]
    match wanted.change:
        case ItemChange(item=item, new=new):
            answers = {**version.body.answers, item: new}
            standing[version.id] = _marked(version, item, answers=answers)
        case DayMove(day=day):
            for one in _family(standing, families, version):
                body = one.body.model_copy(update={"diary_day": day})
                standing[one.id] = replace(one, body=body, on_time_until=None, moved=True)
            standing[version.id] = _marked(standing[version.id], DIARY_DAY)
        case Voided():
            for one in _family(standing, families, version):
                del standing[one.id]


def _family(
    standing: Mapping[str, EntryVersion], families: Mapping[str, str], version: EntryVersion
) -> list[EntryVersion]:
    """Every version of the entry, the one named among them."""
    root = families.get(version.id, version.id)
    return [one for one in standing.values() if families.get(one.id, one.id) == root]


def _marked(version: EntryVersion, what: str, **changes: Any) -> EntryVersion:
    corrected = version.corrected if what in version.corrected else (*version.corrected, what)
    return replace(version, body=version.body.model_copy(update=changes), corrected=corrected)
