"""Batches of invoices, claims with their acts, settlements and tariffs."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"


def upgrade() -> None:
    """Create the tables."""
    _batches()
    _claims()
    _lines()
    _settlements()
    _people()
    op.create_table(
        "invoice_tariffs",
        sa.Column("place", sa.Integer, primary_key=True, nullable=False),
        *_columns("code", "document"),
    )


def _batches() -> None:
    op.create_table(
        "invoice_batches",
        *_columns("month", "insurer", "payer", "status"),
        *_numbers("sending_number", "sending_year", is_nullable=True),
        *_columns(
            "sender_reference",
            "exchange_id",
            "operation_id",
            "read_at",
            "processed_at",
            "archived_at",
            is_nullable=True,
        ),
        *_common(),
    )
    _index("invoice_batches", "by_client", "client_id", "id")
    _index("invoice_batches", "by_exchange", "exchange_id")
    _index("invoice_batches", "by_operation", "operation_id")
    _index("invoice_batches", "by_sender_reference", "sender_reference")
    _index("invoice_batches", "by_insurer", "registration_id", "insurer", "month")
    _index("invoice_batches", "by_number", "payer", "sending_year", "sending_number")


def _claims() -> None:
    op.create_table(
        "invoice_claims",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *_columns("batch_id"),
        *_numbers("position"),
        *_columns("kind", "niss"),
        *_numbers(
            "lines", "insurer_amount", "copayment", "supplement", "paid_amount", "open_amount"
        ),
        *_columns("document"),
    )
    _index("invoice_claims", "by_batch", "batch_id", "position")
    _index("invoice_claims", "by_person", "niss", "id")


def _lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("claim_id", sa.Text, primary_key=True, nullable=False),
        sa.Column("place", sa.Integer, primary_key=True, nullable=False),
        *_columns("batch_id", "reference", "niss", "code", "day", "provider"),
        *_numbers("is_invoiced"),
    )
    _index("invoice_lines", "by_reference", "reference")
    _index("invoice_lines", "by_person", "niss")
    _index("invoice_lines", "by_batch", "batch_id")


def _settlements() -> None:
    op.create_table(
        "invoice_settlements",
        *_columns("batch_id", "insurer", "answer"),
        *_columns("processed_at", is_nullable=True),
        *_common(),
    )
    _index("invoice_settlements", "by_client", "client_id", "id")
    _index("invoice_settlements", "by_batch", "batch_id", "id")


def _people() -> None:
    """Find what was asked about a person without reading every question."""
    for table in ("insurability_checks", "insurability_batch_items"):
        for name, member in (("niss", "digits"), ("member", "membership_number.text")):
            path = f"json_extract(document, '$.question.patient.{member}')"
            op.create_index(f"{table}_by_{name}", table, [sa.text(path)])


def _columns(*names: str, is_nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=is_nullable) for name in names]


def _numbers(*names: str, is_nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=is_nullable) for name in names]


def _common() -> list[sa.Column[str]]:
    return [
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *_columns("client_id", "practice_id", "registration_id", "document"),
    ]


def _index(table: str, name: str, *columns: str) -> None:
    op.create_index(f"{table}_{name}", table, list(columns))
