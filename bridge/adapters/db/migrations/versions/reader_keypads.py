"""Readers with a keypad."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0015"
down_revision: Final = "0014"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "reader_keypads",
        sa.Column("reader", sa.Text, primary_key=True, nullable=False),
        sa.Column("may_be_typed", sa.Boolean, nullable=False),
    )
