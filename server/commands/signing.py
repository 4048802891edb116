"""`xerodiary lock`, `unlock`, `sign` and `signatures`: when days of a diary are done with, and who says so."""

from datetime import datetime
from typing import Annotated

import typer

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.staff_acts import LockingReason, Meaning
from server.commands.surroundings import identified, say, services, table
from server.db import participants
from server.db.engine import reading
from server.intake import locking
from server.intake.held import unknown_participant
from server.intake.locking import Range
from server.trail import signing
from server.trail.signing import Signature, Wanted

HEADINGS = ("signed (UTC)", "name", "role", "meaning", "first day", "last day", "records and facts", "stands")
Participant = Annotated[str, typer.Argument(help="Pseudonym, such as 01-007.")]
Reason = Annotated[LockingReason, typer.Argument(help="Why.")]
User = Annotated[str, typer.Option(help="Your user name; the password is asked for.")]
_DAY = ["%Y-%m-%d"]
First = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First diary day; all days without.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last diary day.")]


def lock(participant: Participant, reason: Reason, user: User, first: First = None, last: Last = None) -> None:
    """Lock diary days: nothing of them changes, and what still comes is kept and waits."""
    days = _range(first, last)
    with services() as opened:
        locking.lock(opened, participant, days, reason, by=identified(opened, user))
    say("Locked.")


def unlock(participant: Participant, reason: Reason, user: User, first: First = None, last: Last = None) -> None:
    """Unlock diary days; what came meanwhile counts at once."""
    days = _range(first, last)
    with services() as opened:
        locking.unlock(opened, participant, days, reason, by=identified(opened, user))
    say("Unlocked.")


def sign(
    participant: Participant,
    meaning: Annotated[Meaning, typer.Argument(help="What the signature says.")],
    user: User,
    first: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First diary day.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Last diary day.")],
) -> None:
    """Sign diary days as they stand now."""
    wanted = Wanted(participant, first.date(), last.date(), meaning)
    with services() as opened:
        fact = signing.sign_as(opened, wanted, by=identified(opened, user))
    say(f"Signed by {fact.detail.name}: {meaning}, {fact.detail.count} records and facts.")


def signatures(participant: Participant) -> None:
    """List what was signed of a participant, and whether anything of it was changed since."""
    with services() as opened, reading(opened.engine) as connection:
        found = signing.signatures(connection, participant)
        if not found and participants.get(connection, participant) is None:
            raise unknown_participant(participant)
    if not found:
        say("Nothing is signed.")
        return
    table(HEADINGS, [_row(one) for one in found])


def _row(one: Signature) -> tuple[object, ...]:
    said = one.said
    return one.fact.at, said.name, said.by_role, said.meaning, said.first, said.last, said.count, _stands(one)


def _stands(one: Signature) -> str:
    if one.valid:
        return "valid"
    changes = ", ".join(f"{change.kind} of {change.day}" for change in one.changed[:3])
    return f"superseded by {changes}" + (f" and {len(one.changed) - 3} more" if len(one.changed) > 3 else "")


def _range(first: datetime | None, last: datetime | None) -> Range:
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise CommandRefused(Code.FACT_INVALID, "Only one end is named.", "Name --from and --to, or neither for all.")
    return first.date(), last.date()
