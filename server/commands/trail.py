"""`xerodiary trail`: who changed what from what to what, when and why, field by field."""

import shutil
import tempfile
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import typer

from diary_app.core.errors import Code, CommandRefused
from server.commands.surroundings import COMMAND_LINE, services
from server.db import participants
from server.db.engine import reading
from server.db.site_facts import EVERYWHERE
from server.services import Services
from server.trail import extracts
from server.trail.extracts import Format
from server.trail.fields import Asked, Reader, rows


def trail(
    participant: Annotated[str | None, typer.Option(help="Pseudonym, such as 01-007; everybody otherwise.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="One diary day.")] = None,
    field: Annotated[str | None, typer.Option(help="A field, such as answers or answers.DMD01.")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind of record or fact, such as entry or anchor.")] = None,
    who: Annotated[str | None, typer.Option(help="Pseudonym or user name of who did it.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of receipt, UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of receipt, UTC.")
    ] = None,
    format: Annotated[Format, typer.Option(help="table: for reading; csv and jsonl: every column.")] = Format.TABLE,
    answers: Annotated[bool, typer.Option("--answers", help="Show what was answered.")] = False,
) -> None:
    """Write the trail per field; that it was taken, with which filter, is itself noted in the trail."""
    asked = Asked(
        participant=participant, day=day.date() if day else None, field=field, kind=kind, who=who,
        since=_morning(since), until=_night(until),
    )  # fmt: skip
    with services() as opened:
        _write(opened, asked, format, answers)


def _write(opened: Services, asked: Asked, format: Format, answers: bool) -> None:
    """Made aside and noted before the first byte leaves, so that nothing is taken unnoted."""
    with tempfile.TemporaryFile(dir=opened.settings.var_folder) as aside:
        with reading(opened.engine) as connection:
            if asked.participant and participants.get(connection, asked.participant) is None:
                raise CommandRefused(
                    Code.NOT_FOUND, f"There is no participant {asked.participant}.", "Look at the list of participants."
                )
            made = extracts.write(aside, format, rows(connection, Reader(None, answers), asked))
        opened.writer.run(
            EVERYWHERE,
            lambda connection: extracts.note(
                connection, made, asked, answers=answers, author=COMMAND_LINE, environment=opened.environment
            ),
        )
        aside.seek(0)
        shutil.copyfileobj(aside, typer.get_binary_stream("stdout"))


def _morning(day: datetime | None) -> datetime | None:
    return datetime.combine(day.date(), time.min, UTC) if day else None


def _night(day: datetime | None) -> datetime | None:
    return datetime.combine(day.date() + timedelta(days=1), time.min, UTC) - timedelta(milliseconds=1) if day else None
