"""A database as files: its journals, and the revision that stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridge.adapters.db.engine import looking

if TYPE_CHECKING:
    from pathlib import Path

JOURNALS: Final = ("-wal", "-shm")


def remove_database(*drafts: Path) -> None:
    """Remove files that hold nothing of worth, with their journals."""
    for draft in drafts:
        draft.unlink(missing_ok=True)
        remove_journals(draft)


def remove_journals(path: Path) -> None:
    """Remove the journals of a database, whose content is elsewhere or worth nothing."""
    for ending in JOURNALS:
        path.with_name(path.name + ending).unlink(missing_ok=True)


def revision_in(path: Path, key: bytes) -> str:
    """Give the revision of a database file; empty when it has none.

    Raises:
        StoreError: it cannot be read.
    """
    with looking(path, key) as connection:
        tables = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
        if not connection.execute(tables).fetchone()[0]:
            return ""
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""
