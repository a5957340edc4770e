"""The process of one window: request on the standard input, answer on the standard output.

The answer is one JSON line with ``outcome``, with the ``choice`` where one was made, and for
``pin`` with the number of ``digits``; these follow as raw bytes.
When the standard input ends, the window closes: nobody waits for its answer any more.
The first steps are talked with in both directions instead (``talk``).
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import threading
from dataclasses import dataclass
from typing import Final

from tray.dialogs.digits import Digits
from tray.dialogs.request import WindowRequest

UNAVAILABLE: Final = "unavailable"
_TALKED_WITH: Final = "assistant"
_STDIN: Final = 0
_STDOUT: Final = 1
_MOST_BYTES: Final = 16_384


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a window ended.

    Attributes:
        outcome: ``pin``, ``yes``, ``always``, ``no``, ``approve``, ``approve_all``, ``deny``,
            ``block``, ``cancelled``, ``timeout``, ``closed`` (from outside) or ``unavailable``.
        digits: Only with ``pin``; wiped after they were written.
        choice: Which of the people that were offered; the first one unless somebody chose.
    """

    outcome: str
    digits: Digits | None = None
    choice: int = 0


def main() -> int:
    """Show the window that is asked for; give the exit code."""
    _keep_memory_private()
    answers = _own_output()
    try:
        request = WindowRequest.parse(_line(_STDIN))
    except ValueError:
        return 2
    if request.window == _TALKED_WITH:
        return _talked(request, answers)
    left = threading.Event()
    threading.Thread(target=_watch, args=(_STDIN, left), daemon=True).start()
    _write(answers, _shown(request, left))
    return 0


def _shown(request: WindowRequest, left: threading.Event) -> Answer:
    try:
        windows = importlib.import_module("tray.dialogs.windows")
    except ImportError:
        # This Python came without Tk.
        return Answer(outcome=UNAVAILABLE)
    answer: Answer = windows.show(request, left)
    return answer


def _talked(request: WindowRequest, answers: int) -> int:
    try:
        assistant = importlib.import_module("tray.assistant.child")
    except ImportError:
        os.write(answers, json.dumps({"do": UNAVAILABLE}).encode() + b"\n")
        return 0
    assistant.talk_with(request, hears=_STDIN, says=answers)
    return 0


def _own_output() -> int:
    """Keep the standard output for the answer; what libraries print goes to the errors."""
    own = os.dup(_STDOUT)
    os.dup2(2, _STDOUT)
    return own


def _line(descriptor: int) -> bytes:
    """Read a line without reading what follows it."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(descriptor, 1)
        if not part or len(line) > _MOST_BYTES:
            raise ValueError("no request")
        line += part
    return line


def _watch(descriptor: int, left: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(descriptor, 1):
            pass
    left.set()


def _write(descriptor: int, answer: Answer) -> None:
    digits = answer.digits
    header: dict[str, str | int] = {"outcome": answer.outcome}
    if digits is not None:
        header["digits"] = len(digits)
    if answer.choice:
        header["choice"] = answer.choice
    try:
        os.write(descriptor, json.dumps(header).encode() + b"\n")
        if digits is not None:
            os.write(descriptor, digits.view())
    except OSError:
        # Whoever asked is gone; its digits are of no use to anybody.
        pass
    finally:
        if digits is not None:
            digits.wipe()


if sys.platform == "win32":
    import ctypes

    _NO_DIALOGUES: Final = 0x0001 | 0x0002 | 0x8000

    def _keep_memory_private() -> None:
        """Let no crash report be made of us (SEC-86)."""
        ctypes.WinDLL("kernel32").SetErrorMode(_NO_DIALOGUES)

else:
    import ctypes
    import resource

    _SET_DUMPABLE: Final = 4

    def _keep_memory_private() -> None:
        """Let no core file be written, and no program of the same user look in (SEC-86)."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
