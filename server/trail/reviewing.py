"""Signals of one participant as they stand, and the signed word of whoever has reviewed them (R27)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from diary_app.core.anchors import anchors
from diary_app.core.entries import EntryVersion
from diary_app.core.errors import Code, RecordRefused, RequestRefused
from diary_app.core.facts import Fact
from diary_app.core.history import home_zone
from diary_app.core.merge import counting
from diary_app.core.signals import Made, Signal, digest, signals
from diary_app.core.staff_acts import ReviewOutcome, SignalsReviewed
from diary_app.core.status import Consent
from diary_app.core.study import Study
from server.access.proving import Person
from server.access.roles import Permission
from server.db import records
from server.db.stored_entries import version_of
from server.intake.held import holding
from server.intake.known import append, facts_of
from server.services import Services


@dataclass(frozen=True)
class Review:
    """One review. `is_current`: nothing was added to or taken from the signals since."""

    fact: Fact
    said: SignalsReviewed
    is_current: bool


def signals_of(connection: Connection, study: Study, participant: str) -> tuple[Signal, ...]:
    """Of the diary's accepted entries, as the participant saved them; what a withdrawal seals is left out."""
    facts = facts_of(connection, participant)
    versions = _versions(connection, participant, study.diary.instrument, Consent.of(facts))
    zone = home_zone(facts)
    given = (one for one in anchors(study, facts).values() if one.actual and one.actual_time)
    began = [start for one in given if zone and (start := one.starts(zone))]
    return signals(_made(versions), began)


def reviews(facts: Sequence[Fact], found: Sequence[Signal]) -> list[Review]:
    """Those of one participant, oldest first."""
    now = digest(found)
    return [
        Review(fact, fact.detail, fact.detail.sha256 == now)
        for fact in facts
        if isinstance(fact.detail, SignalsReviewed)
    ]


def review(services: Services, participant: str, outcome: ReviewOutcome, seen: str, *, by: Person) -> Fact:
    """Say what came of looking at the signals. `seen`: their digest as shown. Raises `RequestRefused`.

    The same word about the same signals by the same person is said once.
    """

    def work(connection: Connection) -> Fact:
        with holding(connection, participant) as held:
            role = by.role_for(connection, Permission.SIGN, held.row.site)
            found = signals_of(connection, services.study, participant)
            if digest(found) != seen:
                raise RequestRefused(
                    Code.CORRECTION_OVERTAKEN, "The list has changed since it was shown.", "Look at it again."
                )
            for one in reviews(facts_of(connection, participant), found):
                if one.is_current and (one.said.account, one.said.outcome) == (by.account, outcome):
                    return one.fact
            detail = SignalsReviewed(
                by_role=role, by_site=held.row.site, outcome=outcome, sha256=seen, count=len(found),
                account=by.account, name=by.display_name,
            )  # fmt: skip
            environment = services.environment
            return append(held, detail, author=by.account, at=environment.now(), id=environment.new_id())

    return services.writer.run(participant, work)


def _versions(connection: Connection, participant: str, instrument: str, consent: Consent) -> list[EntryVersion]:
    found = []
    for row in records.accepted_entries(connection, participant):
        if row.instrument == instrument:
            try:
                version = version_of(row)
            except RecordRefused:
                continue
            if consent.covers(version.body.captured_at, row.received_at, row.change_no):
                found.append(version)
    return found


def _made(versions: Sequence[EntryVersion]) -> list[Made]:
    of_day: dict[date, list[EntryVersion]] = defaultdict(list)
    for version in versions:
        of_day[version.body.diary_day].append(version)
    standing = {found.current.id for own in of_day.values() if (found := counting(own))}
    return [_as_made(version, version.id in standing) for version in versions]


def _as_made(version: EntryVersion, counts: bool) -> Made:
    body = version.body
    return Made(
        id=version.id, day=body.diary_day, captured_at=body.captured_at, closes=body.closes,
        late_until=body.late_until, answers=body.answers, device=version.device, sequence=version.sequence,
        page_ms=sum(body.page_ms.values()), is_first=body.revision == 1, counts=counts,
    )  # fmt: skip
