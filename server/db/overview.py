"""Queries behind the coordinator's overview: states only, never an answer; none is made once per participant."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, select

from diary_app.core.entries import Mode
from diary_app.core.paper import typed_mode
from server.db import shapes
from server.db.tables import METADATA

_DAY = METADATA.tables["expected_day"].c
_PARTICIPANT = METADATA.tables["participant"].c
_DEVICE = METADATA.tables["device"].c
_CODE = METADATA.tables["enrolment_code"].c


@dataclass(frozen=True, slots=True)
class ListedParticipant:
    """One participant as every list shows them. Moments are UTC. `change_no`: the number of the last change."""

    id: str
    site: str
    added_at: datetime
    activated_at: datetime | None
    last_seen_at: datetime | None
    change_no: int = 0


@dataclass(frozen=True, slots=True)
class ListedDay:
    """One graded day of one participant."""

    participant: str
    day: date
    state: str
    reason: str | None
    opens: datetime
    closes: datetime
    late_until: datetime
    entry: str | None = None

    @property
    def typed(self) -> Mode | None:
        """How it was given when staff typed what counts; None for what a phone sent."""
        return typed_mode(self.entry)


_LISTED = [_DAY["diary_day" if name == "day" else name] for name in ListedDay.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class DiarySpan:
    """The first and the last day that a participant's diary has, as far as it is expanded."""

    first: date
    last: date


def participants_at(connection: Connection, sites: Collection[str]) -> list[ListedParticipant]:
    """Everybody at those sites, by pseudonym."""
    seen = (
        select(_DEVICE.participant, func.max(_DEVICE.last_seen_at).label("at")).group_by(_DEVICE.participant).subquery()
    )
    query = (
        select(
            _PARTICIPANT.id, _PARTICIPANT.site, _PARTICIPANT.added_at, _PARTICIPANT.activated_at, seen.c.at,
            _PARTICIPANT.change_no,
        )
        .outerjoin(seen, seen.c.participant == _PARTICIPANT.id)
        .where(_PARTICIPANT.site.in_(sites))
    )  # fmt: skip
    found = (ListedParticipant(*row) for row in connection.execute(query))
    return sorted(found, key=lambda one: one.id)


def seen(connection: Connection, participants: Collection[str]) -> dict[str, tuple[str, datetime | None]]:
    """The site of each, and when one of their phones was last in touch."""
    query = (
        select(_PARTICIPANT.id, _PARTICIPANT.site, func.max(_DEVICE.last_seen_at))
        .outerjoin(METADATA.tables["device"], _DEVICE.participant == _PARTICIPANT.id)
        .where(_PARTICIPANT.id.in_(participants))
        .group_by(_PARTICIPANT.id, _PARTICIPANT.site)
    )
    return {who: (site, at) for who, site, at in connection.execute(query)}


def days_at(
    connection: Connection, sites: Collection[str], instrument: str, since: date, until: date
) -> list[ListedDay]:
    """Graded days of everybody at those sites from `since` to `until`, both included."""
    query = (
        select(*_LISTED)
        .join(METADATA.tables["participant"], _PARTICIPANT.id == _DAY.participant)
        .where(_PARTICIPANT.site.in_(sites), _DAY.instrument == instrument, _DAY.diary_day.between(since, until))
    )
    return [ListedDay(*row) for row in connection.execute(query)]


def days_of(
    connection: Connection, participants: Collection[str], instrument: str, since: date, until: date
) -> list[ListedDay]:
    """The same of these participants."""
    query = (
        select(*_LISTED)
        .where(_DAY.participant.in_(bindparam("people", expanding=True)))
        .where(_DAY.instrument == instrument, _DAY.diary_day.between(since, until))
    )
    chunks = shapes.chunks(participants)
    return [ListedDay(*row) for some in chunks for row in connection.execute(query, {"people": some})]


def diary_spans(connection: Connection, participants: Collection[str], instrument: str) -> dict[str, DiarySpan]:
    """From when until when these participants have diary days; absent: none yet."""
    query = (
        select(_DAY.participant, func.min(_DAY.diary_day), func.max(_DAY.diary_day))
        .where(_DAY.participant.in_(participants), _DAY.instrument == instrument)
        .group_by(_DAY.participant)
    )
    return {who: DiarySpan(first, last) for who, first, last in connection.execute(query)}


def unused_codes(connection: Connection, participants: Collection[str]) -> dict[str, datetime]:
    """Until when the last code of these participants can be, or could have been, used; absent: none was made."""
    query = (
        select(_CODE.participant, func.max(_CODE.expires_at))
        .where(_CODE.participant.in_(participants), _CODE.used_at.is_(None))
        .group_by(_CODE.participant)
    )
    return {who: expires for who, expires in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy
