"""Puts routes into the application as they are, builds those of the console when they are asked for, and calls that of
syncs without detours."""

import threading
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name
from starlette.types import Receive, Scope, Send

from server.dependencies import services_of

#: What is open to everybody is also asked for without its page: by scanners of mail, previews of links, and monitors.
SEEN = ["GET", "HEAD"]
_BUILDING = threading.RLock()


def add_routes(app: FastAPI, part: APIRouter) -> None:
    """What `include_router` does for a part that asks for nothing more: prefix and checks are in its routes already.

    `include_router` would make every route anew at the first request, models and dependencies included: a third of a
    second of each start, and all of it a second time in memory.
    """
    app.router.routes.extend(part.routes)


class BuiltWhenAsked(APIRoute):
    """A route that knows from the start what it matches; everything else is built when it is first asked for.

    A hundred pages are a fifth of a start, most of which nobody opens that day. What an endpoint asks for is built once
    for each route; a mistake in it would be seen at the first request, so a test builds all of them.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        methods = given.get("methods") or ["GET"]
        self.path, self.endpoint, self.name = path, endpoint, given.get("name") or get_name(endpoint)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in methods}
        self.include_in_schema = given.get("include_in_schema", True)
        self._given = given

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there yet."""
        with _BUILDING:  # routes are the process's, and an application may run in a thread of its own
            given = self.__dict__.pop("_given", None)
            if given is not None:
                try:
                    super().__init__(self.path, self.endpoint, **given)
                except BaseException:
                    self._given = given
                    raise
            if name in self.__dict__:
                return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__} has no {name}")


class StraightRoute(APIRoute):
    """A route whose endpoint takes the request and the services, and is called with them and nothing around it.

    What FastAPI does for any endpoint, to work out its parameters and to close what they opened, takes as long as
    reading a sync. The route is described like every other, and what it raises is answered by the same handlers.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        super().__init__(path, endpoint, **given)

        async def straight(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive, send)
            response = await endpoint(request, await services_of(request))
            await response(scope, receive, send)

        self.app = straight
