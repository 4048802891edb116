"""What wraps every request: its id, one line in the log, the headers that keep browsers strict, how much of a form is
read, and the last net."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.rescue import MAX_FILE_BYTES
from server.by_itself import is_by_itself, is_news
from server.errors import FormTooLarge, respond, server_fault
from server.logs import is_said, logger

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
CONSOLE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HSTS = "max-age=63072000; includeSubDomains"
#: For phones: a browser that is led there shows nothing of it.
API_ANSWER = 'attachment; filename="api.json"'
REQUEST_ID = b"x-request-id"
FIRST_ERROR = 400
#: The largest form of the console is that of a rescue file; phones have a limit of their own.
MOST_OF_A_FORM = MAX_FILE_BYTES + 64 * 1024
_MOST_DIGITS = 20
_SCHEME_AND_HOST = re.compile(r"^[a-z]+://[^/?#]*", re.IGNORECASE)
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES = frozenset({"same-origin", "none", ""})

#: Hears of every answer: method, the route's pattern (None for nowhere), status, seconds.
Answered = Callable[[str, str | None, int | None, float], None]
RawHeader = tuple[bytes, bytes]

_log = logger()


class StrictHeaders:
    """Adds what a response does not set itself; the web app and the console's static files set their own."""

    def __init__(self, app: ASGIApp, *, https_only: bool) -> None:
        self._app = app
        everywhere = {**HEADERS, **({"Strict-Transport-Security": HSTS} if https_only else {})}
        nothing = {**everywhere, "Content-Security-Policy": NOTHING}
        self._console = _raw({**everywhere, "Content-Security-Policy": CONSOLE})
        self._api = _raw({**nothing, "Content-Disposition": API_ANSWER})
        self._others = _raw(nothing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = self._wanted(scope["path"])

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                set_already = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in wanted if one[0] not in set_already)]
                if b"location" in set_already:
                    stay_here(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_strictly)

    def _wanted(self, path: str) -> Sequence[RawHeader]:
        if path.startswith("/api/"):
            return self._api
        return self._console if path.startswith("/console") else self._others


def _raw(headers: Mapping[str, str]) -> Sequence[RawHeader]:
    """As ASGI sends them: in lower case, as those are that a response sets itself."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def stay_here(headers: MutableHeaders) -> None:
    """Lead by the path alone, as nothing leads elsewhere: the framework names the scheme that it sees, which behind a
    proxy is http, and the host that was asked for, or its own where that cannot be read.

    Two slashes, or one and a backslash, would begin another host's name.
    """
    if (said := headers.get("location")) is not None:
        headers["location"] = "/" + _SCHEME_AND_HOST.sub("", said).lstrip("/\\")


class Watch:
    """Gives a request its id, logs its end, and answers what nobody caught."""

    def __init__(self, app: ASGIApp, *, environment: Environment, answered: Answered) -> None:
        self._app = app
        self._environment = environment
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent: dict[str, Any] = {"status": None}
        request_id, began = self._environment.new_id(), self._environment.monotonic()

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._answer(scope, receive, send_marked)
            except Exception as error:  # the last net: no traceback may reach a client
                _log.error("fault", exc_info=error)
                if sent["status"] is not None:
                    raise  # half an answer is out; only closing the connection is honest
                await respond(Request(scope), server_fault(request_id))(scope, receive, send_marked)
            route = getattr(scope.get("route"), "path", None)
            seconds = self._environment.monotonic() - began
            self._answered(scope["method"], route, sent["status"], seconds)
            _note(scope, route, sent["status"], seconds)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_foreign(scope):
            refusal = RequestRefused(
                Code.NOT_ALLOWED, "Another site sent this request.", "Open the page here and repeat it."
            )
            await respond(Request(scope), refusal)(scope, receive, send)
        elif scope["path"].startswith("/console"):
            await self._app(scope, bounded(scope, receive), send)
        else:
            await self._app(scope, receive, send)


def bounded(scope: Scope, receive: Receive) -> Receive:
    """The body as it comes, and no more of it than the largest form. Raises `FormTooLarge`.

    A form is read into memory, and files in it onto the disk, before it is known who sends it.
    """
    stated = Headers(scope=scope).get("content-length", "")
    so_far = 0

    async def receive_some() -> Message:
        nonlocal so_far
        if stated.isdecimal() and int(stated[:_MOST_DIGITS]) > MOST_OF_A_FORM:
            raise FormTooLarge
        message = await receive()
        so_far += len(message.get("body", b""))
        if so_far > MOST_OF_A_FORM:
            raise FormTooLarge
        return message

    return receive_some


def is_foreign(scope: Scope) -> bool:
    """Whether a page of another site makes the browser send something to the console, log-in included."""
    if scope["method"] in _HARMLESS or not scope["path"].startswith("/console"):
        return False
    return Headers(scope=scope).get("sec-fetch-site", "") not in _OWN_PAGES


def _note(scope: Scope, route: str | None, status: int | None, seconds: float) -> None:
    """One line; what succeeds outside the console only at debug level, as phones sync all day, and open pages ask.

    The route's pattern is logged and not its address, which may hold a participant or a code. What a page asked by
    itself says so, as nobody was there.
    """
    path = scope["path"]
    quiet = status is not None and status < FIRST_ERROR and (not path.startswith("/console") or is_news(path))
    if quiet and not is_said(logging.DEBUG):  # asked first, as making a line that nobody writes costs more
        return
    say = _log.debug if quiet else _log.info
    alone = {"by_itself": True} if is_by_itself(path, Headers(scope=scope)) else {}
    say("answered", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1), **alone)
