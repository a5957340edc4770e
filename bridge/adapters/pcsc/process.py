"""PC/SC in a child process, so that a driver that hangs blocks no thread of ours (DOS-06).

What the child does stands in ``bridge.adapters.pcsc.driver``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final

import structlog

from bridge.adapters.childstart import end_child, pipes_of, start_child
from bridge.adapters.pcsc.codes import INVALID_HANDLE, NO_ANSWER
from bridge.adapters.pcsc.functions import FUNCTIONS, Function, Limits
from bridge.adapters.pcsc.wire import Frame, receive, send
from bridge.adapters.pipes import PipeClosed

_PAUSES_S: Final = (0.0, 0.5, 2.0, 5.0)
"""How long no child is started after the first, second and each further one that was lost."""
_LONG_S: Final = 60
"""A child that lived so long was well: its loss counts as the first one again."""
_LISTENER_S: Final = 1

log = structlog.get_logger()


@dataclass(frozen=True)
class _Token:
    """A context or a connection of one child, worth nothing in the next one."""

    child: int
    number: int


class DriverProcess:
    """Stands in for the library of PC/SC: its ``FUNCTIONS`` run in a child, one at a time.

    A call without an answer in time ends the child and gives ``NO_ANSWER``; it is never made
    again by itself, because a PIN may have been judged.
    What was opened in a child ends with it; establishing a context starts the next child, after
    a pause when several were lost.

    Attributes:
        starts: How many children were started, or tried to be.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        limits: Limits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember what to start; nothing runs yet.

        Args:
            command: Starts a child, see ``bridge.adapters.selfcall``.
            limits: Of time; the defaults suit people and real readers.
            monotonic: Seconds, by which pauses are measured.
        """
        self._monotonic = monotonic
        self._command = command
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self.starts = 0
        self._lost = 0
        self._not_before = 0.0
        self._is_closed = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Give a function of the library, by its name there."""
        function = FUNCTIONS.get(name)
        if function is None:
            raise AttributeError(name)
        return partial(self._call, name, function)

    def SCardCancel(self, _context: Any) -> int:  # noqa: N802  # the name is PC/SC's
        """End a wait that another thread is in; the child ends with it, and is not missed."""
        child = self._child
        if child is not None:
            child.is_dismissed = True
            child.kill()
        return 0

    @property
    def pid(self) -> int | None:
        """Number of the process that runs now."""
        child = self._child
        return None if child is None else child.pid

    def close(self) -> None:
        """End the child, after a call that runs, or without it when that takes long."""
        self._is_closed = True
        if not self._lock.acquire(timeout=self._limits.close_s):
            self.SCardCancel(None)
            self._lock.acquire()
        try:
            child, self._child = self._child, None
            if child is not None:
                child.end(patience_s=self._limits.close_s)
        finally:
            self._lock.release()

    def _call(self, name: str, function: Function, *arguments: Any) -> Any:
        with self._lock:
            if function.begins:
                child, token = self._running(), 0
            else:
                held: _Token = arguments[0]
                child, token, arguments = self._holder(held), held.number, arguments[1:]
            if child is None:
                return _failed(function, _code_without_child(function))
            limit_s = self._limits.of(name, arguments)
            request = _request(name, function, [limit_s, token], arguments)
            try:
                answer = child.ask(request, limit_s=limit_s)
            finally:
                request.wipe()
            if answer is None or not _is_answer_of(function, answer):
                self._lose(child, name)
                return _failed(function, NO_ANSWER)
        return _told(function, child.number, answer)

    def _holder(self, token: _Token) -> _Child | None:
        """Give the child that a token is of, if it still runs."""
        child = self._alive()
        return child if child is not None and child.number == token.child else None

    def _alive(self) -> _Child | None:
        """Give the child, if it still runs."""
        if self._child is not None and not self._child.is_alive:
            self._lose(self._child, "idle")
        return self._child

    def _running(self) -> _Child | None:
        """Give the child, started where there is none; ``None`` when that cannot be."""
        child = self._alive()
        if child is not None:
            return child
        if self._is_closed or self._monotonic() < self._not_before:
            return None
        self.starts += 1
        try:
            self._child = _Child(self._command, number=self.starts, born_at=self._monotonic())
        except OSError:
            self._pause(lived_s=0)
            return None
        if not self._child.is_ready(limit_s=self._limits.start_s):
            self._lose(self._child, "start")
        return self._child

    def _lose(self, child: _Child, place: str) -> None:
        """End a child that died or gave no answer in time."""
        self._child = None
        child.end(patience_s=0)
        if child.is_dismissed:
            return
        self._pause(lived_s=self._monotonic() - child.born_at)
        log.warning("card_driver.lost", place=place, count=self._lost)

    def _pause(self, *, lived_s: float) -> None:
        self._lost = 1 if lived_s > _LONG_S else self._lost + 1
        pause_s = _PAUSES_S[min(self._lost, len(_PAUSES_S)) - 1]
        self._not_before = self._monotonic() + pause_s


