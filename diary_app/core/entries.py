"""What an entry says: which diary day, which answers, when and how it was made.

An entry carries answers, never scores. Correcting an entry makes a new version that names its parent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from diary_app.core.errors import Code, RecordRefused
from diary_app.core.records import Record
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


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else parse_utc(value)


def _known_zone(value: str) -> str:
    zone(value)
    return value


Instant = Annotated[datetime, BeforeValidator(_instant), PlainSerializer(format_utc)]
Day = Annotated[date, PlainSerializer(date.isoformat)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Answer = Annotated[int, Field(strict=True)] | Skip


class EntryBody(BaseModel):
    """The body of an `entry` record. Times are UTC; `opens`, `closes`, `late_until` are the window as it was shown.

    `answers`: item code -> value or the reason for having none. `revision` counts from 1; `parent` is the id of the
    version it replaces, empty for a first version. Unknown fields of newer apps are kept.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    participant: str
    study_version: str
    schedule_revision: int = Field(ge=0)
    instrument: str
    instrument_version: str
    wording_sha256: str
    language: str
    diary_day: Day
    opens: Instant
    closes: Instant
    late_until: Instant
    answers: dict[str, Answer]
    revision: int = Field(ge=1)
    parent: str = ""
    captured_at: Instant
    utc_offset_minutes: int = Field(ge=-24 * 60, le=24 * 60)
    zone: ZoneName
    monotonic_ms: int = Field(ge=0)
    clock_offset_ms: int | None = None
    mode: Mode = Mode.OWN_PHONE
    filled_by: FilledBy = FilledBy.SELF
    practice: Literal[0, 1] = 0
    late_reason: LateReason | None = None
    app_version: str
    tzdata_version: str
    page_ms: dict[str, int] = Field(default_factory=dict)

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
        if not body.opens <= body.closes <= body.late_until:
            raise _invalid("the window closes before it opens")
        if (body.revision > 1) != bool(body.parent):
            raise _invalid("a later version must name its parent, a first one must not")
        return body


@dataclass(frozen=True)
class EntryVersion:
    """One version of one entry as merging and grading see it."""

    id: str
    device: str
    sequence: int
    hash: str
    body: EntryBody

    @classmethod
    def from_record(cls, record: Record) -> Self:
        """Raises `RecordRefused`."""
        return cls(record.id, record.device, record.sequence, record.hash, EntryBody.from_record(record))


def answers_complete(answers: Mapping[str, Answer], items: tuple[str, ...]) -> bool:
    """Every item has a value or an explicit reason."""
    return all(item in answers for item in items)


def _invalid(why: str) -> RecordRefused:
    return RecordRefused(
        Code.ENTRY_INVALID, f"The entry cannot be used: {why}.", "It is kept for the study team to look at."
    )
