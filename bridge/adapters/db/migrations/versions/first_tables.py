"""Operations, insurability checks, idempotency keys, evidence and registrations."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Create the first tables."""
    _create_operations()
    _create_checks()
    op.create_table(
        "idempotency_keys",
        _text("client_id", primary_key=True),
        _text("key", primary_key=True),
        _text("route", primary_key=True),
        _text("fingerprint"),
        _operation_id(),
        _text("created_at"),
    )
    op.create_table(
        "evidence",
        _text("id", primary_key=True),
        _text("subject_id"),
        _text("kind"),
        _text("media_type"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _text("created_at"),
    )
    op.create_index("evidence_by_subject", "evidence", ["subject_id", "created_at", "id"])
    op.create_table(
        "registrations",
        _text("id", primary_key=True),
        sa.Column("position", sa.Integer, nullable=False, unique=True),
        _text("document"),
    )


def _create_operations() -> None:
    op.create_table(
        "operations",
        _text("id", primary_key=True),
        _text("client_id"),
        _text("kind"),
        _text("status"),
        _text("created_at"),
        _text("updated_at"),
        _text("document"),
    )
    op.create_index("operations_by_client", "operations", ["client_id", "id"])
    op.create_index("operations_by_status", "operations", ["status"])


def _create_checks() -> None:
    op.create_table(
        "insurability_checks",
        _text("id", primary_key=True),
        _text("client_id"),
        _text("registration_id"),
        _operation_id(unique=True),
        _text("status"),
        _text("created_at"),
        _text("updated_at"),
        _text("document"),
    )
    op.create_index("insurability_checks_by_client", "insurability_checks", ["client_id", "id"])


def _text(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=primary_key, nullable=False)


def _operation_id(*, unique: bool | None = None) -> sa.Column[str]:
    reference = sa.ForeignKey("operations.id", deferrable=True, initially="DEFERRED")
    return sa.Column("operation_id", sa.Text, reference, nullable=False, unique=unique)
