"""Large evidence is kept deflated; what is there stays as it is."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0013"
down_revision: Final = "0012"


def upgrade() -> None:
    """Add the column that says so."""
    column = sa.Column("inflated_length", sa.Integer, nullable=False, server_default="0")
    op.add_column("evidence", column)
