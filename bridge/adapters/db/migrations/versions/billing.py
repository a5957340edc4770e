"""Billing services and the invoices they send."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0016"
down_revision: Final = "0015"


def upgrade() -> None:
    """Create the tables."""
    _services()
    needed = ("client_id", "practice_id", "service_id", "operation_id", "exchange_id")
    known = ("service_ref", "niss", "treatment_ref", "estimate_ref", "ask_at")
    counted = ("amount", "paid", "is_synchronised", "has_findings")
    written = ("patient_ref", "state", "status", "document")
    op.create_table(
        "billing_invoices",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in (*needed, *written)),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counted),
        *(sa.Column(name, sa.Text) for name in known),
    )
    for name, *columns in (
        ("by_client", "client_id", "id"),
        ("by_operation", "operation_id"),
        ("by_exchange", "exchange_id"),
        ("by_service_ref", "service_id", "service_ref"),
        ("by_state", "service_id", "state"),
        ("to_ask", "service_id", "ask_at"),
        ("by_person", "niss"),
        ("by_patient", "patient_ref", "id"),
        ("by_treatment", "treatment_ref"),
    ):
        op.create_index(f"billing_invoices_{name}", "billing_invoices", columns)


def _services() -> None:
    op.create_table(
        "billing_services",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
    )
    op.create_table(
        "billing_strays",
        sa.Column("service_id", sa.Text, primary_key=True, nullable=False),
        sa.Column("service_ref", sa.Text, primary_key=True, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
