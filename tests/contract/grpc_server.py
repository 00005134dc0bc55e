"""The loopback server for SDKs that speak gRPC: the same interface, other errors.

What limits a call is told to the server by the client (`grpc-timeout`), so that it is read here.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Self

import grpc
from contract.server import HANG, PAUSE, Request

CODES = {
    "429": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "500": grpc.StatusCode.INTERNAL,
    "503": grpc.StatusCode.UNAVAILABLE,
}
GRPC_MODES = (*CODES, "hang", "ok")
HELLO = b"\n\x011\x12\x0b\x1a\x09\n\x05Hello\x10\x02"
"""A message whose first field is the id `1`, and whose second one holds the text."""


@dataclass
class GrpcLoopback:
    """A gRPC server on a port of its own; `mode` may be changed between two calls of a program."""

    mode: str = "ok"
    requests: list[Request] = field(default_factory=list)
    told: float | None = None
    """Seconds that the last call was given."""
    modes = GRPC_MODES

    def __post_init__(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers([_Handler(self)])
        self._port = self._server.add_insecure_port("127.0.0.1:0")

    @property
    def url(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None)

    def set_mode(self, mode: str) -> None:
        """Behave in another way from now on and count anew."""
        self.mode = mode
        self.requests = []
        self.told = None

    def limit(self, _: float | None) -> float | None:
        """The limit of the call, as the client has told it."""
        return self.told


class _Handler(grpc.GenericRpcHandler):
    """Takes every method; a single answer looks like a stream of one."""

    def __init__(self, loopback: GrpcLoopback) -> None:
        self.loopback = loopback

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        self.loopback.requests.append(Request("RPC", handler_call_details.method))
        return grpc.unary_stream_rpc_method_handler(self._answer)

    def _answer(self, _: bytes, context: grpc.ServicerContext) -> Any:
        self.loopback.told = context.time_remaining()
        mode = self.loopback.mode
        if mode in CODES:
            context.abort(CODES[mode], f"the loopback server answers {mode}")
        elif mode == "hang":
            gone = threading.Event()
            context.add_callback(gone.set)
            gone.wait(HANG)
        else:
            time.sleep(PAUSE)
            yield HELLO
