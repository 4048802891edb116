"""What was asked of a participant and not answered, as FHIR tasks: with the responses they make up every expected day.

A task is what a ward's own system lists as undone, with a status and the reason for it.
"""

from collections.abc import Iterator
from datetime import datetime

from diary_app.core.grading import State
from diary_app.core.times import format_utc
from server.db.export_rows import ExportedDay
from server.export.content import About, Cut, CutKind, is_over
from server.export.fhir.names import Json, canonical, coded, extension, fhir_id, reference
from server.export.participant import ExportedParticipant
from server.intake.visits import VisitState

ANSWERED = (State.DONE, State.LATE)
#: Why a day counts as missed; an unknown or excused one has a reason of its own.
NOT_COMPLETED = "not_completed_in_window"
DIARY_DAY, VISIT = "diary_day", "visit"


def unanswered_days(about: About, person: ExportedParticipant) -> Iterator[tuple[ExportedDay, Json]]:
    """Every day of the diary that was expected, is over and has no entry, each with its task."""
    for day in person.days:
        if is_over(day, about.cut) and day.state not in ANSWERED:
            yield day, _task(
                about, person, f"{person.id}-{day.instrument}-{day.diary_day.isoformat()}", DIARY_DAY,
                day.instrument, day.state, day.reason, day.opens, day.late_until,
                [
                    extension("diary-day", "Date", day.diary_day.isoformat()),
                    extension("on-time-until", "Instant", format_utc(day.closes)),
                ],
            )  # fmt: skip


def unanswered_visits(about: About, person: ExportedParticipant) -> Iterator[Json]:
    """The same for the questionnaires of visits, which stand apart from the diary's days."""
    for one in person.visits:
        if _is_closed(one, about.cut) and one.opens and one.closes:
            yield _task(
                about, person, f"{person.id}-{one.instrument}-{one.visit}", VISIT,
                one.instrument, one.state.value, one.reason, one.opens, one.closes,
                [extension("visit", "String", one.visit)],
            )  # fmt: skip


def _is_closed(one: VisitState, cut: Cut) -> bool:
    return one.state in (State.MISSED, State.UNKNOWN) and one.closes is not None and one.closes <= cut.at


def _task(
    about: About, person: ExportedParticipant, id: str, what: str, instrument: str, state: str, reason: str | None,
    opens: datetime, until: datetime, extensions: list[Json],
) -> Json:  # fmt: skip
    """`restriction.period`: from when until when it could be filled in."""
    return {
        "resourceType": "Task",
        "id": fhir_id(id),
        "extension": extensions,
        "status": _status(about.cut, state),
        "statusReason": coded("reason", reason or NOT_COMPLETED),
        "businessStatus": coded("state", state),
        "intent": "order",
        "code": coded("task", what),
        "for": reference("Patient", person.id),
        "authoredOn": format_utc(opens),
        "restriction": {"period": {"start": format_utc(opens), "end": format_utc(until)}},
        "input": [{"type": {"text": "questionnaire"}, "valueCanonical": canonical(about.study, instrument)}],
    }


def _status(cut: Cut, state: str) -> str:
    """Excused was called off; unknown may still come, until a final cut says that it did not."""
    if state == State.EXCUSED:
        return "cancelled"
    return "requested" if state == State.UNKNOWN and cut.kind is CutKind.INTERIM else "failed"
