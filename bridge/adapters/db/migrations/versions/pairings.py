"""Pairings."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0011"
down_revision: Final = "0010"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pairings",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
