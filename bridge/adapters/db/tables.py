"""Tables of the database.

Columns are what is searched and sorted by; ``document`` holds the complete value as JSON.
Everything, indexes and journals included, is inside the encrypted file, so people's facts need
no special column (SEC-132).
Moments are text in UTC with milliseconds, so that they sort as they follow.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

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
