"""Practices."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    """Create the table of practices; the start gives existing registrations their practice."""
    op.create_table(
        "practices",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, unique=True),
        sa.Column("document", sa.Text, nullable=False),
    )
