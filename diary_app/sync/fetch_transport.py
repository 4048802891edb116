"""httpx over the browser's fetch; can be imported only in Pyodide, beside the page's `diary_host`.

fetch has one wait for connecting and for the answer's head, and one error for refused, unknown host, offline and CORS:
they become `ConnectTimeout` and `ConnectError`. It has already decompressed what it hands over. Redirects are not
followed, so that a token never travels anywhere else; where one led is hidden.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import httpx
from diary_host import fetch, read
from js import AbortController, Object, navigator
from pyodide.ffi import JsException, to_js

#: The browser sets these itself and refuses ours.
_FORBIDDEN = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "cookie",
        "host",
        "origin",
        "referer",
        "transfer-encoding",
        "user-agent",
    }
)
_OF_THE_WIRE = frozenset({"content-encoding", "content-length"})
_OPTIONS = {"credentials": "omit", "cache": "no-store", "redirect": "manual"}
_LED_ELSEWHERE = 302


def has_network() -> bool:
    """Whether the browser knows of one; what lies behind it, it does not know."""
    return bool(navigator.onLine)


class FetchTransport(httpx.AsyncBaseTransport):
    """One fetch for each request."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        waits = request.extensions.get("timeout", {})
        parts = [wait for wait in (waits.get("connect"), waits.get("read")) if wait is not None]
        controller = AbortController.new()
        options = to_js(await _options(request), dict_converter=Object.fromEntries)
        options.signal = controller.signal
        call = _Call(request, controller)
        answer = await call.wait(
            fetch(str(request.url), options), sum(parts) or None, httpx.ConnectTimeout, httpx.ConnectError
        )
        if answer.type == "opaqueredirect":
            return httpx.Response(_LED_ELSEWHERE)
        headers = [(name, value) for name, value in answer.headers if name.lower() not in _OF_THE_WIRE]
        return httpx.Response(answer.status, headers=headers, stream=_Body(answer, call, waits.get("read")))


class _Call:
    """One request under way: waiting for its promises, giving up, aborting."""

    def __init__(self, request: httpx.Request, controller: Any) -> None:
        self._request = request
        self._controller = controller

    def abort(self) -> None:
        self._controller.abort()

    async def wait(
        self,
        promise: Awaitable[Any],
        seconds: float | None,
        late: type[httpx.TimeoutException],
        failed: type[httpx.NetworkError],
    ) -> Any:
        try:
            return await asyncio.wait_for(promise, seconds)
        except TimeoutError:
            self.abort()
            raise late(f"no answer within {seconds} s", request=self._request) from None
        except asyncio.CancelledError:
            self.abort()
            raise
        except JsException as error:
            raise failed(str(error), request=self._request) from None


class _Body(httpx.AsyncByteStream):
    """The answer's body as it arrives."""

    def __init__(self, answer: Any, call: _Call, seconds: float | None) -> None:
        self._answer = answer
        self._call = call
        self._seconds = seconds
        self._done = answer.body is None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._done:
            return
        reader = self._answer.body.getReader()
        try:
            while True:
                chunk = await self._call.wait(read(reader), self._seconds, httpx.ReadTimeout, httpx.ReadError)
                if chunk.done:
                    self._done = True
                    return
                yield chunk.value.to_bytes()
        finally:
            reader.releaseLock()

    async def aclose(self) -> None:
        if not self._done:
            self._call.abort()


async def _options(request: httpx.Request) -> dict[str, Any]:
    sent = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    headers = [[name, value] for name, value in sent if name.lower() not in _FORBIDDEN]
    options: dict[str, Any] = {**_OPTIONS, "method": request.method, "headers": headers}
    if body := await request.aread():
        options["body"] = body
    return options
