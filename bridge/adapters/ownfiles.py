"""Files and folders that only their owner can read (SEC-43, SEC-104).

POSIX: mode ``0600`` in folders of mode ``0700``.
Windows: folders get an access list for the user and SYSTEM alone, which their files inherit.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO, Final

from bridge.errors import StoreError

_ZEROS: Final = 2**20
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def ensure_private_folder(folder: Path) -> None:
    """Create a folder for its owner alone, or refuse one that is not safe to use.

    Raises:
        StoreError: ``folder_unsafe``: a link, no folder, another owner, or writable by others;
            otherwise it cannot be created.
    """
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            _restrict_to_owner(folder)
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or _is_junction(facts):
            raise StoreError("not a plain folder", code="folder_unsafe")
        _refuse_shared(folder)
    except OSError as error:
        raise StoreError("folder cannot be created") from error


def write_private_file(path: Path, content: bytes) -> None:
    """Replace a file in one step: new content is complete on disk before the name moves to it.

    Raises:
        StoreError: cannot be written; ``storage_full`` when there is no room.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        _write_synced(draft, content)
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            destroy_file(draft)
        raise store_error(error) from error


def destroy_file(path: Path) -> None:
    """Overwrite a file of ours and remove it; nothing happens when there is none.

    A disk that spreads its writes may keep an older copy: what must stay secret is encrypted, this
    is for the rest (SEC-134).
    A link is removed and what it leads to is left alone.
    Raises ``OSError``.
    """
    if not path.is_symlink() and path.is_file():
        with path.open("rb+") as file:
            left = path.stat().st_size
            while left > 0:
                left -= file.write(bytes(min(left, _ZEROS)))
            sync_file(file)
    path.unlink(missing_ok=True)


def create_private_file(path: Path) -> None:
    """Create an empty file of mode ``0600`` unless there is one.

    Raises:
        StoreError: cannot be created.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise store_error(error) from error


def sync_file(file: BinaryIO) -> None:
    """Wait until what was written is on the disk; raises ``OSError``."""
    file.flush()
    os.fsync(file.fileno())


def sync_path(path: Path) -> None:
    """Wait until a file that others wrote is on the disk; raises ``OSError``."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def store_error(error: OSError) -> StoreError:
    """Give our error for a failed write: full disks have a code of their own."""
    full = error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
    return StoreError(code="storage_full" if full else None)


def _write_synced(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
        sync_file(file)


def _is_junction(facts: os.stat_result) -> bool:
    attributes: int = getattr(facts, "st_file_attributes", 0)
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0))


if sys.platform == "win32":
    from bridge.adapters.windowsaccess import is_private_folder, restrict_to_owner

    def _restrict_to_owner(folder: Path) -> None:
        restrict_to_owner(folder)

    def _refuse_shared(folder: Path) -> None:
        if not is_private_folder(folder):
            raise StoreError("folder is shared with others", code="folder_unsafe")

    def sync_folder(folder: Path) -> None:
        """Do nothing: Windows orders the change of a name by itself."""

else:

    def _restrict_to_owner(folder: Path) -> None:
        folder.chmod(0o700)

    def sync_folder(folder: Path) -> None:
        """Wait until names that changed in a folder are on the disk; raises ``OSError``."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _refuse_shared(folder: Path) -> None:
        facts = folder.lstat()
        if facts.st_uid != os.geteuid() or facts.st_mode & _OTHERS_MAY_WRITE:
            raise StoreError("folder is shared with others", code="folder_unsafe")
