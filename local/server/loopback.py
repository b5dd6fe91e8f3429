"""A small HTTP server on 127.0.0.1."""

import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

HOST = "127.0.0.1"
_POLL_SECONDS = 0.05


class Handler(BaseHTTPRequestHandler):
    """Answers with a whole body, and logs nothing: bodies and addresses hold secrets."""

    protocol_version = "HTTP/1.1"
    server_version = "Local"
    sys_version = ""
    disable_nagle_algorithm = True  # The body would wait for the acknowledgement of the headers.

    def answer(self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send all of it."""
        self.send_response(status)
        about = {"Content-Type": kind, "Content-Length": str(len(body))}
        for name, value in {**(headers or {}), **about}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: standard error is for people."""


class Loopback(ThreadingHTTPServer):
    """Serves on a free port from the start of a ``with`` block to its end."""

    request_queue_size = 128

    def __init__(self, handler: type[Handler]) -> None:
        super().__init__((HOST, 0), handler)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(_POLL_SECONDS,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing of a client that went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
