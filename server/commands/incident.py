"""`xerodiary incident`: the log of breaches of data protection (GDPR article 33(5)); added to, never changed."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc
from server.access.acting import Acting
from server.commands.surroundings import COMMAND_LINE, say, services, table
from server.db.engine import reading
from server.export.csv_table import harmless
from server.incidents import log
from server.incidents.incident import Data, Harm, Incident, Said, Told
from server.incidents.sheet import COLUMNS, rows
from server.services import Services

app = typer.Typer(help="Keep the log of breaches of data protection.", no_args_is_help=True)
HEADINGS = ("number", "noticed (UTC)", "participants", "authority", "people", "what")
_MINUTE = ["%Y-%m-%dT%H:%M"]
_SHORT = 60
Number = Annotated[int, typer.Argument(help="Its number in the list.")]
What = Annotated[str, typer.Option(help="The facts, in a sentence or two; nothing that leads to a person.")]
Moment = Annotated[datetime | None, typer.Option(formats=_MINUTE, help="UTC, as 2026-11-30T14:05.")]
Harms = Annotated[list[Harm] | None, typer.Option("--harm", help="What was broken; may be named again.")]
Datas = Annotated[list[Data] | None, typer.Option("--data", help="Which data it was about; may be named again.")]
People = Annotated[int | None, typer.Option("--participants", min=0, help="About how many; leave out while unknown.")]
Text = Annotated[str | None, typer.Option(help="In a sentence or two.")]
Telling = Annotated[Told | None, typer.Option(help="Whether they were told; undecided when not given.")]


@app.command()
def add(
    what: What,
    noticed: Annotated[datetime, typer.Option(formats=_MINUTE, help="UTC, as 2026-11-30T14:05: 72 hours run from it.")],
    happened: Moment = None,
    harm: Harms = None,
    data: Datas = None,
    participants: People = None,
    effects: Text = None,
    done: Text = None,
    authority: Telling = None,
    authority_at: Moment = None,
    authority_why: Text = None,
    people: Telling = None,
    people_at: Moment = None,
    people_why: Text = None,
) -> None:
    """Note a breach. What is not known yet is left out and added with `amend`."""
    known = _known(
        what=what, noticed=noticed, happened=happened, harms=harm, data=data, participants=participants,
        effects=effects, done=done, authority=authority, authority_at=authority_at, authority_why=authority_why,
        people=people, people_at=people_at, people_why=people_why,
    )  # fmt: skip
    with services() as opened:
        at, key = opened.environment.now(), opened.environment.new_id()
        made = opened.writer.run("", lambda connection: log.note(connection, known, by=_OPERATOR, at=at, id=key))
        say(f"Noted as number {made.number}. {_left(opened, made.said)}")


@app.command()
def amend(
    number: Number,
    what: Text = None,
    noticed: Moment = None,
    happened: Moment = None,
    harm: Harms = None,
    data: Datas = None,
    participants: People = None,
    effects: Text = None,
    done: Text = None,
    authority: Telling = None,
    authority_at: Moment = None,
    authority_why: Text = None,
    people: Telling = None,
    people_at: Moment = None,
    people_why: Text = None,
) -> None:
    """Add what is known by now; what was said before stays readable."""
    known = _known(
        what=what, noticed=noticed, happened=happened, harms=harm, data=data, participants=participants,
        effects=effects, done=done, authority=authority, authority_at=authority_at, authority_why=authority_why,
        people=people, people_at=people_at, people_why=people_why,
    )  # fmt: skip
    with services() as opened:
        at, key = opened.environment.now(), opened.environment.new_id()
        made = opened.writer.run("", lambda connection: log.add(connection, number, known, by=_OPERATOR, at=at, id=key))
        say(f"Added. {_left(opened, made.said)}")


@app.command("list")
def list_all(
    as_csv: Annotated[Path | None, typer.Option("--csv", dir_okay=False, help="Write all that was ever said.")] = None,
) -> None:
    """List every breach, the latest first."""
    with services() as opened, reading(opened.engine) as connection:
        found = log.every(connection)
        lines = rows(connection, found)
    if as_csv is not None:
        _write(as_csv, lines)
        say(f"{len(found)} incidents with all that was said of them are in {as_csv}.")
        return
    if not found:
        say("No incident is in the log.")
        return
    table(HEADINGS, [_line(one) for one in found])


@app.command()
def show(number: Number) -> None:
    """Show all that was said of one, the first to the last."""
    with services() as opened, reading(opened.engine) as connection:
        one = log.get(connection, number)
        for line in rows(connection, [one]):
            say(f"{line['added_utc']}  {line['added_by']}")
            for name, text in line.items():
                if text not in ("", None) and name not in ("number", "added_utc", "added_by"):
                    say(f"  {name}: {text}")
        say(_left(opened, one.said))


_OPERATOR = Acting(COMMAND_LINE, is_operator=True)


def _known(**given: Any) -> Mapping[str, Any]:
    """What was named on the line, moments in UTC."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in given.items()
        if value is not None
    }


def _left(opened: Services, said: Said) -> str:
    """How long there still is to tell the authority."""
    if said.authority is not Told.UNDECIDED:
        return f"The authority: {said.authority.value}."
    left = said.until - opened.environment.now()
    hours = abs(left).total_seconds() / 3600
    until = format_utc(said.until)
    if left.total_seconds() < 0:
        return f"The authority should have been told {hours:.0f} hours ago, by {until}."
    return f"The authority has to be told within {hours:.0f} hours, by {until}, unless there is no risk to anybody."


def _line(one: Incident) -> tuple[object, ...]:
    said = one.said
    what = said.what if len(said.what) <= _SHORT else f"{said.what[:_SHORT]}..."
    return one.number, said.noticed, said.participants, said.authority, said.people, " ".join(what.split())


def _write(path: Path, lines: list[dict[str, object]]) -> None:
    if path.exists():
        raise CommandRefused(Code.ALREADY_EXISTS, f"{path} is there already.", "Name another file.")
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(
            [harmless("" if line[name] is None else str(line[name])) for name in COLUMNS] for line in lines
        )
