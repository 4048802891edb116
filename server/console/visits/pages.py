"""The page of treatments and visit questionnaires: one line each, sortable, as a file too."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from fastapi import Response
from sqlalchemy import Connection

from diary_app.core.anchors import Anchor, anchors
from diary_app.core.catalogue import message
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.history import home_zone
from diary_app.core.times import zone
from server.console.course import KINDS
from server.console.desk import Desk, DeskDep, routes
from server.console.kept import kept
from server.console.listing import Column, table
from server.console.marks import Mark, Watched, of_sites
from server.console.signs import sign_of
from server.console.words import SIGNS
from server.db import shapes, staff_facts
from server.db.overview import participants_at
from server.intake.known import fact_from_row
from server.intake.visits import VisitState, visits_at

PATH = "/console/visits"

router = routes()


@dataclass(frozen=True)
class Line:
    """One treatment, or one questionnaire of one visit. `state` and `shape` as everywhere; moments are UTC.

    `on`: the local day of a treatment, which is shown as it stands whatever zone the page is read in.
    """

    participant: str
    site: str
    what: str
    questionnaire: str
    opens: datetime | None
    closes: datetime | None
    state: str
    shape: str
    is_ahead: bool
    on: date | None = None


@router.get("/visits")
def show(desk: DeskDep) -> Response:
    """What is planned, due, done and missed, at one site or all."""
    mark, lines = _lines(desk)
    when, site = desk.query.get("when", "now"), desk.query.get("site")
    shown = [line for line in lines if _fits(line, when, desk.now)]
    made = table(_columns(desk), shown, PATH, desk.query, sort="opens")
    if made.wants_csv:
        return made.csv("visits", desk.say)
    return desk.page(
        "visits/page.html", table=made, when=when, site=site, watched=Watched(mark, site=site),
        due=sum(line.shape == State.OPEN.value for line in lines), as_of=desk.calendar.time_with_zone(mark.at),
    )  # fmt: skip


def _fits(line: Line, when: str, now: datetime) -> bool:
    """`now`: what is due or begins within 30 days, and what is over for less than 14."""
    if when == "all":
        return True
    if when == "ahead":
        return line.is_ahead
    if when == "past":
        return not line.is_ahead and line.opens is not None
    near = line.opens is not None and line.opens <= now + timedelta(days=30)
    return near and (line.closes or line.opens or now) >= now - timedelta(days=14)


def _lines(desk: Desk) -> tuple[Mark, list[Line]]:
    sites = tuple(site.id for site in desk.site(desk.query.get("site")))
    key = ("visits", desk.staff.language, *sites)
    with desk.reading() as connection:
        return kept(connection, key, desk.now, lambda: _found(connection, desk, sites))


def _found(connection: Connection, desk: Desk, sites: tuple[str, ...]) -> tuple[Mark, list[Line]]:
    study, mark = desk.services.study, of_sites(connection, sites, desk.now)
    site_of = {one.id: one.site for one in participants_at(connection, sites)}
    lines = []
    for some in shapes.chunks(site_of):
        facts: dict[str, list[Fact]] = defaultdict(list)
        for row in staff_facts.of_kinds(connection, some, KINDS):
            facts[row.participant].append(fact_from_row(row))
        for who in some:
            known = anchors(study, facts[who])
            home = home_zone(facts[who]) or study.site(site_of[who]).zone
            lines += [
                _treatment(desk, who, site_of[who], home, one) for one in known.values() if one.day or one.not_given
            ]
    visits = visits_at(connection, study, sites, desk.now)
    return mark, lines + [_visit(desk, one, site_of[one.participant]) for one in visits]


def _treatment(desk: Desk, who: str, site: str, where: str, anchor: Anchor) -> Line:
    day = anchor.day or anchor.not_given
    assert day is not None, "treatments without a date are no lines"
    begins = datetime.combine(day, time.fromisoformat(anchor.actual_time or "00:00"), zone(where))
    state = message("given") if anchor.actual else message("not given") if anchor.is_never_given else message("planned")
    shape = "done" if anchor.actual else "excused" if anchor.is_never_given else "not_yet_due"
    rule = next(rule for rule in desk.services.study.anchors if rule.id == anchor.id)
    name = rule.label.get(desk.staff.language, rule.id)
    is_ahead = anchor.actual is None and not anchor.is_never_given and day >= desk.calendar.today
    return Line(who, site, name, "", begins, None, desk.say(state), shape, is_ahead, on=day)


def _visit(desk: Desk, one: VisitState, site: str) -> Line:
    rule = next((rule for rule in desk.services.study.visits if rule.id == one.visit), None)
    name = rule.label.get(desk.staff.language, rule.id) if rule else one.visit
    is_ahead = one.closes is not None and one.closes > desk.now
    sign = sign_of(one.state, one.reason)
    return Line(
        one.participant, site, name, one.instrument, one.opens, one.closes, desk.say(SIGNS[sign]),
        sign.value, is_ahead,
    )  # fmt: skip


def _columns(desk: Desk) -> list[Column[Line]]:
    names = {site.id: site.name for site in desk.sites}
    columns = [
        Column[Line]("participant", message("Number"), lambda one: one.participant,
                     link=lambda one: f"/console/participants/{one.participant}"),
        Column[Line]("what", message("Treatment or visit"), lambda one: one.what),
        Column[Line]("questionnaire", message("Questionnaire"), lambda one: one.questionnaire),
        Column[Line]("state", message("State"), lambda one: one.state, raw=lambda one: one.shape,
                     shape=lambda one: "" if one.shape == State.NOT_EXPECTED else one.shape),
        Column[Line]("opens", message("On, or from"), lambda one: _day(desk, one),
                     raw=lambda one: one.opens.isoformat() if one.opens else "", order=lambda one: one.opens),
        Column[Line]("closes", message("Until"), lambda one: _moment(desk, one.closes),
                     raw=lambda one: one.closes.isoformat() if one.closes else "", order=lambda one: one.closes),
    ]  # fmt: skip
    if len(desk.sites) > 1:
        columns.insert(1, Column("site", message("Site"), lambda one: names[one.site], raw=lambda one: one.site))
    return columns


def _day(desk: Desk, line: Line) -> str:
    day = line.on or (desk.calendar.local_date(line.opens) if line.opens else None)
    return desk.calendar.short_day(day) if day else desk.say("no date yet")


def _moment(desk: Desk, moment: datetime | None) -> str:
    return desk.calendar.moment(moment) if moment else ""
