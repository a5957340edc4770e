"""The first steps: one window that stays open, and the daemon that does what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import structlog

from bridge.adapters.conversation import Conversation, Said
from bridge.daemon.firststeps import FirstSteps
from bridge.errors import BridgeError
from bridge.service.facade import Services
from bridge.service.waits import happens
from tray.assistant.steps import Steps

_LOOK_EVERY_S: Final = 1.0
"""What is no event, such as the end of the five minutes for a connection, is seen so late."""
_ENDS: Final = frozenset({"close", "unavailable"})
_LANGUAGE: Final = "language"

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """The user's language, which the window shows and changes.

    Attributes:
        now: The language that is spoken.
        chosen: What was chosen: a language, or ``system``.
        choose: Changes it.
    """

    now: Callable[[], str]
    chosen: Callable[[], str]
    choose: Callable[[str], None]


class Assistant:
    """Opens the window, one at a time; used on the loop."""

    def __init__(self, services: Services, steps: FirstSteps, *, command: Sequence[str]) -> None:
        """Act through these services, in a window that this program shows."""
        self._services = services
        self._steps = steps
        self._command = tuple(command)
        self._changed = asyncio.Event()
        self._is_open = False
        self._watches = False

    async def open(self, tongue: Tongue) -> None:
        """Show the window until it is closed.

        Raises:
            PromptUnavailable: it does not start.
        """
        if self._is_open:
            return
        self._is_open = True
        try:
            await self._steps.begin()
            found = await self._read(tongue)
            window = Conversation(self._command, _opening(found, tongue))
            await self._talk(window, tongue)
        finally:
            self._is_open = False

    async def _talk(self, window: Conversation, tongue: Tongue) -> None:
        self._watch()
        telling = asyncio.create_task(self._tell(window, tongue))
        doing: set[asyncio.Task[None]] = set()
        try:
            while (said := await window.next()) is not None and said.action not in _ENDS:
                self._take(said, tongue, doing)
        finally:
            telling.cancel()
            await asyncio.wait([telling])
            await window.close()
            # What was begun goes on without its window: a session that opens, a question asked.
            await asyncio.gather(*doing)

    def _take(self, said: Said, tongue: Tongue, doing: set[asyncio.Task[None]]) -> None:
        if said.action == _LANGUAGE:
            tongue.choose(said.words.get(_LANGUAGE, ""))
            self._changed.set()
            return
        spoken = Said(
            action=said.action,
            words={**said.words, _LANGUAGE: tongue.now()},
            secret=said.secret,
        )
        task = asyncio.create_task(self._steps.do(spoken, self._changed.set))
        doing.add(task)
        task.add_done_callback(doing.discard)

    async def _tell(self, window: Conversation, tongue: Tongue) -> None:
        """Tell the window each change."""
        told: dict[str, Any] | None = None
        while True:
            self._changed.clear()
            found = await self._read(tongue)
            said = None if found is None else asdict(found)
            if said is not None and said != told:
                told = said
                window.tell(said)
            await happens(self._changed, _LOOK_EVERY_S)

    async def _read(self, tongue: Tongue) -> Steps | None:
        try:
            return await self._steps.read(language=tongue.now(), chosen=tongue.chosen())
        except BridgeError as error:
            # Without a database health and tray say so.
            log.info("assistant.unread", code=error.problem_code)
            return None

    def _watch(self) -> None:
        if not self._watches:
            self._watches = True
            self._services.events.watch(self._changed.set)
            self._services.pairing_shelf.listen(self._changed.set)


def _opening(found: Steps | None, tongue: Tongue) -> dict[str, Any]:
    """Give the request that opens the window: where something was done, at what is left."""
    page = "language" if found is None or not _is_begun(found) else found.first_open
    return {"window": "assistant", "language": tongue.now(), "page": page}


def _is_begun(found: Steps) -> bool:
    return any(found.step(page).state == "done" for page in ("certificate", "registration"))
