"""The pages: every breach with how long there is to tell the authority; one of them; the form to note or add to one."""

from typing import Annotated

from fastapi import Form, Response
from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused
from server.access import account_names
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.incidents.typed import Typed
from server.console.incidents.words import DATA, HARMS, TOLD, fields, history, left
from server.console.listing import Column, Table, csv_file, table
from server.db import accounts
from server.incidents import log
from server.incidents.incident import LONGEST_TEXT, Incident
from server.incidents.sheet import COLUMNS, rows

HERE = "/console/incidents"
router = routes()


@router.get("/incidents")
def show_all(desk: DeskDep) -> Response:
    """The list, the latest first; as CSV all that was ever said of each."""
    with desk.reading() as connection:
        found = log.every(connection)
        if desk.query.get("csv") == "1":
            lines = rows(connection, found)
            return csv_file("incidents", COLUMNS, ([line[name] for name in COLUMNS] for line in lines))
    pressing = [(one, left(desk, one.said).words) for one in found if left(desk, one.said).is_pressing]
    return desk.page(
        "incidents/list.html", table=_listed(desk, found), pressing=pressing, may_keep=_may_keep(desk)
    )  # fmt: skip


@router.get("/incidents/new")
def show_form(desk: DeskDep) -> Response:
    """The form for a breach that was noticed just now."""
    now = desk.calendar
    form = desk.services.environment.new_id()
    return _form(desk, Typed(form=form, noticed_day=now.today.isoformat(), noticed_time=now.time(desk.now)), None)


@router.post("/incidents")
def note(desk: FormDeskDep, typed: Annotated[Typed, Form()]) -> Response:
    """Keep it, or show the form with the reason."""
    try:
        known, key = typed.known(desk.calendar.zone), typed.key
        made = desk.write(
            "", lambda connection: log.note(connection, known, by=desk.acting, at=desk.now, id=key)
        )  # fmt: skip
    except RequestRefused as refusal:
        return _form(desk, typed, None, refusal)
    return desk.to(address(made.number), "incident_noted")


@router.get("/incidents/{number}")
def show_one(desk: DeskDep, number: str) -> Response:
    """All that is known of one, and what was said before."""
    with desk.reading() as connection:
        incident = _incident(connection, number)
        names = account_names.names(connection)
        names |= accounts.names(connection, sorted({step.author for step in incident.steps}))
    stands = left(desk, incident.said)
    return desk.page(
        "incidents/one.html", incident=incident, facts=fields(desk, incident.said), stands=stands,
        added=list(history(desk, incident, names)), may_keep=_may_keep(desk), path=address(incident.number),
    )  # fmt: skip


@router.get("/incidents/{number}/more")
def show_more(desk: DeskDep, number: str) -> Response:
    """The form, filled with what is known."""
    with desk.reading() as connection:
        incident = _incident(connection, number)
    form = desk.services.environment.new_id()
    return _form(desk, Typed.of(incident.said, form, incident.last.id, desk.calendar), incident)


@router.post("/incidents/{number}")
def add(desk: FormDeskDep, number: str, typed: Annotated[Typed, Form()]) -> Response:
    """Add what is known by now, or show the form with the reason."""
    with desk.reading() as connection:
        incident = _incident(connection, number)
    try:
        known, key = typed.known(desk.calendar.zone, incident.said), typed.key
        desk.write(
            "",
            lambda connection: log.add(
                connection, incident.number, known, by=desk.acting, at=desk.now, id=key, after=typed.after
            ),
        )
    except RequestRefused as refusal:
        return _form(desk, typed, incident, refusal)
    return desk.to(address(incident.number), "incident_added")


def address(number: int) -> str:
    """Where one of them is."""
    return f"{HERE}/{number}"


def _incident(connection: Connection, number: str) -> Incident:
    if not number.isdecimal() or len(number) > 9:
        raise RequestRefused(Code.NOT_FOUND, "There is no such incident.", "Look at the list of them.")
    return log.get(connection, int(number))


def _may_keep(desk: Desk) -> bool:
    return desk.may(Permission.KEEP_INCIDENTS)


def _listed(desk: Desk, found: list[Incident]) -> Table[Incident]:
    moment, say = desk.calendar.moment, desk.say
    columns: list[Column[Incident]] = [
        Column("number", message("Number"), lambda one: str(one.number), order=lambda one: one.number,
               link=lambda one: address(one.number)),
        Column("what", message("What happened"), lambda one: _shortened(one.said.what), sortable=False),
        Column("noticed", message("Noticed"), lambda one: moment(one.said.noticed),
               order=lambda one: one.said.noticed),
        Column("participants", message("Participants"),
               lambda one: "–" if one.said.participants is None else str(one.said.participants),
               order=lambda one: one.said.participants, is_number=True),
        Column("authority", message("The authority"), lambda one: left(desk, one.said).words, sortable=False),
        Column("people", message("The people concerned"), lambda one: say(TOLD[one.said.people])),
    ]  # fmt: skip
    return table(columns, found, HERE, desk.query)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _form(desk: Desk, typed: Typed, incident: Incident | None, refusal: RequestRefused | None = None) -> Response:
    say = desk.say
    return desk.page(
        "incidents/form.html", refusal=refusal, typed=typed, incident=incident, longest=LONGEST_TEXT,
        path=address(incident.number) if incident else HERE, latest=desk.calendar.today,
        harms=[(f"harm_{code}", say(words)) for code, words in HARMS.items()],
        data=[(f"data_{code}", say(words)) for code, words in DATA.items()],
        told=[(code.value, say(words)) for code, words in TOLD.items()],
    )  # fmt: skip
