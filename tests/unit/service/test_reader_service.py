"""Following the readers: the daemon starts whatever the smart-card service does."""

from __future__ import annotations

import asyncio

import pytest

from bridge.service.events import EventBook
from bridge.service.readers import ReaderService
from tests.support.fakes import CountingIds, FixedClock


class SlowReader:
    """A port whose first look takes as long as a test wants."""

    def __init__(self) -> None:
        self.looks = asyncio.Event()
        self.error: Exception | None = None
        self.is_closed = False

    async def start(self) -> None:
        await self.looks.wait()
        if self.error is not None:
            raise self.error

    async def close(self) -> None:
        self.is_closed = True
        self.looks.set()

    def subscribe(self, listener):
        return lambda: None


def following(reader: SlowReader) -> ReaderService:
    events = EventBook(clock=FixedClock(), ids=CountingIds())
    return ReaderService(reader=reader, events=events)


async def test_dos_06_a_service_that_hangs_does_not_hold_up_the_start():
    reader = SlowReader()
    service = following(reader)
    await service.start()
    assert not reader.looks.is_set()
    await service.close()
    assert reader.is_closed


async def test_a_start_that_fails_is_told():
    reader = SlowReader()
    reader.error = RuntimeError("a bug")
    reader.looks.set()
    with pytest.raises(RuntimeError, match="a bug"):
        await following(reader).start()
