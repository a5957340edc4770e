"""Finding the running daemon of this user and speaking to its API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.adapters.clock import SystemClock
from bridge.adapters.folders import Folders
from bridge.adapters.http import LocalApiClient
from bridge.adapters.ids import SystemIds
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.cli.speech import NotRunning, checked
from bridge.daemon.localkey import local_key
from bridge.errors import BridgeError

_POLL_S: Final = 0.2


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    document: Any


class Connection:
    """The API of the running daemon, with a token of the command line."""

    def __init__(self, client: LocalApiClient, language: str) -> None:
        """Speak through ``client``, in a language."""
        self._client = client
        self._language = language

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make one request."""
        reply = self._client.request(
            method,
            path,
            content=body,
            headers={"Accept-Language": self._language, **(headers or {})},
        )
        return Answer(reply.status, reply.content)

    def follow(self, operation_id: str, *, until: frozenset[str], seconds: float) -> dict[str, Any]:
        """Read an operation until its status is one of ``until`` or the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.request("GET", f"/v1/operations/{operation_id}")
            operation: dict[str, Any] = checked(answer.status, answer.document)
            if operation["status"] in until or time.monotonic() > deadline:
                return operation
            time.sleep(_POLL_S)


@contextmanager
def connect(folder: Path | None, language: str) -> Iterator[Connection]:
    """Connect to the running daemon of this user.

    Raises:
        NotRunning: there is none.
    """
    folders = Folders.of_user() if folder is None else Folders.under(folder)
    instance = RuntimeFile(folders.runtime).read()
    if instance is None:
        raise NotRunning
    try:
        answer = LocalClient(folders.runtime, key=channel_key).call({"verb": "token"})
    except (OSError, BridgeError) as error:
        raise NotRunning from error
    with LocalApiClient(f"http://127.0.0.1:{instance.port}", token=answer["token"]) as client:
        yield Connection(client, language)


def channel_key() -> bytes:
    """Give the key of the local channel; asked on Windows only."""
    return local_key(KeyringSecrets(), SystemIds(SystemClock()))()
