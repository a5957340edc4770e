"""The one thread that owns the card (*style anchors* 11)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class CardThread:
    """Runs jobs on one thread, one after the other."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="card")

    async def run(self, job: Callable[[], T]) -> T:
        """Run a job and give its result.

        When the caller is cancelled, a job that waits is dropped; one that has begun is let
        finish first, because it works with buffers of the caller and with the card.
        """
        submitted = self._thread.submit(job)
        waiting = asyncio.wrap_future(submitted)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            if not submitted.cancel():
                await asyncio.wait([waiting])
                # Its outcome concerns nobody any more; looking at it says that we know.
                waiting.exception()
            raise

    async def close(self) -> None:
        """Finish what runs and end the thread."""
        await asyncio.to_thread(self._thread.shutdown)
