"""The rehearsal: everybody at some sites under both versions, one after the other, and counts of what was found."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Self

from sqlalchemy import Connection

from diary_app import VERSION
from diary_app.core.grading import State
from diary_app.core.status import DisplayStatus
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce
from server.db.export_rows import participants_in_order
from server.intake.outlook import Span
from server.intake.studies import in_use
from server.intake.visits import visit_states
from server.rehearsal.comparing import Compared, Comparison, Evening, Kind, Visit
from server.rehearsal.known import Known, everybody
from server.settings import Settings

USUAL_DAYS, MOST_DAYS = 14, 120
_ENTERED = frozenset({State.DONE, State.LATE})


@dataclass(frozen=True)
class Rehearsal:
    """What is rehearsed where. `versions`: those that were live, oldest first; `days`: how far ahead, to MOST_DAYS."""

    connection: Connection
    settings: Settings
    versions: Sequence[InForce]
    proposed: Study
    now: datetime
    days: int = USUAL_DAYS

    @property
    def span(self) -> Span:
        """From yesterday, whose evening may be open still; a day more at the end, as days are the participant's."""
        today = self.now.date()
        return Span(today - timedelta(days=1), today + timedelta(days=self.days))

    def people(self, sites: Collection[str] | None) -> list[tuple[str, str]]:
        """Everybody at these sites, or at all, with their site, by pseudonym."""
        return participants_in_order(self.connection, sites)

    def run(self, people: Collection[tuple[str, str]]) -> Iterator[Compared]:
        """These people, in their order; one is held at a time."""
        live = self.versions[-1].study
        used = in_use(self.connection, live).keys()
        comparison = Comparison(self.versions, self.proposed, used, self.now, self.span)
        for known in everybody(self.connection, self.settings, people, self.now):
            compared = comparison.of(known)
            if Kind.VISITS in compared.kinds:
                compared = replace(comparison, done={known.id: self._done(live, known)}).of(known)
            yield compared

    def _done(self, live: Study, known: Known) -> list[tuple[str, str]]:
        """What was filled in is asked of nobody again, so that no window of it matters."""
        found = visit_states(self.connection, live, [known.id], self.now)
        return [(one.visit, one.instrument) for one in found if one.state in _ENTERED]


@dataclass(frozen=True)
class Line:
    """One participant in a table: without the evenings but the first that is another, so that thousands are small."""

    id: str
    site: str
    kinds: frozenset[Kind]
    first: Evening | None
    evenings: int
    visits: tuple[Visit, ...]
    last_day: tuple[date | None, date | None]
    status: DisplayStatus
    paused_until: date | None
    app_version: str
    language: str

    @classmethod
    def of(cls, one: Compared) -> Self:
        """Of what was compared."""
        changed = [evening for evening in one.evenings if evening.kinds]
        return cls(
            id=one.id, site=one.site, kinds=one.kinds, first=changed[0] if changed else None, evenings=len(changed),
            visits=tuple(visit for visit in one.visits if visit.changes), last_day=one.last_day, status=one.status,
            paused_until=one.paused_until, app_version=one.app_version, language=one.language,
        )  # fmt: skip


@dataclass
class Summary:
    """Counts of people. `kinds`: who is touched in that way, each once a kind; `older_apps`: by version of the app."""

    people: int = 0
    in_diary: int = 0
    unchanged_in_diary: int = 0
    changed: int = 0
    paused: int = 0
    not_begun: int = 0
    ended: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    older_apps: Counter[str] = field(default_factory=Counter)

    def add(self, one: Compared) -> None:
        """One more."""
        self.people += 1
        self.in_diary += one.is_in_diary
        self.unchanged_in_diary += one.is_in_diary and not one.kinds
        self.changed += bool(one.kinds)
        self.kinds.update(one.kinds)
        if not one.is_in_diary:
            begins = one.status in (DisplayStatus.NEVER_ACTIVATED, DisplayStatus.ACTIVE) and one.last_day[0] is None
            self.not_begun += begins
            self.ended += not begins
            return
        self.paused += one.paused_until is not None
        if is_older(one.app_version):
            self.older_apps[one.app_version] += 1


def is_older(app_version: str) -> bool:
    """Whether a phone had not this server's app at its last contact; unknown versions are not older.

    A study file does not say which app reads it. Only this is known: a phone with this server's app reads what this
    server has read.
    """
    try:
        return bool(app_version) and _number(app_version) < _number(VERSION)
    except ValueError:
        return False


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
