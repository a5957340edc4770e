"""Billing services and the invoices they send."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0017"
down_revision: Final = "0014"


def upgrade() -> None:
    """Create the tables."""
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
    needed = ("client_id", "practice_id", "service_id", "operation_id", "exchange_id")
    op.create_table(
        "billing_invoices",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in needed),
        sa.Column("service_ref", sa.Text),
        sa.Column("niss", sa.Text),
        sa.Column("patient_ref", sa.Text, nullable=False),
        sa.Column("treatment_ref", sa.Text),
        sa.Column("estimate_ref", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("paid", sa.Integer, nullable=False),
        sa.Column("is_synchronised", sa.Integer, nullable=False),
        sa.Column("has_findings", sa.Integer, nullable=False),
        sa.Column("ask_at", sa.Text),
        sa.Column("document", sa.Text, nullable=False),
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
