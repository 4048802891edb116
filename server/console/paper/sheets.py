"""What was typed of one participant: which evening, how it was given, who and when; never an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.errors import Code
from diary_app.core.paper import NAMED_IN_NOTES, InterviewEntry
from diary_app.core.status import is_with_consent, withdrawn_from
from server.console.desk import Desk
from server.console.listing import Column, Table, table
from server.console.paper.typed import GIVEN, REASONS
from server.console.words import STATES
from server.db import accounts, days
from server.db.participants import Participant
from server.intake.known import facts_of
from server.intake.transcribed import Transcribed, transcribed

STANDING: Mapping[str, str] = {
    Code.TOO_EARLY: message("dated before its window; does not count"),
    Code.TOO_LATE: message("dated after its window; does not count"),
}
BESIDE = message("kept; it does not count")
SOMEBODY_ELSE = message("somebody else, whom the notes name")


@dataclass(frozen=True)
class Row:
    """One sheet or interview. `standing`: how it counts, a message; `by`: who typed it; `asked_by`: a name or empty."""

    typed: Transcribed
    standing: str
    by: str
    asked_by: str

    @property
    def given(self) -> str:
        """A key of `GIVEN`."""
        sheet = self.typed.sheet
        return sheet.asked if isinstance(sheet, InterviewEntry) else sheet.mode


def sheets_of(connection: Connection, person: Participant) -> list[Row]:
    """The latest first; none that a withdrawal seals."""
    withdrawn = withdrawn_from(facts_of(connection, person.id))
    found = [
        one
        for one in transcribed(connection, [person.id])
        if is_with_consent(withdrawn, one.sheet.captured_at, one.at)
    ]  # fmt: skip
    keys = {(one.sheet.instrument, one.sheet.diary_day) for one in found}
    states = {row.entry: row.state for row in days.named(connection, person.id, sorted(keys))}
    known = accounts.everyone(connection)
    names = {account.id: account.display_name for account in known}
    asking = {account.username: account.display_name for account in known}
    return [
        Row(one, _standing(one, states), names.get(one.author, one.author), _asked_by(one, asking))
        for one in reversed(found)
    ]


def listed(desk: Desk, rows: Sequence[Row], path: str, query: Mapping[str, str]) -> Table[Row]:
    """As a table that can be taken away."""
    calendar, say = desk.calendar, desk.say
    columns: list[Column[Row]] = [
        Column("day", message("Evening"), lambda row: calendar.short_day(row.typed.sheet.diary_day),
               raw=lambda row: row.typed.sheet.diary_day.isoformat(), order=lambda row: row.typed.sheet.diary_day),
        Column("dated", message("Dated"), lambda row: calendar.moment(row.typed.sheet.captured_at),
               raw=lambda row: row.typed.sheet.captured_at.isoformat(),
               order=lambda row: row.typed.sheet.captured_at),
        Column("given", message("How it was given"), lambda row: say(GIVEN[row.given]), raw=lambda row: row.given),
        Column("standing", message("Counts as"), lambda row: say(row.standing)),
        Column("reference", message("Sheet or notes"), lambda row: row.typed.sheet.reference),
        Column("reason", message("Why not on a phone"), lambda row: say(REASONS[row.typed.sheet.reason]),
               raw=lambda row: row.typed.sheet.reason.value),
        Column("asked_by", message("Asked by"), lambda row: _asked_in_words(row, say)),
        Column("by", message("Typed by"), lambda row: row.by),
        Column("at", message("Typed"), lambda row: calendar.moment(row.typed.at),
               raw=lambda row: row.typed.at.isoformat(), order=_typed_at),
    ]  # fmt: skip
    return table(columns, rows, path, query)


def _asked_by(one: Transcribed, names: Mapping[str, str]) -> str:
    sheet = one.sheet
    return names.get(sheet.asked_by, sheet.asked_by) if isinstance(sheet, InterviewEntry) else ""


def _asked_in_words(row: Row, say: Callable[[str], str]) -> str:
    return say(SOMEBODY_ELSE) if row.asked_by == NAMED_IN_NOTES else row.asked_by or "–"


def _typed_at(row: Row) -> Any:
    return row.typed.at


def _standing(one: Transcribed, states: Mapping[str | None, str]) -> str:
    if one.sheet.code:
        return STANDING[one.sheet.code]
    words = {state.value: text for state, text in STATES.items()}
    return words[states[one.version.id]] if one.version.id in states else BESIDE
