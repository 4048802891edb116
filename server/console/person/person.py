"""One participant as everything is read for a page: in one snapshot, each part once, when it is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection

from diary_app.core.compliance import GradedDay
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.study import Site
from diary_app.core.times import local_date
from server.access.roles import Permission
from server.console.authors import author as author_name
from server.console.course import Course, course
from server.console.dates import Calendar
from server.console.desk import Desk
from server.console.person.clock import days_as_listed
from server.console.person.entries import Version, versions_of
from server.console.words import Words
from server.db import accounts, days, devices, staff_facts
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.db.overview import DiarySpan
from server.db.participants import Participant
from server.intake.known import facts_of


@dataclass(frozen=True)
class Person:
    """`row`: the participant; whoever is at the desk may see them."""

    desk: Desk
    connection: Connection
    row: Participant

    @property
    def id(self) -> str:
        """The pseudonym."""
        return self.row.id

    @property
    def path(self) -> str:
        """The first of their pages."""
        return f"/console/participants/{self.row.id}"

    @cached_property
    def site(self) -> Site:
        """Where they are."""
        return self.desk.services.study.site(self.row.site)

    @cached_property
    def calendar(self) -> Calendar:
        """Days and times on the walls of their site."""
        return Calendar(self.desk.staff.language, self.site.zone, local_date(self.desk.now, self.site.zone))

    @property
    def today(self) -> date:
        """The date at the site."""
        return self.calendar.today

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact, in the server's order."""
        return facts_of(self.connection, self.id)

    @cached_property
    def rows(self) -> tuple[ExpectedDay, ...]:
        """The days of the diary, ascending."""
        instrument = self.desk.services.study.diary.instrument
        return tuple(row for row in days.of(self.connection, self.id) if row.instrument == instrument)

    @cached_property
    def states(self) -> dict[date, State]:
        """Each day's state by the clock."""
        return {row.diary_day: state for row, state in days_as_listed(self.rows, self.desk.now)}

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """Every version of every entry, newest day first."""
        return versions_of(self.connection, self.id, self.facts)

    @cached_property
    def graded(self) -> tuple[GradedDay, ...]:
        """For sums and rates; paper is known by the entry that counts."""
        modes = {one.id: one.body.mode for one in self.versions if one.body}
        return tuple(
            GradedDay(
                row.diary_day, self.states[row.diary_day], row.reason, row.late_until, row.received_at,
                row.first_captured_at, modes.get(row.entry or ""),
            )
            for row in self.rows
        )  # fmt: skip

    @cached_property
    def devices(self) -> tuple[Device, ...]:
        """Every phone, in the order in which they came."""
        return tuple(devices.of(self.connection, [self.id]))

    @property
    def last_contact(self) -> datetime | None:
        """When any of the phones was last heard of."""
        return max((one.last_seen_at for one in self.devices if one.last_seen_at), default=None)

    @cached_property
    def course(self) -> Course:
        """Treatments, status and what is coming."""
        shown = [row.diary_day for row in self.rows]
        span = DiarySpan(shown[0], shown[-1]) if shown and not self.is_in_diary else None
        return course(self.desk.services.study, self.facts, self.desk.now, span)

    @property
    def is_in_diary(self) -> bool:
        """Whether a day around today is expected."""
        near = [row.diary_day for row in self.rows if row.not_expected is None]
        return any(abs(day - self.today) <= timedelta(days=1) for day in near)

    @cached_property
    def treatments(self) -> dict[str, str]:
        """What each treatment of the study is called."""
        language = self.desk.staff.language
        return {rule.id: rule.label.get(language, rule.id) for rule in self.desk.services.study.anchors}

    @cached_property
    def words(self) -> Words:
        """The words of the overview, about this participant."""
        return Words(self.desk.texts, self.calendar, self.treatments)

    @cached_property
    def names(self) -> dict[str, str]:
        """Who stands behind an account."""
        return {one.id: one.display_name for one in accounts.everyone(self.connection)}

    @cached_property
    def authors(self) -> dict[str, str]:
        """Who recorded each fact of staff."""
        return {row.id: row.author for row in staff_facts.of(self.connection, self.id)}

    def by(self, fact: Fact) -> str:
        """The name of who recorded it."""
        return self.who(self.authors.get(fact.id, ""))

    def who(self, author: str) -> str:
        """The name behind an author."""
        return author_name(self.desk.texts, self.names, author)

    def may(self, permission: Permission) -> bool:
        """Whether it is theirs at this participant's site."""
        return self.desk.may(permission, self.row.site)


@contextmanager
def person_at(desk: Desk, number: str) -> Iterator[Person]:
    """The participant in a snapshot. Raises `RequestRefused` (not_found) for one of another site."""
    with desk.reading() as connection:
        yield Person(desk, connection, desk.participant(connection, number))
