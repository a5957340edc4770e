"""The tray's way to the services: facts one way, what the user chose the other way.

The tray belongs to the main thread and the services to the loop; nothing here waits for either.
"""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from bridge import i18n
from bridge.adapters.confirmwindow import ConfirmWindow
from bridge.adapters.folders import Folders
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.preferences import PreferenceFile, Preferences
from bridge.adapters.selfcall import own_command
from bridge.adapters.systemlanguage import system_language_tags
from bridge.daemon.assistant import Assistant, Tongue
from bridge.daemon.cards import DIALOGUE, has_screen
from bridge.daemon.firstacts import FirstActs
from bridge.daemon.firststeps import FirstSteps
from bridge.daemon.parts import Parts
from bridge.daemon.server import LoopThread
from bridge.daemon.traywindows import WindowActs, Windows
from bridge.domain.openuris import console_address
from bridge.domain.operations import OperationStatus
from bridge.domain.overview import Overview
from bridge.domain.pairings import PairingState
from bridge.errors import BridgeError, ParamValue
from bridge.i18n.forms import shown_moment
from bridge.ports.store import Store
from bridge.service.facade import Services
from bridge.service.health import refer
from bridge.service.overviews import OverviewReader, judged, sentence
from bridge.service.pairingdesk import WINDOW
from bridge.service.tokens import SCOPES, Client
from tray.menu import LANGUAGE, SYSTEM, Choices
from tray.surface import Surface

TRAY: Final = Client(id="tray", display_name="Carebridge", scopes=SCOPES)
_LONGEST: Final = timedelta(minutes=5)
"""How long an answer is waited for before the icon alone says how it went."""
_OWN_CHOICE: Final = frozenset({"pin_cancelled", "pin_timeout"})
"""The user knows: she closed the window, or left it."""

log = structlog.get_logger()
Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, kw_only=True)
class TrayParts:
    """What the link works with.

    Attributes:
        begin: Has something run on the loop, and does not wait for it.
        port: Where our own console is served.
        preferences: Keeps the choice of a language.
        windows: Ask before something happens, and tell about the program.
        folder: Where the data is.
        assistant: The first steps; ``None`` where certificates are kept elsewhere.
        browse: Opens an address in the user's browser.
    """

    services: Services
    store: Store
    begin: Callable[[Coroutine[Any, Any, None]], object]
    port: int
    preferences: PreferenceFile
    windows: Windows
    folder: Path
    assistant: Assistant | None = None
    browse: Callable[[str], object] = webbrowser.open


def tray_of(
    services: Services, parts: Parts, folders: Folders, loop: LoopThread, *, port: int
) -> DaemonTray | None:
    """Give the link of a daemon to its tray; ``None`` where there is no screen."""
    if not has_screen():
        return None
    return DaemonTray(
        TrayParts(
            services=services,
            store=parts.store,
            begin=loop.begin,
            port=port,
            preferences=PreferenceFile(folders.data),
            windows=ConfirmWindow(own_command(DIALOGUE)),
            folder=folders.data,
            assistant=_assistant(services, parts),
        )
    )


def _assistant(services: Services, parts: Parts) -> Assistant | None:
    vault = parts.keystore
    if not isinstance(vault, KeystoreVault):
        return None
    steps = FirstSteps(services, FirstActs(services, vault, TRAY))
    return Assistant(services, steps, command=own_command(DIALOGUE))


def chosen_language(setting: str, data: Path) -> str:
    """Give the language of texts: what the user chose, the setting, or that of the system."""
    chosen = PreferenceFile(data).read().language
    if chosen is not None:
        return chosen
    return i18n.negotiate(system_language_tags()) if setting == SYSTEM else setting


