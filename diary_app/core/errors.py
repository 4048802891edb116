"""Every failure a person or a program can meet, each with a stable code and a remedy.

XerodiaryError
├── FileInvalid            a study, instrument or licence file with problems
├── RecordRefused          a record that cannot be accepted (it is kept all the same)
├── RequestRefused         a request that the server answers with an error
├── DiaryUnavailable       the phone's own storage cannot be used
└── CommandRefused         something typed at the command line cannot be done
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum


class Code(StrEnum):
    """Stable names that cross the wire, stand in logs and can be quoted to support. Never renamed."""

    # enrolment
    CODE_MALFORMED = "code_malformed"
    CODE_UNKNOWN = "code_unknown"
    CODE_EXPIRED = "code_expired"
    CODE_USED = "code_used"
    SERVER_NOT_NAMED = "server_not_named"
    TOO_MANY_TRIES = "too_many_tries"
    # a request as a whole
    BODY_TOO_LARGE = "body_too_large"
    BODY_NOT_GZIP = "body_not_gzip"
    REQUEST_INVALID = "request_invalid"
    PROTOCOL_TOO_OLD = "protocol_too_old"
    PROTOCOL_TOO_NEW = "protocol_too_new"
    DEVICE_UNKNOWN = "device_unknown"
    QUARANTINE_FULL = "quarantine_full"
    SERVER_BUSY = "server_busy"
    SERVER_FAULT = "server_fault"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    # one record
    RECORD_MALFORMED = "record_malformed"
    RECORD_TOO_LARGE = "record_too_large"
    RECORD_CONFLICT = "record_conflict"
    CHAIN_GAP = "chain_gap"
    CHAIN_FORK = "chain_fork"
    DEVICE_LOST = "device_lost"
    DEVICE_DOUBTFUL = "device_doubtful"
    WRONG_PARTICIPANT = "wrong_participant"
    ENTRY_INVALID = "entry_invalid"
    INSTRUMENT_UNKNOWN = "instrument_unknown"
    STUDY_VERSION_UNKNOWN = "study_version_unknown"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    AFTER_WITHDRAWAL = "after_withdrawal"
    ENVELOPE_UNREADABLE = "envelope_unreadable"
    DAY_LOCKED = "day_locked"
    # flags that change nothing but are shown
    CLOCK_OFF = "clock_off"
    NONCE_STALE = "nonce_stale"
    EXTRA_DAY = "extra_day"
    # files
    STUDY_INVALID = "study_invalid"
    AMENDMENT_FORBIDDEN = "amendment_forbidden"
    INSTRUMENT_INVALID = "instrument_invalid"
    LICENCE_INVALID = "licence_invalid"
    WORDING_NOT_INSTALLED = "wording_not_installed"
    # the phone's storage
    STORAGE_UNAVAILABLE = "storage_unavailable"
    STORAGE_FULL = "storage_full"
    STORAGE_TOO_NEW = "storage_too_new"
    STORAGE_DAMAGED = "storage_damaged"
    NOT_ENROLLED = "not_enrolled"
    DIARY_LOCKED = "diary_locked"
    SENDING_ELSEWHERE = "sending_elsewhere"
    # a rescue file
    RESCUE_UNREADABLE = "rescue_unreadable"
    RESCUE_NOT_OURS = "rescue_not_ours"
    RESCUE_CODES_MISSING = "rescue_codes_missing"
    RESCUE_CODES_DAMAGED = "rescue_codes_damaged"
    RESCUE_CODES_MIXED = "rescue_codes_mixed"
    RESCUE_TOO_MUCH_FOR_CODES = "rescue_too_much_for_codes"
    # the server's house
    TRAIL_BROKEN = "trail_broken"
    SIMULATION_FAILED = "simulation_failed"
    DATABASE_GUARDS_MISSING = "database_guards_missing"
    DATABASE_IN_USE = "database_in_use"
    DATABASE_SET_BACK = "database_set_back"
    DATABASE_TOO_NEW = "database_too_new"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DISK_FULL = "disk_full"
    FACT_INVALID = "fact_invalid"
    SETTING_INVALID = "setting_invalid"
    PORT_TAKEN = "port_taken"
    FOLDER_NOT_EMPTY = "folder_not_empty"
    FOLDER_NOT_WRITABLE = "folder_not_writable"
    ALREADY_EXISTS = "already_exists"
    WEB_BUILD_FAILED = "web_build_failed"
    ADDRESS_NOT_SAFE = "address_not_safe"
    DESKTOP_CLIENT_MISSING = "desktop_client_missing"
    NO_SCREEN = "no_screen"
    TOOL_MISSING = "tool_missing"
    BACKUP_FAILED = "backup_failed"
    BACKUP_UNREADABLE = "backup_unreadable"
    BACKUP_TOO_NEW = "backup_too_new"
    DATABASE_NOT_EMPTY = "database_not_empty"
    QUALIFICATION_FAILED = "qualification_failed"
    # the sponsor's bundle
    CUT_IN_FUTURE = "cut_in_future"
    CUT_BEFORE_STUDY = "cut_before_study"
    CUT_DIFFERS = "cut_differs"
    BUNDLE_DISAGREES = "bundle_disagrees"
    BUNDLE_BROKEN = "bundle_broken"
    NOT_EXPORTABLE = "not_exportable"
    # corrections
    CORRECTION_OVERTAKEN = "correction_overtaken"
    CORRECTION_UNCONFIRMED = "correction_unconfirmed"
    REFERENCE_IDENTIFIES = "reference_identifies"
    # messages that leave the server
    CONTACT_INVALID = "contact_invalid"
    CHANNEL_NOT_SET_UP = "channel_not_set_up"
    MESSAGE_NOT_SENT = "message_not_sent"


class Phrase(str):
    """A value within a message that is a message by itself, and is translated on its own."""

    __slots__ = ()


class InWords:
    """What is told in two patterns, which are message ids; `named` is what stands in their places.

    They are put together when they are read: in English here, in the reader's language by whoever has one
    (`console/refusals.py`).
    """

    pattern: str
    remedy_pattern: str
    named: Mapping[str, object]

    @property
    def message(self) -> str:
        """What happened, in English."""
        return filled(self.pattern, self.named)

    @property
    def remedy(self) -> str:
        """What to do about it, in English."""
        return filled(self.remedy_pattern, self.named)


class XerodiaryError(InWords, Exception):
    """Base of all: what happened, the stable code, and what to do about it.

    Of the values named, a day stays a `date` and a time of day a `time`; others are written as they are.
    """

    def __init__(self, code: Code, message: str, remedy: str, **named: object) -> None:
        super().__init__(message)
        self.code = code
        self.pattern = message
        self.remedy_pattern = remedy
        self.named = named

    def __str__(self) -> str:
        return f"{self.message} [{self.code}] {self.remedy}"


def filled(pattern: str, named: Mapping[str, object]) -> str:
    """The message in English; a text without values stays as it is: it may be somebody else's, braces and all."""
    return pattern.format(**{name: _in_english(value) for name, value in named.items()}) if named else pattern


