"""Waiting with a limit."""

from __future__ import annotations

import asyncio

import pytest

from bridge.service.waits import happens


async def test_what_happens_in_time_is_told():
    event = asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)
    assert await happens(event, 30) is True


async def test_what_does_not_happen_in_time_is_told():
    assert await happens(asyncio.Event(), 0) is False


async def test_a_stop_that_comes_with_the_event_is_not_forgotten():
    event = asyncio.Event()

    async def wait_for_ever() -> None:
        while True:
            event.clear()
            await happens(event, 30)

    waiting = asyncio.ensure_future(wait_for_ever())
    await asyncio.sleep(0)
    event.set()
    waiting.cancel()
    async with asyncio.timeout(8):
        with pytest.raises(asyncio.CancelledError):
            await waiting
