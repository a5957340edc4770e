"""The one thread that owns the card (*style anchors* 11)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from bridge.errors import CardServiceStopped, ReaderTimeout

T = TypeVar("T")

_END_S: Final = 5
"""How long the end waits for a job that hangs in a driver."""


class CardThread:
    """Runs jobs on one thread, one after the other.

    A driver may hang in a job for ever; such a job keeps neither its caller, where a limit is
    given, nor the daemon's end.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="card", daemon=True)
        self._lock = threading.Lock()
        self._is_closed = False

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Queue a job from any thread; after the end the result is ``CardServiceStopped``."""
        future: Future[T] = Future()
        with self._lock:
            if self._is_closed:
                future.set_exception(CardServiceStopped("the card thread has ended"))
                return future
            if not self._thread.is_alive():
                self._thread.start()
            self._jobs.put((future, job))
        return future

    async def run(
        self,
        job: Callable[[], T],
        *,
        limit_s: float | None = None,
        on_leave: Callable[[], None] = lambda: None,
    ) -> T:
        """Run a job and give its result.

        When the caller is cancelled, a job that waits is dropped; one that has begun is let
        finish first, because it works with buffers of the caller and with the card.

        Args:
            job: What to run.
            limit_s: Seconds after which the caller goes on without the job.
            on_leave: Called when nobody wants the result any more, so that the job can stop
                short of what cannot be taken back.

        Raises:
            ReaderTimeout: the limit is over; a job that had begun still hangs in the driver.
        """
        submitted = self.submit(job)
        waiting = asyncio.wrap_future(submitted)
        # Its outcome may concern nobody any more; looking at it says that we know.
        waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait([waiting], timeout=limit_s)
        except asyncio.CancelledError:
            on_leave()
            if not submitted.cancel():
                await asyncio.wait([waiting], timeout=limit_s)
            raise
        if not waiting.done():
            on_leave()
            submitted.cancel()
            raise ReaderTimeout
        return waiting.result()

    async def close(self) -> None:
        """Finish what runs and end the thread."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
        if not was_closed:
            self._jobs.put(None)
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, _END_S)

    def _serve(self) -> None:
        while (entry := self._jobs.get()) is not None:
            _finish(*entry)
            # What the job held, a card's certificate perhaps, goes before the next one comes.
            del entry


def _finish(future: Future[T], job: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(job())
    except BaseException as error:  # noqa: BLE001  # it is told to whoever waits
        future.set_exception(error)
