"""A reader whose driver hangs, with a real smart-card service: DOS-06, PIN-05 (21.5, 21.7).

The card takes a command and keeps its answer back, so that the driver waits inside the service
and every call to that reader hangs, as with a driver that is broken.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from structlog.testing import capture_logs

from bridge.adapters.clock import SystemClock
from bridge.adapters.pcsc.functions import Limits
from bridge.daemon.cards import DRIVER, CardWays, card_ways
from bridge.domain.cards import CardKind, ReaderChange, ReaderChangeKind, ServiceState
from bridge.domain.operations import OperationStatus
from bridge.eid.files import EidFile
from bridge.errors import CardError, ReaderTimeout
from bridge.sandbox.virtualcard import VirtualCard
from bridge.settings import CardSettings
from tests.support import virtualreader as vr
from tests.support.daemon import TestDaemon, running_daemon
from tests.support.processmemory import copies

pytestmark = [vr.needs_reader, pytest.mark.timeout(120)]

COMMANDS = CardSettings(signing="card_commands")
VERIFY, READ_BINARY = 0x20, 0xB0
CERTIFICATE = frozenset({EidFile.AUTHENTICATION_CERTIFICATE})


@dataclass(frozen=True, kw_only=True)
class Patience(Limits):
    """Waits long for everything but the commands of a test, on a computer that may be busy."""

    answer_s: float = 60
    busy_s: float = 60
    short: set[str] = field(default_factory=set)
    hurried: set[int] = field(default_factory=set)

    def of(self, name: str, arguments: Sequence[Any]) -> float:
        is_hurried = name == "SCardTransmit" and arguments[1][1] in self.hurried
        if is_hurried or name in self.short:
            return super().of(name, arguments) - self.answer_s + 0.3
        return super().of(name, arguments)


class Office:
    """The ways to the card as the daemon has them, with what the watch told."""

    def __init__(self) -> None:
        vr.service()
        self.limits = Patience()
        self.ways: CardWays = card_ways(
            COMMANDS, clock=SystemClock(), language="en", limits=self.limits
        )
        self.changes: list[ReaderChangeKind] = []
        self.ways.reader.subscribe(self._note)

    def _note(self, change: ReaderChange) -> None:
        self.changes.append(change.kind)

    def sees_an_eid(self) -> bool:
        cards = [each.card for each in self.ways.reader.snapshot().readers]
        return any(card and card.kind is CardKind.EID and card.applet for card in cards)

    async def reads(self) -> dict[EidFile, bytes]:
        reader = next(each for each in self.ways.reader.snapshot().readers if each.card)
        return dict((await self.ways.reader.read(reader.id, CERTIFICATE)).contents)


@asynccontextmanager
async def office() -> AsyncIterator[Office]:
    made = Office()
    await made.ways.reader.start()
    try:
        yield made
    finally:
        await made.ways.reader.close()
        for close in made.ways.closers:
            await close()
        assert drivers() == []


@contextmanager
def silent_at(card: VirtualCard, moment: Any) -> Iterator[None]:
    card.hold_at(moment)
    try:
        yield
    finally:
        card.go_on()


def drivers() -> list[psutil.Process]:
    """Give our processes that speak with readers."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if DRIVER in child.cmdline():
                found.append(child)
    return found


async def until(condition) -> None:
    await asyncio.to_thread(vr.until, condition)


async def recovered(job) -> Any:
    """Repeat a job that needs no PIN until it works again."""
    async with asyncio.timeout(60):
        while True:
            with suppress(CardError):
                return await job()
            await asyncio.sleep(0.1)


async def test_dos_06_a_reading_that_hangs_is_ended_and_the_next_one_works() -> None:
    async with office() as at:
        with vr.card(vr.document("ec")) as card:
            await until(at.sees_an_eid)
            at.limits.hurried.add(READ_BINARY)
            with silent_at(card, 4), pytest.raises(ReaderTimeout):
                await at.reads()
            at.limits.hurried.clear()
            assert set(await recovered(at.reads)) == CERTIFICATE


@pytest.mark.slow
async def test_dos_06_the_watch_comes_back_when_the_whole_service_hung() -> None:
    async with office() as at:
        with vr.card(vr.document("ec")):
            await until(at.sees_an_eid)
            (service,) = [each for each in psutil.Process().children() if "pcscd" in each.name()]
            at.limits.short.update(
                {"SCardListReaders", "SCardGetStatusChange", "SCardEstablishContext"}
            )
            await asyncio.sleep(1)  # a call that is under way has the long limit still
            os.kill(service.pid, signal.SIGSTOP)
            try:
                await until(lambda: at.ways.reader.snapshot().service is ServiceState.STOPPED)
            finally:
                os.kill(service.pid, signal.SIGCONT)
                at.limits.short.clear()
            await until(at.sees_an_eid)


@asynccontextmanager
async def daemon_with(at: Office, folder: Path) -> AsyncIterator[tuple[TestDaemon, VirtualCard]]:
    """Run a daemon whose nurse's card lies in the virtual reader."""
    parts = {"card": at.ways.signer, "reader": at.ways.reader, "closers": at.ways.closers}
    async with running_daemon(folder, key_kind="ec", **parts) as daemon:
        card = VirtualCard(daemon.world.document.content(), port=vr.service().ports[0])
        try:
            vr.insert(card, slot=0)
            await until(at.sees_an_eid)
            yield daemon, card
        finally:
            card.close()


async def test_dos_06_pin_05_pin_07_a_pin_at_a_driver_that_hangs(tmp_path: Path) -> None:
    """Keep the session and the watch, try no PIN again, and leave no process.

    SEC-86, PIN-07: nor is the PIN anywhere in or about the process.
    """
    at = Office()
    async with daemon_with(at, tmp_path) as (daemon, card):
        with capture_logs() as logs:
            assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED
            opened = daemon.services.sessions.opened()
            before, seen = drivers(), list(at.changes)
            pin = daemon.world.nurse.pin.decode()
            block = bytes.fromhex(f"2{len(pin)}{pin}".ljust(16, "F"))
            assert [copies(each.pid, block) for each in before] == [0, 0]
            shown = [str((each.cmdline(), each.environ())) for each in before]
            at.limits.hurried.add(VERIFY)
            with silent_at(card, "verify"):
                failed = await daemon.open_session()
                assert failed.problem is not None
                assert failed.problem.code == "reader_timeout"
                left = drivers()
                assert (len(before), len(left)) == (2, 1), "the watch has a process of its own"
                assert left[0] in before
                assert card.state().verifications == 2
            at.limits.hurried.clear()
            assert len(opened) == 1
            assert daemon.services.sessions.opened() == opened
            facts = await recovered(at.ways.signer.facts)
            state = card.state()
            assert (facts.tries_left, state.is_verified, state.verifications) == (3, False, 2)
            assert (await daemon.open_session()).status is OperationStatus.SUCCEEDED
            assert card.state().verifications == 3
            assert at.changes == seen, "nobody took the card out"
        assert pin not in str([each for each in logs if each["event"].startswith("card")])
        written = "".join(shown)
        assert all(form not in written for form in (f"24{pin}FF", f"'{pin}'", f" {pin} "))
    assert drivers() == []
