"""Tables of the database.

Columns are what is searched and sorted by; ``document`` holds the complete value as JSON.
Everything, indexes and journals included, is inside the encrypted file, so people's facts need
no special column (SEC-132).
Moments are text in UTC with milliseconds, so that they sort as they follow.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

METADATA: Final = MetaData()


def _of_operation() -> ForeignKey:
    # Checked at the end of the transaction: within one, the order of writing is free.
    return ForeignKey("operations.id", deferrable=True, initially="DEFERRED")


OPERATIONS: Final = Table(
    "operations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("operations_by_client", "client_id", "id"),
    Index("operations_by_status", "status"),
)

CHECKS: Final = Table(
    "insurability_checks",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("registration_id", Text, nullable=False),
    Column("operation_id", Text, _of_operation(), nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("insurability_checks_by_client", "client_id", "id"),
)

IDEMPOTENCY_KEYS: Final = Table(
    "idempotency_keys",
    METADATA,
    Column("client_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("operation_id", Text, _of_operation(), nullable=False),
    Column("created_at", Text, nullable=False),
)

EVIDENCE: Final = Table(
    "evidence",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("subject_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
    # 0: as it is; otherwise ``content`` is deflated, and this is its length before.
    Column("inflated_length", Integer, nullable=False, server_default="0"),
    Index("evidence_by_subject", "subject_id", "created_at", "id"),
)

REGISTRATIONS: Final = Table(
    "registrations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("document", Text, nullable=False),
)

READINGS: Final = Table(
    "patient_readings",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("read_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("patient_readings_by_client", "client_id", "id"),
)

_GROUP: Final = ("facets_id", "status", "marks")
_NOT_YET_SENT: Final = text("coalesce(sent_at, '')")
_OUT_OF_STEP: Final = text(
    "sent_at < created_at OR julianday(sent_at) > julianday(created_at) + 40"
)
_NOT_YET_ANSWERED: Final = text("coalesce(answered_at, '')")

EXCHANGES: Final = Table(
    "exchanges",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("practice_id", Text, nullable=False),
    Column("registration_id", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("insurer", Text, nullable=False),
    Column("input_reference", Text, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("subject_id", Text),
    Column("status", Text, nullable=False),
    Column("has_send_problem", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("sent_at", Text),
    Column("answered_at", Text),
    Column("read_at", Text),
    Column("processed_at", Text),
    Column("archived_at", Text),
    Column("document", Text, nullable=False),
    # Both follow from other columns; with the status they are the group of a row.
    Column("facets_id", Integer, nullable=False, server_default="0"),
    Column("marks", Integer, nullable=False, server_default="0"),
    # The moments after ``id`` let a span of days be read and sorted without its rows.
    # A page of everything walks one of these from where it begins.
    Index("exchanges_by_creation", "created_at", "id"),
    Index("exchanges_sorted_by_updated_at", "updated_at", "id"),
    Index("exchanges_sorted_by_sent_at", _NOT_YET_SENT, "id", "created_at"),
    Index("exchanges_sorted_by_answered_at", _NOT_YET_ANSWERED, "id"),
    # A page of a filter merges the groups that fit, each entered where the page begins.
    Index("exchanges_grouped_by_created_at", *_GROUP, "created_at", "id", "sent_at"),
    Index("exchanges_grouped_by_updated_at", *_GROUP, "updated_at", "id", "sent_at"),
    Index("exchanges_grouped_by_sent_at", *_GROUP, _NOT_YET_SENT, "id", "created_at"),
    Index("exchanges_grouped_by_answered_at", *_GROUP, _NOT_YET_ANSWERED, "id", "sent_at"),
    Index("exchanges_grouped_by_id", *_GROUP, "id", "sent_at"),
    Index("exchanges_out_of_step", "sent_at", "created_at", sqlite_where=_OUT_OF_STEP),
    Index("exchanges_by_reference", "service", "input_reference", unique=True),
    Index("exchanges_by_status", "status", "created_at", "id"),
    Index("exchanges_by_subject", "subject_id"),
    Index("exchanges_by_content", "content_digest"),
)

EXCHANGE_FACETS: Final = Table(
    "exchange_facets",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("practice_id", Text, nullable=False),
    Column("registration_id", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("insurer", Text, nullable=False),
    Index(
        "exchange_facets_once",
        "client_id",
        "practice_id",
        "registration_id",
        "service",
        "kind",
        "insurer",
        unique=True,
    ),
)

EXCHANGE_COUNTS: Final = Table(
    "exchange_counts",
    METADATA,
    # Triggers of the database keep it: no writer can forget.
    Column("facets_id", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, primary_key=True),
    Column("marks", Integer, primary_key=True, autoincrement=False),
    Column("total", Integer, nullable=False),
)

EXCHANGE_PEOPLE: Final = Table(
    "exchange_people",
    METADATA,
    Column("niss", Text, primary_key=True),
    Column("exchange_id", Text, primary_key=True),
)

RESPONSES: Final = Table(
    "responses",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("exchange_id", Text, nullable=False),
    Column("registration_id", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("confirmed_at", Text),
    Column("document", Text, nullable=False),
    Index("responses_by_identity", "service", "registration_id", "identity", unique=True),
    Index("responses_by_exchange", "exchange_id", "id"),
    Index("responses_by_confirmation", "service", "registration_id", "confirmed_at"),
)

BATCHES: Final = Table(
    "insurability_batches",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("operation_id", Text, _of_operation(), nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("insurability_batches_by_client", "client_id", "id"),
)

BATCH_ITEMS: Final = Table(
    "insurability_batch_items",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("batch_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("exchange_id", Text),
    Column("status", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("insurability_batch_items_by_batch", "batch_id", "position", unique=True),
    Index("insurability_batch_items_by_exchange", "exchange_id", "position"),
)

KNOWN_INSURERS: Final = Table(
    "known_insurers",
    METADATA,
    Column("niss", Text, primary_key=True),
    Column("insurer", Text, nullable=False),
    Column("learned_at", Text, nullable=False),
)
