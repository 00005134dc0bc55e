"""A loopback server that misbehaves in a chosen way and counts what it is asked.

Each mode answers every request alike, so that the number of requests is the number of attempts of the SDK.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from contract.answers import answer_to

STATUSES = {"429": 429, "500": 500, "503": 503, "529": 529}
FAILURES = {
    "429": "rate-limit", "500": "status", "503": "status", "529": "status", "reset": "connection",
    "refused": "connection", "hang": "timeout",
}  # fmt: skip
"""Mode -> the failure that it is for an SDK, as the catalogue calls it."""
MODES = (*FAILURES, "trickle", "malformed", "ok")
PAUSE = 0.25
"""Seconds before an answer that is no failure: the wait for it has to be the longest of the program."""
PIECES, GAP = 10, 0.15
"""A trickling answer: how many pieces, and the seconds between two of them."""
TRICKLE = (PIECES - 1) * GAP
"""Seconds that it takes in all."""
HANG = 20.0
"""Seconds after which a client that never gives up is let go."""


@dataclass(slots=True)
class Request:
    """What was asked."""

    method: str
    path: str
    body: object = None


@dataclass
class Loopback:
    """A server on a port of its own; `mode` may be changed between two calls of a program."""

    mode: str = "ok"
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    modes = MODES

    def __post_init__(self) -> None:
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def set_mode(self, mode: str) -> None:
        """Behave in another way from now on and count anew. Nobody listens in the mode `refused`."""
        self.mode = mode
        self.requests = []
        if mode == "refused":
            self._close()
        elif self._server is None:
            self._open()

    def limit(self, seen: float | None) -> float | None:
        """The limit of the call, as the client has seen it: a server is not told."""
        return seen

    def _open(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler_for(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _handler_for(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = Request(self.command, self.path, _json_or_none(self._body()))
            loopback.requests.append(request)
            try:
                self._behave(loopback.mode, request)
            except OSError:  # the client has gone away
                pass
            self.close_connection = True

        do_GET = do_PUT = do_PATCH = do_POST  # noqa: N815 - as the base class looks for them

        def _behave(self, mode: str, request: Request) -> None:
            if mode in STATUSES:
                self._send(STATUSES[mode], "application/json", _error_body(STATUSES[mode]))
            elif mode == "reset":
                self._reset()
            elif mode == "hang":
                self._hang()
            elif mode == "malformed":
                self._send(200, "application/json", b'{"choices": [{"message": {"content": "Hel')
            elif mode == "trickle":
                self._trickle(*answer_to(request.path, request.body))
            else:
                time.sleep(PAUSE)
                self._send(200, *answer_to(request.path, request.body))

        def _send(self, status: int, content_type: str, body: bytes) -> None:
            self._head(status, content_type, len(body))
            self.wfile.write(body)

        def _trickle(self, content_type: str, body: bytes) -> None:
            self._head(200, content_type, len(body))
            step = len(body) // PIECES + 1
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                if start + step < len(body):
                    time.sleep(GAP)

        def _head(self, status: int, content_type: str, length: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            if status == 429:
                self.send_header("x-amzn-ErrorType", "ThrottlingException")
            self.end_headers()

        def _reset(self) -> None:
            """Closes with RST instead of FIN."""
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def _hang(self) -> None:
            """Waits until the client goes away."""
            self.connection.settimeout(HANG)
            self.connection.recv(1)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return self._chunks()
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _chunks(self) -> bytes:
            found = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):  # the connection was reset above
                pass

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class calls it
            pass

    return Handler


def _error_body(status: int) -> bytes:
    """An error in the shapes that the SDKs look for, all at once."""
    kind, code = ("rate_limit_error", "rate_limit_exceeded") if status == 429 else ("api_error", "server_error")
    message = f"the loopback server answers {status}"
    error = {"type": kind, "code": code, "message": message, "param": None}
    return json.dumps({"type": "error", "error": error, "message": message, "detail": message}).encode()


def _json_or_none(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
