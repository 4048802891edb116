"""What was on a paper sheet, typed by staff (R18, R36): a fact of theirs that stands beside the phones' entries.

Its id as an entry begins with `PREFIX`, which no record of a phone can have; the rest is the id of the fact.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from diary_app.core.correction_facts import LONGEST_REFERENCE
from diary_app.core.entries import Answer, Day, EntryBody, EntryVersion, FilledBy, Instant, Mode, Name, ZoneName
from diary_app.core.staff_acts import Act, Sha256

KIND = "paper_entry"
PREFIX = "paper-"


class PaperReason(StrEnum):
    """Why the evening was written on paper."""

    NO_PHONE = "no_phone"
    PHONE_FAILED = "phone_failed"
    SERVER_OUTAGE = "server_outage"
    PARTICIPANT_WISH = "participant_wish"
    OTHER_AGREED = "other_agreed"


class PaperEntry(Act):
    """One sheet. `opens`, `closes`, `late_until`: the window of its evening when it was typed.

    `captured_at`: when the sheet says it was filled in, by the clocks of `zone`. `on_time_until`: end of the window
    that was applied; None when nobody expected the day. `code`: why it grades nothing, empty when it counts.
    `form`: names the page that it was typed on, so that it is stored once.
    """

    kind: Literal["paper_entry"] = "paper_entry"
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
    mode: Literal[Mode.PAPER] = Mode.PAPER
    filled_by: FilledBy
    reason: PaperReason
    reference: str = Field(min_length=1, max_length=LONGEST_REFERENCE)
    dated_by_participant: Literal[1] = 1
    on_time_until: Instant | None = None
    code: str = ""
    tzdata_version: Name


def is_paper(entry: str | None) -> bool:
    """Whether the entry of that id was typed from paper."""
    return entry is not None and entry.startswith(PREFIX)


def entry_body(participant: str, sheet: PaperEntry) -> EntryBody:
    """The sheet as an entry; nothing was measured while it was filled in, and no app showed it."""
    return EntryBody(
        participant=participant, study_version=sheet.study_version, schedule_revision=0, instrument=sheet.instrument,
        instrument_version=sheet.instrument_version, wording_sha256=sheet.wording_sha256, language=sheet.language,
        diary_day=sheet.diary_day, opens=sheet.opens, closes=sheet.closes, late_until=sheet.late_until,
        answers=sheet.answers, revision=1, captured_at=sheet.captured_at, utc_offset_minutes=sheet.utc_offset_minutes,
        zone=sheet.zone, monotonic_ms=0, mode=Mode.PAPER, filled_by=sheet.filled_by, app_version=Mode.PAPER.value,
        tzdata_version=sheet.tzdata_version,
    )  # fmt: skip


def entry_version(participant: str, fact: str, sequence: int, hash: str, sheet: PaperEntry) -> EntryVersion:
    """The only version of the entry: a root, of no phone. `sequence`, `hash`: those of the fact in its chain."""
    body = entry_body(participant, sheet)
    return EntryVersion(f"{PREFIX}{fact}", "", sequence, hash, body, sheet.on_time_until)
