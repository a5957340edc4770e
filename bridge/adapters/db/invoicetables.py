"""The tables of invoices: batches, claims, acts, settlements and tariffs."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text, case, func

from bridge.adapters.db.careparts import common_columns
from bridge.adapters.db.tables import EXCHANGES, METADATA
from bridge.domain.exchanges import ExchangeStatus

BATCHES: Final = Table(
    "invoice_batches",
    METADATA,
    Column("month", Text, nullable=False),
    Column("insurer", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("sending_number", Integer),
    Column("sending_year", Integer),
    Column("sender_reference", Text),
    Column("exchange_id", Text),
    Column("operation_id", Text),
    Column("read_at", Text),
    Column("processed_at", Text),
    Column("archived_at", Text),
    *common_columns(),
    Index("invoice_batches_by_client", "client_id", "id"),
    Index("invoice_batches_by_exchange", "exchange_id"),
    Index("invoice_batches_by_operation", "operation_id"),
    Index("invoice_batches_by_sender_reference", "sender_reference"),
    Index("invoice_batches_by_insurer", "registration_id", "insurer", "month"),
    Index("invoice_batches_by_number", "payer", "sending_year", "sending_number"),
)

SEEN: Final = case(
    (
        BATCHES.c.status == ExchangeStatus.TO_SEND.value,
        func.coalesce(EXCHANGES.c.status, BATCHES.c.status),
    ),
    else_=BATCHES.c.status,
)
"""The state people see: that of the message, until there is an answer of its own."""

JOINED: Final = BATCHES.outerjoin(EXCHANGES, BATCHES.c.exchange_id == EXCHANGES.c.id)
"""Batches with their messages."""

CLAIMS: Final = Table(
    "invoice_claims",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("batch_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("niss", Text, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("insurer_amount", Integer, nullable=False),
    Column("copayment", Integer, nullable=False),
    Column("supplement", Integer, nullable=False),
    Column("paid_amount", Integer, nullable=False),
    Column("open_amount", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index("invoice_claims_by_batch", "batch_id", "position"),
    Index("invoice_claims_by_person", "niss", "id"),
)
"""``niss`` holds the membership of who has no person number."""

LINES: Final = Table(
    "invoice_lines",
    METADATA,
    Column("claim_id", Text, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("batch_id", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("niss", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("is_invoiced", Integer, nullable=False),
    Index("invoice_lines_by_reference", "reference"),
    Index("invoice_lines_by_person", "niss"),
    Index("invoice_lines_by_batch", "batch_id"),
)
"""``is_invoiced``: it asks for money, was not refused and not taken back."""

SETTLEMENTS: Final = Table(
    "invoice_settlements",
    METADATA,
    Column("batch_id", Text, nullable=False),
    Column("insurer", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("processed_at", Text),
    *common_columns(),
    Index("invoice_settlements_by_client", "client_id", "id"),
    Index("invoice_settlements_by_batch", "batch_id", "id"),
)

TARIFFS: Final = Table(
    "invoice_tariffs",
    METADATA,
    Column("place", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("document", Text, nullable=False),
)
