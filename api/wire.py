"""The HTTP/1.1 parser's own refusals, in our words.

The parser refuses some requests before the guard sees them: two ``Host`` lines, none at all,
control characters, too long headers.
Here they get the answer the guard would have given (*Local API security* 5, steps 1 to 4, 13).
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api import guard_steps
from api.connections import ConnectionBook
from api.facts import Refusal
from api.guard import Guard
from api.peers import CONNECTION, ConnectionFacts

_MOST_KEPT: Final = 64 * 1024
_REQUEST_LINE_PARTS: Final = 3


class RefusingH11Protocol(H11Protocol):
    """The server's protocol, whose refusals are problem documents, and which waits for nobody.

    Give it to the server as ``http=RefusingH11Protocol``.
    """

    _head: bytes = b""
    _deadline: asyncio.TimerHandle | None = None
    _is_reading: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the parent
        """Close a connection from elsewhere, or one too many, without a word (step 1)."""
        super().connection_made(transport)
        # The server copies this into the scope of each request on the connection.
        self.app_state = {**self.app_state, CONNECTION: ConnectionFacts()}
        if self.client is None or not guard_steps.is_loopback(self.client[0]):
            transport.abort()
        elif (book := self._book) is not None:
            if book.admit(self, self.client, _address(self.server)):
                self._expect_within(book.limits.idle_s)
            else:
                transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give its place to the next one."""
        if (book := self._book) is not None:
            book.leave(self)
        self._expect_no_longer()
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close at once, without an answer."""
        self._expect_no_longer()
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Keep the beginning of what comes, to say what was wrong with it."""
        self._head = (self._head + data)[:_MOST_KEPT]
        super().data_received(data)
        self._watch_header()

    def on_response_complete(self) -> None:
        """Forget the request that was answered."""
        self._head = b""
        self._is_reading = False
        super().on_response_complete()

    @property
    def _book(self) -> ConnectionBook | None:
        return self.app.connections if isinstance(self.app, Guard) else None

    def _watch_header(self) -> None:
        """Let a header come to its end in time, and what follows an answer come to nothing."""
        cycle: Any = self.cycle  # there is none before the first request, whatever its type says
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering or self.transport.is_closing():
            self._expect_no_longer()
        elif not self._is_reading and (book := self._book) is not None:
            self._is_reading = True
            self._expect_within(book.limits.header_s)

    def _expect_within(self, seconds: float) -> None:
        self._expect_no_longer()
        self._deadline = self.loop.call_later(seconds, self.drop)

    def _expect_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser refused, and close."""
        if not isinstance(self.app, Guard):
            super().send_400_response(msg)
            return
        refusal = Refusal(code=diagnose(self._head), closes=True)
        answer = self.app.refuse_unread(refusal, _language_line(self._head))
        events: list[Any] = [
            h11.Response(status_code=answer.status_code, headers=answer.raw_headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ]
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _address(end: tuple[str, int | None] | None) -> tuple[str, int]:
    return ("", 0) if end is None else (end[0], end[1] or 0)


def diagnose(head: bytes) -> str:
    """Say which step of the guard a request the parser refused would have failed."""
    request_line, _, rest = head.partition(b"\n")
    parts = request_line.rstrip(b"\r").split(b" ")
    is_line = len(parts) == _REQUEST_LINE_PARTS and parts[2].startswith(b"HTTP/")
    if not is_line or not guard_steps.is_plain_path(parts[1].partition(b"?")[0]):
        return "request_target_invalid"
    if len(head) > guard_steps.MOST_HEADER_BYTES:
        return "headers_too_large"
    fields = [line.rstrip(b"\r").partition(b":") for line in rest.split(b"\n")]
    hosts = [value.strip(b" \t") for name, _, value in fields if name.lower() == b"host"]
    if len(hosts) != 1 or not guard_steps.is_host(hosts[0]):
        return "host_header_invalid"
    return "request_framing_invalid"


def _language_line(head: bytes) -> str | None:
    for line in head.split(b"\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"accept-language":
            return value.strip().decode("latin-1")
    return None
