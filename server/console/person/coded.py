"""What codes of facts and records are called on a page."""

from collections.abc import Iterable, Mapping

from diary_app.core.anchors import DateChange
from diary_app.core.catalogue import Catalogue, message
from diary_app.core.correction_facts import CorrectionReason, CorrectionSource, RefusalReason, WaiverReason
from diary_app.core.corrections import CorrectionState
from diary_app.core.entries import FilledBy, LateReason, Mode, Skip
from diary_app.core.errors import Code
from diary_app.core.facts import AlertAction, Channel, ContactField, DeviceState, Status
from diary_app.core.paper import PaperReason
from diary_app.core.prompts import Dropped
from diary_app.core.staff_acts import LockingReason, Meaning, ReviewOutcome, SafetyHandling
from server.console.words import REASONS
from server.reminders.ledger import Standing, Why

#: Why a treatment is not given, why a status is recorded, and why one is revoked: coded, never typed.
NOT_GIVEN = ("participant_wish", "medical_reason", "adverse_event", "site_capacity", "other_agreed")
NOT_STATED = "not_stated"
STATUS_REASONS = (
    "participant_wish", "medical_reason", "adverse_event", "moved_away", "protocol", "not_reached", NOT_STATED,
)  # fmt: skip
REVOKE_REASONS = ("recorded_in_error", "is_over")
EXCUSE_SOURCES = ("hospital_record", "participant_call", "participant_letter", "help_desk_ticket", "server_log")

