"""Taking somebody into the study at the desk: eligibility, number, zone, evening and reminders in one transaction.

Of eligibility nothing is kept but the outcome: that all criteria were confirmed, by whom and when, or that they were
not; never which one. Whoever is not eligible has a number, and from that day on the status `screen_failure`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import (
    ContactField,
    EligibilityRecorded,
    Fact,
    Randomised,
    RemindersChosen,
    Status,
    StatusSet,
)
from diary_app.core.history import zone_at
from diary_app.core.times import local_date
from server.access.acting import Acting, role_of
from server.access.roles import Permission
from server.db import participants
from server.intake.held import unknown_participant
from server.intake.known import facts_of
from server.intake.reaching import change_contact
from server.intake.staff import add_participant, append_fact
from server.intake.zones import require_zone
from server.services import Services

#: The coded reason of the status.
NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True)
class Newcomer:
    """What is set with the participant. `reach`: how to be reached, kept apart; `randomised`: a date, never an arm."""

    site: str
    subject: str
    zone: str
    language: str
    choices: Mapping[str, str] = field(default_factory=dict)
    reminders: RemindersChosen = field(default_factory=RemindersChosen)
    reach: Mapping[ContactField, str] = field(default_factory=dict)
    randomised: date | None = None


def enrol(connection: Connection, services: Services, newcomer: Newcomer, *, by: Acting, at: datetime) -> str:
    """Take in somebody who meets all criteria; the pseudonym. Raises `RequestRefused` with nothing changed."""
    role_of(connection, by, Permission.ADD_PARTICIPANT, newcomer.site)
    require_zone(newcomer.zone)
    added = add_participant(
        connection, services, site=newcomer.site, subject=newcomer.subject, author=by.author, at=at,
        zone=newcomer.zone, language=newcomer.language, choices=newcomer.choices, reminders=newcomer.reminders,
    )  # fmt: skip
    append_fact(connection, services, added, EligibilityRecorded(confirmed=1), author=by.author, at=at)
    if newcomer.randomised:
        randomise(connection, services, added, newcomer.randomised, by=by, at=at)
    if wanted := {kind: text for kind, text in newcomer.reach.items() if text.strip()}:
        change_contact(connection, services, added, wanted, author=by.author, at=at)
    return added


def not_eligible(
    connection: Connection, services: Services, site: str, subject: str, *, by: Acting, at: datetime
) -> str:
    """Note that somebody with this number is not taken in; the pseudonym. Raises `RequestRefused`."""
    role_of(connection, by, Permission.ADD_PARTICIPANT, site)
    added = add_participant(connection, services, site=site, subject=subject, author=by.author, at=at)
    append_fact(connection, services, added, EligibilityRecorded(confirmed=0), author=by.author, at=at)
    today = local_date(at, services.study.site(site).zone)
    ended = StatusSet(status=Status.SCREEN_FAILURE, effective=today, reason=NOT_ELIGIBLE)
    append_fact(connection, services, added, ended, author=by.author, at=at)
    return added


def randomise(
    connection: Connection, services: Services, participant: str, day: date, *, by: Acting, at: datetime
) -> Fact:
    """Record the date of randomisation, or correct it. Raises `RequestRefused` for a date that is still to come."""
    row = participants.lock(connection, participant)
    if row is None:
        raise unknown_participant(participant)
    role_of(connection, by, Permission.RECORD_FACT, row.site)
    here = zone_at(facts_of(connection, participant), at) or services.study.site(row.site).zone
    if day > local_date(at, here):
        raise RequestRefused(
            Code.FACT_INVALID, "The date of randomisation is still to come.", "Write it down on the day itself."
        )
    return append_fact(connection, services, participant, Randomised(day=day), author=by.author, at=at)
