"""Port ``Prompt`` in windows of our own: each is a short-lived child process (D9, SEC-83).

Request: one JSON line on the child's standard input, which stays open while somebody waits.
Answer: one JSON line on its standard output, and for a PIN the raw digits behind it.
Nothing about the PIN is ever an argument or an environment variable (SEC-86).
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bridge.domain.secrets import PIN_MAX_DIGITS, Pin
from bridge.errors import (
    InputError,
    PinCancelled,
    PinEntryInProgress,
    PinTimeout,
    PromptUnavailable,
)
from bridge.ports.prompt import PIN_TIMEOUT_S, TypingChoice

if TYPE_CHECKING:
    from bridge.ports.prompt import PinRequest

_GRACE_S: Final = 5
"""The window closes itself; we end it only when it did not, so much later."""
_CLOSING_S: Final = 2
_MOST_HEADER_BYTES: Final = 1024
OUTCOMES: Final = frozenset(
    {"yes", "always", "no", "cancelled", "timeout", "approve", "approve_all", "deny", "block"}
)
"""What a window can answer beside a PIN."""

_CHOICES: Final = {"yes": TypingChoice.ONCE, "always": TypingChoice.ALWAYS}

if sys.platform == "win32":
    _FLAGS: Final = subprocess.CREATE_NO_WINDOW
else:
    _FLAGS: Final = 0


@dataclass(frozen=True, kw_only=True)
class WindowAnswer:
    """How a window ended.

    Attributes:
        outcome: One of ``OUTCOMES``, or ``pin``.
        pin: Only with ``pin``.
        choice: Which of the people that were offered; the first one unless somebody chose.
    """

    outcome: str
    pin: Pin | None = None
    choice: int = 0


class ChildWindowPrompt:
    """Asks in a window; crash or missing screen end the window, never the daemon."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        phrase: str = "",
        timeout_s: float = PIN_TIMEOUT_S,
    ) -> None:
        """Choose the program that shows the windows.

        Args:
            command: Program and arguments of the child process.
            phrase: Chosen by the user at installation, shown in each window (SEC-83).
            timeout_s: How long a window stays open.
        """
        self._command = tuple(command)
        self._phrase = phrase
        self._timeout_s = timeout_s
        self._is_busy = False

    @property
    def where(self) -> str:
        """Say where the user is asked."""
        return "window"

    async def ask_pin(self, request: PinRequest) -> Pin:
        """Ask for the PIN; the caller wipes it.

        Raises:
            PinCancelled: the window was closed.
            PinTimeout: nobody answered in time.
            PinEntryInProgress: another window is open.
            PromptUnavailable: the window cannot be shown, or crashed.
        """
        answer = await self._asked("pin", request)
        if answer.pin is None:
            raise PinCancelled
        return answer.pin

    async def consent_to_last_try(self, request: PinRequest) -> bool:
        """Ask whether the last try may be used; closing the window is a no.

        Raises:
            PinTimeout: nobody answered in time.
            PinEntryInProgress: another window is open.
            PromptUnavailable: the window cannot be shown, or crashed.
        """
        return (await self._asked("consent", request)).outcome == "yes"

    async def consent_to_typing(self, request: PinRequest) -> TypingChoice:
        """Ask whether the PIN may be typed although the reader had a keypad; closing is a no.

        Raises:
            PinTimeout: nobody answered in time.
            PinEntryInProgress: another window is open.
            PromptUnavailable: the window cannot be shown, or crashed.
        """
        answer = await self._asked("typing", request)
        return _CHOICES.get(answer.outcome, TypingChoice.NO)

    @asynccontextmanager
    async def point_to_keypad(self, request: PinRequest) -> AsyncIterator[None]:
        """Show "enter the PIN on the reader" while the block runs.

        A window that cannot be shown keeps nobody from using the keypad.

        Raises:
            PinCancelled: the user closed it; the block's task is interrupted for that.
            PinEntryInProgress: another window is open.
        """
        if self._is_busy:
            raise PinEntryInProgress
        interruption = _Interruption()
        watching = asyncio.ensure_future(self._asked("keypad", request))
        watching.add_done_callback(interruption.on_answer)
        try:
            yield
        except asyncio.CancelledError:
            if interruption.is_the_cause():
                raise PinCancelled from None
            raise
        finally:
            watching.remove_done_callback(interruption.on_answer)
            watching.add_done_callback(_forget)
            watching.cancel()
            await interruption.settle()
            await asyncio.wait([watching])

    async def _asked(self, window: str, request: PinRequest) -> WindowAnswer:
        if self._is_busy:
            raise PinEntryInProgress
        self._is_busy = True
        try:
            child = self._start(self._line(window, request))
            answer = await answer_within(child, self._timeout_s)
        finally:
            self._is_busy = False
        if answer.outcome == "timeout":
            raise PinTimeout
        return answer

    def _line(self, window: str, request: PinRequest) -> bytes:
        facts = {
            "window": window,
            "requested_by": request.requested_by,
            "purpose": request.purpose,
            "holder_name": request.holder_name,
            "reader": request.reader,
            "tries_left": request.tries_left,
            "language": request.language,
            "phrase": self._phrase,
            "limit_s": self._timeout_s,
        }
        return json.dumps(facts).encode() + b"\n"

    def _start(self, line: bytes) -> WindowProcess:
        # On the loop: a start in a thread could outlive its cancelled caller.
        try:
            return WindowProcess(self._command, line)
        except OSError as error:
            raise PromptUnavailable("the window does not start") from error


