"""Answers that somebody looks at: each view is one fact of the participant, so that the trail can say who saw what."""

from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.facts import Fact
from diary_app.core.staff_acts import AnswersSeen, SeenWhere
from server.access.acting import Acting, role_of
from server.access.roles import Permission
from server.intake.held import holding
from server.intake.known import append
from server.services import Services


def note_view(
    connection: Connection,
    services: Services,
    participant: str,
    where: SeenWhere,
    days: tuple[date, date],
    count: int,
    *,
    who: Acting,
    at: datetime,
) -> Fact:
    """Record one view of `count` entries of these days, before it is shown. Raises `RequestRefused` (not_allowed)."""
    with holding(connection, participant) as held:
        role = role_of(connection, who, Permission.SEE_ANSWERS, held.row.site)
        detail = AnswersSeen(by_role=role, by_site=held.row.site, where=where, first=days[0], last=days[1], count=count)
        return append(held, detail, author=who.author, at=at, id=services.environment.new_id())
