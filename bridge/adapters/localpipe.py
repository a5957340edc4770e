"""The channel over ``multiprocessing.connection``, which knows named pipes.

Only bytes are exchanged, never objects: unpickling would run what the other side wants.
Both ends prove to know the key before anything is said.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from multiprocessing.connection import Listener as PipeListener
from typing import TYPE_CHECKING, Any, Self

from bridge.adapters.localprotocol import (
    MOST_BYTES,
    PATIENCE_S,
    Handler,
    answer_of,
    parsed,
    request_line,
)
from bridge.errors import NotDelivered, OutcomeUnknown, StoreError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


def pipe_name(folder: Path) -> str:
    r"""Give the name of the pipe of a runtime folder: one per user, ``\\.\pipe\carebridge-…``."""
    return rf"\\.\pipe\carebridge-{hashlib.sha256(str(folder).encode()).hexdigest()[:32]}"


class PipeServer:
    """Answers on a thread of its own."""

    def __init__(self, address: str, family: str, handler: Handler, *, key: bytes) -> None:
        """Choose address and answers.

        Args:
            address: Name of the pipe.
            family: ``AF_PIPE``, or ``AF_UNIX`` where there are no pipes.
            handler: Gives the answers.
            key: Known to programs of the same user only.
        """
        self._address = address
        self._family = family
        self._handler = handler
        self._key = key
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen.

        Raises:
            StoreError: the pipe cannot be made; somebody else may have its name.
        """
        try:
            listener = PipeListener(self._address, self._family, authkey=self._key)
        except OSError as error:
            raise StoreError("pipe cannot be made") from error
        self._stopping.clear()
        self._thread = threading.Thread(
            target=self._serve, args=(listener,), name="local-channel", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; nothing happens when it does not listen."""
        if self._thread is not None:
            self._stopping.set()
            # Waiting for a caller cannot be interrupted, so we call ourselves; the thread may
            # have ended by then.
            with contextlib.suppress(AuthenticationError, OSError, EOFError):
                Client(self._address, self._family, authkey=self._key).close()
            self._thread.join()
            self._thread = None

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

    def _serve(self, listener: PipeListener) -> None:
        with listener:
            while not self._stopping.is_set():
                try:
                    with listener.accept() as connection:
                        self._answer(connection)
                except (AuthenticationError, OSError, EOFError):
                    # A stranger, or a caller that went away.
                    continue

    def _answer(self, connection: Any) -> None:
        if connection.poll(PATIENCE_S):
            connection.send_bytes(answer_of(self._handler, connection.recv_bytes(MOST_BYTES)))


class PipeClient:
    """Asks the running daemon of the same user."""

    def __init__(self, address: str, family: str, *, key: bytes) -> None:
        self._address = address
        self._family = family
        self._key = key

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask one thing.

        Raises:
            NotDelivered: ``daemon_not_running``, or who listens there does not know the key.
            OutcomeUnknown: no answer came.
            TheirAnswerInvalid: the answer is no JSON object.
        """
        try:
            connection = Client(self._address, self._family, authkey=self._key)
        except (AuthenticationError, OSError, EOFError) as error:
            raise NotDelivered(code="daemon_not_running") from error
        with connection:
            try:
                connection.send_bytes(request_line(request))
                if not connection.poll(PATIENCE_S):
                    raise OutcomeUnknown("no answer")
                return parsed(connection.recv_bytes(MOST_BYTES))
            except (OSError, EOFError) as error:
                raise OutcomeUnknown from error
