"""Kept readings of patients' cards."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "patient_readings",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("read_at", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("patient_readings_by_client", "patient_readings", ["client_id", "id"])
