"""A clock that stands still until it is moved, identifiers that count, a window nobody answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bridge.domain.secrets import Pin
from bridge.ports.prompt import PinRequest


class FixedClock:
    """Port ``Clock`` whose time only tests move."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)) -> None:
        self._now = now
        self._wrong_by = timedelta()

    def now(self) -> datetime:
        return self._now + self._wrong_by

    def monotonic(self) -> float:
        return self._now.timestamp()

    def advance(self, **by: float) -> None:
        self._now += timedelta(**by)

    def set_wrong(self, **by: float) -> None:
        """Set the wall clock forward or back, as a person does; no time passes."""
        self._wrong_by += timedelta(**by)


class CountingIds:
    """``IdSource`` that gives 1, 2, 3, … in every form."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def uuid(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._numbers):012d}"

    def ulid(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):026d}"

    def secret(self, size: int) -> bytes:
        return next(self._numbers).to_bytes(size)


class OpenWindow:
    """A prompt whose window stays open until somebody closes it."""

    where = "window"

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.was_closed = False

    async def ask_pin(self, request: PinRequest) -> Pin:
        self.is_open.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.was_closed = True
        raise AssertionError

    async def consent_to_last_try(self, request: PinRequest) -> bool:
        return False

    @asynccontextmanager
    async def point_to_keypad(self, request: PinRequest) -> AsyncIterator[None]:
        yield
