"""What an entry, a day, a visit and a fact say, item by item, as text."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import server.export.odm.definitions as definitions
from diary_app.core.anchors import Anchor, DayLabel, label_by
from diary_app.core.entries import BY_STAFF, EntryVersion, Skip
from diary_app.core.facts import AnchorSet, StatusSet
from diary_app.core.grading import State
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked
from diary_app.core.times import format_utc
from server.db.export_rows import ExportedDay, ExportedEntry
from server.export.odm.definitions import ENTRY, STANDING, group_in, stated
from server.export.odm.shelf import Groups, Values
from server.export.participant import Answered, ExportedParticipant, capture_row, label_of
from server.intake.visits import VisitState

#: What `anchors` says of one participant.
Treatments = Mapping[str, Anchor]
ON_TIME, LATE = "on_time", "late"


def only(form: str, values: Mapping[str, Any]) -> Groups:
    """A form with one group that says this; what has no value is not stated."""
    return {group_in(form): _stated(form, values)}


def entry(person: ExportedParticipant, received: ExportedEntry, version: EntryVersion) -> Groups:
    """One version as it stands: how it was made, then each answer or why there is none."""
    named = version.body.instrument, version.body.instrument_version
    made = capture_row(person.home_zone, received, version)
    return {ENTRY: _stated(ENTRY, made), definitions.group_of(*named): _answers(*named, version)}


def day(treatments: Treatments, one: ExportedDay, found: Answered | None) -> Groups:
    """A diary day as it stands at the cut."""
    return only(
        STANDING,
        {
            "opens_utc": one.opens,
            "closes_utc": one.closes,
            "late_until_utc": one.late_until,
            "state": one.state,
            "reason": one.reason,
            **_pointer(found),
            **_labels(treatments, one.diary_day),
        },
    )


def unexpected(treatments: Treatments, found: Answered, zone: str) -> Groups:
    """A day, or a visit, that nobody expected, and that has an entry."""
    return only(STANDING, {"state": State.EXTRA, **_pointer(found), **_labels_of(treatments, found, zone)})


def visit(treatments: Treatments, one: VisitState, found: Answered | None, zone: str) -> Groups:
    """A questionnaire of a visit as it stands at the cut; labelled by when its entry was saved."""
    labels = _labels_of(treatments, found, zone) if found else {}
    return only(
        STANDING,
        {
            "opens_utc": one.opens,
            "closes_utc": one.closes,
            "state": one.state,
            "reason": one.reason,
            **_pointer(found),
            **labels,
        },
    )


def treatment(said: AnchorSet) -> Groups:
    """The dates of a treatment."""
    dates = {"planned": said.planned, "actual": said.actual, "actual_time": said.actual_time}
    return only(definitions.TREATMENT, {**dates, "not_given": said.not_given, "reason": said.reason})


def status(said: StatusSet) -> Groups:
    """A status and from when it holds."""
    since = {"effective": said.effective, "effective_utc": said.effective_at}
    return only(definitions.STATUS, {"status": said.status, **since, "reason": said.reason})


def lock(said: DaysLocked | DaysUnlocked) -> Groups:
    """Which days were locked or unlocked."""
    return only(
        definitions.LOCK, {"lock": said.kind, "first": said.first, "last": said.last, "reason": said.reason}
    )  # fmt: skip


def _answers(instrument: str, version: str, made: EntryVersion) -> Values:
    """A question without an answer stays as a blank, with its reason in the item beside it."""
    found: dict[str, str | None] = {}
    for code in sorted(made.body.answers):
        answer = made.body.answers[code]
        if isinstance(answer, Skip):
            found[definitions.item_of(instrument, version, code)] = None
            found[definitions.skip_of(instrument, version, code)] = answer.value
        else:
            found[definitions.item_of(instrument, version, code)] = str(int(answer))
    return found


def _pointer(found: Answered | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "timeliness": _timeliness(found),
        "first_captured_utc": found.first.body.captured_at,
        "entry_form": found.first.id,
        "entry_id": found.entry.version.id,
    }


def _timeliness(found: Answered) -> str | None:
    if found.state == State.LATE:
        return LATE
    if found.state == State.DONE:
        mode = found.entry.version.body.mode
        return mode.value if mode in BY_STAFF else ON_TIME
    return None


def _labels_of(treatments: Treatments, found: Answered, zone: str) -> dict[str, Any]:
    return _said(label_of(treatments, found.entry.version.body, zone))


def _labels(treatments: Treatments, of: date) -> dict[str, Any]:
    return _said(label_by(treatments, of))


def _said(found: DayLabel) -> dict[str, Any]:
    return {**{f"days_since_{anchor}": since for anchor, since in found.days_since.items()}, "period": found.period}


def _stated(form: str, values: Mapping[str, Any]) -> Values:
    return dict(_texts(form, values.items()))


def _texts(form: str, values: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, str]]:
    for name, value in values:
        if value is not None and value != "":
            yield stated(form, name), _text(value)


def _text(value: Any) -> str:
    if value.__class__ is str:
        return str(value)
    if isinstance(value, datetime):
        return format_utc(value)
    return value.isoformat() if isinstance(value, date) else str(value)
