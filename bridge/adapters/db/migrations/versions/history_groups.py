"""Groups of exchanges: how many rows each has, kept by triggers, and an index for every order."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"

_GROUP: Final = ("facets_id", "status", "marks")
_SENT: Final = sa.text("coalesce(sent_at, '')")
_ANSWERED: Final = sa.text("coalesce(answered_at, '')")
_DROPPED: Final = (
    "by_facets",
    "by_client",
    "sorted_by_sent_at",
    "sorted_by_answered_at",
    "sorted_by_kind",
    "sorted_by_service",
    "sorted_by_insurer",
    "sorted_by_status",
)
_MADE: Final = {
    "sorted_by_sent_at": (_SENT, "id", "created_at"),
    "sorted_by_answered_at": (_ANSWERED, "id"),
    "grouped_by_created_at": (*_GROUP, "created_at", "id", "sent_at"),
    "grouped_by_updated_at": (*_GROUP, "updated_at", "id", "sent_at"),
    "grouped_by_sent_at": (*_GROUP, _SENT, "id", "created_at"),
    "grouped_by_answered_at": (*_GROUP, _ANSWERED, "id", "sent_at"),
    "grouped_by_id": (*_GROUP, "id", "sent_at"),
}
_ONE_MORE: Final = (
    "INSERT INTO exchange_counts (facets_id, status, marks, total) "
    "VALUES (new.facets_id, new.status, new.marks, 1) "
    "ON CONFLICT (facets_id, status, marks) DO UPDATE SET total = total + 1;"
)
_ONE_LESS: Final = (
    "UPDATE exchange_counts SET total = total - 1 "
    "WHERE facets_id = old.facets_id AND status = old.status AND marks = old.marks;"
)
_OTHER_GROUP: Final = (
    "new.facets_id <> old.facets_id OR new.status <> old.status OR new.marks <> old.marks"
)
_TRIGGERS: Final = {
    "added AFTER INSERT ON exchanges": _ONE_MORE,
    "removed AFTER DELETE ON exchanges": _ONE_LESS,
    f"moved AFTER UPDATE ON exchanges WHEN {_OTHER_GROUP}": f"{_ONE_LESS} {_ONE_MORE}",
}


def upgrade() -> None:
    """Replace indexes, count what is there, and keep counting."""
    for name in _DROPPED:
        op.drop_index(f"exchanges_{name}", "exchanges")
    for name, columns in _MADE.items():
        op.create_index(f"exchanges_{name}", "exchanges", list(columns))
    op.create_index(
        "exchanges_out_of_step",
        "exchanges",
        ["sent_at", "created_at"],
        sqlite_where=sa.text(
            "sent_at < created_at OR julianday(sent_at) > julianday(created_at) + 40"
        ),
    )
    op.create_table(
        "exchange_counts",
        sa.Column("facets_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.Text, primary_key=True),
        sa.Column("marks", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("total", sa.Integer, nullable=False),
    )
    op.execute(
        "INSERT INTO exchange_counts (facets_id, status, marks, total) "
        "SELECT facets_id, status, marks, count(*) FROM exchanges "
        "GROUP BY facets_id, status, marks"
    )
    for name, steps in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER exchange_counts_{name} BEGIN {steps} END")
