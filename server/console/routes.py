"""The console's routes: log in, change the language, see the overview."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from diary_app.core.errors import RequestRefused
from diary_app.resources import LANGUAGES
from server.access import sessions
from server.access.dependencies import SecretDep
from server.access.roles import Permission
from server.console import news, overview, rescue, resting, trouble
from server.console.calls import pages as calls
from server.console.compliance import pages as compliance
from server.console.desk import DeskDep, FormDeskDep, routes
from server.console.enrol import routes as enrol
from server.console.exports import pages as exports
from server.console.house import pages as house
from server.console.inbox import pages as inbox
from server.console.inbox import set_aside_pages
from server.console.incidents import pages as incidents
from server.console.pages import HOME, language_for, media_type, render, safe, static_files
from server.console.paper import routes as paper
from server.console.people import join, notices, others, own, step
from server.console.people.step import go_on
from server.console.person import routes as person
from server.console.plain import plain_error
from server.console.refusals import told
from server.console.study import rehearsal
from server.console.study import routes as study
from server.console.visits import pages as visits
from server.db import accounts
from server.dependencies import AddressDep, ServicesDep
from server.errors import answer_for
from server.health import checks
from server.routing import SEEN, BuiltWhenAsked, add_routes
from server.services import Services
from server.study_words import words_of

_FOR_GOOD = "public, max-age=31536000, immutable"

#: Open to everybody: the door itself.
door = APIRouter(prefix="/console", include_in_schema=False, route_class=BuiltWhenAsked)
router = routes()
door.api_route("/join", methods=SEEN)(join.show_join)
door.post("/join")(join.choose_password)
door.api_route("/resting", methods=SEEN)(resting.rest)
#: The pages behind the gate, one router a part of the console; those of the second step have one of their own.
PARTS = (
    router, calls.router, inbox.router, set_aside_pages.router, *person.ROUTERS, compliance.router, visits.router,
    enrol.router, paper.router, rescue.router, study.router, rehearsal.router, house.router, incidents.router,
    exports.router, step.router, own.router, notices.router, others.router, news.router,
)  # fmt: skip


def mount_console(app: FastAPI) -> None:
    """Everything below /console/, each route behind the gate but those of the door; and the pages for errors."""
    for part in (door, *PARTS):
        add_routes(app, part)
    app.state.error_page, app.state.recognise = trouble.error_page, trouble.recognise
    app.state.plain_page = plain_error


@router.get("/")
def show_overview(services: ServicesDep, desk: DeskDep, shown: Annotated[overview.Shown, Query()]) -> Response:
    """The overview of the sites that are theirs; a calm word for whoever has none."""
    sites = [site.id for site in desk.sites_for(Permission.SEE_STATES)]
    if sites:
        return overview.page(desk, sites, shown)
    return desk.page("nothing.html", system=checks(services) if desk.may(Permission.SEE_SYSTEM) else {})


@router.get("/keys")
def show_keys(desk: DeskDep) -> Response:
    """What the keys of the keyboard do; the same words open over a page where there is a script."""
    return desk.page("keys.html")


@door.api_route("/login", methods=SEEN)
def log_in_form(request: Request, services: ServicesDep, next: str = HOME, out: bool = False) -> Response:
    """The form; also where whoever has been logged out arrives."""
    return _form(services, language_for(request, services), next=safe(next), out=out)


@door.post("/login")
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
            services, username=username, password=password, address=address,
            agent=request.headers.get("user-agent", ""), old_secret=old_secret,
        )  # fmt: skip
    except RequestRefused as refusal:
        spoken = language if language in LANGUAGES else language_for(request, services)
        return _refused(services, refusal, spoken, username, next)
    return go_on(services, logged_in, next)


@router.post("/language")
def change_language(
    desk: FormDeskDep,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = HOME,
) -> Response:
    """The account's language from now on; an unknown one changes nothing."""
    if language in LANGUAGES:
        desk.write("", lambda connection: accounts.set_language(connection, desk.staff.account, language))
    return RedirectResponse(safe(next), 303)


@door.get("/static/{name}")
async def static_file(name: str) -> Response:
    """The style sheet or the script, both public."""
    if name not in static_files():
        raise HTTPException(404, "Not Found")
    return Response(static_files()[name], media_type=media_type(name), headers={"Cache-Control": _FOR_GOOD})


def _form(
    services: Services, language: str, *, next: str, out: bool = False, username: str = "",
    refusal: RequestRefused | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return render(
        "login.html", services, language, staff=None, status=status,
        next=next, out=out, username=username,
        refusal=told(refusal, words_of(services.study, language)) if refusal else None,
    )  # fmt: skip


def _refused(services: Services, refusal: RequestRefused, language: str, username: str, next: str) -> Response:
    answer, status = answer_for(refusal)
    response = _form(services, language, next=safe(next), username=username, refusal=refusal, status=status)
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response
