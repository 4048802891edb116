"""What console routes ask for by type: who is logged in, what they may do, and that a form is their own."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from diary_app.core.errors import Code, RequestRefused
from server.access import sessions
from server.access.roles import Permission
from server.access.sessions import Held, NotLoggedIn, Staff, StepDue
from server.by_itself import is_by_itself
from server.db.engine import reading
from server.dependencies import ServicesDep
from server.errors import respond
from server.settings import Settings

LOG_IN = "/console/login"
STEP = "/console/login/step"


def cookie_name(settings: Settings) -> str:
    """With https, a name that browsers accept only for this host and path `/`."""
    return "__Host-xerodiary" if settings.https_only else "xerodiary"


def set_cookie(response: Response, settings: Settings, secret: str) -> None:
    """Hand the session's secret to the browser, out of reach of scripts and other sites."""
    response.set_cookie(
        cookie_name(settings), secret, path="/", httponly=True, samesite="strict", secure=settings.https_only
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take it back."""
    response.delete_cookie(
        cookie_name(settings), path="/", httponly=True, samesite="strict", secure=settings.https_only
    )


async def secret_of(request: Request, services: ServicesDep) -> str | None:
    """The session's secret that the browser sent."""
    return request.cookies.get(cookie_name(services.settings))


SecretDep = Annotated[str | None, Depends(secret_of)]


def held_of(request: Request, services: ServicesDep, secret: SecretDep) -> Held:
    """The log-in behind the request, through or not: for the second step and the way out. Raises `NotLoggedIn`.

    What a page asks by itself does not keep anybody logged in.
    """
    if not secret:
        raise NotLoggedIn
    now = services.environment.now()
    with reading(services.engine) as connection:
        held = sessions.held_by(connection, services.settings, secret, now)
    if held.touch_due and not is_by_itself(request.url.path, request.headers):
        services.writer.run("", lambda connection: sessions.touch(connection, secret, now))
    return held


HeldDep = Annotated[Held, Depends(held_of)]


def own_held_form(held: HeldDep, csrf: Annotated[str, Form()] = "") -> Held:
    """The same, sending a form that was made for this log-in."""
    sessions.check_csrf(held.staff, csrf)
    return held


FormHeldDep = Annotated[Held, Depends(own_held_form)]


def staff_of(request: Request, held: HeldDep) -> Staff:
    """Whoever is logged in, all steps of it. Raises `NotLoggedIn`, `StepDue`."""
    staff = sessions.through(held)
    request.state.staff = staff
    return staff


StaffDep = Annotated[Staff, Depends(staff_of)]


def require(staff: Staff, permission: Permission, site: str | None = None) -> None:
    """Raises `RequestRefused` (not_allowed) unless it is allowed at that site, or without one, at any."""
    if not staff.rights.may(permission, site):
        raise not_allowed()


def not_allowed() -> RequestRefused:
    """What is not part of somebody's role."""
    return RequestRefused(
        Code.NOT_ALLOWED, "Your role does not include this.", "Ask an administrator if you should have it."
    )


async def to_log_in(request: Request, error: Exception) -> Response:
    """Send a browser that opens a page to the log-in, or its second step, and back afterwards; refuse anything else."""
    assert isinstance(error, (NotLoggedIn, StepDue))
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        to = STEP if isinstance(error, StepDue) else LOG_IN
        return RedirectResponse(f"{to}?{urlencode({'next': wanted})}", status_code=303)
    return respond(request, error)
