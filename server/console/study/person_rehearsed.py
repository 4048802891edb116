"""One participant's evenings and visits on both sides of a rehearsal, as tables. Pure; the command shows them too."""

from collections.abc import Callable, Iterator

from diary_app.core.catalogue import message
from diary_app.core.prompts import Dropped
from server.console.listing import Column
from server.console.study.ahead import DROPPED, PECULIAR
from server.console.study.rehearsed import NOTHING, Said
from server.intake.outlook import wall_on
from server.rehearsal.comparing import Evening, Kind, Visit

#: Of one evening; other kinds are of the whole diary.
EVENING_KINDS = {
    Kind.HOUR: message("another hour"),
    Kind.FEWER: message("no longer expected"),
    Kind.MORE: message("newly expected"),
    Kind.REMINDERS: message("other reminders"),
}
#: What the hours of the evening say already.
_SAID_ELSEWHERE = frozenset({Dropped.NOT_EXPECTED})


def evening_columns(said: Said) -> list[Column[Evening]]:
    """One evening a row: hours and reminders as they are and as they would be; dropped reminders with their reason."""
    calendar = said.calendar

    def hours(side: int) -> Callable[[Evening], str]:
        return lambda row: said.hours((row.before, row.after)[side])

    def reminders(side: int) -> Callable[[Evening], str]:
        return lambda row: ", ".join(_reminders(row, side, said)) or NOTHING

    def remarks(row: Evening) -> str:
        return ", ".join(_remarks(row, said))

    return [
        Column(
            "evening",
            message("Evening"),
            lambda row: calendar.short_day(row.day),
            lambda row: row.day,
            lambda row: row.day,
        ),
        Column("zone", message("Time zone"), _zone),
        Column("before", message("Now"), hours(0)),
        Column("after", message("With the new version"), hours(1)),
        Column("reminders_before", message("Reminders now"), reminders(0)),
        Column("reminders_after", message("Reminders with the new version"), reminders(1)),
        Column("remarks", message("Remarks"), remarks),
    ]


def visit_columns(said: Said) -> list[Column[Visit]]:
    """One questionnaire at one visit a row."""

    def window(side: int) -> Callable[[Visit], str]:
        return lambda row: said.visit_window(row, side)

    def remark(row: Visit) -> str:
        return said.texts.text("changes") if row.changes else said.texts.text("no change")

    return [
        Column("visit", message("Visit"), said.visit),
        Column("before", message("Now"), window(0)),
        Column("after", message("With the new version"), window(1)),
        Column("remarks", message("Remarks"), remark),
    ]


def _zone(row: Evening) -> str:
    known = row.after or row.before
    return known.day.zone if known else ""


def _reminders(row: Evening, side: int, said: Said) -> Iterator[str]:
    outlook = (row.before, row.after)[side]
    moments = (row.reminded_before, row.reminded_after)[side]
    for prompt in outlook.prompts if outlook else ():
        wall = wall_on(prompt.at, outlook.day, said.calendar.separator) if outlook else ""
        if prompt.at in moments and not prompt.dropped:
            yield wall
        elif prompt.dropped and prompt.dropped not in _SAID_ELSEWHERE:
            reason = said.texts.text(DROPPED[prompt.dropped])
            yield said.texts.text("{time} is dropped ({reason})", time=wall, reason=reason)


def _remarks(row: Evening, said: Said) -> Iterator[str]:
    say = said.texts.text
    if row.has_opened:
        yield say("has opened; its hours stay")
    yield from (say(words) for kind, words in EVENING_KINDS.items() if kind in row.kinds)
    if not row.kinds and not row.has_opened:
        yield say("no change")
    peculiar = {one: None for side in (row.before, row.after) if side for one in side.peculiar}
    yield from (say(PECULIAR[one]) for one in peculiar)
