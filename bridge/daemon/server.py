"""The HTTP server: uvicorn on our own sockets, with nothing of it that we do not want."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import uvicorn

from api.connections import WireLimits
from api.wire import RefusingH11Protocol
from bridge.errors import NotDelivered

_KEEP_ALIVE_S: Final = round(WireLimits.idle_s)
_DRAIN_S: Final = 3
_POLL_S: Final = 0.005
_CARRY_S: Final = 4
"""Shorter than the other end of the local channel waits."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Served:
    """An ASGI application and the sockets it listens on.

    Attributes:
        says_own_time: It writes the ``Date`` header itself, as the sandbox does for its clock.
        tls: Settings of TLS; ``None`` for plain http.
    """

    app: Any
    sockets: tuple[socket.socket, ...]
    says_own_time: bool = False
    tls: ssl.SSLContext | None = None


class LoopThread:
    """The loop of the daemon in a thread of its own; the main thread belongs to the tray (D9).

    Start order: ``before``, then the servers accept.
    Stop order: the servers drain, then ``after``.
    """

    def __init__(
        self,
        *,
        servers: list[Served],
        before: Callable[[], Awaitable[None]],
        after: Callable[[], Awaitable[None]],
        closing: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what to serve, and what to do before and after.

        Args:
            servers: What is served.
            before: Done on the loop before anything is accepted.
            after: Done on the loop when nothing is served any more.
            closing: Done on the loop first of all at the end: streams without an end of their
                own would keep the servers from draining.
        """
        self._closing = closing
        self._loop: asyncio.AbstractEventLoop | None = None
        self._served = servers
        self._before = before
        self._after = after
        self._servers: list[uvicorn.Server] = []
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="loop", daemon=False)

    def start(self) -> None:
        """Start, and return when all servers accept.

        Raises:
            BridgeError: what kept the daemon from starting.
        """
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error

    def carry(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop for another thread, and wait for it.

        Raises:
            NotDelivered: ``daemon_not_running``, the loop is over or does not come to it.
        """
        if self._loop is None or not self._thread.is_alive():
            work.close()
            raise NotDelivered(code="daemon_not_running")
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(_CARRY_S)
        except (TimeoutError, CancelledError) as error:
            waiting.cancel()
            raise NotDelivered(code="daemon_not_running") from error

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something run on the loop for another thread, which does not wait for it."""
        if self._loop is None or not self._thread.is_alive():
            work.close()
            return
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        """Stop accepting, finish, and return when the loop is over."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing)
        for server in self._servers:
            server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001  # carried to the thread that waits
            self._error = error
        finally:
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            await self._before()
            self._servers = [uvicorn.Server(config(each)) for each in self._served]
            runs = [
                asyncio.create_task(server.serve(sockets=list(each.sockets)))
                for server, each in zip(self._servers, self._served, strict=True)
            ]
            while not all(server.started for server in self._servers):
                if any(run.done() for run in runs):
                    break
                await asyncio.sleep(_POLL_S)
            self._started.set()
            await asyncio.gather(*runs)
        finally:
            await self._after()


def config(served: Served) -> uvicorn.Config:
    """Give the settings of a server: nothing of it that we do not want."""
    tls = served.tls
    return uvicorn.Config(
        served.app,
        http=RefusingH11Protocol,  # what the parser refuses is answered as a problem document
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=not served.says_own_time,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
    )