def _in_english(value: object) -> object:
    return f"{value:%H:%M}" if isinstance(value, time) else value


class RecordRefused(XerodiaryError):
    """One record cannot be accepted; whoever raises it also keeps the bytes."""


class RequestRefused(XerodiaryError):
    """A whole request cannot be answered; `retry_after` (seconds) when trying again helps."""

    def __init__(self, code: Code, message: str, remedy: str, retry_after: int | None = None, **named: object) -> None:
        super().__init__(code, message, remedy, **named)
        self.retry_after = retry_after


class DiaryUnavailable(XerodiaryError):
    """The phone's storage cannot be opened, read or written; nothing was changed."""


class CommandRefused(XerodiaryError):
    """A command cannot be carried out as typed."""


class ValueUnfit(ValueError):
    """A value that a file may not hold; `pattern` is a message id, and `named` is what stands in its places."""

    def __init__(self, pattern: str, **named: object) -> None:
        super().__init__(filled(pattern, named))
        self.pattern = pattern
        self.named = named


@dataclass(frozen=True)
class FileProblem(InWords):
    """One fault in a file: where it is, what is wrong, what to do."""

    file: str
    line: int | None
    key: str
    pattern: str
    remedy_pattern: str
    named: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.message} {self.remedy}"


class FileInvalid(XerodiaryError):
    """A file under `assets/` or of the study cannot be used; carries every fault found, not just the first."""

    def __init__(self, code: Code, problems: Sequence[FileProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            code, "\n".join(str(problem) for problem in self.problems), "Correct the lines named and check again."
        )
