"""`xerodiary study preview`: evenings and prompts of any range of days, laid out by the engine that runs."""

from collections.abc import Sequence

from diary_app.core.errors import Code, CommandRefused, RequestRefused
from diary_app.core.prompts import Prompt
from diary_app.core.study import Study
from diary_app.core.windows import DiaryDay
from diary_app.core.wishes import wishes
from server.commands.surroundings import say, services, table
from server.db.engine import reading
from server.intake import outlook
from server.intake.known import facts_of
from server.intake.outlook import Newcomer, Outlook, Span, wall_on

HEADINGS = ("day", "zone", "opens", "closes", "late until", "prompts", "remarks")


def of_anybody(study: Study, span: Span, *, window: str | None, home: str | None, usual: int | None) -> None:
    """For somebody who begins the day before the span, with that window and zone. Raises `CommandRefused`."""
    try:
        found = outlook.of_anybody(study, span, Newcomer(home or study.sites[0].zone, window, usual))
    except RequestRefused as refusal:
        raise CommandRefused(refusal.code, refusal.message, refusal.remedy) from refusal
    _show(found)


def of_participant(participant: str, span: Span) -> None:
    """For a participant as the database knows them. Raises `CommandRefused`."""
    with services() as opened, reading(opened.engine) as connection:
        facts = facts_of(connection, participant)
        if not facts:
            raise CommandRefused(
                Code.NOT_FOUND, f"There is no participant {participant}.", "xerodiary participant list names them."
            )
        found = outlook.of_participant(connection, opened.versions, participant, span)
        channels = wishes(facts).channels
    if channels:
        say(f"Reminders by {', then '.join(channels)}.")
    _show(found)


def _show(found: Sequence[Outlook]) -> None:
    rows: list[tuple[object, ...]] = []
    for one in found:
        walls = [wall_on(moment, one.day) for moment in one.day.window]
        told = ", ".join(_told(prompt, one.day) for prompt in one.prompts)
        rows.append((one.day.day, one.day.zone, *walls, told, ", ".join(one.peculiar)))
    table(HEADINGS, rows)


def _told(prompt: Prompt, day: DiaryDay) -> str:
    return f"({wall_on(prompt.at, day)} {prompt.dropped})" if prompt.dropped else wall_on(prompt.at, day)
