"""One daemon per user: a lock file the system releases when the process ends (SEC-46, D30)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Self

from bridge.errors import Conflict, StoreError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class InstanceLock:
    """Held by the running daemon; a context manager.

    The file stays when the lock is released: removing it would let two processes lock two files
    of the same name.
    """

    def __init__(self, path: Path) -> None:
        """Choose the file, in the runtime folder, which must exist."""
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            Conflict: ``already_running``, another process holds it.
            StoreError: the file cannot be opened.
        """
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        try:
            descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise StoreError("lock file cannot be opened") from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise Conflict(code="already_running") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
