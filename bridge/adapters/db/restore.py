"""A backup becomes the database again, in one step, and the old one stays beside it.

Everything that can fail is done on a file of another name; then the old database is linked into
a folder of its own, and the new file takes the name in one move.
A kill therefore leaves the old database or the new one, complete, and never none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.adapters.db.backup import Manifest, unseal
from bridge.adapters.db.engine import copy_encrypted
from bridge.adapters.db.files import JOURNALS, remove_database, remove_journals, revision_in
from bridge.adapters.db.migrate import NEWEST
from bridge.adapters.db.safekeeping import aside_folder, forget_damage, was_left_open
from bridge.adapters.db.soundness import Soundness, examine
from bridge.adapters.db.store import SqlStore
from bridge.adapters.ownfiles import create_private_file, store_error, sync_folder, sync_path
from bridge.errors import InputError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_DRAFTS: Final = (".restore-sealed", ".restore")


def _pass(_step: str) -> None:
    """Reach a step without consequence: failpoints are for tests."""


def restore(
    backup: Path,
    passphrase: str,
    *,
    path: Path,
    key: bytes,
    now: datetime,
    reached: Callable[[str], None] = _pass,
) -> tuple[Manifest, Path | None]:
    """Make a backup the database; the caller holds the instance lock.

    Args:
        backup: The backup file.
        passphrase: Its pass phrase.
        path: The database file, which may be damaged or absent.
        key: 32 bytes, the key of the database from now on.
        now: Names the folder of the old database.
        reached: Called at every named step (D27).

    Returns:
        What the backup says of itself, and where the old database lies; ``None`` when there was
        none.

    Raises:
        InputError: ``backup_foreign``, ``backup_too_new``, ``backup_damaged``,
            ``backup_passphrase_wrong``; nothing has changed.
        StoreError: it cannot be written; nothing has changed.
    """
    sealed, fresh = (path.with_name(path.name + ending) for ending in _DRAFTS)
    remove_database(sealed, fresh)
    try:
        manifest = _prepare(backup, passphrase, sealed=sealed, fresh=fresh, key=key)
        reached("restore.prepared")
        kept = replace_database(path, fresh, key=key, now=now, reached=reached)
    except OSError as error:
        raise store_error(error) from error
    finally:
        remove_database(sealed, fresh)
    return manifest, kept


def start_empty(path: Path, *, key: bytes, now: datetime) -> Path | None:
    """Begin with an empty database because a person said so; gives where the old one lies.

    Raises:
        StoreError: it cannot be made; nothing has changed.
    """
    fresh = path.with_name(path.name + _DRAFTS[1])
    remove_database(fresh)
    try:
        _close(SqlStore.open(fresh, key))
        return replace_database(path, fresh, key=key, now=now)
    except OSError as error:
        raise store_error(error) from error
    finally:
        remove_database(fresh)


def replace_database(
    path: Path,
    fresh: Path,
    *,
    key: bytes,
    now: datetime,
    reached: Callable[[str], None] = _pass,
) -> Path | None:
    """Give a complete new file the name of the database, and keep the old one aside."""
    kept = None
    if path.exists():
        _fold_journal(path, key)
        kept = aside_folder(path, "replaced", now=now)
        for companion in ("", *JOURNALS):
            _link(path.with_name(path.name + companion), kept)
        sync_folder(kept)
        reached("restore.kept")
    # A journal of the old file must not meet the new one.
    remove_journals(path)
    reached("restore.cleared")
    fresh.replace(path)
    sync_folder(path.parent)
    reached("restore.replaced")
    forget_damage(path)
    return kept


def _prepare(backup: Path, passphrase: str, *, sealed: Path, fresh: Path, key: bytes) -> Manifest:
    create_private_file(sealed)
    create_private_file(fresh)
    manifest, keys = unseal(backup, sealed, passphrase)
    if manifest.schema > NEWEST:
        raise InputError(code="backup_too_new")
    if examine(sealed, keys.database, is_thorough=True) is not Soundness.SOUND:
        raise InputError(code="backup_damaged")
    copy_encrypted(sealed, keys.database, fresh, key)
    if revision_in(fresh, key) != manifest.schema:
        raise InputError(code="backup_damaged")
    # Opening brings it to the schema of this program; closing leaves no journal.
    _close(SqlStore.open(fresh, key))
    sync_path(fresh)
    return manifest


def _fold_journal(path: Path, key: bytes) -> None:
    """Let a sound database take in its journal, so that one file is all of it."""
    if not was_left_open(path):
        return
    with contextlib.suppress(StoreError):  # damaged: file and journal are kept as they are
        if examine(path, key, is_thorough=True) is Soundness.SOUND:
            _close(SqlStore.open(path, key))


def _close(store: SqlStore) -> None:
    store.close_now()


def _link(source: Path, folder: Path) -> None:
    """Keep a file under a second name; where the file system has no links, keep a copy."""
    if not source.exists():
        return
    target = folder / source.name
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        target.chmod(0o600)
        sync_path(target)
