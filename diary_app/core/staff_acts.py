"""What staff decide about what has arrived: facts about what was set aside. Each names the role it was done in."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.entries import Day, Instant, ZoneName


class Outcome(StrEnum):
    """What something that was set aside turned out to be."""

    NO_ENTRY = "no_entry"  # of no diary day, an exact double, or saved too late: it raises no doubt any more
    ASSIGNED = "assigned"  # it may be the entry of that one day
    ACCEPTED = "accepted"  # it counts for its day like any other version; what shapes the schedule does so


class SettlingReason(StrEnum):
    """Why it was settled so, or looked at again."""

    NOT_AN_ENTRY = "not_an_entry"
    EXACT_DOUBLE = "exact_double"
    SAVED_TOO_LATE = "saved_too_late"
    OF_ANOTHER_PERSON = "of_another_person"
    MADE_IN_A_TEST = "made_in_a_test"
    DAY_FROM_CONTENTS = "day_from_contents"
    DAY_FROM_PARTICIPANT = "day_from_participant"
    PHONE_WENT_BACK = "phone_went_back"
    PHONE_LOST = "phone_lost"
    SERVER_FAULT = "server_fault"
    SETTLED_IN_ERROR = "settled_in_error"
    MORE_IS_KNOWN = "more_is_known"
    WITHDRAWAL_REVOKED = "withdrawal_revoked"
    VERSION_LIVE = "version_live"
    ZONE_FROM_PARTICIPANT = "zone_from_participant"
    PHONE_COPIED = "phone_copied"


class Act(BaseModel):
    """`by_role`: the one that gave the right, at the participant's site; the fact's author says who."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    by_role: str
    by_site: str


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class QuarantineSettled(Act):
    """One thing that was set aside is settled. `sha256`: its hash. The day: its own, or the one it is assigned to.

    `on_time_until`: of an accepted one, the end of the window that the gate applied. From `record` on: of a record
    that shapes the schedule, its id, its kind, and what it says; then `instrument` is the one that a choice is of.
    """

    kind: Literal["quarantine_settled"] = "quarantine_settled"
    item: str
    sha256: Sha256
    outcome: Outcome
    reason: SettlingReason
    instrument: str | None = None
    diary_day: Day | None = None
    on_time_until: Instant | None = None
    record: str | None = None
    record_kind: str | None = None
    captured_at: Instant | None = None
    zone: ZoneName | None = None
    choice: str | None = None


class QuarantineReopened(Act):
    """The named settlement holds no longer."""

    kind: Literal["quarantine_reopened"] = "quarantine_reopened"
    item: str
    sha256: Sha256
    revokes: str
    reason: SettlingReason
    instrument: str | None = None
    diary_day: Day | None = None


class QuarantineSeen(Act):
    """Somebody looked at what is in it."""

    kind: Literal["quarantine_seen"] = "quarantine_seen"
    item: str
    sha256: Sha256


class LockingReason(StrEnum):
    """Why days are locked, or unlocked."""

    DATA_REVIEWED = "data_reviewed"
    INTERIM_CUT = "interim_cut"
    FINAL_CUT = "final_cut"
    LATE_DATA = "late_data"
    CORRECTION_NEEDED = "correction_needed"
    DONE_IN_ERROR = "done_in_error"


class Meaning(StrEnum):
    """What somebody says with a signature."""

    REVIEWED = "reviewed"
    CONFIRMED = "confirmed"
    APPROVED_FOR_EXPORT = "approved_for_export"


class DaysLocked(Act):
    """Nothing of these diary days changes any more; without first and last, of any day."""

    kind: Literal["locked"] = "locked"
    first: Day | None = None
    last: Day | None = None
    reason: LockingReason


class DaysUnlocked(Act):
    """These diary days may change again, and what came after the lock counts."""

    kind: Literal["unlocked"] = "unlocked"
    first: Day | None = None
    last: Day | None = None
    reason: LockingReason


class Signed(Act):
    """Somebody signed these diary days as they were: SHA-256 over id and hash of each record and fact about them."""

    kind: Literal["signed"] = "signed"
    first: Day
    last: Day
    meaning: Meaning
    sha256: Sha256
    count: int
    account: str
    name: str


class SeenWhere(StrEnum):
    """On which page answers were shown."""

    ENTRIES = "entries"
    TRAIL = "trail"
    CORRECTION = "correction"


class AnswersSeen(Act):
    """Somebody looked at what was answered on these diary days: one fact a view. `count`: how many entries."""

    kind: Literal["answers_seen"] = "answers_seen"
    where: SeenWhere
    first: Day
    last: Day
    count: int


class SafetyHandling(StrEnum):
    """How something that may be a safety matter was handled outside the diary."""

    REFERENCE = "reference"  # it is in the safety system, under the reference given
    NOT_APPLICABLE = "not_applicable"


class SafetyReference(Act):
    """The answer to whether a hospital stay or a death is in the safety system. `about`: the facts that asked."""

    kind: Literal["safety_reference"] = "safety_reference"
    about: tuple[str, ...] = Field(min_length=1)
    handled: SafetyHandling
    reference: str = Field(default="", max_length=40)


class ReviewOutcome(StrEnum):
    """What a reviewer made of the signals of one participant."""

    PLAUSIBLE = "plausible"
    DISCUSSED = "discussed_with_participant"
    CORRECTION_ASKED = "correction_asked_for"
    TRAINING_REPEATED = "training_repeated"
    TO_BE_WATCHED = "to_be_watched"


class SignalsReviewed(Act):
    """Somebody looked at the signals and says, with their password, what came of it.

    `sha256`: over what was listed then, so that a signal that comes later shows as not reviewed.
    """

    kind: Literal["signals_reviewed"] = "signals_reviewed"
    outcome: ReviewOutcome
    sha256: Sha256
    count: int
    account: str
    name: str


class ContactOutcome(StrEnum):
    """What came of an attempt to reach a participant."""

    WILL_FILL_IN = "will_fill_in"
    NEEDS_HELP = "needs_help"
    WANTS_PAUSE = "wants_pause"
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"
    WRONG_NUMBER = "wrong_number"
    OTHER_AGREED = "other_agreed"


class ContactMade(Act):
    """Staff reached, or tried to reach, a participant. `snooze_until`: the day they come back onto the call list."""

    kind: Literal["contact_made"] = "contact_made"
    outcome: ContactOutcome
    snooze_until: Day | None = None


class ContactShown(Act):
    """Somebody was shown how to reach a participant: which field, never what it says."""

    kind: Literal["contact_shown"] = "contact_shown"
    field: str


#: Every kind of fact in this module.
StaffAct = (
    ContactMade
    | ContactShown
    | QuarantineSettled
    | QuarantineReopened
    | QuarantineSeen
    | DaysLocked
    | DaysUnlocked
    | Signed
    | AnswersSeen
    | SafetyReference
    | SignalsReviewed
)
