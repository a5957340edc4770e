"""Imported reference data: tariffs and official sentences, edition by edition."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "reference_editions",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("kind", "about", "valid_from", "document", "content")
        ),
        sa.UniqueConstraint("kind", "about", "valid_from", name="reference_editions_by_key"),
    )
