"""What goes away while the PIN is asked: reader, card or service, told by the reader itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.domain.secrets import Pin
from bridge.sandbox.reader import FIRST_READER
from tests.support.daemon import CLIENT, TestDaemon, running_daemon


class OpenWindow:
    """A prompt whose window stays open until somebody closes it."""

    where = "window"

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.was_closed = False

    async def ask_pin(self, request) -> Pin:
        self.is_open.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.was_closed = True
        raise AssertionError

    async def consent_to_last_try(self, request) -> bool:
        return False

    @asynccontextmanager
    async def point_to_keypad(self, request):
        yield


def unplug(daemon: TestDaemon) -> None:
    daemon.world.reader.unplug(FIRST_READER)


def remove(daemon: TestDaemon) -> None:
    daemon.world.reader.remove(FIRST_READER)


def stop_service(daemon: TestDaemon) -> None:
    daemon.world.reader.stop_service()


@pytest.mark.parametrize(
    ("happening", "code"),
    [
        pytest.param(unplug, "reader_removed", id="reader-unplugged"),
        pytest.param(remove, "card_removed", id="card-pulled"),
        pytest.param(stop_service, "smartcard_service_stopped", id="service-stopped"),
    ],
)
async def test_pin_05_what_goes_away_during_entry_closes_the_window_and_says_so(
    tmp_path: Path, happening, code: str
) -> None:
    window = OpenWindow()
    async with running_daemon(tmp_path, prompt=lambda world: window) as daemon:
        operation = await daemon.services.sessions.open(client=CLIENT, language="en")
        async with asyncio.timeout(5):
            await window.is_open.wait()
        happening(daemon)
        finished = await daemon.finished(operation)
        assert finished.problem is not None
        assert finished.problem.code == code
        assert window.was_closed
        assert daemon.world.card.pins_verified == 0
        assert daemon.services.health.is_ready


async def test_afterwards_everything_works_again(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        daemon.world.reader.stop_service()
        daemon.world.reader.start_service()
        daemon.world.reader.unplug(FIRST_READER)
        daemon.world.reader.plug(FIRST_READER)
        daemon.world.reader.insert(daemon.world.document, FIRST_READER)
        opened = await daemon.open_session()
        assert opened.status.value == "succeeded"
