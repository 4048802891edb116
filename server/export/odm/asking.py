"""Corrections while they are asked for, answered and decided, one step after the other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from diary_app.core.correction_facts import (
    CorrectionAnswered,
    CorrectionApproved,
    CorrectionRefused,
    CorrectionRequested,
    CorrectionStep,
    CorrectionWaived,
    DayMove,
    ItemChange,
    ParticipantAnswer,
)
from diary_app.core.corrections import OPEN, CorrectionState, corrections
from diary_app.core.entries import Skip
from diary_app.core.facts import Fact
from server.export.odm.definitions import CORRECTION
from server.export.odm.shelf import Groups
from server.export.odm.sources import Author, Source
from server.export.odm.stating import only


@dataclass(frozen=True)
class Asked:
    """One correction after its latest step. `counts`: whether it is approved in the end."""

    id: str
    by: Author
    wanted: CorrectionRequested
    counts: bool
    state: CorrectionState = CorrectionState.ASKED
    confirmation: str = ""
    decision_reason: str | None = None

    @property
    def why(self) -> str:
        """Everything about it in one line, for whoever reads a change of the entry alone."""
        wanted = self.wanted
        parts = [
            f"correction {self.id}", wanted.reason, f"said by the participant on {wanted.stated_on} ({wanted.source})",
            f"asked for by {self.by.name}{f' ({self.by.role})' if self.by.role else ''}",
            self.confirmation, f"reference {wanted.reference}" if wanted.reference else "",
        ]  # fmt: skip
        return "; ".join(part for part in parts if part)

    def stated(self) -> Groups:
        """Its form."""
        wanted, change = self.wanted, self.wanted.change
        about: dict[str, object] = {"entry_id": wanted.entry, "what": change.what}
        match change:
            case ItemChange():
                about |= {"item": change.item, "old": _plain(change.old), "new": _plain(change.new)}
            case DayMove():
                about |= {"old": wanted.diary_day, "new": change.day}
        return only(
            CORRECTION,
            {
                **about,
                "source": wanted.source,
                "stated_on": wanted.stated_on,
                "reason": wanted.reason,
                "reference": wanted.reference,
                "state": self.state,
                "decision_reason": self.decision_reason,
            },
        )


class Asking:
    """All corrections of one participant, as far as their steps were taken."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._counting = {one.id for one in corrections(facts) if one.state is CorrectionState.APPROVED}
        self._known: dict[str, Asked] = {}

    def step(self, detail: CorrectionRequested | CorrectionStep, source: Source) -> Asked | None:
        """The correction after one more step; None for a step of one that is not known, or is decided."""
        if isinstance(detail, CorrectionRequested):
            after = Asked(source.id, source.author, detail, source.id in self._counting)
        else:
            before = self._known.get(detail.correction)
            if before is None or before.state not in OPEN:
                return None
            after = _after(before, detail)
        self._known[after.id] = after
        return after


def _after(before: Asked, step: CorrectionStep) -> Asked:
    match step:
        case CorrectionAnswered(answer=ParticipantAnswer.RIGHT):
            return replace(before, state=CorrectionState.CONFIRMED, confirmation="confirmed by the participant")
        case CorrectionAnswered():
            return replace(before, state=CorrectionState.DECLINED, confirmation="declined by the participant")
        case CorrectionWaived() if before.state is CorrectionState.ASKED:
            said = f"participant not asked: {step.reason}"
            return replace(before, state=CorrectionState.WAIVED, confirmation=said, decision_reason=step.reason)
        case CorrectionWaived():
            return before
        case CorrectionApproved():
            return replace(before, state=CorrectionState.APPROVED)
        case CorrectionRefused():
            return replace(before, state=CorrectionState.REFUSED, decision_reason=step.reason)
    return replace(before, state=CorrectionState.WITHDRAWN)


def _plain(answer: int | Skip) -> object:
    return answer.value if isinstance(answer, Skip) else int(answer)
