"""The sheets of one participant that have been typed: which evening, who and when; never an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.errors import Code
from diary_app.core.status import withdrawn_from
from server.console.desk import Desk
from server.console.listing import Column, Table, table
from server.console.paper.typed import REASONS
from server.console.words import STATES
from server.db import accounts, days
from server.db.participants import Participant
from server.intake.known import facts_of
from server.intake.transcribed import Transcribed, transcribed

STANDING: Mapping[str, str] = {
    Code.TOO_EARLY: message("dated before its window; grades nothing"),
    Code.TOO_LATE: message("dated after its window; grades nothing"),
}
BESIDE = message("kept; it does not count")


@dataclass(frozen=True)
class Row:
    """One sheet. `standing`: how it counts, a message; `by`: who typed it."""

    typed: Transcribed
    standing: str
    by: str


def sheets_of(connection: Connection, person: Participant) -> list[Row]:
    """The latest first; none that a withdrawal seals."""
    withdrawn = withdrawn_from(facts_of(connection, person.id))
    found = [
        one
        for one in transcribed(connection, [person.id])
        if withdrawn is None or one.sheet.captured_at < withdrawn
    ]  # fmt: skip
    keys = {(one.sheet.instrument, one.sheet.diary_day) for one in found}
    states = {row.entry: row.state for row in days.named(connection, person.id, sorted(keys))}
    names = {account.id: account.display_name for account in accounts.everyone(connection)}
    return [Row(one, _standing(one, states), names.get(one.author, one.author)) for one in reversed(found)]


def listed(desk: Desk, rows: Sequence[Row], path: str, query: Mapping[str, str]) -> Table[Row]:
    """As a table that can be taken away."""
    calendar, say = desk.calendar, desk.say
    columns: list[Column[Row]] = [
        Column("day", message("Evening"), lambda row: calendar.short_day(row.typed.sheet.diary_day),
               raw=lambda row: row.typed.sheet.diary_day.isoformat(), order=lambda row: row.typed.sheet.diary_day),
        Column("dated", message("Dated"), lambda row: calendar.moment(row.typed.sheet.captured_at),
               raw=lambda row: row.typed.sheet.captured_at.isoformat(),
               order=lambda row: row.typed.sheet.captured_at),
        Column("standing", message("Counts as"), lambda row: say(row.standing)),
        Column("reference", message("Sheet"), lambda row: row.typed.sheet.reference),
        Column("reason", message("Why on paper"), lambda row: say(REASONS[row.typed.sheet.reason]),
               raw=lambda row: row.typed.sheet.reason.value),
        Column("by", message("Typed by"), lambda row: row.by),
        Column("at", message("Typed"), lambda row: calendar.moment(row.typed.at),
               raw=lambda row: row.typed.at.isoformat(), order=_typed_at),
    ]  # fmt: skip
    return table(columns, rows, path, query)


def _typed_at(row: Row) -> Any:
    return row.typed.at


def _standing(one: Transcribed, states: Mapping[str | None, str]) -> str:
    if one.sheet.code:
        return STANDING[one.sheet.code]
    words = {state.value: text for state, text in STATES.items()}
    return words[states[one.version.id]] if one.version.id in states else BESIDE
