"""`xerodiary serve`: run the server."""

from typing import Annotated

import typer
import uvicorn

from diary_app.core.environment import SystemEnvironment
from server.app import create_app
from server.settings import Settings, load_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; XERODIARY_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; XERODIARY_PORT otherwise.")] = None,
) -> None:
    """Serve the participant's app at /app/, the console at /console/ and the API, until stopped."""
    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    run(load_settings(**given))


def run(settings: Settings, certificate: tuple[str, str] | None = None) -> None:
    """Block until stopped. `certificate`: key and certificate files for https."""
    key, chain = certificate or (None, None)
    uvicorn.run(
        create_app(settings, SystemEnvironment()),
        host=settings.host,
        port=settings.port,
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # XERODIARY_TRUSTED_PROXIES decides whose word counts
        ssl_keyfile=key,
        ssl_certfile=chain,
    )