async def answer_within(child: WindowProcess, limit_s: float) -> WindowAnswer:
    """Wait for a window's answer; ends the window when the caller leaves or it overstays.

    Raises:
        PinTimeout: it did not close itself in time.
        PromptUnavailable: it gave no answer.
    """
    reading = asyncio.ensure_future(asyncio.to_thread(child.answer))
    try:
        async with asyncio.timeout(limit_s + _GRACE_S):
            return await asyncio.shield(reading)
    except BaseException as error:
        reading.add_done_callback(_forget)
        child.kill()
        await asyncio.wait([reading])
        if isinstance(error, TimeoutError):
            raise PinTimeout from None
        raise


class _Interruption:
    """Ends the block beside a keypad window when its user closes the window."""

    def __init__(self) -> None:
        self._task = _current_task()
        self._earlier = self._task.cancelling()
        self._is_pending = False

    def on_answer(self, done: asyncio.Future[WindowAnswer]) -> None:
        """Interrupt the block's task if the window was closed by its user."""
        if done.cancelled() or done.exception() is not None:
            return
        if done.result().outcome == "cancelled":
            self._is_pending = True
            self._task.cancel()

    def is_the_cause(self) -> bool:
        """Tell whether the task was interrupted by us alone, and take the interruption back."""
        was_pending, self._is_pending = self._is_pending, False
        return was_pending and self._task.uncancel() <= self._earlier

    async def settle(self) -> None:
        """Take an interruption back that came when the block was over already."""
        if self._is_pending:
            self._is_pending = False
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
            if self._task.uncancel() > self._earlier:
                raise asyncio.CancelledError


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a window needs a task to interrupt")
    return task


class WindowProcess:
    """One window's process; ``answer`` runs on a thread and ends it."""

    def __init__(self, command: Sequence[str], line: bytes) -> None:
        """Start the program and hand it the request.

        Raises:
            OSError: it does not start.
        """
        self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  # our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            creationflags=_FLAGS,
        )
        with contextlib.suppress(OSError):
            # A child that is gone already gives no answer either.
            self._pipe("stdin").write(line)

    def kill(self) -> None:
        """End the process; may be called from another thread than ``answer``."""
        self._process.kill()

    def answer(self) -> WindowAnswer:
        """Wait for the answer.

        Raises:
            PromptUnavailable: there was none.
        """
        try:
            return self._read()
        finally:
            for name in ("stdin", "stdout"):
                with contextlib.suppress(OSError):
                    self._pipe(name).close()
            try:
                self._process.wait(_CLOSING_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _read(self) -> WindowAnswer:
        header = self._header()
        outcome = header.get("outcome")
        if outcome == "pin":
            return WindowAnswer(outcome=outcome, pin=self._digits(header.get("digits")))
        choice = header.get("choice", 0)
        if outcome in OUTCOMES and isinstance(choice, int) and choice >= 0:
            return WindowAnswer(outcome=outcome, choice=choice)
        raise PromptUnavailable("no window")

    def _header(self) -> dict[str, Any]:
        line = bytearray()
        place = bytearray(1)
        while not line.endswith(b"\n"):
            if len(line) > _MOST_HEADER_BYTES or not self._pipe("stdout").readinto(place):
                raise PromptUnavailable("the window gave no answer")
            line += place
        try:
            header = json.loads(line)
        except ValueError:
            header = None
        if not isinstance(header, dict):
            raise PromptUnavailable("the window gave no answer")
        return header

    def _digits(self, size: object) -> Pin:
        if not isinstance(size, int) or not 0 < size <= PIN_MAX_DIGITS:
            raise PromptUnavailable("the window gave no PIN")
        buffer = bytearray(size)
        try:
            self._fill(memoryview(buffer))
            return Pin(buffer)
        except InputError as error:
            raise PromptUnavailable("the window gave no PIN") from error
        finally:
            for place in range(size):
                buffer[place] = 0

    def _fill(self, wanted: memoryview) -> None:
        filled = 0
        while filled < len(wanted):
            size = self._pipe("stdout").readinto(wanted[filled:])
            if not size:
                raise PromptUnavailable("the window broke off")
            filled += size

    def _pipe(self, name: str) -> io.FileIO:
        pipe: io.FileIO = getattr(self._process, name)
        return pipe


def _forget(reading: asyncio.Future[WindowAnswer]) -> None:
    """Wipe what came for a caller who is gone."""
    if reading.cancelled() or reading.exception() is not None:
        return
    pin = reading.result().pin
    if pin is not None:
        pin.wipe()
