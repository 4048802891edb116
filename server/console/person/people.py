"""The list of participants: number, phase, last contact, rate of seven days, status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Response
from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.status import DisplayStatus
from diary_app.core.study import Study
from server.console import heatmap
from server.console.course import Course
from server.console.desk import Desk, DeskDep, routes
from server.console.heatmap import NOBODY_KNOWS, Line
from server.console.listing import Column, table
from server.console.marks import Watched, of_sites
from server.console.person.coded import capital
from server.console.reckoning import courses
from server.console.words import REASONS, Words
from server.db.overview import ListedParticipant, days_at, participants_at
from server.study_words import words_of

PATH = "/console/participants"
router = routes()


@dataclass(frozen=True)
class Row:
    """One participant. `line`: of the heat map, None before a phone was activated or when the diary is over."""

    person: ListedParticipant
    course: Course
    line: Line | None
    has_days: bool

    @property
    def status(self) -> DisplayStatus:
        """By the facts, and active once a phone was activated."""
        found = self.course.status
        is_active = found is DisplayStatus.NEVER_ACTIVATED and self.person.activated_at is not None
        return DisplayStatus.ACTIVE if is_active else found


@router.get("/participants")
def show_participants(desk: DeskDep) -> Response:
    """Everybody at the sites that are theirs."""
    with desk.reading() as connection:
        mark = of_sites(connection, desk.site_ids, desk.now)
        rows = _rows(connection, desk)
    found = table(_columns(desk), rows, PATH, desk.query, sort="number")
    if found.wants_csv:
        return found.csv("participants", desk.say)
    return desk.page("person/people.html", table=found, watched=Watched(mark))


def _rows(connection: Connection, desk: Desk) -> list[Row]:
    study, today, now = desk.services.study, desk.calendar.today, desk.now
    people = participants_at(connection, desk.site_ids)
    since = today - timedelta(days=heatmap.days_needed(heatmap.WEEK) - 1)
    days = days_at(connection, desk.site_ids, study.diary.instrument, since, today)
    known = courses(connection, study, people, heatmap.without_days(people, days), now)
    lines = heatmap.lines(people, days, today, heatmap.LISTED_DAYS, now, known)
    have = {one.participant for one in days}
    return [Row(one, known.get(one.id, NOBODY_KNOWS), lines.get(one.id), one.id in have) for one in people]


def _columns(desk: Desk) -> Sequence[Column[Row]]:
    words = words_for(desk, desk.services.study)
    several = len(desk.sites) > 1
    sites = {site.id: site.name for site in desk.sites}
    columns: list[Column[Row]] = [
        Column("number", message("Number"), lambda row: row.person.id, link=lambda row: f"{PATH}/{row.person.id}"),
        Column("phase", message("Phase"), lambda row: _phase(words, row)),
        Column(
            "contact", message("Last contact"), lambda row: words.last_contact(row.person.last_seen_at),
            raw=lambda row: row.person.last_seen_at.isoformat() if row.person.last_seen_at else "",
            order=lambda row: row.person.last_seen_at, is_news=False,
        ),
        Column(
            "rate", message("7 days"), lambda row: words.fraction(row.line.rate.excused_out) if row.line else "–",
            order=lambda row: row.line.rate.excused_out.share if row.line else None, is_number=True,
        ),
        Column(
            "status", message("Status"), lambda row: status_words(desk, row.status),
            raw=lambda row: row.status.value,
        ),
    ]  # fmt: skip
    if several:
        columns.insert(1, Column("site", message("Site"), lambda row: sites.get(row.person.site, row.person.site)))
    return columns


def _phase(words: Words, row: Row) -> str:
    """A dash before a phone was activated: there is no phase to be in."""
    return words.phase(row.course, has_days=row.has_days) if row.person.activated_at else "–"


def status_words(desk: Desk, status: DisplayStatus) -> str:
    """Active, or what was recorded."""
    named = {
        DisplayStatus.ACTIVE: desk.say("active"),
        DisplayStatus.NEVER_ACTIVATED: desk.say("never activated"),
        DisplayStatus.TREATMENT_STOPPED: desk.say("treatment stopped"),
    }
    return capital(named.get(status) or desk.say(REASONS[status.value]))


def words_for(desk: Desk, study: Study) -> Words:
    """The words of the overview at this desk."""
    language = desk.staff.language
    treatments = {anchor.id: anchor.label.get(language, anchor.id) for anchor in study.anchors}
    return Words(words_of(study, language), desk.calendar, treatments)
