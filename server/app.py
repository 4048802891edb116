"""The server put together: settings, services, routes, and what wraps them. The one composition root."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from diary_app.core.environment import Environment, SystemEnvironment
from diary_app.core.errors import XerodiaryError
from server import errors, health, jobs, logs, metrics
from server.access.dependencies import to_log_in
from server.access.sessions import NotLoggedIn, StepDue
from server.api import contact, enrol, sync
from server.backup import farthest
from server.console import stopping
from server.console.routes import mount_console
from server.export.running import Maker
from server.metrics import Meters
from server.routing import SEEN, add_routes
from server.security import StrictHeaders, Watch
from server.services import is_without_database, open_services
from server.settings import Settings, load_settings
from server.webapp import mount_web_app

PACKAGED_WEB_APP = Path(__file__).with_name("web")
BUILT_WEB_APP = Path("build/web")


def create_app(
    settings: Settings | None = None,
    environment: Environment | None = None,
    *,
    clockwork: bool = True,
    test_bundle: Maker | None = None,
) -> FastAPI:
    """The server as an ASGI application. Raises `SettingInvalid`; the rest is opened when it starts.

    `clockwork=False` is for tests and simulation: no thread writes, and no job runs by itself. `test_bundle`: makes a
    bundle of dummies; it is handed in because it simulates a study on a server of this kind.
    """
    settings, environment = settings or load_settings(), environment or SystemEnvironment()
    app = FastAPI(
        title="Xerodiary",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_life(settings, environment, clockwork),
    )
    _wire(app, settings)
    app.state.meters = Meters()
    app.state.test_bundle = test_bundle
    app.add_middleware(Watch, environment=environment, answered=app.state.meters.answered)
    app.add_middleware(StrictHeaders, https_only=settings.https_only)
    return app


def _wire(app: FastAPI, settings: Settings) -> None:
    errors.install(app)
    app.add_exception_handler(NotLoggedIn, to_log_in)
    app.add_exception_handler(StepDue, to_log_in)
    for part in (sync, health, metrics, enrol, contact):  # each is tried in turn, and most requests are syncs
        add_routes(app, part.router)
    add_routes(app, stopping.router)
    app.state.plain_below = stopping.router.prefix
    mount_console(app)
    mount_web_app(app, web_folder(settings))

    @app.api_route("/", methods=SEEN, include_in_schema=False)
    async def to_the_diary() -> RedirectResponse:
        return RedirectResponse("/app/")


def web_folder(settings: Settings) -> Path:
    """Where the built web app is: as set, in the package, or where the builder puts it."""
    return settings.web_folder or (PACKAGED_WEB_APP if PACKAGED_WEB_APP.is_dir() else BUILT_WEB_APP)


def refused_start(app: FastAPI) -> XerodiaryError | None:
    """Why the application did not start, when it was one of our own refusals."""
    found: XerodiaryError | None = getattr(app.state, "refused_start", None)
    return found


def _life(
    settings: Settings, environment: Environment, clockwork: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as running:
            try:
                _start(app, settings, environment, clockwork, running)
            except XerodiaryError as error:
                app.state.refused_start = error
                raise
            yield

    return life


def _start(app: FastAPI, settings: Settings, environment: Environment, clockwork: bool, running: ExitStack) -> None:
    """Open the services and set the clockwork going, until `running` ends. Raises `XerodiaryError`."""
    is_first = is_without_database(settings)
    services = open_services(settings, environment, threaded=clockwork)
    running.callback(services.close)
    app.state.services = services
    if clockwork:
        farthest.require_reached(services)
        logs.configure(settings.log_level, environment)
        if is_first:
            logs.logger().warning("database_made", folder=str(settings.var_folder.absolute()))
        scheduler = jobs.scheduler(services)
        scheduler.start()
        running.callback(scheduler.shutdown)
