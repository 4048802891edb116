"""Controlled terms: why something was not done, when a day lies in the study, how an entry was made.

Codes of CDISC terms are those of the package `CT_VERSION`; lists without a code are the sponsor's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from diary_app.core.entries import Mode, Skip
from diary_app.core.facts import ExcuseReason
from diary_app.core.grading import UNDECIDED, State, UnknownReason
from diary_app.core.instruments import LookBack
from server.intake.visits import NOT_OFFERED

CT_VERSION = "2025-03-28"
IG_VERSION = "3.4"
DOMAIN = "QS"
NOT_DONE = "NOT DONE"
YES = "Y"
#: Stands for a whole day or visit.
ALL = "QSALL"
ALL_NAME = "Questionnaires"

NOT_COMPLETED = "NOT COMPLETED IN WINDOW"
DEVICE_FAILURE = "DEVICE FAILURE"
DEVICE_LOST = "DEVICE LOST"
NOT_RECEIVED = "SYNC NOT RECEIVED BEFORE CUT-OFF"
#: Something was received that may be the entry, and nobody had said by the cut whether it counts.
NOT_DECIDED = "NOT DECIDED BEFORE CUT-OFF"
HOSPITALISED = "HOSPITALISED"
EXCUSED_BY_SITE = "EXCUSED BY SITE"
SERVER_OUTAGE = "SERVER OUTAGE"
NOT_OFFERED_IN_TIME = "NOT OFFERED IN TIME"
PREFERRED_NOT = "PARTICIPANT PREFERRED NOT TO ANSWER"
NOT_APPLICABLE = "NOT APPLICABLE"

SKIPPED: Mapping[Skip, str] = {Skip.PREFER_NOT: PREFERRED_NOT, Skip.NOT_APPLICABLE: NOT_APPLICABLE}
_EXCUSED: Mapping[str, str] = {
    ExcuseReason.HOSPITALISED: HOSPITALISED,
    ExcuseReason.DEVICE_FAILURE: DEVICE_FAILURE,
    ExcuseReason.SERVER_FAILURE: SERVER_OUTAGE,
    ExcuseReason.TOO_ILL: EXCUSED_BY_SITE,
    ExcuseReason.OTHER_AGREED: EXCUSED_BY_SITE,
}
_UNKNOWN: Mapping[str, str] = {
    **dict.fromkeys(UNDECIDED, NOT_DECIDED),
    UnknownReason.DEVICE_LOST: DEVICE_LOST,
    UnknownReason.DEVICE_DOUBTFUL: DEVICE_FAILURE,
    NOT_OFFERED: NOT_OFFERED_IN_TIME,
}
REASONS = (
    NOT_COMPLETED, DEVICE_FAILURE, DEVICE_LOST, NOT_RECEIVED, NOT_DECIDED, HOSPITALISED, EXCUSED_BY_SITE,
    SERVER_OUTAGE, NOT_OFFERED_IN_TIME, PREFERRED_NOT, NOT_APPLICABLE,
)  # fmt: skip

SCREENING = "SCREENING"
TREATMENT = "TREATMENT"
FOLLOW_UP = "FOLLOW-UP"

#: The text of the stretch of time that a question asks about; none for now, and for what is a duration.
INTERVAL_TEXTS: Mapping[LookBack, str] = {
    LookBack.TODAY: "TODAY SINCE WAKING",
    LookBack.LAST_NIGHT: "LAST NIGHT",
    LookBack.FOUR_WEEKS: "PAST FOUR WEEKS",
    LookBack.TWELVE_MONTHS: "PAST TWELVE MONTHS",
}
INTERVALS: Mapping[LookBack, str] = {LookBack.PAST_WEEK: "-P7D"}

ON_TIME = "ON TIME"
LATE = "LATE"
ON_PAPER = "ON PAPER"
INTERVIEW = "INTERVIEW"
EXTRA = "EXTRA"
OUTSIDE_WINDOW = "OUTSIDE WINDOW"
#: In place of on time, of what staff typed.
_TYPED: Mapping[Mode, str] = {Mode.PAPER: ON_PAPER, Mode.INTERVIEW: INTERVIEW}
NO_ENTRY: Mapping[str, str] = {State.MISSED: "MISSED", State.UNKNOWN: "UNKNOWN", State.EXCUSED: "EXCUSED"}
TIMELINESS = (ON_TIME, LATE, ON_PAPER, INTERVIEW, EXTRA, OUTSIDE_WINDOW, *NO_ENTRY.values())


@dataclass(frozen=True)
class Term:
    """One term of a CDISC codelist with its code at the NCI."""

    value: str
    code: str
    meaning: str


@dataclass(frozen=True)
class TermList:
    """A CDISC codelist, as far as this study uses it."""

    name: str
    code: str
    terms: tuple[Term, ...]


STANDARD: Mapping[str, TermList] = {
    "DOMAIN": TermList("SDTM Domain Abbreviation", "C66734", (Term(DOMAIN, "C49609", "Questionnaires"),)),
    "NY": TermList("No Yes Response", "C66742", (Term(YES, "C49488", "Yes"),)),
    "ND": TermList("Not Done", "C66789", (Term(NOT_DONE, "C49484", "Not Done"),)),
    "EPOCH": TermList(
        "Epoch",
        "C99079",
        (
            Term(SCREENING, "C48262", "Screening"),
            Term(TREATMENT, "C101526", "Treatment"),
            Term(FOLLOW_UP, "C99158", "Follow-Up"),
        ),
    ),
}


def reason_not_done(state: State, reason: str | None) -> str:
    """Why a day or visit has no entry, by its state and the reason that goes with it."""
    match state:
        case State.EXCUSED:
            return _EXCUSED.get(reason or "", EXCUSED_BY_SITE)
        case State.UNKNOWN:
            return _UNKNOWN.get(reason or "", NOT_RECEIVED)
    return NOT_COMPLETED


def timeliness(state: str, mode: Mode) -> str:
    """How an entry stands to the window of its day or visit; what staff typed is never on time."""
    match state:
        case State.DONE:
            return _TYPED.get(mode, ON_TIME)
        case State.LATE:
            return LATE
        case State.EXTRA:
            return EXTRA
    return OUTSIDE_WINDOW


def coded(value: str) -> str:
    """A code of ours as a term: `own_phone` becomes OWN PHONE."""
    return value.replace("_", " ").upper()


def epoch_of(place: int, periods: int) -> str:
    """The epoch of the period at that place (from 0) of so many.

    Before the first treatment SCREENING, after the last of several FOLLOW-UP, and TREATMENT between; a study of one
    treatment, or none, has nothing that can be told from TREATMENT after it.
    """
    if place == 0 and periods > 1:
        return SCREENING
    return FOLLOW_UP if periods > 2 and place == periods - 1 else TREATMENT
