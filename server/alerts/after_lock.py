"""Who has answers that came after their day was locked: entries of evenings, later versions of them, and of visits."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.locks import is_after_lock
from diary_app.core.status import Consent
from diary_app.core.study import Study
from server.db import alerts, settlements
from server.db.alerts import Case, Late
from server.intake.accepted import LET_IN, counts_by_itself
from server.intake.known import facts_of
from server.intake.studies import in_use


def after_lock(connection: Connection, study: Study, sites: Collection[str]) -> list[Case]:
    """One case for each participant, by pseudonym; counted are evenings, and answers of visits."""
    found = {one.participant: one for one in alerts.evenings_after_lock(connection, sites)}
    for one in _of_visits(connection, study, sites):
        before = found.get(one.participant)
        found[one.participant] = _together(before, one) if before else one
    return [found[participant] for participant in sorted(found)]


def _of_visits(connection: Connection, study: Study, sites: Collection[str]) -> list[Case]:
    """No table keeps how visits stand, so what came after some lock is held against the locks that there are."""
    instruments = in_use(connection, study).keys()
    theirs: dict[str, list[Late]] = defaultdict(list)
    for one in alerts.after_some_lock(connection, sites, instruments) if instruments else ():
        if not one.code or one.code in LET_IN:
            theirs[one.participant].append(one)
    settled = settlements.of(connection, theirs.keys()) if theirs else {}
    cases = []
    for participant, came in theirs.items():
        counting = [one for one in came if counts_by_itself(one.code, settled.get(one.id))]
        if waiting := _waiting(connection, participant, counting):
            cases.append(Case(participant, came[0].site, max(waiting), len(waiting)))
    return cases


def _waiting(connection: Connection, participant: str, came: Collection[Late]) -> list[datetime]:
    """When those came that count as soon as their day is unlocked."""
    facts = facts_of(connection, participant)
    consent = Consent.of(facts)
    return [
        one.received_at
        for one in came
        if is_after_lock(facts, one.diary_day, one.change_no)
        and consent.covers(one.captured_at, one.received_at, 0 if one.code else one.change_no)
    ]


def _together(evenings: Case, visits: Case) -> Case:
    return replace(evenings, since=max(evenings.since, visits.since), count=evenings.count + visits.count)
