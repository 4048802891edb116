"""How a storm's requests come in: at the API's own routes, or through the whole application as real servers run it.

Some faults only the second way can show: in what wraps every request, in how headers and bodies are read, in what
becomes of errors. Those do not hang on what a storm is made of, so a few storms are enough.
"""

from enum import StrEnum

import httpx
from fastapi import FastAPI

from diary_app.sync.http_transport import seconds_of
from diary_app.sync.transport import Answer
from server.app import create_app
from server.services import Services
from server.simulate.storm.wire import Door, Message

_ONE_RUN_IN, _WHICH = 20, 11
_BASE = "https://diary.example"
_CLIENT = ("203.0.113.7", 40000)


class Entrance(StrEnum):
    """Where requests come in."""

    ROUTES = "routes"
    ASGI = "asgi"


def entrance_for(seed: int) -> Entrance:
    """One storm in twenty goes through the whole application."""
    return Entrance.ASGI if seed % _ONE_RUN_IN == _WHICH else Entrance.ROUTES


def door_at(entrance: Entrance) -> "Door | WholeApplication":
    """Who answers there."""
    return WholeApplication() if entrance is Entrance.ASGI else Door()


class WholeApplication:
    """The FastAPI application asked over httpx; the storm opens and closes its services."""

    def __init__(self) -> None:
        self._app: FastAPI | None = None

    async def answer(self, services: Services, message: Message) -> Answer:
        """See `Door.answer`."""
        if self._app is None:
            self._app = create_app(services.settings, services.environment, clockwork=False)
        self._app.state.services = services
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=_CLIENT)
        async with httpx.AsyncClient(transport=transport, base_url=_BASE, trust_env=False) as client:
            told = await client.post(message.path, content=message.body, headers=message.headers())
        return Answer(told.status_code, told.content, seconds_of(told.headers.get("retry-after")))
