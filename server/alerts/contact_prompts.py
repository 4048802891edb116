"""Whom the study file's own rules ask to call because of their scores; without such a rule, nobody (the default).

What comes out names a participant and a moment, never a score. Corrected and voided answers count as they stand now.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from sqlalchemy import Connection

from diary_app import resources
from diary_app.core.grading import State
from diary_app.core.merge import counting
from diary_app.core.scoring import score
from diary_app.core.study import Study
from server.db import alerts
from server.db.alerts import Case
from server.db.days import ExpectedDay
from server.db.overview import participants_at
from server.intake.evidence import Evidence

#: Such an evening neither goes on with a row nor ends it.
_OUTSIDE = frozenset({State.NOT_EXPECTED, State.NOT_YET_DUE, State.EXTRA})
#: The evening that is still open, and the one that is not yet closed where the server's date is ahead.
_UNDER_WAY = timedelta(days=2)

Scores = dict[str, Decimal | None]


def contact_prompts(connection: Connection, study: Study, sites: Collection[str], now: datetime) -> list[Case]:
    """One case for each participant; its moment is that of the evening that made the row long enough."""
    if not study.alert_rules:
        return []
    longest = timedelta(days=max(rule.evenings for rule in study.alert_rules))
    recent = alerts.evenings(connection, sites, study.diary.instrument, now.date() - longest - _UNDER_WAY)
    suspects = sorted({row.participant for row, _ in _fulfilled(connection, study, recent)})
    if not suspects:
        return []
    whole = alerts.evenings(connection, sites, study.diary.instrument, date.min, suspects)
    found = groupby(_fulfilled(connection, study, whole), key=lambda one: one[0].participant)
    site_of = {one.id: one.site for one in participants_at(connection, sites)}
    return [_case(who, site_of[who], [at for _, at in causes]) for who, causes in found]


def _case(participant: str, site: str, moments: list[datetime]) -> Case:
    return Case(participant, site, max(moments), len(moments))


def _fulfilled(
    connection: Connection, study: Study, rows: Collection[ExpectedDay]
) -> Iterator[tuple[ExpectedDay, datetime]]:
    """For each rule that holds now, by participant: the evening from which it holds, and when its entry came."""
    counted = [row for row in rows if State(row.state) not in _OUTSIDE and not _is_empty_and_open(row)]
    evidence = Evidence(connection, [row for row in counted if row.entry])
    for _, theirs in groupby(counted, key=lambda row: row.participant):
        evenings = list(theirs)
        scores = [_scores(evidence, row) for row in evenings]
        for rule in study.alert_rules:
            at = rule.fulfilled_at([one.get(rule.score) for one in scores])
            if at is not None and (received := evenings[at].received_at) is not None:
                yield evenings[at], received


def _is_empty_and_open(row: ExpectedDay) -> bool:
    return row.entry is None and row.state == State.OPEN


def _scores(evidence: Evidence, row: ExpectedDay) -> Scores:
    counted = counting(evidence.of(row).entries) if row.entry else None
    if counted is None:
        return {}
    body = counted.current.body
    found = score(resources.instrument(body.instrument, body.instrument_version), body.answers)
    return {code: one.value for code, one in found.items()}
