"""Opening the database only when it is sound; a damaged one is set aside and never replaced.

The files of a damaged database go, as they are, into a folder beside it, and a note says so.
While the note is there no database is opened and none is made: an empty one would look as if
nothing had ever been sent.
Only a restore, or a person who says so, ends that.
Source: *Local API security* 13; API-80 (``storage:integrity``).
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Final

from bridge.adapters.db.soundness import Soundness, examine
from bridge.adapters.db.store import SqlStore
from bridge.adapters.ownfiles import ensure_private_folder, store_error, write_private_file
from bridge.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

DAMAGED: Final = "storage_damaged"
FOREIGN: Final = "storage_foreign"
"""The key that is here is not the key of the file: it came from another account or computer."""

_NOTE: Final = "storage-set-aside.json"
_COMPANIONS: Final = ("-wal", "-shm", "")
"""What belongs to a database file; the journal goes first, so that it never meets another one."""


def open_sound(path: Path, key: bytes, *, now: datetime) -> SqlStore:
    """Open the database after a look at it; the caller holds the instance lock.

    The look is a quick one, and a thorough one after a stop that was not clean: a journal that
    was left behind tells.

    Args:
        path: The database file; made when there is none.
        key: 32 bytes.
        now: Names the folder a damaged database is moved to.

    Raises:
        StoreError: ``storage_damaged`` when it is damaged, or was at an earlier start;
            ``storage_foreign`` when its key is another one; otherwise it cannot
            be opened. In both cases it is left where it is.
    """
    refuse_set_aside(path)
    if path.exists():
        found = examine(path, key, is_thorough=was_left_open(path))
        if found is Soundness.LOCKED:
            raise StoreError("no page opens under the key", code=FOREIGN)
        if found is Soundness.DAMAGED:
            _leave_note(path, now)
            set_aside(path, "damaged", now=now)
            raise StoreError(code=DAMAGED)
    return SqlStore.open(path, key)


def was_left_open(path: Path) -> bool:
    """Tell whether the last program that wrote did not close the database."""
    journal = path.with_name(f"{path.name}-wal")
    return journal.exists() and journal.stat().st_size > 0


def refuse_set_aside(path: Path) -> None:
    """Raise when the database was set aside and nobody has decided yet.

    Raises:
        StoreError: ``storage_damaged``.
    """
    if _note(path).exists():
        raise StoreError(code=DAMAGED)


def forget_damage(path: Path) -> None:
    """Let the next start open a database again; what was set aside stays."""
    _note(path).unlink(missing_ok=True)


def set_aside(path: Path, why: str, *, now: datetime) -> Path:
    """Move a database with its journal, unchanged, into a folder of its own beside it.

    Args:
        path: The database file.
        why: First word of the folder's name.
        now: The rest of it.

    Raises:
        StoreError: it cannot be moved.
    """
    folder = aside_folder(path, why, now=now)
    try:
        for companion in _COMPANIONS:
            source = path.with_name(path.name + companion)
            with contextlib.suppress(FileNotFoundError):
                source.rename(folder / source.name)
    except OSError as error:
        raise store_error(error) from error
    return folder


def aside_folder(path: Path, why: str, *, now: datetime) -> Path:
    """Make the folder a database is kept aside in; a second one of the same moment gets a number.

    Raises:
        StoreError: it cannot be made.
    """
    name = f"{why}-{now:%Y%m%dT%H%M%SZ}"
    folder, number = path.with_name(name), 1
    while folder.exists():
        number += 1
        folder = path.with_name(f"{name}-{number}")
    ensure_private_folder(folder)
    return folder


def _leave_note(path: Path, now: datetime) -> None:
    # Before anything moves: a kill in between must not lead to an empty database.
    note = {"found_at": now.isoformat()}
    write_private_file(_note(path), json.dumps(note).encode())


def _note(path: Path) -> Path:
    return path.with_name(_NOTE)
