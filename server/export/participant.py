"""One participant's diary and visits as flat rows for any table format; pure, so that every format adds up alike."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from diary_app.core.anchors import label
from diary_app.core.entries import Answer, EntryBody, EntryVersion, Skip
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument
from diary_app.core.merge import counting
from diary_app.core.scoring import ScoreResult, score
from diary_app.core.study import Study
from diary_app.core.times import format_utc
from server.db.export_rows import ExportedDay, ExportedEntry
from server.intake.visits import VisitState
from server.trail.fields import TrailRow

Cell = str | int | Decimal | None
Row = dict[str, Cell]


@dataclass(frozen=True)
class ExportedParticipant:
    """Everything a format needs of one participant.

    `entries`: every version that may count, as approved corrections have it; `voided`: as they were made, those of
    entries that an approved correction took away. `read_trail`: who changed what, field by field with the answers, in
    the server's order; read anew at each call, as most formats do without.
    """

    id: str
    site: str
    home_zone: str
    facts: Sequence[Fact]
    days: Sequence[ExportedDay]
    entries: Sequence[ExportedEntry]
    visits: Sequence[VisitState] = ()
    read_trail: Callable[[], Iterable[TrailRow]] = tuple
    voided: Sequence[ExportedEntry] = ()


@dataclass(frozen=True)
class Answered:
    """What counts for one day or visit: its state, the current version with its receipt, and the first version."""

    state: str
    entry: ExportedEntry
    first: EntryVersion


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


def visit_rows(study: Study, person: ExportedParticipant) -> Iterable[Row]:
    """One row for every questionnaire of every visit; never a word of it."""
    for one in person.visits:
        yield {
            **_who(study, person),
            "visit": one.visit,
            "instrument": one.instrument,
            "opens_utc": format_utc(one.opens) if one.opens else None,
            "closes_utc": format_utc(one.closes) if one.closes else None,
            "state": one.state,
            "reason": one.reason,
            "completed_utc": format_utc(one.completed_at) if one.completed_at else None,
            "entry_id": one.entry,
        }


def answered(person: ExportedParticipant) -> Iterable[Answered]:
    """What counts for each diary day, and for each visit, that has entries."""
    by_slot: dict[tuple[str, str], list[ExportedEntry]] = {}
    for entry in person.entries:
        by_slot.setdefault(_slot(entry.version.body), []).append(entry)
    states = {(day.instrument, day.diary_day.isoformat()): day.state for day in person.days}
    states |= {(one.instrument, one.visit): one.state for one in person.visits}
    for key in sorted(by_slot):
        chosen = counting([entry.version for entry in by_slot[key]])
        if chosen is not None:
            current = next(entry for entry in by_slot[key] if entry.version.id == chosen.current.id)
            yield Answered(states.get(key, State.EXTRA.value), current, chosen.first)


def _slot(body: EntryBody) -> tuple[str, str]:
    """What an entry is one of: the questionnaire and its diary day, or its visit on whichever day."""
    return body.instrument, body.visit or body.diary_day.isoformat()


def long_rows(
    study: Study, instruments: Mapping[tuple[str, str], Instrument], person: ExportedParticipant
) -> Iterable[Row]:
    """One row per participant, diary day or visit, and item that was asked."""
    for one in answered(person):
        common, body = _entry_row(study, person, one), one.entry.version.body
        for item in instruments[body.instrument, body.instrument_version].items:
            if item.code in body.answers:
                yield {
                    **common, "item": item.code, "item_label": item.short, **_answer(body.answers[item.code]),
                    **_as_given(one.entry, item.code),
                }  # fmt: skip


def _answer(answer: Answer) -> Row:
    if isinstance(answer, Skip):
        return {"value": None, "answer_status": answer.value}
    return {"value": int(answer), "answer_status": "answered"}


def _as_given(entry: ExportedEntry, item: str) -> Row:
    """The answer before it was corrected; nothing where it was not."""
    return {"value_as_given": _plain(entry.given.body.answers[item]) if item in entry.version.corrected else None}


def wide_rows(
    study: Study, instruments: Mapping[tuple[str, str], Instrument], person: ExportedParticipant
) -> Iterable[Row]:
    """One row per participant and diary day or visit: answers (a number, or why there is none), then the scores."""
    for one in answered(person):
        body = one.entry.version.body
        instrument = instruments[body.instrument, body.instrument_version]
        results = score(instrument, body.answers)
        answers: Row = {code: _plain(body.answers.get(code)) for code in instrument.item_codes}
        yield {**_entry_row(study, person, one), **answers, **_scores(results)}


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


def _entry_row(study: Study, person: ExportedParticipant, one: Answered) -> Row:
    entry, body = one.entry, one.entry.version.body
    wall = body.captured_at + timedelta(minutes=body.utc_offset_minutes)
    return {
        **_who(study, person),
        "instrument": body.instrument,
        "diary_day": body.diary_day.isoformat(),
        "visit": body.visit,
        **_labels(study, person, body.diary_day),
        "state": one.state,
        "entry_id": entry.version.id,
        "revision": body.revision,
        "corrected": " ".join(entry.version.corrected) or None,
        "captured_local": wall.strftime("%Y-%m-%dT%H:%M:%S"),
        "captured_utc": format_utc(body.captured_at),
        "utc_offset_minutes": body.utc_offset_minutes,
        "zone": body.zone if body.zone == person.home_zone else "OTHER",
        "first_captured_utc": format_utc(one.first.body.captured_at),
        "received_utc": format_utc(entry.received_at),
        "lag_minutes": int((entry.received_at - body.captured_at).total_seconds() // 60),
        "late_reason": body.late_reason.value if body.late_reason else None,
        "mode": body.mode.value,
        "originator": "staff" if entry.paper_reason else "participant",
        "paper_reason": entry.paper_reason,
        "filled_by": body.filled_by.value,
        "language": body.language,
        "clock_offset_ms": body.clock_offset_ms,
        "instrument_version": body.instrument_version,
        "wording_sha256": body.wording_sha256,
        "study_version": body.study_version,
        "app_version": body.app_version,
    }
