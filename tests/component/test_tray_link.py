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


class Windows:
    """Answers questions as it was told to, and keeps what it was shown."""

    def __init__(self) -> None:
        self.says_yes = True
        self.asked: list = []
        self.about: list = []

    async def confirm(self, question) -> bool:
        self.asked.append(question)
        return self.says_yes

    async def show_about(self, details, licences, *, language) -> None:
        self.about.append((details, licences, language))


class Opened:
    """Counts how often the first steps were opened."""

    def __init__(self) -> None:
        self.count = 0

    async def open(self, tongue) -> None:
        self.count += 1
        assert tongue.now() in {"fr", "nl", "de", "en"}


class Tray:
    """A link to a daemon, and what it showed."""

    def __init__(self, daemon, folder) -> None:
        self.daemon = daemon
        self.opened: list[str] = []
        self.seen: list = []
        self.surface = Told()
        self.windows, self.assistant = Windows(), Opened()
        self._tasks: list[asyncio.Task] = []
        self._news = asyncio.Event()
        self.link = DaemonTray(
            TrayParts(
                services=daemon.services,
                store=daemon.parts.store,
                begin=self._begin,
                port=PORT,
                preferences=PreferenceFile(folder),
                windows=self.windows,
                folder=folder,
                assistant=self.assistant,
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

    async def quit(self) -> int:
        """Choose *Quit*; gives how often the program was told to end."""
        ends = []
        self.link.quit(lambda: ends.append(1))
        await self._tasks[-1]
        return len(ends)

    async def until(self, holds) -> None:
        async with asyncio.timeout(40):
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
        shown.windows.says_yes = False
        await shown.do("end_session")
        assert (await shown.daemon.services.sessions.current()).expires_at
        shown.windows.says_yes = True
        await shown.do("end_session")
        await shown.until(lambda facts: not facts.is_open)
        assert [each.code for each in shown.windows.asked] == ["end_session"] * 2


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
        details, licences, language = shown.windows.about[0]
        assert details["version"] == shown.daemon.services.instance.version
        assert (details["folder"], language) == (str(tmp_path), "en")
        assert len(details["reference"]) == 7
        assert any(line.startswith("pystray ") and "LGPL" in line for line in licences)


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


async def test_quitting_asks_only_when_work_would_wait(tmp_path):
    async with tray(tmp_path) as shown:
        assert await shown.quit() == 1
        assert shown.windows.asked == []
        going_on = asyncio.Event()
        shown.daemon.services.operations.run("op_1", going_on.wait())
        shown.windows.says_yes = False
        assert await shown.quit() == 0
        (question,) = shown.windows.asked
        assert (question.code, question.params) == ("quit", {"count": 1})
        assert question.asked_by == "You, in the menu of Carebridge"
        shown.windows.says_yes = True
        assert await shown.quit() == 1
        going_on.set()


async def test_quitting_again_while_the_question_is_open_ends_at_once(tmp_path):
    async with tray(tmp_path) as shown:
        ends = []
        for _ in range(2):
            shown.link.quit(lambda: ends.append(1))
        assert ends == [1]


async def test_connected_software_is_paused_and_goes_on(tmp_path):
    async with tray(tmp_path) as shown:
        services = shown.daemon.services
        await shown.until(lambda facts: facts.is_paused is None)
        offer = services.pairing_requests.open(NATIVE)
        await services.pairing_desk.approve(offer.pairing.id, where="window")
        code = services.pairing_desk.get(offer.pairing.id).code
        typed = services.pairing_requests.enter_code(
            offer.pairing.id, offer.secret, code, origin=None
        )
        await services.pairing_requests.collect(typed)
        await shown.until(lambda facts: facts.is_paused is False)
        await shown.do("pause")
        await shown.until(lambda facts: facts.is_paused is True)
        assert services.pairing_desk.get(offer.pairing.id).paused_at is not None
        assert shown.surface.texts[-1].endswith("gets no answers: 1.")
        await shown.do("resume")
        await shown.until(lambda facts: facts.is_paused is False)
        assert services.pairing_desk.get(offer.pairing.id).paused_at is None


async def test_everything_is_stopped_only_after_a_yes(tmp_path):
    async with tray(tmp_path) as shown:
        await shown.do("open_session")
        shown.windows.says_yes = False
        await shown.do("stop_everything")
        assert len(shown.daemon.services.sessions.opened()) == 1
        shown.windows.says_yes = True
        await shown.do("stop_everything")
        assert shown.daemon.services.sessions.opened() == []
        assert shown.windows.asked[-1].params == {"sessions": 1, "software": 0, "sends": 0}


async def test_the_first_steps_come_by_themselves_once_where_nothing_is_set_up(tmp_path):
    async with tray(tmp_path) as shown:
        await shown.do("first_run")
        assert shown.assistant.count == 0
        registrations = shown.daemon.services.registrations
        await registrations.remove((await registrations.all())[0].id)
        for _ in range(2):
            shown.link.begin()
            await shown.do("first_run")
        assert shown.assistant.count == 1
        assert PreferenceFile(tmp_path).read().has_begun
        await shown.do("first_steps")
        assert shown.assistant.count == 2
