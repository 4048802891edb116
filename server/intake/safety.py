"""Hospital stays and deaths: whether each is in the safety system is asked, and stays open until somebody answers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Excused, ExcuseReason, Fact, Status, StatusRevoked, StatusSet
from diary_app.core.references import identifying
from diary_app.core.staff_acts import SafetyHandling, SafetyReference
from server.access.acting import Acting, role_of
from server.access.roles import Permission
from server.db import shapes, staff_facts
from server.db.overview import participants_at
from server.intake.held import holding
from server.intake.known import append, fact_from_row, facts_of
from server.services import Services

KINDS = ("excused", "status", "status_revoked", "safety_reference")
LONGEST_REFERENCE = 40


@dataclass(frozen=True)
class OpenSafetyReference:
    """One question that waits: a hospital stay (all its days together) or a death. `facts`: those that ask."""

    participant: str
    site: str
    kind: str
    first: date
    since: datetime
    facts: tuple[str, ...]


def open_safety_references(connection: Connection, sites: Collection[str]) -> list[OpenSafetyReference]:
    """What nobody has answered at those sites, by participant."""
    site_of = {one.id: one.site for one in participants_at(connection, sites)}
    return list(open_among(connection, site_of))


def open_among(connection: Connection, site_of: Mapping[str, str]) -> Iterator[OpenSafetyReference]:
    """The same of these participants, with the site of each."""
    for some in shapes.chunks(site_of):
        rows = staff_facts.of_kinds(connection, some, KINDS)
        for participant, own in groupby(rows, key=lambda row: row.participant):
            yield from open_of(participant, site_of[participant], [fact_from_row(row) for row in own])


def open_of(participant: str, site: str, facts: Collection[Fact]) -> Iterator[OpenSafetyReference]:
    """The same of one participant whose facts are at hand."""
    answered = {about for fact in facts if isinstance(fact.detail, SafetyReference) for about in fact.detail.about}
    revoked = {fact.detail.revokes for fact in facts if isinstance(fact.detail, StatusRevoked)}
    asking = [fact for fact in facts if fact.id not in answered | revoked and _asks(fact)]
    for kind in (ExcuseReason.HOSPITALISED.value, Status.DIED.value):
        own = [fact for fact in asking if _asks(fact) == kind]
        if own:
            yield OpenSafetyReference(
                participant, site, kind, min(map(_day, own)), min(fact.at for fact in own),
                tuple(fact.id for fact in own),
            )  # fmt: skip


def answer(
    connection: Connection,
    services: Services,
    participant: str,
    about: Collection[str],
    handled: SafetyHandling,
    reference: str,
    *,
    who: Acting,
    at: datetime,
) -> Fact:
    """Record where it is, or that it is no safety matter. Raises `RequestRefused` with nothing changed."""
    text = _checked(handled, reference)
    with holding(connection, participant) as held:
        role = role_of(connection, who, Permission.RECORD_FACT, held.row.site)
        waiting = {fact for one in open_of(held.id, held.row.site, facts_of(connection, held.id)) for fact in one.facts}
        if not about or not waiting.issuperset(about):
            raise RequestRefused(Code.ALREADY_EXISTS, "This has been answered already.", "Look at the page again.")
        detail = SafetyReference(
            by_role=role, by_site=held.row.site, about=tuple(about), handled=handled, reference=text
        )
        return append(held, detail, author=who.author, at=at, id=services.environment.new_id())


def _checked(handled: SafetyHandling, reference: str) -> str:
    text = reference.strip()
    if (handled is SafetyHandling.REFERENCE) != bool(text):
        raise RequestRefused(
            Code.FACT_INVALID,
            "The reference and the answer do not fit together.",
            "Give the reference of the safety system, or choose that it does not apply and leave it empty.",
        )
    if len(text) > LONGEST_REFERENCE or not text.isprintable():
        raise RequestRefused(Code.FACT_INVALID, "The reference is too long.", "Use at most 40 letters on one line.")
    if identifying(text):
        raise RequestRefused(
            Code.REFERENCE_IDENTIFIES,
            "The reference looks as if it could identify somebody.",
            "Name the case number of the safety system, nothing about the person.",
        )
    return text


def _asks(fact: Fact) -> str:
    match fact.detail:
        case Excused(reason=ExcuseReason.HOSPITALISED):
            return ExcuseReason.HOSPITALISED.value
        case StatusSet(status=Status.DIED):
            return Status.DIED.value
    return ""


def _day(fact: Fact) -> date:
    day: date = fact.detail.diary_day if isinstance(fact.detail, Excused) else fact.detail.effective
    return day
