"""The windows that the tray opens: questions before something happens, first steps, about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge import i18n
from bridge.adapters.licences import licences
from bridge.daemon.assistant import Assistant, Tongue
from bridge.errors import ParamValue
from bridge.ports.consent import Confirmation, Question
from bridge.service.facade import Services
from bridge.service.health import refer
from bridge.service.pairingdesk import WINDOW


class Windows(Confirmation, Protocol):
    """Windows that ask, and the one that tells about the program."""

    async def show_about(
        self, details: Mapping[str, str], licences: Sequence[str], *, language: str
    ) -> None:
        """Show what runs here; returns when the window is closed."""
        ...


@dataclass(frozen=True, kw_only=True)
class WindowActs:
    """What entries of the menu do with a window; used on the loop.

    Attributes:
        assistant: The first steps; ``None`` where certificates are kept elsewhere.
        folder: Where the data is.
    """

    services: Services
    windows: Windows
    tongue: Tongue
    folder: Path
    assistant: Assistant | None = None

    async def confirm(self, code: str, **params: ParamValue) -> bool:
        """Ask before something that the user chose in the menu is done."""
        language = self.tongue.now()
        asked_by = i18n.phrase("confirm", "from_menu", language)
        return await self.windows.confirm(
            Question(code=code, asked_by=asked_by, language=language, params=params)
        )

    async def first_steps(self) -> None:
        """Show the first steps.

        Raises:
            PromptUnavailable: the window does not start.
        """
        if self.assistant is not None:
            await self.assistant.open(self.tongue)

    async def about(self) -> None:
        """Show version, build, data folder, licences and a reference for support."""
        services, language = self.services, self.tongue.now()
        build = "build_production" if services.simulator is None else "build_simulator"
        details = {
            "version": services.instance.version,
            "build": i18n.phrase("about", build, language),
            "reference": refer(services.ids, services.health.report()),
            "folder": str(self.folder),
        }
        await self.windows.show_about(details, licences(), language=language)

    async def stop_everything(self) -> bool:
        """Stop everything after a yes; tells whether it was said (7.5).

        Raises:
            StoreError: something may be back after a restart.
        """
        stop = self.services.emergency_stop
        found = await stop.preview()
        if not await self.confirm(
            "stop_everything", sessions=found.sessions, software=found.software, sends=found.sends
        ):
            return False
        await stop.stop(where=WINDOW)
        return True

    async def quit(self, end: Callable[[], None]) -> None:
        """End the program; asks first when something would have to wait."""
        waiting = (await self.services.emergency_stop.preview()).sends
        waiting = max(waiting, int(self.services.operations.is_working))
        if not waiting or await self.confirm("quit", count=waiting):
            end()
