"""The console's routes: log in and out, change the language, see the overview."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from diary_app.core.errors import RequestRefused
from diary_app.resources import LANGUAGES
from server.access import sessions
from server.access.dependencies import FormStaffDep, SecretDep, StaffDep, clear_cookie, set_cookie
from server.access.roles import Permission
from server.access.sessions import LoggedIn
from server.console import overview, rescue, trouble
from server.console.pages import HOME, language_for, media_type, render, static_files
from server.db import accounts
from server.dependencies import AddressDep, ServicesDep
from server.errors import answer_for
from server.health import checks
from server.services import Services

_FOR_GOOD = "public, max-age=31536000, immutable"

router = APIRouter(prefix="/console", include_in_schema=False)


def mount_console(app: FastAPI) -> None:
    """Everything below /console/, and its pages for errors."""
    app.include_router(router)
    app.include_router(rescue.router)
    app.state.error_page = trouble.error_page


@router.get("/")
def show_overview(services: ServicesDep, staff: StaffDep, shown: Annotated[overview.Shown, Query()]) -> Response:
    """The overview of the sites that are theirs; a calm word for whoever has none."""
    every_site = [site.id for site in services.study.sites]
    sites = staff.rights.sites(Permission.SEE_STATES, every_site)
    if sites:
        return overview.page(services, staff, sites, shown)
    system = checks(services) if staff.rights.may(Permission.SEE_SYSTEM) else {}
    return render("nothing.html", services, staff.language, staff=staff, here=HOME, system=system)


@router.get("/login")
def log_in_form(request: Request, services: ServicesDep, next: str = HOME, out: bool = False) -> Response:
    """The form; also where whoever has been logged out arrives."""
    return _form(services, language_for(request, services), next=safe(next), out=out)


@router.post("/login")
def log_in(
    request: Request,
    services: ServicesDep,
    address: AddressDep,
    old_secret: SecretDep,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = HOME,
    language: Annotated[str, Form()] = "",
) -> Response:
    """Open a session and go on, or show the form again with the reason."""
    try:
        logged_in = sessions.log_in(
            services, username=username, password=password, address=address, old_secret=old_secret
        )
    except RequestRefused as refusal:
        spoken = language if language in LANGUAGES else language_for(request, services)
        return _refused(services, refusal, spoken, username, next)
    return _go_on(services, logged_in, next)


@router.post("/logout")
def log_out(services: ServicesDep, staff: FormStaffDep, secret: SecretDep) -> Response:
    """End the session."""
    services.writer.run("", lambda connection: sessions.log_out(connection, secret or ""))
    response = RedirectResponse(f"{HOME}login?language={staff.language}&out=1", 303)
    clear_cookie(response, services.settings)
    return response


@router.post("/language")
def change_language(
    services: ServicesDep,
    staff: FormStaffDep,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = HOME,
) -> Response:
    """The account's language from now on; an unknown one changes nothing."""
    if language in LANGUAGES:
        services.writer.run("", lambda connection: accounts.set_language(connection, staff.account, language))
    return RedirectResponse(safe(next), 303)


@router.get("/static/{name}")
async def static_file(name: str) -> Response:
    """The style sheet or the script, both public."""
    if name not in static_files():
        raise HTTPException(404, "Not Found")
    return Response(static_files()[name], media_type=media_type(name), headers={"Cache-Control": _FOR_GOOD})


def safe(address: str) -> str:
    """The address if it is a page of the console, else the overview: nobody is led elsewhere."""
    parts = urlsplit(address)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith(HOME) and "\\" not in address
    return address if inside and address.isprintable() else HOME


def _form(
    services: Services, language: str, *, next: str, out: bool = False, username: str = "",
    refusal: RequestRefused | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return render(
        "login.html", services, language, staff=None, status=status,
        next=next, out=out, username=username, refusal=refusal,
    )  # fmt: skip


def _refused(services: Services, refusal: RequestRefused, language: str, username: str, next: str) -> Response:
    answer, status = answer_for(refusal)
    response = _form(services, language, next=safe(next), username=username, refusal=refusal, status=status)
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def _go_on(services: Services, logged_in: LoggedIn, next: str) -> Response:
    response = RedirectResponse(safe(next), 303)
    set_cookie(response, services.settings, logged_in.secret)
    return response
