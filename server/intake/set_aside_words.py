"""Why something was set aside, in plain words."""

from diary_app.core.catalogue import message
from diary_app.core.errors import Code

WHY: dict[str, str] = {
    Code.RECORD_MALFORMED: message("it is no record that can be read"),
    Code.RECORD_TOO_LARGE: message("it is larger than any record may be"),
    Code.RECORD_CONFLICT: message("a record with the same id and other contents is here"),
    Code.CHAIN_GAP: message("records before it have not come"),
    Code.CHAIN_FORK: message("its place on the phone's chain is taken by another record"),
    Code.DEVICE_LOST: message("it came from a phone that was reported lost"),
    Code.DEVICE_DOUBTFUL: message("it came from a phone in doubt"),
    Code.ENVELOPE_UNREADABLE: message("it is sealed to a key that this server does not have"),
    Code.PROTOCOL_TOO_OLD: message("it came from an app that is too old"),
    Code.PROTOCOL_TOO_NEW: message("it came from an app that is newer than this server"),
    Code.REQUEST_INVALID: message("it came in a request that could not be answered"),
    Code.WRONG_PARTICIPANT: message("it says that it is somebody else's"),
    Code.ENTRY_INVALID: message("its answers do not fit the questionnaire"),
    Code.INSTRUMENT_UNKNOWN: message("it names a questionnaire that the study does not use"),
    Code.STUDY_VERSION_UNKNOWN: message("it names a version of the study that was not live here when it came"),
    Code.TOO_EARLY: message("it was saved before its window opened"),
    Code.TOO_LATE: message("it was saved after its window had closed"),
    Code.EXTRA_DAY: message("nobody expected an entry of that day"),
    Code.AFTER_WITHDRAWAL: message("it was saved while consent was withdrawn"),
    Code.FACT_INVALID: message("it cannot be read"),
}


def why(code: str) -> str:
    """In words where there are some, else the code."""
    return WHY.get(code, code)