class _Child:
    """One process, and the thread that takes its answers."""

    def __init__(self, command: Sequence[str], *, number: int, born_at: float) -> None:
        self.number = number
        self.is_dismissed = False
        self.born_at = born_at
        self._process = start_child(command)
        self._answers: SimpleQueue[Frame | None] = SimpleQueue()
        self._listener = threading.Thread(target=self._listen, name="card-driver", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def is_ready(self, *, limit_s: float) -> bool:
        """Wait until it says so."""
        return self._next(limit_s) is not None

    def ask(self, request: Frame, *, limit_s: float) -> Frame | None:
        """Send a request and give its answer; ``None`` when there is none in time."""
        try:
            send(pipes_of(self._process)[0], request)
        except PipeClosed:
            return None
        return self._next(limit_s)

    def kill(self) -> None:
        self._process.kill()

    def end(self, *, patience_s: float) -> None:
        end_child(self._process, patience_s=patience_s)
        self._listener.join(_LISTENER_S)
        pipes_of(self._process)[1].close()

    def _next(self, limit_s: float) -> Frame | None:
        try:
            return self._answers.get(timeout=limit_s)
        except Empty:
            return None

    def _listen(self) -> None:
        stdout = pipes_of(self._process)[1]
        try:
            while True:
                self._answers.put(receive(stdout))
        except PipeClosed:
            self._answers.put(None)


def _request(name: str, function: Function, head: list[Any], arguments: Sequence[Any]) -> Frame:
    if not function.sends_bytes:
        return Frame([name, *head, list(arguments)])
    *plain, numbers = arguments
    return Frame([name, *head, plain], bytearray(numbers))


def _is_answer_of(function: Function, answer: Frame) -> bool:
    """Tell whether an answer has its form: a driver may have taken over who gives it."""
    kind, *values = answer.document or [None]
    if kind == "bug":
        return [type(each) for each in values] == [str]
    plain = [each for each in function.gives if each != "bytes"]
    return kind == "result" and len(values) == 1 + len(plain) and isinstance(values[0], int)


def _told(function: Function, child: int, answer: Frame) -> Any:
    """Give what the library gave.

    Raises:
        RuntimeError: the child met a bug.
    """
    kind, result, *values = answer.document
    if kind != "result":
        raise RuntimeError(f"card driver: {result}")
    told = iter(values)
    given: list[Any] = []
    for each in function.gives:
        if each == "bytes":
            given.append(list(answer.content))
        else:
            value = next(told)
            given.append(_Token(child, value) if each == "token" else value)
    return (result, *given) if given else result


def _code_without_child(function: Function) -> int:
    """Give a code for a child that could not be started, or for a token of one that is gone.

    A context that is no longer valid is made anew by whoever held it; on a card nothing may be
    begun again, and what is left of the job ends as the call ended that had no answer.
    """
    is_stale_context = not function.begins and not function.is_on_card
    return INVALID_HANDLE if is_stale_context else NO_ANSWER


def _failed(function: Function, code: int) -> Any:
    """Give a return value that is an error, in the form of the function."""
    return (code, *([] for _ in function.gives)) if function.gives else code
