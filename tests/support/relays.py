"""A relay on loopback that keeps what passes, and whose other end can be changed.

Between a browser and the daemon it is the judge: it has the exact bytes of each request and of its
answer.
Behind a name it is what an attacker does with DNS: first it leads to the attacker's own server,
then to the daemon.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self

_WAIT_S: Final = 30
_GLANCE_S: Final = 0.01
_CHUNK: Final = 65536
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Carried:
    """One request and the answer it got; the answer is empty where none came."""

    method: str
    path: str
    request: Headers
    status: int
    answer: Headers
    body: bytes

    def sent(self, name: str) -> str | None:
        return _one(self.request, name)

    def got(self, name: str) -> str | None:
        return _one(self.answer, name)

    @property
    def code(self) -> str | None:
        """The code of a problem document; nothing for other answers."""
        if self.got("content-type") != "application/problem+json":
            return None
        return str(json.loads(self.body)["code"])

    @property
    def has_cors(self) -> bool:
        return any(name.startswith("access-control-") for name, _ in self.answer)


@dataclass
class _Talk:
    """The bytes of one connection, both ways."""

    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)


class Relay:
    """Carries connections to ``target``, a port of 127.0.0.1.

    Attributes:
        leaves_out: What of requests does not come through; they come in one piece each.
    """

    def __init__(self, target: int, *, leaves_out: bytes | None = None) -> None:
        self.target = target
        self.leaves_out = leaves_out
        self._talks: list[_Talk] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._server.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """End all connections, as a browser's do when a name gets another address."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Begin anew: only what comes from now on is kept."""
        self.cut()
        self._talks = []

    def carried(self, path: str | None = None, *, waits: bool = True) -> list[Carried]:
        """Give the exchanges since ``forget``, connection by connection, once all are answered.

        Those of one path where it is given; never the icon that browsers look for by themselves.
        Without waiting only those that are answered, since a page that goes wants no answer.
        """
        deadline = time.monotonic() + _WAIT_S
        while True:
            all_of_them = [each for talk in list(self._talks) for each in _exchanges(talk)]
            seen = [
                each
                for each in all_of_them
                if each.path != "/favicon.ico" and path in {None, each.path}
            ]
            if not waits:
                return [each for each in seen if each.status]
            if all(each.status for each in seen):
                return seen
            assert time.monotonic() < deadline, "a request got no answer"
            time.sleep(_GLANCE_S)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        talk = _Talk()
        self._talks.append(talk)
        with near, contextlib.suppress(OSError):
            far = socket.create_connection(("127.0.0.1", self.target), timeout=_WAIT_S)
            far.settimeout(None)
            ends = {near, far}
            self._open |= ends
            with far:
                back = threading.Thread(target=_pump, args=(far, near, talk.answered), daemon=True)
                back.start()
                _pump(near, far, talk.asked, lambda: self.leaves_out)
                back.join(_WAIT_S)
            self._open -= ends


def _pump(
    source: socket.socket,
    sink: socket.socket,
    kept: bytearray,
    leaves_out: Callable[[], bytes | None] = lambda: None,
) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(_CHUNK):
            if (pattern := leaves_out()) is not None:
                content = re.sub(pattern, b"", content)
            kept += content
            sink.sendall(content)
        sink.shutdown(socket.SHUT_WR)


def _exchanges(talk: _Talk) -> list[Carried]:
    asked, answered = bytes(talk.asked), bytes(talk.answered)
    found = []
    while b"\r\n\r\n" in asked:
        first, request, _, asked = _message(asked)
        method, path, _ = first.split(" ", 2)
        status, answer, body = 0, [], b""
        if _is_whole(answered):
            line, answer, body, answered = _message(answered)
            status = int(line.split(" ")[1])
        found.append(Carried(method, path, request, status, answer, body))
    return found


def _is_whole(content: bytes) -> bool:
    """Tell whether an answer has arrived with all of its body; a stream counts from its head on."""
    if b"\r\n\r\n" not in content:
        return False
    _, headers, body, _ = _message(content)
    return len(body) >= int(_one(headers, "content-length") or 0)


def _message(content: bytes) -> tuple[str, Headers, bytes, bytes]:
    """Cut one message off: its first line, headers and body, and what comes after it."""
    head, _, rest = content.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [
        (name.lower(), value.strip()) for name, _, value in (s.partition(":") for s in lines)
    ]
    if _one(headers, "transfer-encoding") == "chunked":
        return first, headers, rest, b""  # a stream of events; nothing comes after it
    size = int(_one(headers, "content-length") or 0)
    return first, headers, rest[:size], rest[size:]


def _one(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key == name), None)


def told(exchanges: list[Carried]) -> list[tuple[str, str, int, str | None]]:
    """Show exchanges shortly, for assertions whose failure is to be read."""
    return [(each.method, each.path, each.status, each.code) for each in exchanges]


def document(exchange: Carried) -> Any:
    """Give the JSON of an answer."""
    return json.loads(exchange.body)
