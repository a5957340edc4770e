"""What goes away while the PIN is asked: reader, card or service, told by the reader itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.sandbox.reader import FIRST_READER
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.fakes import OpenWindow


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
