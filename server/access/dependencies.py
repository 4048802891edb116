"""What console routes ask for by type: who is logged in, what they may do, and that a form is their own."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from diary_app.core.errors import Code, RequestRefused
from server.access import sessions
from server.access.roles import Permission
from server.access.sessions import NotLoggedIn, Staff
from server.db.engine import reading
from server.dependencies import ServicesDep
from server.errors import respond
from server.settings import Settings

LOG_IN = "/console/login"


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


def staff_of(request: Request, services: ServicesDep, secret: SecretDep) -> Staff:
    """Whoever is logged in. Raises `NotLoggedIn`."""
    if not secret:
        raise NotLoggedIn
    now = services.environment.now()
    with reading(services.engine) as connection:
        staff, touch_due = sessions.staff_behind(connection, services.settings, secret, now)
    if touch_due:
        services.writer.run("", lambda connection: sessions.touch(connection, secret, now))
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
    """Send a browser that opens a page to the log-in and back afterwards; refuse anything else."""
    assert isinstance(error, NotLoggedIn)
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{LOG_IN}?{urlencode({'next': wanted})}", status_code=303)
    return respond(request, error)
