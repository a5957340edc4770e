"""The process that speaks with card readers: one call of PC/SC after the other, and nothing else.

A driver may hang, crash or print; none of that reaches the daemon, which ends this process and
starts another.
It knows no rule: what is sent to a card, and how often, is decided by the daemon.
"""

from __future__ import annotations

from io import FileIO
from typing import Any, Final

from bridge.adapters.childtask import GRACE_S, end_after, forbid_dumps, live_on, own_pipes, place_of
from bridge.adapters.pcsc.api import load_scard
from bridge.adapters.pcsc.functions import FUNCTIONS, Function
from bridge.adapters.pcsc.wire import Frame, receive, send
from bridge.adapters.pipes import PipeClosed

READY: Final[list[Any]] = ["ready"]
"""The first frame of a child, before anybody asked."""


class Driver:
    """Calls the library for whoever asks through the pipe."""

    def __init__(self, scard: Any, requests: FileIO, answers: FileIO) -> None:
        """Take the library and the ends of the pipe.

        Args:
            scard: The library of ``load_scard``.
            requests: Read from here, until it is closed.
            answers: Written to here.
        """
        self._scard = scard
        self._requests = requests
        self._answers = answers
        self._tokens: dict[int, Any] = {}
        self._last_token = 0

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
        end_after(limit_s + GRACE_S)
        try:
            return self._call(name, token, arguments, request.content)
        except Exception as error:  # noqa: BLE001  # told to the daemon, which logs it
            return Frame(["bug", place_of(error)])
        finally:
            live_on()

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
        return self._frame(function, result, values)

    def _frame(self, function: Function, result: int, values: list[Any]) -> Frame:
        told: list[Any] = ["result", result]
        content = bytearray()
        for kind, value in zip(function.gives, values, strict=True):
            if kind == "bytes":
                content += bytes(value)
            elif kind == "token":
                self._last_token += 1
                self._tokens[self._last_token] = value
                told.append(self._last_token)
            else:
                told.append(value)
        return Frame(told, content)


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
        Driver(load_scard(), requests, answers).run()
    # A library that waits for a reader in its clean-up would keep the process.
    end_after(GRACE_S)
