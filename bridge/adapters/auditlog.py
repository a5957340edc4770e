"""The audit log as a file of its own, apart from the database it testifies about.

It is opened for appending only; a file lock orders the daemon and the command line.
Source: *Local API security* 15; SEC-134.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.adapters.ownfiles import ensure_private_folder, store_error
from bridge.domain.audit import GENESIS, Head, head_of
from bridge.errors import KeyStoreUnavailable
from bridge.ports.audit import MOST_ANCHORS

if TYPE_CHECKING:
    from bridge.ports.secrets import SecretStore

FILE_NAME: Final = "audit.jsonl"
ANCHORS: Final = "audit-anchors"
_ANCHOR: Final = struct.Struct(">Qq32s")
_BLOCK: Final = 4096
_MOST_TRIES: Final = 50
_PAUSE_S: Final = 0.01
"""Whoever appends needs microseconds; a process that was stopped then holds nobody up for long."""
_LOCKED_AT: Final = 1 << 40
"""Offset of the byte Windows locks, beyond every record: its locks keep readers out."""

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, *, is_taken: bool) -> None:
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _LOCKED_AT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if is_taken else msvcrt.LK_UNLCK, 1)
        os.lseek(descriptor, place, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int, *, is_taken: bool) -> None:
        if not is_taken:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            return
        for _ in range(_MOST_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE_S)
            else:
                return
        raise TimeoutError


class FileAudit:
    """Port ``AuditFile`` on one file."""

    def __init__(self, folder: Path) -> None:
        """Choose the folder; the file is made with the first record."""
        self._path = folder / FILE_NAME
        self._mutex = threading.Lock()
        self._descriptor: int | None = None
        self._size = -1
        self._head = GENESIS
        self._is_dirty = False

    @property
    def is_new(self) -> bool:
        """Tell whether there is no record yet."""
        return not self._path.exists() or not self._path.stat().st_size

    def append(self, make: Callable[[Head], tuple[bytes, Head]]) -> Head:
        """Write the line that ``make`` gives for what is now the end; gives the new end.

        Raises:
            StoreError: it cannot be written.
        """
        with self._mutex, self._alone() as descriptor:
            size = os.fstat(descriptor).st_size
            if size != self._size:
                size = self._find_end(descriptor, size)
            line, head = make(self._head)
            self._size = size + os.write(descriptor, line + b"\n")
            self._head = head
            self._is_dirty = True
        return head

    def lines(self) -> Iterator[bytes]:
        """Give the lines that are there now; a line without an end is still being written."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def flush(self) -> None:
        """Wait until everything is on the disk.

        Raises:
            StoreError: the disk refuses.
        """
        with self._mutex:
            descriptor, is_dirty = self._descriptor, self._is_dirty
            self._is_dirty = False
        if descriptor is None or not is_dirty:
            return
        try:
            os.fsync(descriptor)
        except OSError as error:
            raise store_error(error) from error

    def close(self) -> None:
        """Flush and close; nothing happens when nothing was appended."""
        self.flush()
        with self._mutex:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor, self._size = None, -1

    @contextmanager
    def _alone(self) -> Iterator[int]:
        try:
            descriptor = self._opened()
            _lock(descriptor, is_taken=True)
            try:
                yield descriptor
            finally:
                _lock(descriptor, is_taken=False)
        except OSError as error:
            raise store_error(error) from error

    def _opened(self) -> int:
        """Give the open file; opened again when another one has its name."""
        if self._descriptor is not None:
            if self._is_still_there(self._descriptor):
                return self._descriptor
            os.close(self._descriptor)
            self._descriptor = None
        ensure_private_folder(self._path.parent)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(self._path, flags, 0o600)
        self._size = -1
        return self._descriptor

    def _is_still_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(descriptor))
        except FileNotFoundError:
            return False

    def _find_end(self, descriptor: int, size: int) -> int:
        """Read where the chain ends; what a power cut left of a line is no record and goes."""
        tail = b""
        while True:
            start = max(0, size - len(tail) - _BLOCK)
            os.lseek(descriptor, start, os.SEEK_SET)
            tail = os.read(descriptor, size - start)
            *whole, torn = tail.split(b"\n")
            heads = (head_of(line) for line in reversed(whole if start == 0 else whole[1:]))
            head = next((each for each in heads if each is not None), None)
            if head is not None or start == 0:
                break
        if torn:
            size -= len(torn)
            os.ftruncate(descriptor, size)
        self._head = head or GENESIS
        return size


class NoFile:
    """Port ``AuditFile`` where no key store is: a chain without a key would be worth nothing."""

    is_new = True

    def append(self, make: Callable[[Head], tuple[bytes, Head]]) -> Head:
        """Refuse.

        Raises:
            KeyStoreUnavailable: always; who records says so in the log.
        """
        del make  # no line is made
        raise KeyStoreUnavailable

    def lines(self) -> Iterator[bytes]:
        """Give nothing."""
        return iter(())

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class KeyStoreAnchors:
    """Port ``AnchorPlace`` in the key store: another place than the files."""

    def __init__(self, secrets: SecretStore) -> None:
        """Keep anchors in ``secrets``."""
        self._secrets = secrets

    def read(self) -> list[Head]:
        """Give the anchors, oldest first.

        Raises:
            KeyStoreUnavailable: they cannot be read.
        """
        kept = self._secrets.get(ANCHORS) or b""
        whole = len(kept) - len(kept) % _ANCHOR.size
        return [
            Head(sequence=sequence, mac=mac.hex(), at=datetime.fromtimestamp(at, tz=UTC))
            for sequence, at, mac in _ANCHOR.iter_unpack(kept[:whole])
        ]

    def write(self, anchors: list[Head]) -> None:
        """Replace the anchors.

        Raises:
            KeyStoreUnavailable: they cannot be written.
        """
        packed = (
            _ANCHOR.pack(anchor.sequence, int(anchor.at.timestamp()), bytes.fromhex(anchor.mac))
            for anchor in anchors[-MOST_ANCHORS:]
        )
        self._secrets.put(ANCHORS, b"".join(packed))
