"""A failure as a page: what happened, what to do, and one way on."""

from fastapi import Request, Response
from sqlalchemy.exc import SQLAlchemyError

from diary_app.core.errors import Code, RequestRefused, XerodiaryError
from server.access import sessions
from server.access.dependencies import cookie_name
from server.console.pages import language_for, render, safe
from server.console.refusals import told
from server.db.engine import reading
from server.errors import SERVER_FAULT
from server.services import Services
from server.study_words import words_of

#: What a phone is told of it is no help to staff: nothing that a page sends is sent again by itself.
_WITHOUT_DATABASE = RequestRefused(
    Code.DATABASE_UNAVAILABLE,
    "The server cannot reach its data just now.",
    "Try again in a few minutes. If you had just saved something, look first whether it is there. "
    "If it stays so, tell whoever runs the server.",
)


def error_page(request: Request, refusal: XerodiaryError, status: int) -> Response:
    """Makes the page; `server.errors` asks for it where a page is wanted."""
    services = request.app.state.services
    staff = getattr(request.state, "staff", None)
    language = language_for(request, services)
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    again = safe(asked) if status >= SERVER_FAULT and request.method == "GET" else ""
    return render(
        "trouble.html", services, language, staff=None, status=status,
        refusal=told(_WITHOUT_DATABASE if refusal.code is Code.DATABASE_UNAVAILABLE else refusal,
                     words_of(services.study, language)),
        known=staff is not None, again=again,
    )  # fmt: skip


def recognise(request: Request) -> None:
    """Find out who opened an address that is none, for `error_page`; no use of the log-in, which lasts no longer."""
    services: Services = request.app.state.services
    secret = request.cookies.get(cookie_name(services.settings))
    if secret is None or getattr(request.state, "staff", None) is not None:
        return
    try:
        with reading(services.engine) as connection:
            now = services.environment.now()
            request.state.staff, _ = sessions.staff_behind(connection, services.settings, secret, now)
    except (XerodiaryError, SQLAlchemyError):
        return  # the page that there is no such address comes all the same
