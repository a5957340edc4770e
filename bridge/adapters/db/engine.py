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


@contextmanager
def store_errors() -> Iterator[None]:
    """Map database failures to ``StoreError``; a full disk has a code of its own."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        raise StoreError(code="storage_full" if _is_full(error) else None) from error


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
        max_overflow=0,
        hide_parameters=True,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _connect(path: Path, key: bytes, *, writes: bool) -> Any:
    # Transactions are begun by us: the driver would begin them late, and only for some statements.
    connection = sqlcipher.connect(
        str(path), timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        # The library otherwise writes to stderr when the key is wrong.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA foreign_keys = ON")
        if writes:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection.execute("PRAGMA query_only = ON")
    except sqlcipher.Error:
        connection.close()
        raise
    return connection


def _is_full(error: DBAPIError | PoolTimeoutError) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else None
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
