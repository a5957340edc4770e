"""Bringing a database to the schema of this program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from bridge.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

NEWEST: Final = "0016"
"""Revision this program works with."""


def upgrade(connection: Connection) -> None:
    """Run the steps that are missing, within the transaction of the connection.

    Alembic is imported only when there is something to do: it costs start-up time.

    Raises:
        StoreError: the database was written by a newer program.
    """
    if revision_of(connection) == NEWEST:
        return
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415  see above
    from alembic.util import CommandError  # noqa: PLC0415  see above

    folder = str(Path(__file__).parent / "migrations")
    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, NEWEST)
    except CommandError as error:
        raise StoreError("written by a newer program") from error


def revision_of(connection: Connection) -> str | None:
    """Give the revision of a database; ``None`` for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
