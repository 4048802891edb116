"""The pages: a new participant; the diary on a phone, a new or a lost one; the letter with the code."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Form, Response
from sqlalchemy import Connection

from diary_app.core.errors import RequestRefused
from diary_app.core.times import zone_names
from server.access.acting import role_of
from server.access.dependencies import not_allowed
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.enrol.letter import letter
from server.console.enrol.phone import LOST_REASONS, phone_view
from server.console.enrol.typed import CHANNELS, Typed, beginning, evenings
from server.console.shared_reach import check_not_shared, to_confirm
from server.console.words import LANGUAGE_NAMES
from server.db import codes, contact_details
from server.intake import enrolling, staff

HERE = "/console/enrol"
router = routes()


@router.get("/enrol")
def show_form(desk: DeskDep) -> Response:
    """The form, filled with what most have."""
    if not desk.site_ids:
        raise not_allowed()  # their site is in the study no more
    return _form(desk, beginning(desk.services.study, desk.site_ids[0], desk.calendar.separator))


@router.post("/enrol")
def take_in(desk: FormDeskDep, typed: Annotated[Typed, Form()]) -> Response:
    """Take somebody in, or note that they are not eligible; go on to the phone, or show the form with the reason."""
    try:
        desk.site(typed.site or None)
        added = desk.write(typed.subject, _entering(desk, typed))
    except RequestRefused as refusal:
        return _form(desk, typed, refusal)
    if typed.is_eligible:
        return desk.to(start_of(added), "taken_in")
    return desk.to(HERE, "not_eligible")


@router.get("/participants/{participant}/start")
def show_start(desk: DeskDep, participant: str) -> Response:
    """How the diary comes onto a phone, and what is known of the one there is."""
    return _start(desk, participant)


@router.post("/participants/{participant}/letter")
def print_letter(
    desk: FormDeskDep, participant: str, ends: Annotated[str, Form(max_length=40)] = "",
    lent: Annotated[str, Form(max_length=5)] = "",
) -> Response:  # fmt: skip
    """A new code on a letter; the code is on this page and nowhere else. `ends`: the letter that stops working.

    `lent`: it is for a phone that the site lends out.
    """
    with desk.reading() as connection:
        person = desk.participant(connection, participant)
        earlier = codes.waiting(connection, person.id, desk.now)

    def work(connection: Connection) -> str:
        role_of(connection, desk.acting, Permission.ISSUE_CODE, person.site)
        return staff.issue_code(
            connection, desk.services, person.id, author=desk.staff.account, at=desk.now, ends=ends, lent=lent == "1"
        )

    try:
        code = desk.write(person.id, work)
    except RequestRefused as refusal:
        return _start(desk, participant, refusal)
    return letter(desk, person, code, ended=earlier.issued_at if earlier else None)


@router.post("/participants/{participant}/lost")
def report_lost(desk: FormDeskDep, participant: str, reason: Annotated[str, Form()] = "") -> Response:
    """The phone locks at its next contact."""
    with desk.reading() as connection:
        person = desk.participant(connection, participant)
    if reason not in LOST_REASONS:
        return _start(desk, participant, staff.refused("The reason is missing.", "Choose one from the list."))
    desk.write(
        person.id,
        lambda connection: staff.report_lost(
            connection, desk.services, person.id, reason=reason, author=desk.staff.account, at=desk.now
        ),
    )
    return desk.to(start_of(person.id), "phone_lost")


@router.post("/participants/{participant}/lent")
def say_whose(desk: FormDeskDep, participant: str, lent: Annotated[str, Form(max_length=5)] = "") -> Response:
    """Whether the phone in use is the site's, lent out, or the participant's own."""
    with desk.reading() as connection:
        person = desk.participant(connection, participant)

    def work(connection: Connection) -> object:
        return staff.lend(
            connection, desk.services, person.id, lent=lent == "1", author=desk.staff.account, at=desk.now
        )

    try:
        desk.write(person.id, work)
    except RequestRefused as refusal:
        return _start(desk, participant, refusal)
    return desk.to(start_of(person.id), "saved")


def start_of(participant: str) -> str:
    """Where the diary comes onto a phone."""
    return f"/console/participants/{participant}/start"


def _entering(desk: Desk, typed: Typed) -> Callable[[Connection], str]:
    services, by, at = desk.services, desk.acting, desk.now
    if typed.is_eligible:
        newcomer = typed.newcomer(services.study)

        def enter(connection: Connection) -> str:
            added = enrolling.enrol(connection, services, newcomer, by=by, at=at)
            reach = contact_details.of(connection, added)
            check_not_shared(connection, desk, reach, but=added, confirmed=typed.shared)
            return added

        return enter
    subject = typed.subject.strip()
    return lambda connection: enrolling.not_eligible(connection, services, typed.site, subject, by=by, at=at)


def _form(desk: Desk, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    study, language = desk.services.study, desk.staff.language
    criteria = study.eligibility.get(language) or next(iter(study.eligibility.values()), ())
    return desk.page(
        "enrol/form.html", refusal=refusal, typed=typed, criteria=criteria, sites=desk.sites,
        evenings=evenings(study, desk.calendar.separator), zones=sorted(zone_names()), channels=CHANNELS,
        spoken=[(code, LANGUAGE_NAMES.get(code, code)) for code in study.languages],
        latest=desk.calendar.today.isoformat(), shared=to_confirm(refusal),
    )  # fmt: skip


def _start(desk: Desk, participant: str, refusal: RequestRefused | None = None) -> Response:
    with desk.reading() as connection:
        person = desk.participant(connection, participant)
        view = phone_view(connection, person, desk)
    return desk.page("enrol/start.html", refusal=refusal, person=person, view=view, reasons=LOST_REASONS)
