"""Where an invitation leads: its code moves out of the address at once, then the person chooses a password.

The code waits in a cookie for as long as the form is open, so neither history nor a link to elsewhere holds it. It is
`lax`: a strict one would not survive the step from a web mailer to this page.
"""

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from diary_app.core.errors import Code, CommandRefused, RequestRefused, XerodiaryError
from diary_app.resources import LANGUAGES
from server.access import invitations, second_factor, sessions
from server.access.dependencies import cookie_name
from server.access.passwords import LONGEST, SHORTEST
from server.access.sessions import LoggedIn
from server.console.pages import HOME, language_for, render
from server.console.people.step import go_on
from server.console.refusals import told
from server.db import accounts
from server.db.engine import reading
from server.dependencies import ServicesDep
from server.errors import answer_for
from server.services import Services
from server.settings import Settings
from server.study_words import words_of

_KEPT_SECONDS = 3600
#: Stands for what cannot be the code of a link, and not every cookie could hold.
_NOBODYS = "none"
_SET_UP = "/console/me/second-factor"


def show_join(request: Request, services: ServicesDep, code: str = "", language: str = "") -> Response:
    """Take the code out of the address; then the form."""
    if code:
        spoken = f"?language={language}" if language in LANGUAGES else ""
        response = RedirectResponse(f"{invitations.PATH}{spoken}", 303)
        _keep(response, services.settings, code[:200] if code.isascii() and code.isalnum() else _NOBODYS)
        return response
    return _page(request, services, language)


def choose_password(
    request: Request,
    services: ServicesDep,
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Use the invitation up and go on to the second step."""
    try:
        if password != again:
            raise differ()
        joined = invitations.join(services, _code(request, services), password, request.headers.get("user-agent", ""))
    except (RequestRefused, CommandRefused) as refusal:
        return _page(request, services, language, refusal)
    if language in LANGUAGES:
        services.writer.run("", lambda connection: accounts.set_language(connection, joined.staff.account, language))
    response = go_on(services, joined, _next(services, joined))
    _keep(response, services.settings, "")
    return response


def differ() -> CommandRefused:
    """A new password is typed twice, as nobody sees what they type."""
    return CommandRefused(Code.SETTING_INVALID, "The two new passwords are not the same.", "Type the new one twice.")


def _next(services: Services, joined: LoggedIn) -> str:
    """Whoever need not have a second factor is offered one all the same, while the password is fresh."""
    if joined.due is not None or services.settings.second_factor == "off":
        return HOME
    with reading(services.engine) as connection:
        held = sessions.held_by(connection, services.settings, joined.secret, services.environment.now())
    second_factor.offered(services, held)
    return _SET_UP


def _page(request: Request, services: Services, language: str, refusal: XerodiaryError | None = None) -> Response:
    try:
        account = invitations.invited_by(services, _code(request, services))
    except RequestRefused as gone:
        account, refusal = None, gone
    spoken = language_for(request, services) if account is None else account.language
    spoken = language if language in LANGUAGES else spoken
    return render(
        "people/join.html", services, spoken, staff=None, status=answer_for(refusal)[1] if refusal else 200,
        account=account, refusal=told(refusal, words_of(services.study, spoken)) if refusal else None,
        shortest=SHORTEST, longest=LONGEST,
    )  # fmt: skip


def _code(request: Request, services: Services) -> str:
    return request.cookies.get(f"{cookie_name(services.settings)}-join", "")


def _keep(response: Response, settings: Settings, code: str) -> None:
    """An empty code takes the cookie away."""
    response.set_cookie(
        f"{cookie_name(settings)}-join", code, max_age=_KEPT_SECONDS if code else 0,
        path="/", httponly=True, samesite="lax", secure=settings.https_only,
    )  # fmt: skip
