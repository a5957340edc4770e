"""The owner-only channel between daemon and command line (D10).

POSIX: a Unix socket of mode ``0600`` in the runtime folder of mode ``0700``; each end compares
the other's user with its own.
Windows: a named pipe whose two ends prove to know a key from the user's key store.
"""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Self

from bridge.adapters.localpipe import PipeClient, PipeServer, pipe_name
from bridge.adapters.localprotocol import (
    MOST_BYTES,
    PATIENCE_S,
    Handler,
    answer_of,
    parsed,
    request_line,
)
from bridge.adapters.ownfiles import ensure_private_folder
from bridge.errors import NotDelivered, OutcomeUnknown, StoreError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

KeySource = Callable[[], bytes]
"""Gives the key of the channel; asked on Windows only."""

if sys.platform == "win32":

    class LocalServer(PipeServer):
        """Answers the command line of the same user, on a thread of its own."""

        def __init__(self, folder: Path, handler: Handler, *, key: KeySource) -> None:
            super().__init__(pipe_name(folder), "AF_PIPE", handler, key=key())

    class LocalClient(PipeClient):
        """Asks the running daemon of the same user."""

        def __init__(self, folder: Path, *, key: KeySource) -> None:
            super().__init__(pipe_name(folder), "AF_PIPE", key=key())

else:
    _SOCKET_NAME: Final = "local.sock"
    _POLL_S: Final = 0.25
    """How long stopping may take: each look wakes the processor, all day long."""

    class _Request(socketserver.StreamRequestHandler):
        timeout = PATIENCE_S
        server: _Server

        def handle(self) -> None:
            if peer_user(self.request) != os.geteuid():
                return
            # A caller that goes away or says nothing harms nobody.
            with contextlib.suppress(OSError):
                line = self.rfile.readline(MOST_BYTES)
                self.wfile.write(answer_of(self.server.handler, line))

    class _Server(socketserver.UnixStreamServer):
        def __init__(self, path: str, handler: Handler) -> None:
            self.handler = handler
            super().__init__(path, _Request)

    class LocalServer:
        """Answers the command line of the same user, on a thread of its own."""

        def __init__(self, folder: Path, handler: Handler, *, key: KeySource) -> None:
            """Choose folder and answers; ``key`` is for Windows and not asked here."""
            del key  # here the kernel says who is at the other end
            self._path = folder / _SOCKET_NAME
            self._handler = handler
            self._server: _Server | None = None

        def start(self) -> None:
            """Listen.

            Raises:
                StoreError: the folder is not safe, or the socket cannot be made.
            """
            ensure_private_folder(self._path.parent)
            # The instance lock is ours, so a socket that lies there is a dead one.
            self._path.unlink(missing_ok=True)
            try:
                server = _Server(str(self._path), self._handler)
                self._path.chmod(0o600)
            except OSError as error:
                raise StoreError("local socket cannot be made") from error
            self._server = server
            threading.Thread(
                target=server.serve_forever, args=(_POLL_S,), name="local-channel", daemon=True
            ).start()

        def stop(self) -> None:
            """Stop listening; nothing happens when it does not listen."""
            if self._server is not None:
                self._server.shutdown()
                self._server.server_close()
                self._path.unlink(missing_ok=True)
                self._server = None

        def __enter__(self) -> Self:
            self.start()
            return self

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> None:
            self.stop()

    class LocalClient:
        """Asks the running daemon of the same user."""

        def __init__(self, folder: Path, *, key: KeySource) -> None:
            """Choose the folder; ``key`` is for Windows and not asked here."""
            del key  # here the kernel says who is at the other end
            self._path = folder / _SOCKET_NAME

        def call(self, request: dict[str, Any]) -> dict[str, Any]:
            """Ask one thing.

            Raises:
                NotDelivered: ``daemon_not_running``, or another user's program listens there.
                OutcomeUnknown: no answer came.
                TheirAnswerInvalid: the answer is no JSON object.
            """
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE_S)
                try:
                    connection.connect(str(self._path))
                    is_ours = peer_user(connection) == os.geteuid()
                except OSError as error:
                    raise NotDelivered(code="daemon_not_running") from error
                if not is_ours:
                    raise NotDelivered("another user listens", code="daemon_not_running")
                return parsed(_ask(connection, request))

    def peer_user(connection: socket.socket) -> int:
        """Give the user at the other end, as the kernel knows it."""
        if sys.platform == "linux":
            credentials = struct.Struct("3i")
            found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
            _, user, _ = credentials.unpack(found)
        else:
            # struct xucred: version, user, number of groups, sixteen groups.
            credentials = struct.Struct("2Ih16I")
            local_level, peer_credentials = 0, 1
            found = connection.getsockopt(local_level, peer_credentials, credentials.size)
            user = credentials.unpack(found)[1]
        return int(user)

    def _ask(connection: socket.socket, request: dict[str, Any]) -> bytes:
        try:
            connection.sendall(request_line(request))
            with connection.makefile("rb") as stream:
                return stream.readline(MOST_BYTES)
        except OSError as error:
            raise OutcomeUnknown from error
