"""The inbox in words."""

from collections.abc import Mapping

from diary_app.core.catalogue import message
from diary_app.core.corrections import CorrectionState
from diary_app.core.facts import AlertAction
from diary_app.core.records import RecordKind
from diary_app.core.staff_acts import Outcome, SettlingReason
from server.alerts.open_alerts import Kind
from server.intake.staff import refused

ALERTS: Mapping[Kind, str] = {
    Kind.TRAIL_BROKEN: message("The trail does not hold together"),
    Kind.FACTS_FELL: message("There are fewer stored facts than before"),
    Kind.BREACH_UNDECIDED: message(
        "Nobody has decided yet whether the authority is told of a data breach; its 72 hours end soon or have ended"
    ),
    Kind.BACKUP_FAILED: message("The last backup failed"),
    Kind.BACKUP_LATE: message("There was no backup for more than a day"),
    Kind.REMINDERS_STOPPED: message("The server has stopped checking for reminders that are due"),
    Kind.REMINDERS_UNSENT: message("Reminders do not leave the server: several participants missed one"),
    Kind.LOG_INS_REFUSED: message("Far more log-ins were refused in an hour than is usual: somebody may be guessing"),
    Kind.CODES_REFUSED: message(
        "Far more enrolment codes were tried in an hour than is usual: somebody may be guessing"
    ),
    Kind.CONTACT_PROMPT: message("To be called by the study's own rule"),
    Kind.AFTER_LOCK: message(
        "Answers came after their day was locked; they count once an investigator unlocks the day"
    ),
    Kind.PHONE_IN_DOUBT: message("What the phone reports is in doubt: it may have been copied or set back"),
    Kind.SILENT_PHONE: message("The phone has not been in touch for two days, although evenings were expected"),
    Kind.ADDRESS_REFUSED: message(
        "The e-mail address or number was refused; nothing is sent there until it is corrected, or typed again if it is"
        " right"
    ),
    Kind.REMINDER_FAILED: message("Reminders do not arrive"),
    Kind.CLOCK_OFF: message("The phone's clock is wrong"),
    Kind.NEVER_ACTIVATED: message("The diary was never opened on a phone"),
}
ACTIONS: Mapping[AlertAction, str] = {
    AlertAction.CALLED: message("called the participant"),
    AlertAction.WROTE: message("wrote to the participant"),
    AlertAction.NEW_CODE: message("made a new code"),
    AlertAction.PHONE_REPLACED: message("replaced the phone"),
    AlertAction.CLOCK_SET: message("had the clock set"),
    AlertAction.ADDRESS_CORRECTED: message("corrected number or address"),
    AlertAction.LOOKED_INTO: message("looked into it"),
    AlertAction.NOTHING_NEEDED: message("nothing is needed"),
}
CORRECTIONS: Mapping[CorrectionState, str] = {
    CorrectionState.ASKED: message("waits for the participant's answer in the app"),
    CorrectionState.CONFIRMED: message("confirmed by the participant; waits for the investigator"),
    CorrectionState.DECLINED: message("declined by the participant; waits for the investigator"),
    CorrectionState.WAIVED: message("need not be confirmed; waits for the investigator"),
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.NO_ENTRY: message("It is no entry that counts"),
    Outcome.ASSIGNED: message("It may be the entry of one day"),
    Outcome.ACCEPTED: message("It counts as the entry of its day"),
}
#: Of a record that shapes the schedule.
FOLLOWING: Mapping[Outcome, str] = {
    Outcome.ACCEPTED: message("The diary follows it, from when it was confirmed"),
    Outcome.NO_ENTRY: message("The diary does not follow it"),
}
#: What such a record is.
SHAPING: Mapping[str, str] = {
    RecordKind.ZONE: message("a time zone that was confirmed"),
    RecordKind.CHOICE: message("an evening that was chosen"),
    RecordKind.TRAINING: message("the practice entry, with which a diary begins"),
}
REASONS: Mapping[SettlingReason, str] = {
    SettlingReason.NOT_AN_ENTRY: message("it is not an entry"),
    SettlingReason.EXACT_DOUBLE: message("the same is here already"),
    SettlingReason.SAVED_TOO_LATE: message("it was saved too late"),
    SettlingReason.OF_ANOTHER_PERSON: message("it is another person's"),
    SettlingReason.MADE_IN_A_TEST: message("it was made in a test"),
    SettlingReason.DAY_FROM_CONTENTS: message("its contents say the day"),
    SettlingReason.DAY_FROM_PARTICIPANT: message("the participant says the day"),
    SettlingReason.PHONE_WENT_BACK: message("the phone was set back"),
    SettlingReason.PHONE_LOST: message("the phone was lost"),
    SettlingReason.SERVER_FAULT: message("the server was at fault"),
    SettlingReason.SETTLED_IN_ERROR: message("it was settled in error"),
    SettlingReason.MORE_IS_KNOWN: message("more is known by now"),
    SettlingReason.WITHDRAWAL_REVOKED: message("the withdrawal was revoked"),
    SettlingReason.VERSION_LIVE: message("the version of the study that it names is live now"),
    SettlingReason.ZONE_FROM_PARTICIPANT: message("the participant says which time zone is right"),
    SettlingReason.PHONE_COPIED: message("the phone was copied"),
}
#: Reasons why something is looked at again.
REOPENING = (SettlingReason.SETTLED_IN_ERROR, SettlingReason.MORE_IS_KNOWN)
_NOT_CHOSEN = frozenset(
    {SettlingReason.SETTLED_IN_ERROR, SettlingReason.WITHDRAWAL_REVOKED, SettlingReason.VERSION_LIVE}
)
#: How it is known to which day something belongs that names none.
ASSIGNING = frozenset({SettlingReason.DAY_FROM_CONTENTS, SettlingReason.DAY_FROM_PARTICIPANT})
_OF_ENTRIES = ASSIGNING | {SettlingReason.NOT_AN_ENTRY, SettlingReason.SAVED_TOO_LATE}
_CHOSEN = [reason for reason in SettlingReason if reason not in _NOT_CHOSEN]
SETTLING = tuple(reason for reason in _CHOSEN if reason is not SettlingReason.ZONE_FROM_PARTICIPANT)
#: Of a record that shapes the schedule.
SETTLING_SCHEDULE = tuple(reversed([reason for reason in _CHOSEN if reason not in _OF_ENTRIES]))


def action_from(text: str) -> AlertAction:
    """What a form says was done. Raises `RequestRefused`."""
    try:
        return AlertAction(text)
    except ValueError:
        raise refused("Nothing says what was done.", "Choose what was done about it.") from None
