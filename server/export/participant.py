"""One participant's diary as flat rows, ready for any table format; pure, so that every format adds up alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from diary_app.core.anchors import label
from diary_app.core.entries import EntryVersion, Skip
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument
from diary_app.core.merge import counting
from diary_app.core.scoring import ScoreResult, score
from diary_app.core.study import Study
from diary_app.core.times import format_utc
from server.db.export_rows import ExportedDay, ExportedEntry

Cell = str | int | Decimal | None
Row = dict[str, Cell]


@dataclass(frozen=True)
class ExportedParticipant:
    """Everything a table needs of one participant."""

    id: str
    site: str
    home_zone: str
    facts: Sequence[Fact]
    days: Sequence[ExportedDay]
    entries: Sequence[ExportedEntry]


def expected_rows(study: Study, person: ExportedParticipant, now: datetime) -> Iterable[Row]:
    """One row for every expected day whose window has opened."""
    for day in person.days:
        if day.not_expected is None and day.state != State.EXTRA and day.opens <= now:
            yield {
                **_who(study, person),
                **_day(study, person, day),
                **_window(day),
                "state": day.state,
                "reason": day.reason,
            }


def answered_days(person: ExportedParticipant) -> Iterable[tuple[ExportedDay | None, ExportedEntry, EntryVersion]]:
    """For each day with entries: the graded day, the version that counts with its receipt, and the first version."""
    by_day: dict[tuple[str, date], list[ExportedEntry]] = {}
    for entry in person.entries:
        by_day.setdefault((entry.version.body.instrument, entry.version.body.diary_day), []).append(entry)
    graded = {(day.instrument, day.diary_day): day for day in person.days}
    for key in sorted(by_day):
        chosen = counting([entry.version for entry in by_day[key]])
        if chosen is not None:
            current = next(entry for entry in by_day[key] if entry.version.id == chosen.current.id)
            yield graded.get(key), current, chosen.first


def long_rows(
    study: Study, instruments: Mapping[tuple[str, str], Instrument], person: ExportedParticipant
) -> Iterable[Row]:
    """One row per participant, diary day and item."""
    for day, entry, first in answered_days(person):
        common = _entry_row(study, person, day, entry, first)
        body = entry.version.body
        for item in instruments[body.instrument, body.instrument_version].items:
            answer = body.answers.get(item.code)
            skipped = isinstance(answer, Skip)
            yield {
                **common,
                "item": item.code,
                "item_label": item.short,
                "value": None if answer is None or skipped else int(answer),
                "answer_status": answer.value if isinstance(answer, Skip) else "answered",
            }


def wide_rows(
    study: Study, instruments: Mapping[tuple[str, str], Instrument], person: ExportedParticipant
) -> Iterable[Row]:
    """One row per participant and diary day: answers (a number, or why there is none), then the scores."""
    for day, entry, first in answered_days(person):
        body = entry.version.body
        instrument = instruments[body.instrument, body.instrument_version]
        results = score(instrument, body.answers)
        answers: Row = {code: _plain(body.answers.get(code)) for code in instrument.item_codes}
        yield {**_entry_row(study, person, day, entry, first), **answers, **_scores(results)}


def _scores(results: Mapping[str, ScoreResult]) -> Row:
    row: Row = {}
    for code, result in results.items():
        row[f"{code}_score"] = result.value
        row[f"{code}_answered"] = result.answered
        row[f"{code}_scoring_version"] = result.scoring_version
    return row


def _plain(answer: int | Skip | None) -> Cell:
    return answer.value if isinstance(answer, Skip) else answer


def _who(study: Study, person: ExportedParticipant) -> Row:
    number, _, subject = person.id.partition("-")
    usubjid = study.usubjid.format(studyid=study.studyid, site=number, subject=subject)
    return {"studyid": study.studyid, "usubjid": usubjid, "siteid": number, "subjid": subject}


def _day(study: Study, person: ExportedParticipant, day: ExportedDay) -> Row:
    return {
        "instrument": day.instrument,
        "diary_day": day.diary_day.isoformat(),
        **_labels(study, person, day.diary_day),
    }


def _labels(study: Study, person: ExportedParticipant, day: date) -> Row:
    found = label(study, person.facts, day)
    return {**{f"days_since_{anchor}": since for anchor, since in found.days_since.items()}, "period": found.period}


def _window(day: ExportedDay) -> Row:
    return {
        "opens_utc": format_utc(day.opens),
        "closes_utc": format_utc(day.closes),
        "late_until_utc": format_utc(day.late_until),
    }


def _entry_row(
    study: Study, person: ExportedParticipant, day: ExportedDay | None, entry: ExportedEntry, first: EntryVersion
) -> Row:
    body = entry.version.body
    wall = body.captured_at + timedelta(minutes=body.utc_offset_minutes)
    return {
        **_who(study, person),
        "instrument": body.instrument,
        "diary_day": body.diary_day.isoformat(),
        **_labels(study, person, body.diary_day),
        "state": day.state if day else State.EXTRA.value,
        "entry_id": entry.version.id,
        "revision": body.revision,
        "captured_local": wall.strftime("%Y-%m-%dT%H:%M:%S"),
        "captured_utc": format_utc(body.captured_at),
        "utc_offset_minutes": body.utc_offset_minutes,
        "zone": body.zone if body.zone == person.home_zone else "OTHER",
        "first_captured_utc": format_utc(first.body.captured_at),
        "received_utc": format_utc(entry.received_at),
        "lag_minutes": int((entry.received_at - body.captured_at).total_seconds() // 60),
        "late_reason": body.late_reason.value if body.late_reason else None,
        "mode": body.mode.value,
        "filled_by": body.filled_by.value,
        "language": body.language,
        "clock_offset_ms": body.clock_offset_ms,
        "instrument_version": body.instrument_version,
        "wording_sha256": body.wording_sha256,
        "study_version": body.study_version,
        "app_version": body.app_version,
    }
