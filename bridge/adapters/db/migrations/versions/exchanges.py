"""Exchanges, what came back, insurability batches, and who is insured where."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    """Create the tables of the asynchronous engine."""
    _create_exchanges()
    _create_responses()
    _create_batches()
    op.create_table(
        "known_insurers",
        sa.Column("niss", sa.Text, primary_key=True, nullable=False),
        *_texts("insurer", "learned_at"),
    )


def _create_exchanges() -> None:
    op.create_table(
        "exchanges",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *_texts("client_id", "practice_id", "registration_id", "service", "kind", "insurer"),
        *_texts("input_reference", "content_digest"),
        sa.Column("subject_id", sa.Text),
        *_texts("status"),
        sa.Column("has_send_problem", sa.Integer, nullable=False),
        *_texts("created_at", "updated_at"),
        *(
            sa.Column(name, sa.Text)
            for name in ("sent_at", "answered_at", "read_at", "processed_at", "archived_at")
        ),
        *_texts("document"),
    )
    op.create_index(
        "exchanges_by_reference", "exchanges", ["service", "input_reference"], unique=True
    )
    op.create_index("exchanges_by_creation", "exchanges", ["created_at", "id"])
    op.create_index("exchanges_by_client", "exchanges", ["client_id", "created_at", "id"])
    op.create_index("exchanges_by_status", "exchanges", ["status", "created_at", "id"])
    op.create_index("exchanges_by_subject", "exchanges", ["subject_id"])
    op.create_index("exchanges_by_content", "exchanges", ["content_digest"])
    op.create_table(
        "exchange_people",
        sa.Column("niss", sa.Text, primary_key=True, nullable=False),
        sa.Column("exchange_id", sa.Text, primary_key=True, nullable=False),
    )


def _create_responses() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *_texts("exchange_id", "registration_id", "service", "identity", "content_digest"),
        *_texts("received_at"),
        sa.Column("confirmed_at", sa.Text),
        *_texts("document"),
    )
    origin = ["service", "registration_id"]
    op.create_index("responses_by_identity", "responses", [*origin, "identity"], unique=True)
    op.create_index("responses_by_exchange", "responses", ["exchange_id", "id"])
    op.create_index("responses_by_confirmation", "responses", [*origin, "confirmed_at"])


def _create_batches() -> None:
    operation = sa.ForeignKey("operations.id", deferrable=True, initially="DEFERRED")
    op.create_table(
        "insurability_batches",
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *_texts("client_id"),
        sa.Column("operation_id", sa.Text, operation, nullable=False, unique=True),
        *_texts("created_at", "document"),
    )
    op.create_index("insurability_batches_by_client", "insurability_batches", ["client_id", "id"])
    table = "insurability_batch_items"
    op.create_table(
        table,
        sa.Column("id", sa.Text, primary_key=True, nullable=False),
        *_texts("batch_id"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("exchange_id", sa.Text),
        *_texts("status", "document"),
    )
    op.create_index(f"{table}_by_batch", table, ["batch_id", "position"], unique=True)
    op.create_index(f"{table}_by_exchange", table, ["exchange_id", "position"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
