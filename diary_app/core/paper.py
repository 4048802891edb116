"""Answers that staff typed (R18, R34, R36): from a sheet of paper, or as the participant gave them when asked.

Each is a fact of theirs that stands beside the phones' entries. Its id as an entry begins with one of `PREFIXES`, which
no record of a phone can have; the rest is the id of the fact.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from diary_app.core.correction_facts import LONGEST_REFERENCE
from diary_app.core.entries import Answer, Day, EntryBody, EntryVersion, FilledBy, Instant, Mode, Name, ZoneName
from diary_app.core.staff_acts import Act, Sha256

PAPER, INTERVIEW = "paper_entry", "interview_entry"
KINDS = frozenset({PAPER, INTERVIEW})
#: How the id of such an entry begins, by the kind of its fact; of one length, which files of SAS are made for.
PREFIXES: Mapping[str, str] = MappingProxyType({PAPER: "paper-", INTERVIEW: "asked-"})


class PaperReason(StrEnum):
    """Why the participant did not fill the evening in on a phone."""

    NO_PHONE = "no_phone"
    PHONE_FAILED = "phone_failed"
    SERVER_OUTAGE = "server_outage"
    PARTICIPANT_WISH = "participant_wish"
    OTHER_AGREED = "other_agreed"


class Asked(StrEnum):
    """How the participant was interviewed."""

    TELEPHONE = "telephone"
    FACE_TO_FACE = "face_to_face"


#: In place of an account: somebody without one, whom the notes of the interview name.
NAMED_IN_NOTES = "named_in_notes"


class TypedEntry(Act):
    """What staff typed of one evening. `opens`, `closes`, `late_until`: the window of its evening when it was typed.

    `captured_at`: when it was answered, as the sheet or the notes say, by the clocks of `zone`. `on_time_until`: end of
    the window that was applied; None when nobody expected the day. `code`: why it grades nothing, empty when it counts.
    `form`: names the page that it was typed on, so that it is stored once. `reference`: where sheet or notes are kept.
    """

    kind: str
    form: str = Field(min_length=1, max_length=36)
    study_version: Name
    instrument: Name
    instrument_version: Name
    wording_sha256: Sha256
    language: Name
    diary_day: Day
    opens: Instant
    closes: Instant
    late_until: Instant
    answers: Annotated[dict[Name, Answer], Field(max_length=100)]
    captured_at: Instant
    utc_offset_minutes: int = Field(strict=True, ge=-24 * 60, le=24 * 60)
    zone: ZoneName
    mode: Mode
    filled_by: FilledBy
    reason: PaperReason
    reference: str = Field(min_length=1, max_length=LONGEST_REFERENCE)
    on_time_until: Instant | None = None
    code: str = ""
    tzdata_version: Name


class PaperEntry(TypedEntry):
    """One sheet that the participant dated."""

    kind: Literal["paper_entry"] = "paper_entry"
    mode: Literal[Mode.PAPER] = Mode.PAPER
    dated_by_participant: Literal[1] = 1


class InterviewEntry(TypedEntry):
    """One interview while the evening was open: the questions as they are worded, the participant's own answers.

    `asked_by`: user name of whoever asked, or `NAMED_IN_NOTES`; who typed it is the author of the fact.
    """

    kind: Literal["interview_entry"] = "interview_entry"
    mode: Literal[Mode.INTERVIEW] = Mode.INTERVIEW
    filled_by: Literal[FilledBy.SOMEONE_TAPPED] = FilledBy.SOMEONE_TAPPED
    asked: Asked
    asked_by: str = Field(min_length=1, max_length=100)
    read_word_for_word: Literal[1] = 1


def typed_mode(entry: str | None) -> Mode | None:
    """How the entry of that id was given when staff typed it; None for one of a phone, and for none."""
    if entry is None:
        return None
    if entry.startswith(PREFIXES[PAPER]):
        return Mode.PAPER
    return Mode.INTERVIEW if entry.startswith(PREFIXES[INTERVIEW]) else None


def entry_id(kind: str, fact: str) -> str:
    """The id as an entry of what is in that fact; of a record of a phone, its own."""
    return f"{PREFIXES.get(kind, '')}{fact}"


def fact_of(entry: str) -> str:
    """The id of the fact that such an entry is in."""
    for prefix in PREFIXES.values():
        entry = entry.removeprefix(prefix)
    return entry


def entry_body(participant: str, typed: TypedEntry) -> EntryBody:
    """It as an entry; nothing was measured while it was answered, and no app showed it."""
    return EntryBody(
        participant=participant, study_version=typed.study_version, schedule_revision=0, instrument=typed.instrument,
        instrument_version=typed.instrument_version, wording_sha256=typed.wording_sha256, language=typed.language,
        diary_day=typed.diary_day, opens=typed.opens, closes=typed.closes, late_until=typed.late_until,
        answers=typed.answers, revision=1, captured_at=typed.captured_at, utc_offset_minutes=typed.utc_offset_minutes,
        zone=typed.zone, monotonic_ms=0, mode=typed.mode, filled_by=typed.filled_by, app_version=typed.mode.value,
        tzdata_version=typed.tzdata_version,
    )  # fmt: skip


def entry_version(participant: str, fact: str, sequence: int, hash: str, typed: TypedEntry) -> EntryVersion:
    """The only version of the entry: a root, of no phone. `sequence`, `hash`: those of the fact in its chain."""
    body = entry_body(participant, typed)
    return EntryVersion(entry_id(typed.kind, fact), "", sequence, hash, body, typed.on_time_until)
