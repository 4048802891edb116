"""A real HTTP gateway for text messages on loopback, with good and bad days."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class SmsGateway:
    """`answer`: a status, or `garbage`, `silence` or `redirect`."""

    def __init__(self) -> None:
        self.answer: int | str = 200
        self.taken: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self._over = Event()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                gateway.serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def apprise_url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_address[1]}/send/{{digits}}/"

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        self.asked.append(request.path)
        match self.answer:
            case "silence":
                self._over.wait(20)
            case "garbage":
                request.wfile.write(b"\x00\x01 this is no HTTP \xff\r\n\r\n")
            case "redirect":
                request.send_response(302)
                request.send_header("location", "/elsewhere/")
                request.end_headers()
            case int() as status:
                if status < 300:
                    self.taken.append({"path": request.path, **body})
                request.send_response(status)
                if status == 429:
                    request.send_header("retry-after", "120")
                request.send_header("content-length", "0")
                request.end_headers()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
