"""The second step of the log-in, the only thing besides the way out that a right password alone opens."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from diary_app.core.errors import RequestRefused
from diary_app.resources import LANGUAGES
from server.access import second_factor, sessions
from server.access.dependencies import STEP, FormHeldDep, HeldDep, SecretDep, clear_cookie, set_cookie
from server.access.sessions import Due, Held, LoggedIn
from server.console.pages import HOME, render, safe
from server.console.people.notices import NOTICES, is_to_be_told
from server.console.people.picture import qr
from server.console.refusals import told
from server.dependencies import AddressDep, ServicesDep
from server.errors import answer_for
from server.routing import BuiltWhenAsked
from server.services import Services
from server.study_words import words_of

#: Each of these asks for a `HeldDep`: without a right password nobody comes so far.
router = APIRouter(prefix="/console", include_in_schema=False, route_class=BuiltWhenAsked)
Next = Annotated[str, Form()]
Code = Annotated[str, Form(max_length=100)]


@router.get("/login/step")
def show_step(services: ServicesDep, held: HeldDep, next: str = HOME) -> Response:
    """Where the code is typed; where the second factor is set up; or on to where somebody was going."""
    return _page(services, held, next)


@router.post("/login/step")
def take_code(
    services: ServicesDep, held: FormHeldDep, address: AddressDep, code: Code = "", next: Next = HOME
) -> Response:
    """The code that the authenticator shows."""
    try:
        passed = second_factor.pass_with_code(services, held, code, address)
    except RequestRefused as refusal:
        return _page(services, held, next, refusal)
    return go_on(services, passed, next)


@router.post("/login/step/recovery")
def take_recovery_code(
    services: ServicesDep, held: FormHeldDep, address: AddressDep, code: Code = "", next: Next = HOME
) -> Response:
    """One of the ten codes for whoever does not have the authenticator at hand."""
    try:
        passed = second_factor.pass_with_recovery_code(services, held, code, address)
    except RequestRefused as refusal:
        return _page(services, held, next, refusal, by_recovery=True)
    return go_on(services, passed, next)


@router.post("/login/step/set-up")
def take_set_up(
    services: ServicesDep, held: FormHeldDep, address: AddressDep, code: Code = "", next: Next = HOME
) -> Response:
    """The authenticator has what it was offered; the recovery codes are shown, this once."""
    try:
        passed, codes = second_factor.set_up(services, held, code, address)
    except RequestRefused as refusal:
        return _page(services, held, next, refusal)
    page = render(
        "people/codes.html", services, _language(held), staff=None, held=held, codes=codes, next=safe(next)
    )  # fmt: skip
    set_cookie(page, services.settings, passed.secret)
    return page


@router.post("/logout")
def log_out(services: ServicesDep, held: FormHeldDep, secret: SecretDep) -> Response:
    """End the session, through or not."""
    services.writer.run("", lambda connection: sessions.log_out(connection, secret or ""))
    response = RedirectResponse(f"{HOME}login?language={_language(held)}&out=1", 303)
    clear_cookie(response, services.settings)
    return response


def go_on(services: Services, logged_in: LoggedIn, next: str) -> Response:
    """With the new session to where somebody was going: by way of the second step while it is due, and of what they are
    to be told of their log-in."""
    by_way_of = STEP if logged_in.due is not None else NOTICES if is_to_be_told(services, logged_in) else ""
    to = f"{by_way_of}?{urlencode({'next': safe(next)})}" if by_way_of else safe(next)
    response = RedirectResponse(to, 303)
    set_cookie(response, services.settings, logged_in.secret)
    return response


def _page(
    services: Services, held: Held, next: str, refusal: RequestRefused | None = None, *, by_recovery: bool = False
) -> Response:  # fmt: skip
    if held.due is None:
        return RedirectResponse(safe(next), 303)
    answer, status = answer_for(refusal) if refusal else (None, 200)
    language = _language(held)
    more = offer(services, held, language) if held.due is Due.SET_UP else {"by_recovery": by_recovery}
    response = render(
        "people/set_up_at_the_door.html" if held.due is Due.SET_UP else "people/step.html",
        services, language, staff=None, status=status, held=held, next=safe(next),
        refusal=told(refusal, words_of(services.study, language)) if refusal else None, **more,
    )  # fmt: skip
    if answer and answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def offer(services: Services, held: Held, language: str) -> dict[str, object]:
    """What the page for setting up shows: the secret in groups, its address, and that as a picture."""
    shared = second_factor.offered(services, held)
    names = services.study.display_name
    address = shared.address(held.staff.username, names.get(language) or next(iter(names.values())))
    return {"secret": shared.in_groups, "address": address, "picture": qr(address)}


def _language(held: Held) -> str:
    return held.staff.language if held.staff.language in LANGUAGES else LANGUAGES[0]
