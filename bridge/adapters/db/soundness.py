"""Is the database file sound?

Two looks, both without changing a byte.
The quick one walks every page that is in use, whose keyed checksum is verified on the way; it
costs about 4 ms for each MiB, so above a limit only schema, size and the first page of every
table and index are looked at.
The thorough one verifies the checksum of every page there is, free ones too, and takes twice as
long (``benchmarks/storage.py``).
"""

from __future__ import annotations

import sqlite3
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from bridge.adapters.db.engine import looking
from bridge.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

WALKED_BYTES: Final = 256 * 2**20
"""Largest file every page of which is walked at an ordinary start: about a second."""

_PAGE_BYTES: Final = 4096
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Soundness(Enum):
    """What a look found.

    ``LOCKED`` is a file no page of which opens under the key: the key is another one, or the
    file is not ours; nothing says that it is damaged.
    """

    SOUND = "sound"
    DAMAGED = "damaged"
    LOCKED = "locked"


def examine(path: Path, key: bytes, *, is_thorough: bool) -> Soundness:
    """Look at a database file.

    Args:
        path: The file; an empty one is sound.
        key: 32 bytes.
        is_thorough: Verify every page, whatever the size.

    Raises:
        StoreError: the file cannot be looked at, which says nothing about its soundness.
    """
    size = path.stat().st_size
    if not size:
        return Soundness.SOUND
    try:
        with looking(path, key) as connection:
            is_sound = _is_sound(connection, size, is_thorough=is_thorough)
    except StoreError as error:
        code = getattr(error.__cause__, "sqlite_errorcode", None)
        if code is None or code & 0xFF not in _DAMAGE:
            raise
        is_sound = False
    return Soundness.SOUND if is_sound else _kind_of_damage(path, key, size)


def _is_sound(connection: Any, size: int, *, is_thorough: bool) -> bool:
    if is_thorough and connection.execute("PRAGMA cipher_integrity_check").fetchone():
        return False
    if is_thorough or size <= WALKED_BYTES:
        found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        return found == "ok"
    return _begins_well(connection)


def _begins_well(connection: Any) -> bool:
    """Read the first row of every table; a file that is too short does not get as far."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    for (name,) in connection.execute(query).fetchall():
        quoted = name.replace('"', '""')
        connection.execute(f'SELECT * FROM "{quoted}" LIMIT 1').fetchone()  # noqa: S608  a name cannot be a parameter
    return True


def _kind_of_damage(path: Path, key: bytes, size: int) -> Soundness:
    """Tell damage from a wrong key: under a wrong key not one page opens."""
    with looking(path, key) as connection:
        failed = len(connection.execute("PRAGMA cipher_integrity_check").fetchall())
    pages = -(-size // _PAGE_BYTES)
    return Soundness.LOCKED if failed >= pages else Soundness.DAMAGED
