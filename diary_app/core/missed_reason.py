"""Why several evenings in a row have no entry: asked once after the absence, coded, never free text."""

from enum import StrEnum


class MissedReason(StrEnum):
    """What the participant says got in the way; the body of a record also names the first and the last day."""

    FORGOT = "forgot"
    TOO_TIRED = "too_tired"
    UNWELL = "unwell"
    IN_HOSPITAL = "in_hospital"
    TRAVELLING = "travelling"
    TECHNICAL = "technical"
    DID_NOT_WANT = "did_not_want"
    OTHER = "other"
    PREFER_NOT = "prefer_not_to_answer"
