"""Status: stopped, withdrawn, died and so on. It is shown what it changes before it is saved."""

from datetime import datetime

from fastapi import Response
from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Status, StatusRevoked, StatusSet
from diary_app.core.history import home_zone
from diary_app.core.status import terms
from diary_app.core.study_values import wall_minutes
from diary_app.core.times import wall_to_utc
from diary_app.core.wishes import AT_ONCE
from server.access.roles import Permission
from server.console.desk import Desk, FormDeskDep, routes
from server.console.person.acts import Typed, TypedDep, attempt, built, chosen, day_in, one_of, record, unclear
from server.console.person.coded import NOT_STATED, REVOKE_REASONS, STATUS_REASONS, capital, coded
from server.console.person.header import page
from server.console.person.person import Person, person_at
from server.console.person.preview import preview
from server.console.person.shown_first import preview_or_form, require_as_shown
from server.console.person.treatments import TAB, answer_now, attempt_here, treatments_page
from server.intake.status_days import check_status_day

router = routes()


@router.post("/participants/{participant}/status/preview")
def preview_status(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """What would change; nothing is saved."""
    return preview_or_form(
        lambda: _previewed(desk, participant, typed),
        lambda refusal: treatments_page(desk, participant, typed, refusal),
    )


@router.post("/participants/{participant}/status")
def set_status(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """Save what was shown; where it would change something else by now, it is shown again."""

    def work(connection: Connection) -> None:
        person = Person(desk, connection, desk.participant(connection, participant))
        wanted = _wanted(person, typed)
        require_as_shown(person, wanted, typed)
        fact = record(connection, desk, participant, wanted, Permission.RECORD_FACT)
        if wanted.status is Status.DIED:
            answer_now(connection, desk, participant, [fact.id], typed)

    return attempt(
        desk, participant, lambda: desk.write(participant, work),
        show=lambda refusal: _shown_again(desk, participant, typed, refusal),
        to=TAB,
    )  # fmt: skip


@router.post("/participants/{participant}/status/revoke")
def revoke_status(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """It was recorded in error, or is over."""

    def work(connection: Connection) -> None:
        reason = one_of(REVOKE_REASONS, typed.get("revoke_reason", ""))
        detail = built(StatusRevoked, revokes=typed.get("revokes", ""), reason=reason)
        record(connection, desk, participant, detail, Permission.RECORD_FACT)

    return attempt_here(desk, participant, typed, work)


def _previewed(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    with person_at(desk, participant) as person:
        wanted = _wanted(person, typed)
        return page(
            person, "status_preview", TAB, refusal=refusal, typed=typed, found=preview(person, wanted),
            stops_messages=wanted.status in AT_ONCE, what=capital(coded(desk.texts, wanted.status)),
            reason=None if wanted.status is Status.DIED else coded(desk.texts, wanted.reason),
            since=person.calendar.moment(wanted.effective_at)
            if wanted.effective_at
            else person.calendar.day(wanted.effective),
        )  # fmt: skip


def _shown_again(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused) -> Response:
    """What it would change by now; the form for anything else that is wrong with it."""
    if refusal.code is not Code.CORRECTION_OVERTAKEN:
        return treatments_page(desk, participant, typed, refusal)
    return preview_or_form(
        lambda: _previewed(desk, participant, typed, refusal),
        lambda found: treatments_page(desk, participant, typed, found),
    )


def _wanted(person: Person, typed: Typed) -> StatusSet:
    """What the form says. Raises `RequestRefused`, for what is recorded already too: a form sent twice is one."""
    status = chosen(Status, typed.get("status", ""))
    wanted = built(
        StatusSet, status=status, effective=day_in(typed, "effective"), effective_at=_instant(person, status, typed),
        reason=_reason(status, typed),
    )  # fmt: skip
    if any(one.said == wanted for one in terms(person.facts) if one.revoked_at is None):
        raise RequestRefused(Code.ALREADY_EXISTS, "This status is recorded already.", "Look at the list.")
    check_status_day(person.facts, wanted, person.desk.now)
    return wanted


def _reason(status: Status, typed: Typed) -> str:
    """What was chosen. Nobody is asked why somebody died: what is known of the cause belongs in the safety system."""
    return NOT_STATED if status is Status.DIED else one_of(STATUS_REASONS, typed.get("status_reason", ""))


def _instant(person: Person, status: Status, typed: Typed) -> datetime | None:
    """Consent is withdrawn at a time of day, where that is known."""
    if status is not Status.CONSENT_WITHDRAWN or not typed.get("effective_time"):
        return None
    try:
        minutes = wall_minutes(typed["effective_time"])
    except ValueError as error:
        raise unclear() from error
    return wall_to_utc(day_in(typed, "effective"), minutes, home_zone(person.facts) or person.site.zone, last=False)
