"""What an entry says: which diary day, which answers, when and how it was made.

An entry carries answers, never scores. Correcting an entry makes a new version that names its parent.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from diary_app.core.errors import Code, RecordRefused
from diary_app.core.records import GENESIS, MAX_INTEGER, Record
from diary_app.core.times import format_utc, parse_utc, zone


class Skip(StrEnum):
    """Why an item has no value. The participant chose it; nothing is ever filled in."""

    PREFER_NOT = "prefer_not_to_answer"
    NOT_APPLICABLE = "not_applicable"


class Mode(StrEnum):
    """How the answers were given (R34)."""

    OWN_PHONE = "own_phone"
    LOANED_PHONE = "loaned_phone"
    WEB = "web"
    PAPER = "paper"
    INTERVIEW = "interview"


#: Typed by staff: never on time, and rates are given with it and without.
BY_STAFF = frozenset({Mode.PAPER, Mode.INTERVIEW})


class FilledBy(StrEnum):
    """Whose hand; the judgement is always the participant's own."""

    SELF = "self"
    SOMEONE_TAPPED = "someone_tapped_what_i_said"


class LateReason(StrEnum):
    """Coded reason for an entry after the window closed."""

    FORGOT = "forgot"
    TOO_TIRED = "too_tired"
    UNWELL = "unwell"
    NO_PHONE = "no_phone"
    TECHNICAL = "technical"
    OTHER = "other"


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1970, 3000)  # so that adding days and zones never leaves the calendar


def as_instant(value: Any) -> datetime:
    """A moment from a record's text, or one already read. Raises ValueError."""
    if isinstance(value, str):
        value = parse_utc(value)
    if not isinstance(value, datetime) or value.tzinfo is None or value.year not in _YEARS:
        raise ValueError("write a UTC time with milliseconds, as 2026-11-22T20:14:05.123Z")
    return value


def _day(value: Any) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime) or value.year not in _YEARS:
        raise ValueError("write a date as 2026-11-22")
    return value


def _known_zone(value: str) -> str:
    zone(value)
    return value


Instant = Annotated[datetime, BeforeValidator(as_instant), PlainSerializer(format_utc)]
Day = Annotated[date, BeforeValidator(_day), PlainSerializer(date.isoformat)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Count = Annotated[int, Field(strict=True, ge=0, lt=2**31)]
Revision = Annotated[int, Field(strict=True, ge=1, lt=2**31)]
Elapsed = Annotated[int, Field(strict=True, ge=0, lt=MAX_INTEGER)]
Offset = Annotated[int, Field(strict=True, gt=-MAX_INTEGER, lt=MAX_INTEGER)]
Name = Annotated[str, Field(min_length=1, max_length=40)]
Answer = Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)] | Skip


class EntryBody(BaseModel):
    """The body of an `entry` record. Times are UTC; `opens`, `closes`, `late_until` are the window as it was shown.

    `answers`: item code -> value or the reason for having none. `revision` counts from 1; `parent` is the id of the
    version it replaces, empty for a first version. `visit`: id of the visit that a visit questionnaire was filled in
    for; its diary day is the local date on which its first version was saved. Unknown fields of newer apps are kept.
    Every value is bounded, so that a database column holds it.
    """

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    participant: Name
    study_version: Name
    schedule_revision: Count
    instrument: Name
    instrument_version: Name
    wording_sha256: str = Field(pattern=f"^[0-9a-f]{{{len(GENESIS)}}}$")
    language: Name
    diary_day: Day
    visit: Name | None = None
    opens: Instant
    closes: Instant
    late_until: Instant
    answers: dict[Name, Answer] = Field(max_length=100)
    revision: Revision
    parent: str = Field(default="", max_length=36)
    captured_at: Instant
    utc_offset_minutes: int = Field(strict=True, ge=-24 * 60, le=24 * 60)
    zone: ZoneName
    monotonic_ms: Elapsed
    clock_offset_ms: Offset | None = None
    mode: Mode = Mode.OWN_PHONE
    filled_by: FilledBy = FilledBy.SELF
    practice: Literal[0, 1] = 0
    late_reason: LateReason | None = None
    app_version: Name
    tzdata_version: Name
    page_ms: dict[Name, Elapsed] = Field(default_factory=dict, max_length=100)

    def to_body(self) -> dict[str, Any]:
        """As it goes into a record: integers and strings only, absent instead of null."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        """Read the body of an entry. Raises `RecordRefused` (entry_invalid) naming the first fault."""
        try:
            body = cls.model_validate(dict(record.body))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise _invalid(f"{where}: {first['msg']}") from error
        body.require_sense()
        return body

    def require_sense(self) -> None:
        """What no field can say by itself. Raises `RecordRefused` (entry_invalid)."""
        if not self.opens <= self.closes <= self.late_until:
            raise _invalid("the window closes before it opens")
        if (self.revision > 1) != bool(self.parent):
            raise _invalid("a later version must name its parent, a first one must not")


@dataclass(frozen=True)
class EntryVersion:
    """One version of one entry as merging and grading see it.

    `on_time_until`: end of the window that the gate applied; None when nobody expected the day. `corrected`: what
    approved corrections made another: codes of questions, or the diary day. `moved`: it was saved for another day.
    """

    id: str
    device: str
    sequence: int
    hash: str
    body: EntryBody
    on_time_until: datetime | None = None
    corrected: tuple[str, ...] = ()
    moved: bool = False

    @classmethod
    def from_record(cls, record: Record) -> Self:
        """Raises `RecordRefused`."""
        return cls(record.id, record.device, record.sequence, record.hash, EntryBody.from_record(record))


def _invalid(why: str) -> RecordRefused:
    return RecordRefused(
        Code.ENTRY_INVALID, f"The entry cannot be used: {why[:200]}.", "It is kept for the study team to look at."
    )
