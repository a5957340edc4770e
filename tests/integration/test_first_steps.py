"""The first steps on a real screen, by keyboard alone: from nothing to the first answer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.adapters.dialogue import ChildWindowPrompt
from bridge.adapters.selfcall import own_command
from bridge.daemon.assistant import Assistant, Tongue
from bridge.daemon.firstacts import DEFAULT_ID, FirstActs
from bridge.daemon.firststeps import FirstSteps
from bridge.daemon.traylink import TRAY
from tests.support.daemon import running_daemon
from tests.support.desktop import Desktop

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is an X server"),
]
ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 40
COMMAND = own_command("--pin-dialog")
TITLE = (220, 60, 700, 110)
"""Where the title of a page stands on the screen."""
TO_NUMBER = ["Tab"] * 4
"""Over the four kinds of registration."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Desktop(tmp_path_factory.mktemp("desktop"))
    yield made
    made.close()


@pytest.fixture
def screen(server, monkeypatch):
    monkeypatch.setenv("DISPLAY", server.name)
    return server


class FirstDay:
    """A daemon on which nothing is set up, and its window of the first steps."""

    def __init__(self, daemon, screen, folder) -> None:
        self.services, self.nurse = daemon.services, daemon.world.nurse
        self.patient = daemon.world.people.people()[0].niss.digits
        self.file = folder / "ehealth.p12"
        self.file.write_bytes(self.nurse.keystore_p12)
        self.screen = screen
        self.language = "en"
        self.acts = FirstActs(self.services, daemon.parts.keystore, TRAY)
        self.steps = FirstSteps(self.services, self.acts)
        self.assistant = Assistant(self.services, self.steps, command=COMMAND)

    def open(self) -> asyncio.Task[None]:
        tongue = Tongue(
            now=lambda: self.language, chosen=lambda: self.language, choose=self._choose
        )
        return asyncio.create_task(self.assistant.open(tongue))

    def _choose(self, language) -> None:
        self.language = language

    async def press(self, *keys: str) -> None:
        await asyncio.to_thread(self.screen.press, *keys)

    async def type(self, text: str) -> None:
        await asyncio.to_thread(self.screen.do, "type", "--delay", "30", text)

    def title(self) -> bytes:
        """Give the title of the page as it is seen."""
        return self.screen.shot().crop(TITLE).tobytes()

    async def turn(self, *keys: str) -> None:
        """Go to another page by keys, and wait until it is seen."""
        before = await asyncio.to_thread(self.title)
        await self.press(*keys)
        await self.wait(lambda: self.title() != before)

    async def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something is seen."""
        async with asyncio.timeout(WAIT_S):
            while not await asyncio.to_thread(holds):  # noqa: ASYNC110  # another program shows it
                await asyncio.sleep(0.03)
        await self.settled()

    async def state(self, page: str) -> str:
        found = await self.steps.read(language=self.language, chosen=self.language)
        return found.step(page).state

    async def until(self, page: str, state: str) -> None:
        """Wait until a step stands so."""
        async with asyncio.timeout(WAIT_S):
            while await self.state(page) != state:  # noqa: ASYNC110  # what the window is told
                await asyncio.sleep(0.03)
        await self.settled()

    async def settled(self) -> None:
        """Let the window show what it was told; nothing else shows that it did."""
        await asyncio.sleep(0.4)

    def focused(self) -> str:
        return self.screen.do("getwindowfocus")


@asynccontextmanager
async def first_day(screen, folder):
    async with running_daemon(folder, prompt=ChildWindowPrompt(COMMAND)) as daemon:
        registration = daemon.world.nurse.registration
        await daemon.services.registrations.remove(registration.id)
        daemon.parts.keystore.remove(registration.id)
        yield FirstDay(daemon, screen, folder)


async def test_from_nothing_to_the_first_answer_by_keyboard(screen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # so that only a name must be typed
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    async with first_day(screen, tmp_path) as day:
        window = day.open()
        shown = await asyncio.to_thread(screen.wait_for_window)
        await day.settled()
        await the_language_is_chosen(day)
        await the_certificate_is_imported(day)
        await the_practice_is_named(day)
        await the_session_is_opened(day, shown)
        await the_insurer_answers(day)
        await day.press("Return")
        await asyncio.wait_for(window, WAIT_S)
        assert screen.window() is None


async def the_language_is_chosen(day):
    await day.turn("alt+n")
    assert await day.state("reader") == "done"
    await day.turn("Return")
    assert await day.state("card") == "done"
    await day.turn("Return")


async def the_certificate_is_imported(day):
    await day.type(day.file.name)
    await day.press("Tab", "Tab")
    await day.type("wrong")
    await day.press("Return")
    await day.until("certificate", "trouble")
    await day.type(day.nurse.keystore_passphrase)
    await day.press("Return")
    await day.until("certificate", "done")
    await day.turn("Return")


async def the_practice_is_named(day):
    await day.press(*TO_NUMBER)
    await day.type(day.nurse.registration.holder.nihii.digits)
    await day.press("Tab")
    await day.type("zonnebloem")
    await day.press("Return")
    await day.until("registration", "done")
    (made,) = await day.services.registrations.all()
    holder, wanted = made.holder, day.nurse.registration.holder
    assert made.id == DEFAULT_ID
    assert (holder.niss, holder.nihii, holder.last_name) == (
        wanted.niss,
        wanted.nihii,
        wanted.last_name,
    )
    assert [each.name for each in await day.services.practices.all()] == ["zonnebloem"]
    await day.turn("Return")


async def the_session_is_opened(day, window):
    await day.press("Return")
    await day.until("pairing", "working")
    await day.turn("alt+s")
    await day.press("Return")
    await day.wait(lambda: day.focused() != window)
    await asyncio.to_thread(day.screen.type, day.nurse.pin.decode())
    await day.press("Return")
    await day.wait(lambda: bool(day.services.sessions.opened()))
    await day.wait(lambda: day.focused() == window)


async def the_insurer_answers(day):
    await day.type("00000000000")
    await day.press("Return")
    await day.until("question", "trouble")
    await day.press("ctrl+a", "BackSpace")
    await day.type(day.patient)
    await day.press("Return")
    await day.until("question", "done")
    assert day.acts.answer.is_insured is True
