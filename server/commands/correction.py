"""`xerodiary correction`: ask for, waive, approve, refuse and list corrections of what participants saved."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, NamedTuple

import typer
from pydantic import ValidationError

from diary_app.core.correction_facts import (
    CorrectionChange,
    CorrectionReason,
    CorrectionSource,
    DayMove,
    ItemChange,
    RefusalReason,
    Voided,
    WaiverReason,
)
from diary_app.core.entries import Answer, Skip
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import Fact
from server.access.acting import Acting
from server.commands.surroundings import COMMAND_LINE, say, services, table
from server.db.engine import reading
from server.db.export_rows import participants_in_order
from server.intake import corrections
from server.intake.corrected import corrections_of
from server.intake.corrections import Wanted

app = typer.Typer(help="Correct what a participant saved: asked for, confirmed, approved.", no_args_is_help=True)
Participant = Annotated[str, typer.Argument(help="Pseudonym, such as 01-007.")]
Id = Annotated[str, typer.Argument(help="Id of the correction, as the list shows it.")]
_OPERATOR = Acting(COMMAND_LINE, is_operator=True)
_DAY = ["%Y-%m-%d"]


@app.command()
def request(
    participant: Participant,
    entry: Annotated[str, typer.Argument(help="Id of the version that counts, `entry_id` in the export.")],
    source: Annotated[CorrectionSource, typer.Option(help="How the participant said it.")],
    stated_on: Annotated[datetime, typer.Option(formats=_DAY, help="Day of the participant's statement.")],
    reason: Annotated[CorrectionReason, typer.Option(help="What had gone wrong.")],
    item: Annotated[str | None, typer.Option(help="Code of a question, with --old and --new.")] = None,
    old: Annotated[str | None, typer.Option(help="The answer as it is.")] = None,
    new: Annotated[str | None, typer.Option(help="The answer as it was meant.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=_DAY, help="Diary day that the entry belongs to.")] = None,
    void: Annotated[bool, typer.Option(help="The entry was made in error.")] = False,
    reference: Annotated[str, typer.Option(help="Where the statement is kept, at most 40 letters.")] = "",
) -> None:
    """Ask for one correction: --item with --old and --new, or --day, or --void."""
    change = _change(_Typed(item, old, new, day, void))
    wanted = Wanted(entry, change, source, stated_on.date(), reason, reference)
    fact = _act(participant, corrections.request, wanted)
    say(f"Correction {fact.id} is asked for.")


@app.command()
def waive(
    participant: Participant,
    correction: Id,
    reason: Annotated[WaiverReason, typer.Option(help="Why the participant is not asked.")],
) -> None:
    """Record why the participant is not asked in the app."""
    _act(participant, corrections.waive, correction, reason)
    say("The participant need not confirm it.")


@app.command()
def approve(participant: Participant, correction: Id) -> None:
    """Let a confirmed or waived correction count."""
    _act(participant, corrections.approve, correction)
    say("The correction counts; the original stays readable.")


@app.command()
def refuse(
    participant: Participant,
    correction: Id,
    reason: Annotated[RefusalReason, typer.Option(help="Why it is not approved.")],
) -> None:
    """Leave the entry as it was."""
    _act(participant, corrections.refuse, correction, reason)
    say("The entry stays as it was.")


@app.command()
def withdraw(participant: Participant, correction: Id) -> None:
    """Stop asking for a correction."""
    _act(participant, corrections.withdraw, correction)
    say("It is not asked for any more.")


@app.command("list")
def list_all(
    participant: Annotated[str | None, typer.Argument(help="Pseudonym; everybody when not given.")] = None,
) -> None:
    """List corrections with where each stands, oldest first."""
    with services() as opened, reading(opened.engine) as connection:
        people = [participant] if participant else [one for one, _ in participants_in_order(connection)]
        rows: list[tuple[object, ...]] = [
            (one.id, person, one.wanted.entry, one.wanted.diary_day, words(one.wanted.change), one.state, one.at)
            for person in people
            for one in corrections_of(connection, person)
        ]
    table(("correction", "participant", "entry", "diary day", "change", "stands", "asked for (UTC)"), rows)


def words(change: CorrectionChange) -> str:
    """What a change is about; the values are answers, and `xerodiary trail --answers` notes who looks at them."""
    match change:
        case ItemChange(item=item):
            return item
        case DayMove(day=day):
            return f"to {day.isoformat()}"
        case Voided():
            return "void"


def _act(participant: str, step: Callable[..., Fact], *given: object) -> Fact:
    """One step, now, by whoever types here."""
    with services() as opened:
        now = opened.environment.now()
        return opened.writer.run(
            participant, lambda connection: step(connection, opened, participant, *given, who=_OPERATOR, at=now)
        )


class _Typed(NamedTuple):
    item: str | None
    old: str | None
    new: str | None
    day: datetime | None
    void: bool


def _change(typed: _Typed) -> CorrectionChange:
    """Exactly one change. Raises `CommandRefused`."""
    try:
        return _one_change(typed)
    except ValidationError as error:
        raise CommandRefused(
            Code.FACT_INVALID, "There can be no such question or day.", "Take the code or the day from the export."
        ) from error


def _one_change(typed: _Typed) -> CorrectionChange:
    match typed:
        case _Typed(item=str(item), old=str(old), new=str(new), day=None, void=False):
            return ItemChange(item=item, old=_answer(old), new=_answer(new))
        case _Typed(item=None, old=None, new=None, day=datetime() as day, void=False):
            return DayMove(day=day.date())
        case _Typed(item=None, old=None, new=None, day=None, void=True):
            return Voided()
    raise CommandRefused(
        Code.FACT_INVALID,
        "A correction changes exactly one thing.",
        "Give --item with --old and --new, or --day, or --void.",
    )


def _answer(text: str) -> Answer:
    """A number, or a reason for none. Raises `CommandRefused`."""
    try:
        return Skip(text)
    except ValueError:
        pass
    if re.fullmatch(r"-?[0-9]{1,9}", text):
        return int(text)
    raise CommandRefused(
        Code.FACT_INVALID, "An answer is a whole number.", f"Or one of {', '.join(skip.value for skip in Skip)}."
    )
