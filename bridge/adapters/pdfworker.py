"""The process that looks into PDF files: it owns the libraries that read them, and nothing else.

It has no arguments: files arrive through its standard input, and it ends when that is closed.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from functools import partial
from typing import BinaryIO, Final

from bridge.adapters import pdfpipe
from bridge.adapters.pdfinspection import FileInspector

LONGEST_S: Final = 60
"""A file that hangs the libraries must not outlive a daemon that is gone and cannot end it."""

_NOWHERE: Final = 2
_MOST_MEMORY: Final = 1024 * 1024 * 1024
"""Address space in bytes: the libraries, a drawn page, and what a file may blow up to."""


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Look into one file after the other until nobody asks any more."""
    inspector = FileInspector()
    while True:
        try:
            content, most_pages = pdfpipe.read_question(questions)
        except EOFError:
            return
        # ``faulthandler`` needs no Python for it.
        faulthandler.dump_traceback_later(LONGEST_S, exit=True, file=_NOWHERE)
        look = partial(inspector.inspect, content, most_pages=most_pages)
        pdfpipe.write_answer(answers, look)
        faulthandler.cancel_dump_traceback_later()


def main() -> None:
    """Serve on this process's standard input and output; what libraries print goes nowhere."""
    _limit()
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    with answers:
        serve(sys.stdin.buffer, answers)


if sys.platform == "win32":

    def _limit() -> None:
        """Leave memory to the deadline: there is no such limit without a job object."""

else:
    import resource

    def _limit() -> None:
        """Let a file that blows up fail here, and leave no image of its content behind."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
