"""Participants put together by hand, for what would take long to live through."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from diary_app import resources
from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.facts import AnchorSet, Fact
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study, parse_study
from diary_app.core.times import TZDATA_VERSION, offset_minutes
from server.db.export_rows import ExportedDay, ExportedEntry
from server.export.content import About, Cut, CutKind, Opener
from server.export.participant import ExportedParticipant
from server.export.sdtm import open_sdtm
from tests.conftest import ALICE
from tests.export.sdtm.staging import Written
from tests.server.handset import ANSWERS, ZONE

STUDY = parse_study(resources.study_text("mesrix-more"), file="mesrix-more")
DMD = resources.instrument("DMD", "1.0")
NOW = datetime(2027, 12, 1, 12, tzinfo=UTC)


def about(
    kind: CutKind = CutKind.FINAL,
    study: Study = STUDY,
    instruments: Sequence[Instrument] = (DMD,),
    *,
    is_test: bool = False,
) -> About:
    cut = Cut("5b0c5b5e-6f0e-4b43-9d0c-3f6f6a3b7a10", kind, NOW, "0" * 64)
    return About(study, (), tuple(instruments), cut, "xerodiary 0", is_test)


def write(
    folder: Path, people: Iterable[ExportedParticipant], what: About | None = None, opener: Opener = open_sdtm
) -> Written:
    """What the part makes of these participants."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(opener(folder, what or about())) as part:
        for person in people:
            part.add(person)
        return Written(folder, part.finish())


def person(
    entries: Sequence[ExportedEntry] = (), days: Sequence[ExportedDay] = (), facts: Sequence[Any] = (), **changes: Any
) -> ExportedParticipant:
    """Alice, with facts that became known one after the other."""
    known = [Fact(f"fact-{n}", NOW - timedelta(days=300 - n), n, detail) for n, detail in enumerate(facts, 1)]
    made = ExportedParticipant(ALICE, "copenhagen", ZONE, known, days, entries)
    return replace(made, **changes)


def given(anchor: str, day: date, time: str | None = None) -> AnchorSet:
    return AnchorSet(anchor=anchor, planned=day, actual=day, actual_time=time)


def entry(day: date, captured_at: datetime, **changes: Any) -> ExportedEntry:
    """An entry for that diary day; `changes` to its body, and `paper_reason`."""
    opens = datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
    paper_reason = changes.pop("paper_reason", None)
    values: dict[str, Any] = {
        "participant": ALICE, "study_version": "1", "schedule_revision": 1, "instrument": "DMD",
        "instrument_version": "1.0", "wording_sha256": "0" * 64, "language": "da", "diary_day": day, "opens": opens,
        "closes": opens + timedelta(hours=9), "late_until": opens + timedelta(hours=18), "answers": ANSWERS,
        "revision": 1, "captured_at": captured_at, "utc_offset_minutes": offset_minutes(captured_at, ZONE),
        "zone": ZONE, "monotonic_ms": 1, "app_version": "1", "tzdata_version": TZDATA_VERSION, **changes,
    }  # fmt: skip
    key = f"{day.isoformat()}-{values['instrument']}-{values.get('visit') or ''}"
    version = EntryVersion(key, "phone", 1, "1" * 64, EntryBody(**values), opens + timedelta(hours=9))
    return ExportedEntry(version, captured_at + timedelta(minutes=2), version, 1, paper_reason)


def day(of: date, state: State, reason: str | None = None) -> ExportedDay:
    opens = datetime(of.year, of.month, of.day, 16, tzinfo=UTC)
    return ExportedDay("DMD", of, opens, opens + timedelta(hours=9), opens + timedelta(hours=18), None, state, reason)


def evening(of: date, hour: int = 19) -> datetime:
    """A moment of that date in UTC."""
    return datetime(of.year, of.month, of.day, hour, tzinfo=UTC)
