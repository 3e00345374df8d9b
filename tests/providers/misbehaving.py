"""An HTTP server on a real socket that speaks Ollama and OpenAI, and misbehaves on demand."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pytest_promptevo.prompt import Message, Request

DIGEST = "ab" * 32
KEYS = {"ollama": "OLLAMA_API_KEY", "openai": "OPENAI_API_KEY"}
CHATS = ("/api/chat", "/v1/chat/completions")


@dataclass
class Seen:
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Behaviour = Callable[["Handler", dict[str, Any]], None]


@dataclass
class Misbehaving:
    """A server; each behaviour in ``script`` takes the place of one chat's answer.

    ``always``, if set, answers whatever ``script`` has nothing for. ``stop`` ends the server
    with all its connections, ``start`` brings it back on the same port. ``prefix`` is what a path
    may hold besides.
    """

    models: dict[str, str] = field(default_factory=lambda: {"tiny:latest": DIGEST})
    script: deque[Behaviour] = field(default_factory=deque, repr=False)
    always: Behaviour | None = None
    slots: int | None = None
    work_s: float = 0.0
    timings: bool = True
    port: int = 0
    prefix: str = ""
    seen: list[Seen] = field(default_factory=list, repr=False)
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight = 0
        self._http: Http | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def chats(self) -> list[Seen]:
        return [one for one in self.seen if one.path in CHATS]

    def start(self) -> Misbehaving:
        Handler.timeout = 30
        self._http = Http(("127.0.0.1", self.port), Handler)
        self._http.owner = self
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http.drop_connections()
            self._http = None

    def answer(self, handler: Handler, path: str, body: dict[str, Any]) -> None:
        if path not in CHATS:
            handler.send_json(*self._list(path))
            return
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            behaviour = self.script.popleft() if self.script else self.always or good
        try:
            behaviour(handler, body)
        finally:
            with self._lock:
                self._in_flight -= 1

    def _list(self, path: str) -> tuple[Any, int]:
        if path == "/api/tags":
            return {"models": [{"model": m, "digest": d} for m, d in self.models.items()]}, 200
        if path == "/api/ps":
            return {"models": [{"model": m, "context_length": 64} for m in self.models]}, 200
        if path == "/v1/models":
            now = time.time()
            return {
                "data": [{"id": m, "created": now, "root": d} for m, d in self.models.items()]
            }, 200
        if path == "/props" and self.slots:
            return {"total_slots": self.slots}, 200
        return {"error": {"message": f"File Not Found {path}"}}, 404


class Http(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    owner: Misbehaving

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def drop_connections(self) -> None:
        for connection in list(self._open):
            abort(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is none of this server's business."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Http

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._serve(json.loads(self.rfile.read(length) or b"{}"))

    def _serve(self, body: dict[str, Any]) -> None:
        owner = self.server.owner
        self.path = self.path.replace(owner.prefix, "")
        owner.seen.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        owner.answer(self, self.path, body)

    def log_message(self, *args: Any) -> None:
        """Stays silent."""

    def send_json(self, value: Any, status: int = 200, **headers: str) -> None:
        self.send_bytes(json.dumps(value).encode(), status, **headers)

    def send_bytes(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)


def abort(connection: socket.socket) -> None:
    """Closes a connection with a reset."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        connection.close()


def answer_for(handler: Handler, body: dict[str, Any], text: str, **fields: Any) -> dict[str, Any]:
    """A whole answer: the text, 7 prompt tokens, 3 generated, 5 + 6 ms of work, 2 ms of loading."""
    if handler.path == "/api/chat":
        return {
            "model": body["model"],
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": "stop",
            "load_duration": 2_000_000,
            "prompt_eval_count": 7,
            "prompt_eval_duration": 5_000_000,
            "eval_count": 3,
            "eval_duration": 6_000_000,
        } | fields
    timings = {"timings": {"prompt_ms": 5.0, "predicted_ms": 6.0}}
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {
        "choices": [choice],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
        **(timings if handler.server.owner.timings else {}),
    } | fields


def good(handler: Handler, body: dict[str, Any]) -> None:
    """Echoes the last message."""
    time.sleep(handler.server.owner.work_s)
    handler.send_json(answer_for(handler, body, f"echo {body['messages'][-1]['content']}"))


def says(text: str, **fields: Any) -> Behaviour:
    return lambda handler, body: handler.send_json(answer_for(handler, body, text, **fields))


def fails(status: int, error: Any = "out of order", **headers: str) -> Behaviour:
    return lambda handler, _body: handler.send_json({"error": error}, status, **headers)


def raw(data: bytes, **headers: str) -> Behaviour:
    return lambda handler, _body: handler.send_bytes(data, **headers)


def hangs(seconds: float) -> Behaviour:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(seconds)
        good(handler, body)

    return behave


def resets(handler: Handler, _body: dict[str, Any]) -> None:
    """Resets the connection in the middle of the answer."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"model": "ti')
    abort(handler.connection)
    handler.close_connection = True


def ends_early(handler: Handler, _body: dict[str, Any]) -> None:
    """Ends the connection in an orderly way, but in the middle of the answer."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"model": "ti')
    handler.close_connection = True


def hangs_up(handler: Handler, _body: dict[str, Any]) -> None:
    """Closes the connection without a word."""
    handler.close_connection = True


def ask(text: str = "hello", **params: Any) -> Request:
    """A request that a good server answers with ``echo`` and the text."""
    return Request("", (Message("user", text),), params)
