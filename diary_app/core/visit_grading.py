"""What one visit questionnaire of one participant is worth: the diary's own grading over a window of its own.

A visit has no late: it is done, open, missed or unknown. It stands apart from the diary's compliance.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from diary_app.core.entries import EntryVersion
from diary_app.core.grading import DayFacts, Grade, Installation, QuarantinedRecord, State, grade
from diary_app.core.visits import ExpectedVisit, VisitWindow
from diary_app.core.windows import DiaryDay


@dataclass(frozen=True)
class VisitEvidence:
    """What arrived for one questionnaire of one visit, and what is known of the phones.

    `entries`: versions that the gate accepted; `refused`: what could not be used and may have been this one;
    `after_lock`: others came when their day was locked, and are left out.
    """

    entries: Collection[EntryVersion] = ()
    refused: Collection[QuarantinedRecord] = ()
    installations: Collection[Installation] = ()
    after_lock: bool = False


def grade_visit(expected: ExpectedVisit, evidence: VisitEvidence, now: datetime) -> Grade:
    """The state at `now`. What was filled in within the window that was shown then stays done when dates move."""
    if expected.window is None and not _was_due(evidence):
        ended = expected.not_expected
        return Grade(State.NOT_EXPECTED, ended.value) if ended else Grade(State.NOT_YET_DUE)
    found = grade(_facts(expected, evidence), now)
    if found.state is State.NOT_EXPECTED and expected.not_expected:
        return Grade(State.NOT_EXPECTED, expected.not_expected.value)
    return found


def _facts(expected: ExpectedVisit, evidence: VisitEvidence) -> DayFacts:
    code, window = expected.instrument.code, _counting_window(expected, evidence)
    day = DiaryDay(code, window.opens.date(), expected.visit, "", window.opens, window.closes, window.closes)
    return DayFacts(
        day=day if _is_expected(expected, evidence) else None,
        instrument=code,
        diary_day=day.day,
        entries=tuple(evidence.entries),
        installations=tuple(evidence.installations),
        quarantined=tuple(_doubts(code, window, evidence)),
        after_lock=evidence.after_lock,
    )


def _is_expected(expected: ExpectedVisit, evidence: VisitEvidence) -> bool:
    """A status ends what is still to be done, never what was done in its window."""
    return expected.not_expected is None or _was_due(evidence)


def _was_due(evidence: VisitEvidence) -> bool:
    """The gate found a window for one of the versions when it came in."""
    return any(one.on_time_until for one in evidence.entries)


def _counting_window(expected: ExpectedVisit, evidence: VisitEvidence) -> VisitWindow:
    """The window of now; of a visit that has none any more, the one that its first version showed."""
    if expected.window is not None:
        return expected.window
    first = min(evidence.entries, key=lambda one: (one.body.captured_at, one.id))
    return VisitWindow(expected.visit, first.body.opens, first.body.closes)


def _doubts(code: str, window: VisitWindow, evidence: VisitEvidence) -> Iterator[QuarantinedRecord]:
    """What may have been this questionnaire: a day that lies outside the window cannot; zones differ by a day."""
    first, last = window.opens.date() - timedelta(days=1), window.closes.date() + timedelta(days=1)
    for record in evidence.refused:
        fits = record.day is None or first <= record.day <= last
        if fits and record.instrument in (None, code):
            yield replace(record, day=None)
