"""`xerodiary serve`: run the server."""

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code
from server import logs
from server.app import create_app, refused_start
from server.commands.ports import require_free
from server.export.wanted import Made, Progress, Wanted
from server.services import Services
from server.settings import SettingInvalid, Settings, load_settings

#: Whoever does not finish a request in this time after SIGTERM sends it again.
LAST_REQUESTS_SECONDS = 30


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; XERODIARY_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; XERODIARY_PORT otherwise.")] = None,
) -> None:
    """Serve the participant's app at /app/, the console at /console/ and the API, until stopped."""
    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    settings = load_settings(**given)
    _require_web_app(settings)
    require_free(settings.host, settings.port)
    run(settings)


def run(settings: Settings, certificate: tuple[str, str] | None = None) -> None:
    """Block until stopped, then store what is under way. `certificate`: key and certificate files for https."""
    key, chain = certificate or (None, None)
    signal.signal(signal.SIGTERM, _ended)
    _end_with_the_terminal()
    environment = SystemEnvironment()
    logs.configure(settings.log_level, environment)  # else what stops a start is told by libraries in their own way
    app = create_app(settings, environment, test_bundle=_make_test_bundle)
    try:
        _serve(app, settings, key, chain)
    except SystemExit:
        if (refusal := refused_start(app)) is not None:
            raise refusal from None
        raise


def _serve(app: FastAPI, settings: Settings, key: str | None, chain: str | None) -> None:
    uvicorn.run(
        app,
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


def _require_web_app(settings: Settings) -> None:
    """A folder that was named has to hold the app; without one, the address /app/ says that none was built."""
    folder = settings.web_folder
    if folder is not None and not (folder / "index.html").is_file():
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"XERODIARY_WEB_FOLDER: {folder} holds no web app.",
            "Build it there with `xerodiary web build`, or leave the variable out.",
        )


def _make_test_bundle(
    services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
) -> Made:
    from server.simulate.transfer import make_test_bundle  # noqa: PLC0415 - phones come along, for whom dummies live

    return make_test_bundle(services, folder, wanted, author=author, progress=progress)


def _end_with_the_terminal() -> None:
    """SIGHUP ends the server as SIGTERM does: a terminal that is closed must not cut requests off. Not under nohup."""
    hang_up = getattr(signal, "SIGHUP", None)  # not on every system
    if hang_up is not None and signal.getsignal(hang_up) is signal.SIG_DFL:
        signal.signal(hang_up, lambda *_: signal.raise_signal(signal.SIGTERM))


def _ended(_signal: int, _frame: FrameType | None) -> None:
    """uvicorn handles the signal itself and raises it again when all is stored; then this is no failure."""
    raise SystemExit(0)