_CODED: Mapping[str, str] = {
    Status.TREATMENT_STOPPED: message("treatment stopped"),
    Status.DIARY_STOPPED: message("diary stopped"),
    Mode.OWN_PHONE: message("own phone"),
    Mode.LOANED_PHONE: message("loaned phone"),
    Mode.WEB: message("web"),
    Mode.PAPER: message("paper"),
    Mode.INTERVIEW: message("interview"),
    FilledBy.SELF: message("the participant"),
    FilledBy.SOMEONE_TAPPED: message("somebody tapped what the participant said"),
    LateReason.FORGOT: message("forgot"),
    LateReason.TOO_TIRED: message("too tired"),
    LateReason.UNWELL: message("unwell"),
    LateReason.NO_PHONE: message("no phone at hand"),
    LateReason.TECHNICAL: message("technical trouble"),
    LateReason.OTHER: message("another reason"),
    Skip.PREFER_NOT: message("preferred not to answer"),
    Skip.NOT_APPLICABLE: message("not applicable"),
    DeviceState.ACTIVE: message("active"),
    DeviceState.REPLACED: message("replaced"),
    DeviceState.WITHDRAWN: message("withdrawn"),
    DeviceState.LOST: message("lost"),
    CorrectionSource.CALL: message("the participant called"),
    CorrectionSource.LETTER: message("the participant wrote a letter"),
    CorrectionSource.AT_VISIT: message("the participant said so at a visit"),
    CorrectionSource.MESSAGE: message("the participant wrote a message"),
    CorrectionSource.PAPER: message("the sheet of paper or the notes say so"),
    CorrectionReason.TRANSCRIBED_WRONG: message("typed wrong from the sheet or the notes"),
    PaperReason.PHONE_FAILED: message("the phone failed"),
    PaperReason.SERVER_OUTAGE: message("the server was out of reach"),
    CorrectionReason.TAPPED_WRONG: message("tapped the wrong answer"),
    CorrectionReason.MISUNDERSTOOD: message("misunderstood the question"),
    CorrectionReason.WRONG_DAY: message("filled in for the wrong day"),
    CorrectionReason.ENTERED_IN_ERROR: message("saved by mistake"),
    CorrectionReason.TECHNICAL: message("technical trouble"),
    WaiverReason.UNREACHABLE: message("cannot be reached"),
    WaiverReason.DIARY_ENDED: message("the diary has ended"),
    WaiverReason.SIGNED_STATEMENT: message("there is a signed statement"),
    WaiverReason.NOT_IN_APP: message("a visit questionnaire, which the app does not ask about"),
    RefusalReason.PARTICIPANT_DECLINED: message("the participant wants it left as it is"),
    RefusalReason.STATEMENT_NOT_FOUND: message("the statement was not found"),
    RefusalReason.NOT_JUSTIFIED: message("not justified by the statement"),
    RefusalReason.WRONG_ENTRY: message("it is about another entry"),
    RefusalReason.OVERTAKEN: message("overtaken by something later"),
    CorrectionState.ASKED: message("waits for the participant's answer"),
    CorrectionState.CONFIRMED: message("confirmed by the participant; waits for the investigator"),
    CorrectionState.DECLINED: message("declined by the participant; waits for the investigator"),
    CorrectionState.WAIVED: message("the participant need not be asked; waits for the investigator"),
    CorrectionState.APPROVED: message("approved; it counts"),
    CorrectionState.REFUSED: message("refused"),
    LockingReason.DATA_REVIEWED: message("data reviewed"),
    LockingReason.INTERIM_CUT: message("interim data cut"),
    LockingReason.FINAL_CUT: message("final data cut"),
    LockingReason.LATE_DATA: message("late data arrived"),
    LockingReason.CORRECTION_NEEDED: message("a correction is needed"),
    LockingReason.DONE_IN_ERROR: message("done in error"),
    ReviewOutcome.PLAUSIBLE: message("plausible; nothing needs to be done"),
    ReviewOutcome.DISCUSSED: message("discussed with the participant"),
    ReviewOutcome.CORRECTION_ASKED: message("a correction was asked for"),
    ReviewOutcome.TRAINING_REPEATED: message("training was repeated"),
    ReviewOutcome.TO_BE_WATCHED: message("to be watched"),
    SafetyHandling.REFERENCE: message("in the safety system, under this reference"),
    AlertAction.CALLED: message("called"),
    AlertAction.WROTE: message("wrote"),
    AlertAction.NEW_CODE: message("made a new code"),
    AlertAction.PHONE_REPLACED: message("replaced the phone"),
    AlertAction.CLOCK_SET: message("had the clock set"),
    AlertAction.ADDRESS_CORRECTED: message("corrected the address"),
    AlertAction.LOOKED_INTO: message("looked into it"),
    AlertAction.NOTHING_NEEDED: message("nothing needed to be done"),
    Channel.PUSH: message("notification on the phone"),
    Channel.EMAIL: message("e-mail"),
    Channel.SMS: message("text message"),
    ContactField.PHONE: message("telephone number"),
    Standing.WAITING: message("waiting"),
    Standing.CLAIMED: message("being sent"),
    Standing.SENT: message("sent"),
    Standing.FAILED: message("failed"),
    Standing.DROPPED: message("not sent"),
    Standing.CANCELLED: message("cancelled"),
    Why.EXPIRED: message("too late to make sense"),
    Why.NO_CHANNEL: message("no channel has an address"),
    Why.STOPPED: message("the participant wants no messages"),
    Why.OUT_OF_TIME: message("it kept failing until it was too late"),
    Dropped.NOT_EXPECTED: message("no diary was expected"),
    Dropped.NOT_OPEN: message("the window was not open"),
    Dropped.CLOSED: message("the window had closed"),
    Dropped.QUIET_HOURS: message("quiet hours"),
    Dropped.PAUSED: message("paused by the participant"),
    "done": message("the diary was done"),
    "late": message("the diary was done"),
    Code.TOO_LATE: message("saved after the last minute"),
    Code.TOO_EARLY: message("saved before the window opened"),
    Code.AFTER_WITHDRAWAL: message("made after consent was withdrawn"),
    Code.CLOCK_OFF: message("the phone's clock was off"),
    Code.DEVICE_DOUBTFUL: message("what the phone reports is in doubt"),
    Code.NONCE_STALE: message("the phone may be a copy, or was set back"),
    Code.DAY_LOCKED: message("the day was locked"),
    Code.EXTRA_DAY: message("nobody expected an entry that day"),
    DateChange.TYPED_WRONG: message("the date or time was typed wrong"),
    DateChange.SOURCE_SAYS_OTHERWISE: message("the record of the treatment says otherwise"),
    DateChange.OTHER_PARTICIPANT: message("it was about another participant"),
    DateChange.OTHER_TREATMENT: message("it was about the other treatment"),
    DateChange.PUT_OFF: message("the treatment was put off and not given that day"),
    "participant_wish": message("the participant's wish"),
    "medical_reason": message("a medical reason"),
    "adverse_event": message("an adverse event"),
    "site_capacity": message("the site could not do it"),
    "moved_away": message("moved away"),
    "protocol": message("as the protocol says"),
    "not_reached": message("could not be reached"),
    NOT_STATED: message("not stated"),
    "recorded_in_error": message("recorded in error"),
    "is_over": message("it is over"),
    "hospital_record": message("the hospital's record"),
    "help_desk_ticket": message("a help desk ticket"),
    "server_log": message("the server's log"),
    "reported_lost": message("reported lost"),
    "new_phone": message("another phone took its place"),
    "randomised": message("randomised"),
}  # fmt: skip

#: What a signature says; apart, as a correction that the participant confirmed has the same code.
MEANINGS: Mapping[Meaning, str] = {
    Meaning.REVIEWED: message("I have reviewed these days"),
    Meaning.CONFIRMED: message("I confirm that these days are complete and correct as far as I know"),
    Meaning.APPROVED_FOR_EXPORT: message("I approve these days for export"),
}


def coded(texts: Catalogue, code: str | None) -> str:
    """In the reader's words; a code that has none is written as it is, with spaces."""
    if not code:
        return ""
    known = _CODED.get(code) or REASONS.get(code)
    return texts.text(known) if known else code.replace("_", " ")


def options(texts: Catalogue, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs for a choice in a form."""
    return [(str(code), capital(coded(texts, str(code)))) for code in codes]


def capital(text: str) -> str:
    """With a capital at its head."""
    return text[:1].upper() + text[1:]
