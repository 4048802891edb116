"""An HTTP server on loopback whose answers are made by hand."""

from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class Loopback(ABC):
    """Runs from its making to `close`; every POST goes to `serve`."""

    def __init__(self) -> None:
        self._over = Event()
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                place.serve(self, self.rfile.read(int(self.headers["content-length"])))

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @abstractmethod
    def serve(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request."""

    def say_nothing(self) -> None:
        """Keep whoever asks waiting, but not for longer than the test."""
        self._over.wait(20)

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
