"""Waiting for an event with a limit, in a way that can always be stopped."""

from __future__ import annotations

import asyncio


async def happens(event: asyncio.Event, within_s: float) -> bool:
    """Wait for an event at most ``within_s`` seconds; says whether it happened.

    ``asyncio.wait_for`` of Python 3.11 forgets a cancellation that comes together with the event,
    and a loop that lost its cancellation never ends: the daemon could not stop.
    """
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