class DaemonTray:
    """Implements ``tray.app.TrayLink``."""

    def __init__(self, parts: TrayParts) -> None:
        """Link the tray to running services."""
        self._parts = parts
        self._services = parts.services
        self._reader = OverviewReader(parts.services, parts.store)
        self._chosen = parts.preferences.read()
        self._surface: Surface | None = None
        self._following: asyncio.Task[None] | None = None
        self._is_closed = False
        self._is_ending = False
        self._acts = WindowActs(
            services=parts.services,
            windows=parts.windows,
            tongue=Tongue(now=lambda: self.language, chosen=self._chosen_code, choose=self._choose),
            folder=parts.folder,
            assistant=parts.assistant,
        )
        self._work: dict[str, Work] = {
            "open_session": self._open_session,
            "end_session": self._end_session,
            "fetch": self._fetch,
            "open_console": lambda: self._console(""),
            "pairings": lambda: self._console("pairings"),
            "registrations": lambda: self._console("registrations"),
            "answer_pairing": self._answer_pairing,
            "expect_pairing": self._expect_pairing,
            "copy_reference": self._copy_reference,
            "diagnose": self._diagnose,
            "about": self._acts.about,
            "first_steps": self._acts.first_steps,
            "pause": self._pause,
            "resume": self._resume,
            "stop_everything": self._stop_everything,
            "first_run": self._first_run,
        }

    @property
    def language(self) -> str:
        """The language of the tray and of the windows it opens."""
        default = self._services.default_language
        return self._chosen.language or i18n.negotiate(system_language_tags(), default)

    def choices(self) -> Choices:
        """Give what the user chose."""
        return Choices(language=self.language, is_system_language=self._chosen.language is None)

    def follow(self, show: Callable[[Overview], None], *, surface: Surface) -> None:
        """Give the facts now and after each change."""
        self._surface = surface
        self._parts.begin(self._follow(show))

    def begin(self) -> None:
        """Show the first steps by themselves, once, where nobody has taken them."""
        self.do("first_run")

    def quit(self, end: Callable[[], None]) -> None:
        """End the program; asks first when work would wait, but never twice."""
        if self._is_ending:
            end()
            return
        self._is_ending = True
        self._parts.begin(self._quit(end))

    def note_shown(self) -> None:
        """Say in health that the icon can be seen."""
        log.info("tray.shown")

    def do(self, action: str) -> None:
        """Begin what an entry stands for."""
        if action.startswith(LANGUAGE):
            self._choose(action.removeprefix(LANGUAGE))
        elif action in self._work:
            self._parts.begin(self._done(action))

    async def close(self) -> None:
        """Stop to give facts, before the services stop."""
        self._is_closed = True
        if self._following is not None:
            self._following.cancel()

    async def _follow(self, show: Callable[[Overview], None]) -> None:
        self._following = asyncio.current_task()
        if not self._is_closed:
            await self._reader.follow(show)

    async def _done(self, action: str) -> None:
        """Do it, and say in the tray why it could not be done."""
        try:
            await self._work[action]()
        except BridgeError as error:
            log.info("tray.refused", action=action, code=error.problem_code)
            self._tell_problem(error.problem_code, dict(error.params))

    async def _open_session(self) -> None:
        operation = await self._services.sessions.open(client=TRAY, language=self.language)
        if await self._succeeded(operation.id):
            until = shown_moment((await self._services.sessions.current()).expires_at, "fr")
            self._tell("session_opened", until=until.rpartition(" ")[2])

    async def _end_session(self) -> None:
        session = await self._services.sessions.current()
        if await self._acts.confirm("end_session"):
            self._services.sessions.end(session.id, client_id=TRAY.id)

    async def _first_run(self) -> None:
        is_set_up = bool(await self._services.registrations.all())
        if is_set_up or self._chosen.has_begun:
            return
        self._keep(replace(self._chosen, has_begun=True))
        await self._acts.first_steps()

    async def _pause(self) -> None:
        count = await self._services.pairing_desk.pause_all(where=WINDOW)
        self._reader.look_again()
        self._tell("paused", count=count)

    async def _resume(self) -> None:
        count = await self._services.pairing_desk.resume_all(where=WINDOW)
        self._reader.look_again()
        self._tell("resumed", count=count)

    async def _stop_everything(self) -> None:
        if await self._acts.stop_everything():
            self._reader.look_again()

    async def _quit(self, end: Callable[[], None]) -> None:
        try:
            await self._acts.quit(end)
        except BridgeError as error:
            # Without a database nothing waits in it.
            log.info("tray.quit_unasked", code=error.problem_code)
            end()
        finally:
            self._is_ending = False

    async def _fetch(self) -> None:
        operation = await self._services.poller.fetch_now(
            client=TRAY, registration_id=None, service=None
        )
        if await self._succeeded(operation.id):
            self._tell("fetched")

    async def _console(self, page: str) -> None:
        """Open our own page, signed in: opening it is the approval (SEC-48)."""
        ticket = self._services.console.ticket()
        address = console_address(port=self._parts.port, ticket=ticket.text, page=page)
        await asyncio.to_thread(self._parts.browse, address)

    async def _answer_pairing(self) -> None:
        """Show the request that waits longest; the menu counts those that remain."""
        waiting = [
            each for each in self._services.pairing_desk.all() if each.state is PairingState.PENDING
        ]
        if waiting:
            await self._services.pairing_desk.ask(waiting[-1].id)
            self._reader.look_again()

    async def _expect_pairing(self) -> None:
        self._services.pairing_desk.expect()
        self._tell("pairing_expected")

    async def _copy_reference(self) -> None:
        services = self._services
        reference = refer(services.ids, services.health.report())
        if self._surface is not None:
            self._surface.copy(reference)
        self._tell("copied", support_ref=reference)

    async def _diagnose(self) -> None:
        """Look at everything now, and say whose turn it is."""
        services = self._services
        await services.prober.look_now()
        self._say(sentence(judged(services, services.health.report()), self.language))

    async def _succeeded(self, operation_id: str) -> bool:
        """Wait for an operation of ours; says why it did not succeed."""
        operations = self._services.operations
        await operations.wait(operation_id, seconds=_LONGEST.total_seconds())
        operation = await operations.get(operation_id, client_id=TRAY.id)
        problem = operation.problem
        if problem is not None and problem.code not in _OWN_CHOICE:
            self._tell_problem(problem.code, problem.params)
        return operation.status is OperationStatus.SUCCEEDED

    def _choose(self, language: str) -> None:
        chosen = None if language == SYSTEM else language
        if chosen not in {None, *i18n.LANGUAGES}:
            return
        self._keep(replace(self._chosen, language=chosen))
        self._parts.begin(self._look_again())

    def _chosen_code(self) -> str:
        return self._chosen.language or SYSTEM

    def _keep(self, chosen: Preferences) -> None:
        self._chosen = chosen
        try:
            self._parts.preferences.write(chosen)
        except BridgeError as error:
            # It holds until the end of this run.
            log.info("tray.not_kept", code=error.problem_code)

    async def _look_again(self) -> None:
        self._reader.look_again()

    def _tell(self, key: str, **params: ParamValue) -> None:
        self._say(i18n.phrase("notices", key, self.language, params))

    def _tell_problem(self, code: str, params: dict[str, Any]) -> None:
        self._say(i18n.text(code, "detail", self.language, params))

    def _say(self, text: str) -> None:
        if self._surface is not None:
            self._surface.tell(text)
