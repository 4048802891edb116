"""From what a screen knows about an entry to the body of its record; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from diary_app.core.entries import Answer, EntryBody, FilledBy, LateReason, Mode
from diary_app.core.times import TZDATA_VERSION, offset_minutes


@dataclass(frozen=True)
class NewEntry:
    """An entry as the participant saved it, with the window as it was shown. `parent`: the version it corrects.

    `study_version`: under which the questions were shown; empty for the one that the phone has when it is saved.
    `visit`: the visit that a visit questionnaire belongs to; empty for the diary.
    """

    instrument: str
    instrument_version: str
    wording_sha256: str
    language: str
    diary_day: date
    zone: str
    opens: datetime
    closes: datetime
    late_until: datetime
    answers: Mapping[str, Answer]
    mode: Mode = Mode.OWN_PHONE
    filled_by: FilledBy = FilledBy.SELF
    practice: bool = False
    late_reason: LateReason | None = None
    page_ms: Mapping[str, int] = field(default_factory=dict)
    parent: str = ""
    visit: str = ""
    study_version: str = ""


@dataclass(frozen=True)
class Circumstances:
    """What the diary adds: whose entry, under which rules, when by which clocks, made by which app, on whose phone."""

    participant: str
    study_version: str
    schedule_revision: int
    revision: int
    captured_at: datetime
    monotonic_ms: int
    clock_offset_ms: int | None
    app_version: str
    is_lent: bool = False


def entry_body(new: NewEntry, made: Circumstances) -> EntryBody:
    """The body that goes into the record."""
    return EntryBody(
        participant=made.participant,
        study_version=made.study_version,
        schedule_revision=made.schedule_revision,
        instrument=new.instrument,
        instrument_version=new.instrument_version,
        wording_sha256=new.wording_sha256,
        language=new.language,
        diary_day=new.diary_day,
        visit=new.visit or None,
        opens=new.opens,
        closes=new.closes,
        late_until=new.late_until,
        answers=dict(new.answers),
        revision=made.revision,
        parent=new.parent,
        captured_at=made.captured_at,
        utc_offset_minutes=offset_minutes(made.captured_at, new.zone),
        zone=new.zone,
        monotonic_ms=made.monotonic_ms,
        clock_offset_ms=made.clock_offset_ms,
        mode=Mode.LOANED_PHONE if made.is_lent else new.mode,
        filled_by=new.filled_by,
        practice=1 if new.practice else 0,
        late_reason=new.late_reason,
        app_version=made.app_version,
        tzdata_version=TZDATA_VERSION,
        page_ms=dict(new.page_ms),
    )
