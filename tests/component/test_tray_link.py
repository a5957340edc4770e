"""The tray's way to the services: what it shows, and what its entries do."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.adapters.preferences import PreferenceFile
from bridge.daemon.traylink import DaemonTray, TrayParts
from bridge.domain.pairings import PairingState
from tests.support.daemon import PORT, running_daemon
from tests.support.pairing import NATIVE, Screen
from tray.state import TrayState, state_of


class Told:
    """A surface of which only the words matter here."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.copied: list[str] = []

    def tell(self, text: str) -> None:
        self.texts.append(text)

    def copy(self, text: str) -> None:
        self.copied.append(text)


class Tray:
    """A link to a daemon, and what it showed."""

    def __init__(self, daemon, folder) -> None:
        self.daemon = daemon
        self.opened: list[str] = []
        self.seen: list = []
        self.surface = Told()
        self._tasks: list[asyncio.Task] = []
        self._news = asyncio.Event()
        self.link = DaemonTray(
            TrayParts(
                services=daemon.services,
                store=daemon.parts.store,
                begin=self._begin,
                port=PORT,
                preferences=PreferenceFile(folder),
                browse=self.opened.append,
            )
        )
        self.link.do("language:en")
        self.link.follow(self._see, surface=self.surface)

    def _see(self, facts) -> None:
        self.seen.append(facts)
        self._news.set()

    def _begin(self, work) -> None:
        self._tasks.append(asyncio.ensure_future(work))

    async def do(self, action: str) -> None:
        self.link.do(action)
        await self._tasks[-1]

    async def until(self, holds) -> None:
        async with asyncio.timeout(8):
            while not (self.seen and holds(self.seen[-1])):
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        await self.link.close()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def tray(folder, **parts):
    async with running_daemon(folder, **parts) as daemon:
        made = Tray(daemon, folder)
        try:
            yield made
        finally:
            await made.close()


async def test_a_session_is_opened_shown_and_ended(tmp_path):
    async with tray(tmp_path) as shown:
        await shown.until(lambda facts: state_of(facts) is TrayState.SIMULATOR)
        await shown.do("fetch")
        assert shown.surface.texts[-1].startswith("Please open a session")
        await shown.do("open_session")
        assert shown.surface.texts[-1].startswith("The eHealth session is open until ")
        await shown.until(lambda facts: facts.is_open and not facts.is_working)
        facts = shown.seen[-1]
        assert facts.share_left == pytest.approx(1, abs=0.01)
        assert facts.left <= timedelta(hours=12)
        await shown.do("fetch")
        assert shown.surface.texts[-1] == "The answers were fetched."
        await shown.do("end_session")
        await shown.until(lambda facts: not facts.is_open)


async def test_a_session_that_cannot_be_opened_is_explained(tmp_path):
    async with tray(tmp_path) as shown:
        shown.daemon.services.simulator.set_scenario("pin_wrong")
        await shown.do("open_session")
        assert "PIN" in shown.surface.texts[-1]


async def test_the_console_is_opened_with_a_ticket_in_the_fragment_sec_48(tmp_path):
    async with tray(tmp_path) as shown:
        await shown.do("registrations")
        parts = urlsplit(shown.opened[0])
        assert (parts.netloc, parts.path, parts.query) == (f"127.0.0.1:{PORT}", "/", "")
        fragment = parse_qs(parts.fragment)
        assert fragment["page"] == ["registrations"]
        given = shown.daemon.services.console.sign_in(
            fragment["ticket"][0], origin=f"http://127.0.0.1:{PORT}", port=PORT
        )
        assert "console" in given.client.scopes


async def test_a_reference_is_copied_and_told(tmp_path):
    async with tray(tmp_path) as shown:
        await shown.do("copy_reference")
        (reference,) = shown.surface.copied
        assert len(reference) == 7
        assert reference in shown.surface.texts[-1]


async def test_the_diagnosis_says_whose_turn_it_is(tmp_path):
    async with tray(tmp_path) as shown:
        await shown.do("diagnose")
        assert shown.surface.texts[-1].startswith("With you: ")
        await shown.do("about")
        assert shown.surface.texts[-1].startswith("Carebridge ")


async def test_waiting_software_is_shown_and_answered(tmp_path):
    screen = Screen()
    async with tray(tmp_path, pairing_screen=screen) as shown:
        services = shown.daemon.services
        services.pairing_requests.open(NATIVE)
        await shown.until(lambda facts: facts.pairings == 1)
        await shown.do("answer_pairing")
        assert len(screen.asked) == 1
        assert services.pairing_desk.all()[0].state is PairingState.PENDING
        await shown.do("expect_pairing")
        assert shown.surface.texts[-1].startswith("For 5 minutes")


async def test_the_language_is_kept_and_shown(tmp_path):
    async with tray(tmp_path) as shown:
        await shown.do("language:fr")
        assert shown.link.choices().language == "fr"
        assert PreferenceFile(tmp_path).read().language == "fr"
        await shown.do("language:system")
        assert shown.link.choices().is_system_language
        await shown.do("end_session")
        assert len(shown.surface.texts) == 1
