"""Port ``Prompt`` on a terminal, for use without a window; only on a real terminal (D9)."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, TypeVar

from bridge.adapters.keyboard import Keyboard
from bridge.domain.secrets import Pin
from bridge.errors import InputError, PinCancelled, PinEntryInProgress, PinTimeout
from bridge.i18n.catalogue import phrase
from bridge.ports.prompt import PIN_TIMEOUT_S, TypingChoice

if TYPE_CHECKING:
    from bridge.ports.prompt import PinRequest

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class TerminalTexts:
    """What the terminal says in one language.

    Attributes:
        ask: Template with ``{requested_by}``, ``{purpose}``, ``{holder_name}``, ``{reader}``;
            ends where the user types.
        last_try: Question before the last try.
        unknown_tries: The same when a try failed and the card does not tell how many are left.
        keypad: Template like ``ask``, for a reader with a keypad.
        consent: Word the user types to agree to the last try.
        typing: Template like ``ask``: whether to type the PIN although the reader had a keypad.
        always: Word the user types to be asked that no more.
    """

    ask: str
    last_try: str
    unknown_tries: str
    keypad: str
    consent: str
    typing: str
    always: str


class TerminalPrompt:
    """Asks for the PIN without showing it, on the terminal the program was started from.

    The digits go from the terminal into a buffer that is wiped; an empty line cancels.
    """

    def __init__(
        self,
        texts: Mapping[str, TerminalTexts],
        *,
        keyboard: Keyboard | None = None,
        screen: TextIO | None = None,
        timeout_s: float = PIN_TIMEOUT_S,
    ) -> None:
        """Choose texts and terminal.

        Args:
            texts: Per language: ``fr``, ``nl``, ``de``, ``en``.
            keyboard: Instead of the standard input.
            screen: Instead of the standard error output.
            timeout_s: Longest wait.
        """
        self._texts = texts
        self._keyboard = keyboard or Keyboard()
        self._screen = screen or sys.stderr
        self._timeout_s = timeout_s
        self._busy = threading.Lock()

    @property
    def where(self) -> str:
        """Say where the user is asked."""
        return "terminal"

    async def ask_pin(self, request: PinRequest) -> Pin:
        """Ask for the PIN; the caller wipes it.

        What is not 4 to 12 digits is asked for again.

        Raises:
            PinCancelled: an empty line.
            PinTimeout: nobody answered in time.
            PinEntryInProgress: another prompt is open.
            PromptUnavailable: there is no terminal.
        """
        return await self._asked(self._ask, request, forget=Pin.wipe)

    async def consent_to_last_try(self, request: PinRequest) -> bool:
        """Ask for the word that agrees to the last try.

        Raises:
            PinTimeout: nobody answered in time.
            PinEntryInProgress: another prompt is open.
            PromptUnavailable: there is no terminal.
        """
        return await self._asked(self._consent, request, forget=bool)

    async def consent_to_typing(self, request: PinRequest) -> TypingChoice:
        """Ask for the word that agrees to type the PIN where the keypad was used before.

        Raises:
            PinTimeout: nobody answered in time.
            PinEntryInProgress: another prompt is open.
            PromptUnavailable: there is no terminal.
        """
        return await self._asked(self._typing, request, forget=bool)

    @asynccontextmanager
    async def point_to_keypad(self, request: PinRequest) -> AsyncIterator[None]:
        """Say once where the PIN is entered; it is cancelled at the reader."""
        self._say(_filled(self._texts[request.language].keypad, request))
        yield

    async def _asked(
        self,
        ask: Callable[[PinRequest, threading.Event], _T],
        request: PinRequest,
        *,
        forget: Callable[[_T], object],
    ) -> _T:
        """Ask on a thread; what comes for a caller who is gone is forgotten."""
        self._keyboard.require_terminal()
        if not self._busy.acquire(blocking=False):
            raise PinEntryInProgress
        stopped = threading.Event()
        asking = asyncio.ensure_future(asyncio.to_thread(ask, request, stopped))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            # The terminal must show what is typed again before anybody else uses it.
            stopped.set()
            await asyncio.wait([asking])
            if asking.exception() is None:
                forget(asking.result())
            raise
        finally:
            self._busy.release()

    def _ask(self, request: PinRequest, stopped: threading.Event) -> Pin:
        question = _filled(self._texts[request.language].ask, request)
        deadline = time.monotonic() + self._timeout_s
        while True:
            digits = self._line(question, deadline, stopped, echo=False)
            self._say("\n")
            try:
                return _pin_of(digits)
            except InputError:
                continue

    def _consent(self, request: PinRequest, stopped: threading.Event) -> bool:
        texts = self._texts[request.language]
        question = texts.unknown_tries if request.tries_left is None else texts.last_try
        deadline = time.monotonic() + self._timeout_s
        answer = self._line(question, deadline, stopped, echo=True)
        return _is_word(answer, texts.consent)

    def _typing(self, request: PinRequest, stopped: threading.Event) -> TypingChoice:
        texts = self._texts[request.language]
        deadline = time.monotonic() + self._timeout_s
        answer = self._line(_filled(texts.typing, request), deadline, stopped, echo=True)
        if _is_word(answer, texts.always):
            return TypingChoice.ALWAYS
        return TypingChoice.ONCE if _is_word(answer, texts.consent) else TypingChoice.NO

    def _line(
        self,
        question: str,
        deadline: float,
        stopped: threading.Event,
        *,
        echo: bool,
    ) -> bytearray:
        line = self._keyboard.read_line(
            lambda: self._say(question), deadline=deadline, stopped=stopped, echo=echo
        )
        if line is None:
            self._say("\n")
            raise PinTimeout
        return line

    def _say(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()


def _filled(template: str, request: PinRequest) -> str:
    return template.format(
        requested_by=request.requested_by,
        purpose=phrase("purposes", request.purpose, request.language),
        holder_name=request.holder_name,
        reader=request.reader,
    )


def _is_word(answer: bytearray, word: str) -> bool:
    return answer.decode(errors="replace").strip().casefold() == word.casefold()


def _pin_of(digits: bytearray) -> Pin:
    if not digits:
        raise PinCancelled
    try:
        return Pin(digits)
    finally:
        for place in range(len(digits)):
            digits[place] = 0
