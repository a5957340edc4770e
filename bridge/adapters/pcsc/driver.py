"""The process that speaks with card readers: one call of PC/SC after the other, and nothing else.

A driver may hang, crash or print; none of that reaches the daemon, which ends this process and
starts another.
It knows no rule: what is sent to a card, and how often, is decided by the daemon.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from io import FileIO
from typing import Any, Final

from bridge.adapters.childtask import GRACE_S, end_after, forbid_dumps, live_on, own_pipes, place_of
from bridge.adapters.pcsc.api import load_scard
from bridge.adapters.pcsc.codes import OK
from bridge.adapters.pcsc.functions import FUNCTIONS, Function
from bridge.adapters.pcsc.wire import Frame, receive, send
from bridge.adapters.pipes import PipeClosed

_JOB_S: Final = 10
"""How long a card may stay connected without a call."""
READY: Final[list[Any]] = ["ready"]
"""The first frame of a child, before anybody asked."""


class Driver:
    """Calls the library for whoever asks through the pipe."""

    def __init__(
        self,
        scard: Any,
        requests: FileIO,
        answers: FileIO,
        *,
        end_after: Callable[[float], None],
        live_on: Callable[[], None],
    ) -> None:
        """Take the library and the ends of the pipe.

        Args:
            scard: The library of ``load_scard``.
            requests: Read from here, until it is closed.
            answers: Written to here.
            end_after: Ends the process in so many seconds, whatever the library does.
            live_on: Takes that back.
        """
        self._end_after = end_after
        self._live_on = live_on
        self._scard = scard
        self._requests = requests
        self._answers = answers
        self._tokens: dict[int, Any] = {}
        self._last_token = 0
        self._on_card: set[int] = set()
        self._ends_at = 0.0

    def run(self) -> None:
        """Say that we are ready, and serve until the daemon closes its end."""
        try:
            send(self._answers, Frame(READY))
            while True:
                request = receive(self._requests)
                try:
                    answer = self._answer(request)
                finally:
                    request.wipe()
                send(self._answers, answer)
        except PipeClosed:
            return

    def _answer(self, request: Frame) -> Frame:
        name, limit_s, token, arguments = request.document
        self._arm(limit_s)
        try:
            return self._call(name, token, arguments, request.content)
        except Exception as error:  # noqa: BLE001  # told to the daemon, which logs it
            return Frame(["bug", place_of(error)])
        finally:
            if not self._on_card:
                self._live_on()
                self._ends_at = 0.0

    def _arm(self, limit_s: float) -> None:
        """End this process when a call hangs and the daemon is not there any more to do it.

        That costs a thread each time, so while a card is connected it is done once for many calls.
        """
        if self._ends_at < time.monotonic() + limit_s + GRACE_S:
            lasts_s = limit_s + GRACE_S + _JOB_S
            self._ends_at = time.monotonic() + lasts_s
            self._end_after(lasts_s)

    def _call(self, name: str, token: int, arguments: list[Any], content: bytearray) -> Frame:
        function = FUNCTIONS[name]
        call = getattr(self._scard, name)
        given = [] if function.begins else [self._tokens[token]]
        given += [_as_tuples(argument) for argument in arguments]
        numbers = list(content)
        given += [numbers] if function.sends_bytes else []
        try:
            result, values = _told(function, call(*given))
        finally:
            numbers[:] = [0] * len(numbers)
        if function.ends:
            self._tokens.pop(token, None)
            self._on_card.discard(token)
        return self._frame(function, result, values)

    def _frame(self, function: Function, result: int, values: list[Any]) -> Frame:
        told: list[Any] = ["result", result]
        content = bytearray()
        for kind, value in zip(function.gives, values, strict=True):
            if kind == "bytes":
                content += bytes(value)
            elif kind == "token":
                told.append(self._kept(function, value) if result == OK else 0)
            else:
                told.append(value)
        return Frame(told, content)

    def _kept(self, function: Function, value: Any) -> int:
        """Keep a context or a connection, and give the number that stands for it."""
        self._last_token += 1
        self._tokens[self._last_token] = value
        if not function.begins:
            self._on_card.add(self._last_token)
        return self._last_token


def _told(function: Function, answer: Any) -> tuple[int, list[Any]]:
    """Tell the return value from what comes with it."""
    if not function.gives:
        return answer, []
    result, *values = answer
    return result, values


def _as_tuples(argument: Any) -> Any:
    """Give readers with their states as the library wants them; JSON knows lists only."""
    if isinstance(argument, list):
        return [tuple(each) for each in argument]
    return argument


def main() -> None:
    """Serve on this process's standard input and output."""
    forbid_dumps()
    requests, answers = own_pipes()
    with requests, answers:
        driver = Driver(load_scard(), requests, answers, end_after=end_after, live_on=live_on)
        driver.run()
    # A library that waits for a reader in its clean-up would keep the process.
    end_after(GRACE_S)
