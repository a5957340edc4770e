"""Encrypted connections: the only module that imports sqlcipher3.

The key is 32 random bytes given raw, never a pass phrase: deriving one would cost a quarter of a
second per connection (*Library choices* 6).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2 as sqlcipher

from bridge.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

KEY_BYTES: Final = 32
_BUSY_S: Final = 5
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""What is said of a page whose keyed checksum does not hold, and of one that is no page."""


@contextmanager
def store_errors() -> Iterator[None]:
    """Map database failures to ``StoreError``; full disks and damage have codes of their own."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else None
        raise StoreError(code=_code_of(cause)) from error
    except sqlcipher.Error as error:
        raise StoreError(code=_code_of(error)) from error


def encrypted_engine(path: Path, key: bytes, *, connections: int, writes: bool) -> Engine:
    """Give an engine whose connections open the encrypted file.

    Args:
        path: The database file; must exist, may be empty.
        key: 32 bytes.
        connections: Most connections at once.
        writes: One that writes takes the write lock when its transaction begins; others cannot
            change anything.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("the key has 32 bytes")
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(path, key, writes=writes),
        module=sqlcipher,
        poolclass=QueuePool,
        pool_size=connections,
        # The connection used last has the pages in its cache; the others need none.
        pool_use_lifo=True,
        max_overflow=0,
        hide_parameters=True,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def looking(path: Path, key: bytes) -> Iterator[Any]:
    """Give a connection that reads a file and changes not one byte of it, nor of its journal.

    An ordinary connection would move the journal's pages into the file when it closes.

    Raises:
        StoreError: the file cannot be opened; whether it can be read shows later.
    """
    with _raw_errors():
        address = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlcipher.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None)
        try:
            _unlock(connection, key)
            yield connection
        finally:
            connection.close()


def copy_encrypted(source: Path, key: bytes, target: Path, target_key: bytes) -> None:
    """Copy a database as it is at one moment into a new file under another key.

    The copy is one reading transaction: writers go on beside it, and what they commit meanwhile
    is not in it.
    The new file has no journal while it is made: half a copy is worth nothing and is thrown away.

    Args:
        source: May be in use by others.
        key: Key of ``source``.
        target: Must not exist, or be empty.
        target_key: 32 bytes.

    Raises:
        StoreError: the source cannot be read, or the copy cannot be written; ``storage_full``
            when there is no room.
    """
    with _raw_errors(), looking(source, key) as connection:
        connection.execute("ATTACH DATABASE ? AS copy KEY ?", (str(target), _raw(target_key)))
        connection.execute("PRAGMA copy.journal_mode = OFF")
        connection.execute("PRAGMA copy.synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute("SELECT sqlcipher_export('copy')")
        connection.execute("COMMIT")
        connection.execute("DETACH DATABASE copy")


@contextmanager
def _raw_errors() -> Iterator[None]:
    try:
        yield
    except sqlcipher.Error as error:
        raise StoreError(code="storage_full" if _says_full(error) else None) from error


def _raw(key: bytes) -> str:
    if len(key) != KEY_BYTES:
        raise ValueError("the key has 32 bytes")
    return f"x'{key.hex()}'"


def _unlock(connection: Any, key: bytes) -> None:
    # The library otherwise writes to stderr when the key is wrong.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f'PRAGMA key = "{_raw(key)}"')
    connection.execute("PRAGMA temp_store = MEMORY")


def _connect(path: Path, key: bytes, *, writes: bool) -> Any:
    # Transactions are begun by us: the driver would begin them late, and only for some statements.
    connection = sqlcipher.connect(
        str(path), timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        _unlock(connection, key)
        connection.execute("PRAGMA foreign_keys = ON")
        if writes:
            connection.execute("PRAGMA journal_mode = WAL")
            # What is erased is overwritten, not only taken off a list (SEC-163).
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection.execute("PRAGMA query_only = ON")
    except sqlcipher.Error:
        connection.close()
        raise
    return connection


def _code_of(cause: object) -> str | None:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _DAMAGE:
        return "storage_damaged"
    return "storage_full" if _says_full(cause) else None


def _says_full(cause: object) -> bool:
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
