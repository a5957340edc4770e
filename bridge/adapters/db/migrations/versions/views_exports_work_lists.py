"""Saved views, exports and work lists."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "views",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("views_by_client", "views", ["client_id", "id"])
    op.create_table(
        "exports",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "work_list_rows",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("list", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("client_ref", sa.Text, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("last_care_on", sa.Text),
        sa.Column("item_id", sa.Text),
        sa.Column("billed_at", sa.Text),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index(
        "work_list_rows_by_reference",
        "work_list_rows",
        ["client_id", "list", "month", "client_ref"],
        unique=True,
    )
    op.create_index("work_list_rows_by_list", "work_list_rows", ["list", "month", "id"])
    op.create_index("work_list_rows_by_person", "work_list_rows", ["person", "month"])
