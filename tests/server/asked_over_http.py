"""The real application, asked over HTTP in this process by tests that do not wait themselves."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from httpx import ASGITransport, AsyncClient

from server.app import create_app
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment


@contextmanager
def asked(settings: Settings, clock: SimulatedEnvironment) -> Iterator[tuple[asyncio.Runner, AsyncClient, Services]]:
    """A started application without clockwork; what it raises is answered as it would be by a server."""
    app = create_app(settings, clock, clockwork=False)
    client = AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://diary.example")
    with asyncio.Runner() as runner:
        life = app.router.lifespan_context(app)
        runner.run(life.__aenter__())
        yield runner, client, app.state.services
        runner.run(life.__aexit__(None, None, None))
