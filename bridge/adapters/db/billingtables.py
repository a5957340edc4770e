"""Tables of billing services and of the invoices they send."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from bridge.adapters.db.tables import METADATA

BILLING_SERVICES: Final = Table(
    "billing_services",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("document", Text, nullable=False),
    # Apart from the document, so that being kept in step changes nothing of the account.
    Column("progress", Text, nullable=False),
)

BILLING_INVOICES: Final = Table(
    "billing_invoices",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("practice_id", Text, nullable=False),
    Column("service_id", Text, nullable=False),
    Column("service_ref", Text),
    Column("operation_id", Text, nullable=False),
    Column("exchange_id", Text, nullable=False),
    Column("niss", Text),
    Column("patient_ref", Text, nullable=False),
    Column("treatment_ref", Text),
    Column("estimate_ref", Text),
    Column("state", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("paid", Integer, nullable=False),
    Column("is_synchronised", Integer, nullable=False),
    Column("has_findings", Integer, nullable=False),
    Column("ask_at", Text),
    Column("document", Text, nullable=False),
    Index("billing_invoices_by_client", "client_id", "id"),
    Index("billing_invoices_by_operation", "operation_id"),
    Index("billing_invoices_by_exchange", "exchange_id"),
    Index("billing_invoices_by_service_ref", "service_id", "service_ref"),
    Index("billing_invoices_by_state", "service_id", "state"),
    Index("billing_invoices_to_ask", "service_id", "ask_at"),
    Index("billing_invoices_by_person", "niss"),
    Index("billing_invoices_by_patient", "patient_ref", "id"),
    Index("billing_invoices_by_treatment", "treatment_ref"),
)

BILLING_STRAYS: Final = Table(
    "billing_strays",
    METADATA,
    Column("service_id", Text, primary_key=True),
    Column("service_ref", Text, primary_key=True),
    Column("document", Text, nullable=False),
)
