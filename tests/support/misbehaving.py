"""A child in the place of ``--card-driver``, whose library does what a file says.

The file holds ``hang``, ``crash``, ``babble`` or ``fail`` and the name of a function, or nothing;
it is read at each call, so that a test can let the library recover.
A file beside it, ``.seen``, says that the library obeyed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

from bridge.adapters.childtask import end_after, forbid_dumps, live_on, own_pipes
from bridge.adapters.pcsc.driver import Driver
from bridge.adapters.pcsc.wire import Frame, send

LONG_S = 600
ANSWERS: dict[str, Any] = {
    "SCardEstablishContext": (0, object()),
    "SCardReleaseContext": 0,
    "SCardListReaders": (0, ["Reader of the test"]),
    "SCardGetStatusChange": (0, [("Reader of the test", 0x10, [])]),
    "SCardConnect": (0, object(), 1),
    "SCardDisconnect": 0,
    "SCardBeginTransaction": 0,
    "SCardEndTransaction": 0,
    "SCardTransmit": (0, [0x90, 0x00]),
    "SCardControl": (0, [0x90, 0x00]),
}


def command(orders: Path) -> tuple[str, ...]:
    """Give the command that starts the child."""
    orders.touch()
    return (sys.executable, "-m", "tests.support.misbehaving", str(orders))


class Library:
    def __init__(self, orders: Path, answers: FileIO) -> None:
        self._orders = orders
        self._answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._obey(name)
            return ANSWERS[name]

        return call

    def _obey(self, name: str) -> None:
        how, _, where = self._orders.read_text().partition(" ")
        if where != name:
            return
        self._orders.with_suffix(".seen").touch()
        if how == "hang":
            time.sleep(LONG_S)
        if how == "crash":
            os._exit(1)
        if how == "babble":  # as a driver would that has taken over the process
            send(self._answers, Frame(["result"]))
        raise ValueError("words that could hold anything")


def main() -> None:
    forbid_dumps()
    requests, answers = own_pipes()
    library = Library(Path(sys.argv[1]), answers)
    Driver(library, requests, answers, end_after=end_after, live_on=live_on).run()


if __name__ == "__main__":
    main()
