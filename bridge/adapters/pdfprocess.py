"""Port ``PdfInspector`` in a process of its own: no file hangs the daemon or brings it down.

The process is started with the first file, serves one after the other, and is ended when none came
for a while.
What it does stands in ``bridge.adapters.pdfworker``.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, Final, cast

from bridge.adapters import pdfpipe
from bridge.adapters.selfcall import own_command
from bridge.errors import InputError
from bridge.ports.billing import PdfFacts

ARGUMENT: Final = "--pdf-reader"
"""Starts the process, see ``bridge.__main__``."""

_TOO_COMPLEX: Final = "billing_pdf_too_complex"

if sys.platform == "win32":
    _WITHOUT_CONSOLE: Final = subprocess.CREATE_NO_WINDOW
else:
    _WITHOUT_CONSOLE: Final = 0


class ProcessInspector:
    """Looks into one file at a time; safe to use from several threads."""

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        deadline_s: float = 20,
        idle_s: float = 60,
    ) -> None:
        """Remember what to start; nothing runs yet.

        Args:
            command: Starts the process; by default this program.
            deadline_s: A file that takes longer is refused; the start of the process included.
            idle_s: Without a file for so long, the process is ended.
        """
        self._command = own_command(ARGUMENT) if command is None else command
        self._deadline_s = deadline_s
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._rest: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """Number of the process that runs now."""
        child = self._child
        return None if child is None else child.pid

    def inspect(self, content: bytes, *, most_pages: int) -> PdfFacts:
        """Look into a file; blocks for as long as that takes, and not longer than the deadline.

        Raises:
            InputError: it is no PDF file (``billing_pdf_invalid``), needs a password
                (``billing_pdf_locked``), takes too long or is too much for its reader
                (``billing_pdf_too_complex``); one with too many pages is only counted.
        """
        with self._lock:
            self._stay()
            try:
                return self._ask(content, most_pages)
            except (OSError, EOFError) as error:
                self._end()
                raise InputError(code=_TOO_COMPLEX) from error
            finally:
                self._rest_later()

    def close(self) -> None:
        """End the process, after the file it looks into."""
        with self._lock:
            self._stay()
            self._end()

    def _ask(self, content: bytes, most_pages: int) -> PdfFacts:
        child = self._running()
        late = threading.Timer(self._deadline_s, child.kill)
        late.daemon = True
        late.start()
        try:
            pdfpipe.write_question(cast("BinaryIO", child.stdin), content, most_pages)
            return pdfpipe.read_answer(cast("BinaryIO", child.stdout))
        finally:
            late.cancel()
            late.join()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = subprocess.Popen(  # noqa: S603  # our own program
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=_WITHOUT_CONSOLE,
                # A key combination that ends the daemon must not refuse a file.
                start_new_session=True,
            )
        return self._child

    def _end(self) -> None:
        child = self._child
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            # What was not written any more cannot be.
            with suppress(OSError):
                cast("BinaryIO", pipe).close()
        child.wait()
        self._child = None

    def _stay(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _rest_later(self) -> None:
        if self._child is not None:
            self._rest = threading.Timer(self._idle_s, self.close)
            self._rest.daemon = True
            self._rest.start()
