"""What a day is drawn as: its state, and apart from silence what waits for staff to decide; shape, colour, word each.

A day that is unknown may wait for a phone, or for staff: the one is a reason to ring, the other to open the inbox.
"""

from enum import StrEnum

from diary_app.core.grading import UNDECIDED, State


class Sign(StrEnum):
    """The value is that of the state, the name of its shape and its class in the style sheet."""

    DONE = State.DONE.value
    LATE = State.LATE.value
    MISSED = State.MISSED.value
    UNKNOWN = State.UNKNOWN.value
    UNDECIDED = "undecided"
    EXCUSED = State.EXCUSED.value
    OPEN = State.OPEN.value
    NOT_YET_DUE = State.NOT_YET_DUE.value
    EXTRA = State.EXTRA.value
    NOT_EXPECTED = State.NOT_EXPECTED.value


_OF = {state: Sign(state.value) for state in State}
#: In the order of the legend, which has no shape for what nobody expected.
LEGEND = tuple(Sign)


def sign_of(state: State, reason: str | None) -> Sign:
    """Of a day in that state for that reason."""
    return Sign.UNDECIDED if state is State.UNKNOWN and reason in UNDECIDED else _OF[state]
