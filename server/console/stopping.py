"""Where the link in a mail leads: a page on which a participant stops the messages, or has them sent again.

To open it changes nothing, as mail scanners open every link; a click on its button does, and so does the one click of
a mail program, which asks for no page (RFC 8058). Nothing of what is sent is read: the address says it all. It shows
no more than a message does.
"""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from diary_app.core.errors import RequestRefused
from server.console.pages import language_for
from server.console.plain import plain
from server.console.refusals import told
from server.db.engine import reading
from server.dependencies import ServicesDep
from server.errors import SERVER_FAULT, answer_for
from server.reminders.people import People
from server.reminders.speaking import languages
from server.reminders.stopping import PATH, is_stopped, participant_of, set_stopped
from server.routing import SEEN
from server.services import Services
from server.study_words import spoken_in, words_of

router = APIRouter(prefix=PATH, include_in_schema=False)


@router.api_route("/{code}", methods=SEEN)
@router.api_route("/{code}/again", methods=SEEN)
def show_stop(request: Request, services: ServicesDep, code: str) -> Response:
    """How it stands, and a button."""
    return _page(request, services, code)


@router.post("/{code}")
def stop_messages(request: Request, services: ServicesDep, code: str) -> Response:
    """No more messages; once more changes nothing."""
    return _change(request, services, code, stopped=True)


@router.post("/{code}/again")
def send_again(request: Request, services: ServicesDep, code: str) -> Response:
    """Messages again, as before."""
    return _change(request, services, code, stopped=False)


def _change(request: Request, services: Services, code: str, *, stopped: bool) -> Response:
    now = services.environment.now()
    try:
        with reading(services.engine) as connection:
            participant = participant_of(connection, services, code)
        services.writer.run(
            participant, lambda connection: set_stopped(connection, services, participant, stopped, now)
        )
    except RequestRefused as refusal:
        if answer_for(refusal)[1] >= SERVER_FAULT:
            raise  # told as every failure is, in words that are no matter of a database
        return _page(request, services, code, refusal)
    return _page(request, services, code, is_again=not stopped)


def _page(
    request: Request, services: Services, code: str, refusal: RequestRefused | None = None, *, is_again: bool = False
) -> Response:
    """In the participant's language; whose link is not known reads it in that of the browser."""
    stopped, spoken = False, language_for(request, services)
    try:
        with reading(services.engine) as connection:
            participant = participant_of(connection, services, code)
            stopped, spoken = is_stopped(connection, participant), _language(connection, participant)
    except RequestRefused as gone:
        refusal = gone
    spoken = spoken_in(services.study, spoken)
    page = plain(
        "stop.html", services, spoken, answer_for(refusal)[1] if refusal else 200,
        refusal=told(refusal, words_of(services.study, spoken)) if refusal else None,
        here=f"{PATH}/{code}", stopped=stopped, is_again=is_again,
    )  # fmt: skip
    if refusal and refusal.retry_after:
        page.headers["Retry-After"] = str(refusal.retry_after)
    return page


def _language(connection: Connection, participant: str) -> str:
    return languages(connection, People(connection, [participant]), [participant])[participant]
