"""The pages: what is in use, and evenings ahead."""

from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Response

from diary_app.core.errors import RequestRefused
from diary_app.core.times import zone_names
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, routes
from server.console.enrol.typed import evenings
from server.console.listing import Table, table
from server.console.study.ahead import Asked, changes_of_clocks, columns
from server.console.study.live import (
    APPROVALS,
    questionnaire_columns,
    questionnaires_of,
    site_columns,
    version_columns,
    versions_of,
)
from server.console.study.phones import phone_columns, phones, sentence
from server.intake import outlook
from server.intake.outlook import Outlook

HERE, AHEAD = "/console/study", "/console/study/ahead"
router = routes()


@router.get("/study")
def show_study(desk: DeskDep) -> Response:
    """Versions, approvals, sites, questionnaires and licences; each table can be taken away."""
    services = desk.services
    study, say = services.study, desk.say
    questionnaires = questionnaires_of(study, services.licensed.licences)
    with desk.reading() as connection:
        found = phones(connection, desk)
    tables: dict[str, Table[Any]] = {
        "versions": table(version_columns(desk.calendar), versions_of(services.versions), HERE, desk.query, name="v"),
        "sites": table(site_columns(study.version), study.sites, HERE, desk.query, name="s"),
        "phones": table(phone_columns(desk), found, HERE, desk.query, name="p"),
        "questionnaires": table(questionnaire_columns(desk.calendar, say), questionnaires, HERE, desk.query, name="q"),
    }
    for name, made in tables.items():
        if made.wants_csv:
            return made.csv(name, say)
    approvals = [(words, getattr(study.approvals, name)) for name, words in APPROVALS.items()]
    return desk.page(
        "study/live.html", tables=tables, approvals=approvals, since=services.versions[-1].since,
        evenings=evenings(study, desk.calendar.separator), prompts=_prompts(desk),
        phones_said=sentence(found, desk), may_rehearse=desk.may(Permission.REHEARSE_STUDY),
    )  # fmt: skip


@router.get("/study/ahead")
def show_ahead(desk: DeskDep, asked: Annotated[Asked, Query()]) -> Response:
    """Evenings and reminders of any days, on a journey, or when clocks change."""
    refusal, found = None, list[Outlook]()
    try:
        span = asked.span(desk.calendar.today)
        found = outlook.of_anybody(desk.services.study, span, asked.newcomer(desk.services.study))
    except RequestRefused as refused:
        refusal = refused
    rows = table(columns(desk.calendar, desk.say), found, AHEAD, desk.query, size=200)
    return rows.csv("evenings", desk.say) if rows.wants_csv and not refusal else _ahead(desk, asked, rows, refusal)


def _ahead(desk: Desk, asked: Asked, rows: Table[Outlook], refusal: RequestRefused | None) -> Response:
    study, calendar = desk.services.study, desk.calendar
    zone = study.sites[0].zone
    clocks = [(calendar.day(day), _around(day)) for day in changes_of_clocks(zone, calendar.today)]
    return desk.page(
        "study/ahead.html", refusal=refusal, asked=asked, rows=rows, clocks=clocks, zone=zone,
        zones=sorted(zone_names()), evenings=evenings(study, calendar.separator),
        usual_window=study.diary.default_window, today=calendar.today.isoformat(),
    )  # fmt: skip


def _around(day: date) -> str:
    asked = {"start": (day - timedelta(days=2)).isoformat(), "days": 5}
    return f"{AHEAD}?{urlencode(asked)}"


def _prompts(desk: Desk) -> dict[str, str]:
    rule, separator = desk.services.study.prompts, desk.calendar.separator

    def clock(minutes: int) -> str:
        return f"{minutes // 60 % 24:02d}{separator}{minutes % 60:02d}"

    return {
        "times": ", ".join(map(clock, rule.times)),
        "quiet": f"{clock(rule.quiet_from)}–{clock(rule.quiet_until)}",
        "next_channel": str(rule.next_channel_after_days),
    }
