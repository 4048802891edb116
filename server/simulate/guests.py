"""For whoever tries the demonstration: log-ins of every role, and enrolment codes that lead somewhere at any hour."""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from diary_app.core.enrolment_code import ALPHABET
from diary_app.core.facts import ZoneConfirmed
from diary_app.core.history import zone_at
from diary_app.core.times import local
from server.access import rights, staff
from server.access.rights import Right
from server.access.roles import Role
from server.db import participants
from server.db.site_facts import EVERYWHERE
from server.intake import staff as intake
from server.intake.known import facts_of
from server.services import Services
from server.simulate.people import ZONE, Person

AUTHOR = "demonstration"
SITE = "copenhagen"
LOGINS_FILE = "logins.json"
PASSWORD_LETTERS = 16
#: In the afternoon no diary is open at home; here it is evening then.
EVENING_ZONE = "Asia/Singapore"
AFTERNOON = range(12, 18)
FIRST_NEWCOMER = 900
PLACES = {
    Role.COORDINATOR: SITE,
    Role.INVESTIGATOR: SITE,
    Role.SPONSOR: EVERYWHERE,
    Role.MONITOR: EVERYWHERE,
    Role.ADMINISTRATOR: EVERYWHERE,
}


@dataclass(frozen=True)
class Codes:
    """`newcomer` begins with the practice entry; `regular` has a diary that can be filled in now."""

    newcomer: str
    newcomer_code: str
    regular: str
    regular_code: str


def logins(services: Services) -> dict[str, str]:
    """User name -> password of each role, made at the first start; the file is readable by its owner only."""
    file = services.settings.var_folder / LOGINS_FILE
    if file.is_file():
        found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return found
    made = {role.value: _password(services) for role in PLACES}
    services.writer.run("", lambda connection: _add_accounts(connection, services, made))
    _write_private(file, json.dumps(made, indent=2))
    return made


def codes(services: Services, regular: Person) -> Codes:
    """Fresh codes for a newcomer and for a participant in the middle of the study who gets a new phone."""
    now = services.environment.now()
    return services.writer.run("", lambda connection: _codes(connection, services, regular, now))


def _codes(connection: Connection, services: Services, regular: Person, now: datetime) -> Codes:
    known = f"{services.study.site(regular.site).number}-{regular.subject}"
    _follow_the_evening(connection, services, known, now)
    newcomer = _newcomer(connection, services, now)
    return Codes(
        newcomer=newcomer,
        newcomer_code=intake.issue_code(connection, services, newcomer, author=AUTHOR, at=now),
        regular=known,
        regular_code=intake.issue_code(connection, services, known, author=AUTHOR, at=now),
    )


def _follow_the_evening(connection: Connection, services: Services, participant: str, now: datetime) -> None:
    """In the afternoon the participant is where it is evening; else at home."""
    wanted = EVENING_ZONE if local(now, ZONE).hour in AFTERNOON else ZONE
    if zone_at(facts_of(connection, participant), now + timedelta(seconds=1)) != wanted:
        intake.append_fact(connection, services, participant, ZoneConfirmed(zone=wanted), author=AUTHOR, at=now)


def _newcomer(connection: Connection, services: Services, now: datetime) -> str:
    """The first participant of a range of their own whose phone was never activated."""
    number = services.study.site(SITE).number
    for subject in range(FIRST_NEWCOMER, 1000):
        row = participants.get(connection, f"{number}-{subject}")
        if row is None:
            return intake.add_participant(connection, services, site=SITE, subject=str(subject), author=AUTHOR, at=now)
        if row.activated_at is None:
            return row.id
    return f"{number}-{FIRST_NEWCOMER}"


def _add_accounts(connection: Connection, services: Services, made: dict[str, str]) -> None:
    for role, site in PLACES.items():
        account = staff.add_account(
            connection,
            services.environment,
            username=role.value,
            display_name=role.value.capitalize(),
            password=made[role.value],
            language="en",
            author=AUTHOR,
        )
        rights.give(connection, Right(account.id, role, site), author=AUTHOR, environment=services.environment)


def _password(services: Services) -> str:
    random = services.environment.random_bytes(PASSWORD_LETTERS)
    return "".join(ALPHABET[byte & 31] for byte in random).lower()


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
