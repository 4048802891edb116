"""How a participant wants to be reminded, and when nobody may remind them any more: folded from the facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from diary_app.core.facts import Channel, Fact, ParticipantAdded, RemindersChosen, Status
from diary_app.core.history import in_order
from diary_app.core.status import terms
from diary_app.core.study import PromptRule
from diary_app.core.study_values import wall_minutes

#: As long as nobody chose: whatever there is an address for, in this order.
EVERY_CHANNEL = tuple(Channel)

#: From the moment it is recorded, whatever its date: somebody might be reminded who must not be.
AT_ONCE = frozenset({Status.DIED, Status.CONSENT_WITHDRAWN, Status.SCREEN_FAILURE})
#: From the evening of their effective date.
_FROM_THEIR_DATE = frozenset({Status.DIARY_STOPPED, Status.COMPLETED, Status.LOST_TO_FOLLOW_UP})


@dataclass(frozen=True)
class Wishes:
    """`usual`: own time in wall minutes, None for the study's. `channels`: in order of preference; None: not chosen.

    `stopped`: no message at all is wanted.
    """

    usual: int | None = None
    channels: tuple[Channel, ...] | None = None
    language: str = ""
    stopped: bool = False

    def usual_within(self, rule: PromptRule) -> int | None:
        """The own time as this version of the study allows it: an earlier latest time is the time then."""
        return None if self.usual is None else min(self.usual, rule.latest)


def wishes(facts: Iterable[Fact]) -> Wishes:
    """Of time, channels and whether at all what was said last."""
    usual, channels, language, stopped = None, None, "", False
    for fact in in_order(facts):
        match fact.detail:
            case ParticipantAdded() | RemindersChosen() as said:
                usual = usual if said.usual is None else wall_minutes(said.usual)
                channels = said.channels or channels
        if isinstance(fact.detail, ParticipantAdded):
            language = fact.detail.language
        if isinstance(fact.detail, RemindersChosen) and fact.detail.stopped is not None:
            stopped = bool(fact.detail.stopped)
    return Wishes(usual, channels, language, stopped)


def ended_by(facts: Iterable[Fact], day: date) -> Status | None:
    """The status because of which no reminder of that diary day may leave any more; None while there is none."""
    for term in terms(facts):
        status = term.said.status
        if term.revoked_at is None and (
            status in AT_ONCE or (status in _FROM_THEIR_DATE and term.said.effective <= day)
        ):
            return status
    return None
