"""What the history is filtered, counted and sorted by, narrow enough to be read at once."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"

_MEMBERS: Final = ("client_id", "practice_id", "registration_id", "service", "kind", "insurer")
_SORTED: Final = ("updated_at", "sent_at", "answered_at", "kind", "service", "insurer", "status")


def upgrade() -> None:
    """Create the table, fill it from the exchanges, and index."""
    op.create_table(
        "exchange_facets",
        sa.Column("id", sa.Integer, primary_key=True, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in _MEMBERS),
    )
    op.create_index("exchange_facets_once", "exchange_facets", list(_MEMBERS), unique=True)
    for name in ("facets_id", "marks"):
        column = sa.Column(name, sa.Integer, nullable=False, server_default="0")
        op.add_column("exchanges", column)
    members = ", ".join(_MEMBERS)
    same = " AND ".join(f"f.{name} = exchanges.{name}" for name in _MEMBERS)
    op.execute(
        f"INSERT INTO exchange_facets ({members}) SELECT DISTINCT {members} FROM exchanges"  # noqa: S608  names of ours
    )
    op.execute(
        f"UPDATE exchanges SET facets_id = (SELECT f.id FROM exchange_facets f WHERE {same}), "  # noqa: S608  as above
        "marks = (read_at IS NOT NULL) + 2 * (processed_at IS NOT NULL) "
        "+ 4 * (archived_at IS NOT NULL) + 8 * has_send_problem"
    )
    op.create_index("exchanges_by_facets", "exchanges", ["facets_id", "status", "marks", "sent_at"])
    for name in _SORTED:
        op.create_index(f"exchanges_sorted_by_{name}", "exchanges", [name, "id"])
