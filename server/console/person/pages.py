"""The pages of one participant that only show: calendar, entries, answers, reminders, phone."""

from datetime import timedelta

from fastapi import Response

from diary_app.core.staff_acts import SeenWhere
from server.access.roles import Permission
from server.console.desk import DeskDep, routes
from server.console.listing import table
from server.console.person.entry_lines import items_of, lines, month_of
from server.console.person.header import page
from server.console.person.months import months, weekdays
from server.console.person.person import person_at
from server.console.person.phone import phone
from server.console.person.reminders import columns, reminders
from server.console.person.trails import by_entry, trail_of
from server.console.signs import LEGEND, Sign
from server.console.words import SIGNS
from server.intake.looking import note_view

router = routes()


@router.get("/participants/{participant}")
def show_calendar(desk: DeskDep, participant: str) -> Response:
    """The calendar of months."""
    with person_at(desk, participant) as person:
        legend = [(sign.value, desk.say(SIGNS[sign])) for sign in LEGEND if sign is not Sign.NOT_EXPECTED]
        return page(person, "calendar", "", months=months(person), weekdays=weekdays(person), legend=legend)


@router.get("/participants/{participant}/entries")
def show_entries(desk: DeskDep, participant: str, month: str = "") -> Response:
    """Every version of every entry of a month, without what it says."""
    with person_at(desk, participant) as person:
        shown = month_of(person, month)
        return page(
            person,
            "entries",
            "/entries",
            month=shown,
            lines=lines(person, shown, by_entry(person, trail_of(person))),
        )


@router.get("/participants/{participant}/answers")
def show_answers(desk: DeskDep, participant: str, month: str = "") -> Response:
    """What was answered in a month; the trail says who looked, before it is shown."""
    with person_at(desk, participant) as person:
        shown = month_of(person, month)
        there = [one for one in person.versions if shown.holds(one.day) and one.body]
        trail = by_entry(person, trail_of(person, answers=True))
        shown_page = page(
            person,
            "answers",
            "/entries",
            month=shown,
            items=items_of(person, there),
            lines=[one for one in lines(person, shown, trail, with_values=True) if one.values],
        )
    if there:
        span = (min(one.day for one in there), max(one.day for one in there))
        desk.write(
            participant,
            lambda connection: note_view(
                connection, desk.services, participant, SeenWhere.ENTRIES, span, len(there),
                who=desk.acting, at=desk.now,
            ),
        )  # fmt: skip
    return shown_page


@router.get("/participants/{participant}/reminders")
def show_reminders(desk: DeskDep, participant: str, back: int = 14) -> Response:
    """The ledger: due, claimed, sent, receipt, opened, started, saved."""
    length = back if back in (14, 28, 56) else 14
    with person_at(desk, participant) as person:
        since = person.today - timedelta(days=length)
        path = f"{person.path}/reminders"
        made = table(columns(), reminders(person, since), path, desk.query)
        if made.wants_csv:
            return made.csv(f"reminders-{person.id}", desk.say)
        return page(person, "reminders", "/reminders", table=made, back=length)


@router.get("/participants/{participant}/phone")
def show_phone(desk: DeskDep, participant: str) -> Response:
    """Phones with what is known of each, and the time zones that the diary followed."""
    with person_at(desk, participant) as person:
        may_issue = person.may(Permission.ISSUE_CODE)
        return page(person, "phone", "/phone", phone=phone(person), may_issue=may_issue)
