"""Declarations of care, the register of agreements, and changes that insurers made."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "care_declarations",
        *_columns("kind", "status", "content_digest"),
        *_columns(
            "niss",
            "exchange_id",
            "submission_id",
            "operation_id",
            "sender_reference",
            "nurse_reference",
            "agreement_number",
            "read_at",
            "processed_at",
            "archived_at",
            is_nullable=True,
        ),
        *_common(),
    )
    _index("care_declarations", "by_client", "client_id", "kind", "id")
    _index("care_declarations", "by_person", "niss", "registration_id")
    _index("care_declarations", "by_exchange", "exchange_id")
    _index("care_declarations", "by_submission", "submission_id")
    _index("care_declarations", "by_operation", "operation_id")
    _index("care_declarations", "by_sender_reference", "sender_reference")
    _index("care_declarations", "by_nurse_reference", "nurse_reference")
    _index("care_declarations", "by_agreement", "agreement_number")
    _index("care_declarations", "by_content", "content_digest")
    _register()


def _register() -> None:
    op.create_table(
        "care_agreements",
        *_columns("kind"),
        *_columns("niss", "number", "declaration_id", "start_on", "end_on", is_nullable=True),
        *_common(),
    )
    _index("care_agreements", "by_client", "client_id", "kind", "id")
    _index("care_agreements", "by_person", "niss", "registration_id")
    _index("care_agreements", "by_number", "number")
    _index("care_agreements", "by_declaration", "declaration_id")
    _index("care_agreements", "by_end", "end_on", "id")
    op.create_table(
        "care_updates",
        *_columns("exchange_id"),
        *_columns("declaration_id", "processed_at", "archived_at", is_nullable=True),
        *_common(),
    )
    _index("care_updates", "by_client", "client_id", "id")
    _index("care_updates", "by_exchange", "exchange_id")


def _columns(*names: str, is_nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=is_nullable) for name in names]


def _common() -> list[sa.Column[str]]:
    return [
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *_columns("client_id", "practice_id", "registration_id", "document"),
    ]


def _index(table: str, name: str, *columns: str) -> None:
    op.create_index(f"{table}_{name}", table, list(columns))
