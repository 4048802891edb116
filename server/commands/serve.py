"""`xerodiary serve`: run the server."""

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from diary_app.core.environment import SystemEnvironment
from server.app import create_app
from server.export.bundle import Made, Wanted
from server.export.sharing import Progress
from server.services import Services
from server.settings import Settings, load_settings

#: Whoever does not finish a request in this time after SIGTERM sends it again.
LAST_REQUESTS_SECONDS = 30


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; XERODIARY_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; XERODIARY_PORT otherwise.")] = None,
) -> None:
    """Serve the participant's app at /app/, the console at /console/ and the API, until stopped."""
    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    run(load_settings(**given))


def run(settings: Settings, certificate: tuple[str, str] | None = None) -> None:
    """Block until stopped, then store what is under way. `certificate`: key and certificate files for https."""
    key, chain = certificate or (None, None)
    signal.signal(signal.SIGTERM, _ended)
    uvicorn.run(
        create_app(settings, SystemEnvironment(), test_bundle=_make_test_bundle),
        host=settings.host,
        port=settings.port,
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the settings decide whose word counts
        timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
        ssl_keyfile=key,
        ssl_certfile=chain,
    )


def _make_test_bundle(
    services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
) -> Made:
    from server.simulate.transfer import make_test_bundle  # noqa: PLC0415 - phones come along, for whom dummies live

    return make_test_bundle(services, folder, wanted, author=author, progress=progress)


def _ended(_signal: int, _frame: FrameType | None) -> None:
    """uvicorn handles the signal itself and raises it again when all is stored; then this is no failure."""
    raise SystemExit(0)
