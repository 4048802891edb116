"""`xerodiary participant forget`: at the end of a study contact data goes, and what participants answered stays."""

from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import ContactField
from diary_app.core.status import OVER, display_status
from server.backup import erasures
from server.backup.erasures import Erasure
from server.commands.surroundings import COMMAND_LINE, say, services, table
from server.db import contact_details, participants, push_addresses
from server.db.engine import reading
from server.intake.known import facts_of
from server.intake.reaching import change_contact
from server.services import Services

_NOTHING = dict.fromkeys(ContactField, "")


def forget(
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it, it is only said whose would be.")] = False,
) -> None:
    """Erase how everybody is reached whose part in the study is over; everybody else's stays."""
    with services() as opened:
        now = opened.environment.now()
        with reading(opened.engine) as connection:
            standing = {one: display_status(facts_of(connection, one), now) for one in _reached(connection)}
        over = [one for one, status in standing.items() if status in OVER]
        rows: list[tuple[object, ...]] = [
            (one, status, "to be erased" if one in over else "stays") for one, status in standing.items()
        ]
        table(("participant", "status", "contact data"), rows)
        if not yes:
            raise CommandRefused(Code.NOT_ALLOWED, "Nothing was erased.", "Look at the list, then add --yes.")
        forgotten = [
            opened.writer.run(participant, partial(erased, opened=opened, participant=participant, now=now))
            for participant in over
        ]
    say(f"Contact data of {sum(forgotten)} was erased; what they answered stays.")


def _reached(connection: Connection) -> list[str]:
    """Of whom there is any contact data."""
    everybody = participants.ids(connection)
    pushed = {one.participant for one in push_addresses.of(connection, everybody)}
    return sorted({*contact_details.of_all(connection, everybody), *pushed})


def erased(connection: Connection, opened: Services, participant: str, now: datetime) -> bool:
    """Whether it was done: somebody may have said meanwhile that this participant's part goes on.

    The note stands in a file, but is made here: only under the lock is it known to be right, and an erasure that is
    noted twice, or noted and not reached, is done again by a restore and changes nothing.
    """
    participants.lock(connection, participant)
    if display_status(facts_of(connection, participant), now) not in OVER:
        return False
    erasures.note(erasures.folder_of(opened.settings), [Erasure(now, participant)])
    change_contact(connection, opened, participant, _NOTHING, author=COMMAND_LINE, at=now)
    erasures.erase(connection, Erasure(now, participant))
    return True
