"""What is recorded about a correction: who asked for what and why, and what became of it. Nothing in it is free text.

Only the participant's own dated statement is a source. The author of a staff fact is its account; in which role and
for which site the account acted stands in the fact, so that it can be answered when rights have changed since.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.entries import Answer, Day, Name

LONGEST_REFERENCE = 40


class CorrectionSource(StrEnum):
    """How the participant said it."""

    CALL = "participant_call"
    LETTER = "participant_letter"
    AT_VISIT = "participant_at_visit"
    MESSAGE = "participant_message"
    PAPER = "paper_sheet"  # written and dated by the participant, where a sheet was typed


class CorrectionReason(StrEnum):
    """What had gone wrong, as the participant says."""

    TAPPED_WRONG = "tapped_wrong_answer"
    MISUNDERSTOOD = "misunderstood_question"
    WRONG_DAY = "wrong_day"
    ENTERED_IN_ERROR = "entered_in_error"
    TECHNICAL = "technical_fault"
    TRANSCRIBED_WRONG = "transcribed_wrong"  # the slip is that of whoever typed the sheet


class WaiverReason(StrEnum):
    """Why the participant was not asked in the app."""

    NO_PHONE = "no_phone"
    UNREACHABLE = "unreachable"
    DIED = "died"
    DIARY_ENDED = "diary_ended"
    SIGNED_STATEMENT = "signed_statement"
    NOT_IN_APP = "not_asked_in_app"  # a visit questionnaire


class RefusalReason(StrEnum):
    """Why the investigator did not approve."""

    PARTICIPANT_DECLINED = "participant_declined"
    STATEMENT_NOT_FOUND = "statement_not_found"
    NOT_JUSTIFIED = "not_justified"
    WRONG_ENTRY = "wrong_entry"
    OVERTAKEN = "overtaken"


class ParticipantAnswer(StrEnum):
    """What the participant said to it in the app."""

    RIGHT = "right"
    LEAVE = "leave"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)


class ItemChange(_Part):
    """One answer: what it is and what it was meant to be."""

    what: Literal["item"] = "item"
    item: Name
    old: Answer
    new: Answer


class DayMove(_Part):
    """The entry belongs to another diary day."""

    what: Literal["day"] = "day"
    day: Day


class Voided(_Part):
    """The entry was made in error and grades nothing."""

    what: Literal["void"] = "void"


CorrectionChange = Annotated[ItemChange | DayMove | Voided, Field(discriminator="what")]


class CorrectionAbout(_Part):
    """`entry`: id of the version that shall become another, which stands on `diary_day`."""

    entry: str
    instrument: Name
    diary_day: Day
    change: CorrectionChange


class _ByStaff(_Part):
    """`by_role`: the role in which its author acted, `by_site`: the site (R2)."""

    by_role: str
    by_site: str


class CorrectionRequested(_ByStaff, CorrectionAbout):
    """`stated_on`: day of the participant's statement."""

    kind: Literal["correction_requested"] = "correction_requested"
    source: CorrectionSource
    stated_on: Day
    reason: CorrectionReason
    reference: str = Field(default="", max_length=LONGEST_REFERENCE)


class CorrectionStep(_Part):
    """What is said of a correction after it was asked for; `correction` is the id of that fact."""

    correction: str


class CorrectionAnswered(CorrectionStep):
    """The participant's own word, from an acknowledgement of a phone."""

    kind: Literal["correction_answered"] = "correction_answered"
    answer: ParticipantAnswer


class CorrectionWaived(_ByStaff, CorrectionStep):
    """An investigator records why the participant was not asked."""

    kind: Literal["correction_confirmation_waived"] = "correction_confirmation_waived"
    reason: WaiverReason


class CorrectionApproved(_ByStaff, CorrectionStep):
    """From here on the corrected value, day or absence counts."""

    kind: Literal["correction_approved"] = "correction_approved"


class CorrectionRefused(_ByStaff, CorrectionStep):
    """The entry stays as it was."""

    kind: Literal["correction_refused"] = "correction_refused"
    reason: RefusalReason


class CorrectionWithdrawn(_ByStaff, CorrectionStep):
    """Whoever asked for it does not ask any more."""

    kind: Literal["correction_withdrawn"] = "correction_withdrawn"


CorrectionFact = (
    CorrectionRequested
    | CorrectionAnswered
    | CorrectionWaived
    | CorrectionApproved
    | CorrectionRefused
    | CorrectionWithdrawn
)
#: Kinds of the facts that staff record.
STAFF_KINDS = (
    "correction_requested", "correction_confirmation_waived", "correction_approved", "correction_refused",
    "correction_withdrawn",
)  # fmt: skip
