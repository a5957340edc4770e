"""The whole database under another key, in a new file beside it (SEC-133).

The file is encrypted as a whole, so a new key means a new file: it is written beside the old one,
every page of it is verified, and then it takes the name in one move.
A kill leaves the old file under the old key or the new file under the new one; while both keys
are kept, ``key_that_opens`` tells which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridge.adapters.db.engine import copy_encrypted
from bridge.adapters.db.files import remove_database, remove_journals, revision_in
from bridge.adapters.db.soundness import Soundness, examine
from bridge.adapters.ownfiles import create_private_file, store_error, sync_folder, sync_path
from bridge.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_DRAFT: Final = ".rekey"
_ASIDE: Final = ("damaged-*", "replaced-*")


def draft_of(path: Path) -> Path:
    """Give the name of the file that is written."""
    return path.with_name(path.name + _DRAFT)


def write_under(path: Path, key: bytes, new_key: bytes) -> Path:
    """Write a database under another key into a draft beside it; nobody may write meanwhile.

    Raises:
        StoreError: it cannot be read or written, or the draft is not sound.
    """
    draft = draft_of(path)
    try:
        remove_database(draft)
        create_private_file(draft)
        copy_encrypted(path, key, draft, new_key)
        _check(draft, new_key, revision=revision_in(path, key))
        sync_path(draft)
    except OSError as error:
        raise store_error(error) from error
    except StoreError:
        remove_database(draft)
        raise
    return draft


def _check(draft: Path, key: bytes, *, revision: str) -> None:
    is_sound = examine(draft, key, is_thorough=True) is Soundness.SOUND
    if not is_sound or revision_in(draft, key) != revision:
        raise StoreError("the copy under the new key is not sound")


def take_over(path: Path, draft: Path) -> None:
    """Give a draft the name of the database, which nobody has open.

    Raises:
        StoreError: something still has it open, or the name cannot be moved.
    """
    if path.with_name(f"{path.name}-wal").exists():
        raise StoreError("another program has the database open")
    try:
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise store_error(error) from error


def key_that_opens(path: Path, keys: Sequence[bytes]) -> bytes | None:
    """Give the first of some keys under which pages of the file open, damaged ones or not."""
    for key in keys:
        if examine(path, key, is_thorough=False) is not Soundness.LOCKED:
            return key
    return None


def kept_aside(path: Path) -> list[Path]:
    """Give the databases that were set aside or replaced, which lie beside this one."""
    found = (folder / path.name for each in _ASIDE for folder in path.parent.glob(each))
    return sorted(file for file in found if file.exists())


def rekey_aside(path: Path, key: bytes, new_key: bytes, reached: Callable[[str], None]) -> None:
    """Bring what was set aside under the new key too, each in one step.

    Raises:
        StoreError: ``storage_damaged``, one does not open any more: the old key must stay.
    """
    for file in kept_aside(path):
        if key_that_opens(file, [new_key]) is not None:
            continue
        if examine(file, key, is_thorough=True) is not Soundness.SOUND:
            raise StoreError(code="storage_damaged")
        draft = write_under(file, key, new_key)
        remove_journals(file)
        take_over(file, draft)
        reached("rotation.aside")
