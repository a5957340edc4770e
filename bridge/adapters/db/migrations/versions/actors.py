"""Actors and their rights."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0014"
down_revision: Final = "0013"


def upgrade() -> None:
    """Create the table; the owner is put there at the next start."""
    op.create_table(
        "actors",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
