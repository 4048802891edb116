"""Keeping the rows of expected days in step with the facts; a row once there is never removed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.entries import EntryBody
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.study_versions import InForce, expand_through
from diary_app.core.windows import HORIZON_DAYS, DiaryDay
from server.db import days
from server.db.days import UNSCHEDULED, ExpectedDay
from server.db.participants import Participant
from server.intake.held import Held
from server.intake.known import facts_of
from server.intake.regrade import Change


def horizon(now: datetime) -> date:
    """The last day that is expanded at `now`; days are the participant's, so one more than in UTC."""
    return now.date() + timedelta(days=HORIZON_DAYS + 1)


def reschedule(
    held: Held,
    versions: Sequence[InForce],
    facts: Collection[Fact],
    now: datetime,
    stored: Collection[ExpectedDay] | None = None,
) -> list[Change]:
    """Every day of the participant as the facts now have it, stored ones and new ones; `settle` writes them.

    `stored`: the rows of all these days, where they were read before. Whose days are to be laid out anew, as a
    version of the study went live, stays on the list of the hourly job (`extend`), which does more than that.
    """
    until = max(horizon(now), held.row.expanded_until or date.min)
    rows = days.of(held.connection, held.id) if stored is None else stored
    changes = rescheduled(held.id, rows, versions, facts, until)
    if held.row.expanded_until is not None or not rows:
        held.change(expanded_until=until)
    if held.row.prompts_from is not None:
        held.change(prompts_from=min(held.row.prompts_from, now))  # a prompt may have moved forward
    return changes


def rescheduled(
    participant: str, rows: Iterable[ExpectedDay], versions: Sequence[InForce], facts: Collection[Fact], until: date
) -> list[Change]:
    """What `reschedule` comes to, with nothing written: also what a page shows before somebody saves."""
    stored = {(row.instrument, row.diary_day): row for row in rows}
    changes = [
        _scheduled(participant, day, stored.pop((day.instrument, day.day), None))
        for day in expand_through(versions, facts, until)
    ]
    return changes + [Change(row, row._replace(not_expected=UNSCHEDULED)) for row in stored.values()]


def would_move(
    connection: Connection, versions: Sequence[InForce], participant: Participant, said: Fact, now: datetime
) -> list[Change]:
    """Evenings whose window would be another one if this counted too; nothing is written."""
    facts = facts_of(connection, participant.id)
    after = (*facts, replace(said, revision=participant.change_no + 1))
    until = max(horizon(now), participant.expanded_until or date.min)
    changes = rescheduled(participant.id, days.of(connection, participant.id), versions, after, until)
    return [change for change in changes if change.seen is not None and change.seen != change.wanted]


def extra_days(participant: str, bodies: Iterable[EntryBody], there: Iterable[ExpectedDay]) -> list[Change]:
    """Rows for entries of days that nobody expected; grading tells that they are extra. `there`: days that have one.

    Each has the window that the phone of its first entry showed. Visit questionnaires have no days.
    """
    taken = {(row.instrument, row.diary_day) for row in there}
    missing: dict[tuple[str, date], EntryBody] = {}
    for body in bodies:
        if not body.visit and (body.instrument, body.diary_day) not in taken:
            missing.setdefault((body.instrument, body.diary_day), body)
    return [_extra_day(participant, missing[key]) for key in sorted(missing)]


def _extra_day(participant: str, body: EntryBody) -> Change:
    return Change(
        None,
        _blank(participant, body.instrument, body.diary_day, body.zone, (body.opens, body.closes, body.late_until)),
    )


def _scheduled(participant: str, day: DiaryDay, seen: ExpectedDay | None) -> Change:
    window = (day.opens, day.closes, day.late_until)
    row = seen or _blank(participant, day.instrument, day.day, day.zone, window)
    opens, closes, late_until = window
    not_expected = day.not_expected.value if day.not_expected else None
    return Change(
        seen,
        row._replace(zone=day.zone, opens=opens, closes=closes, late_until=late_until, not_expected=not_expected),
    )


def _blank(
    participant: str, instrument: str, day: date, zone: str, window: tuple[datetime, datetime, datetime]
) -> ExpectedDay:
    opens, closes, late_until = window
    return ExpectedDay(
        participant=participant, instrument=instrument, diary_day=day, zone=zone,
        opens=opens, closes=closes, late_until=late_until, not_expected=UNSCHEDULED,
        state=State.NOT_EXPECTED.value, reason=None, revision=1, next_moment=None, entry=None,
        first_captured_at=None, received_at=None, change_no=0,
    )  # fmt: skip
