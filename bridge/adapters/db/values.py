"""Domain values as rows, and back."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bridge.domain.batches import BatchItem, InsurabilityBatch
from bridge.domain.cards import PatientReading
from bridge.domain.exchanges import Exchange, ReceivedResponse
from bridge.domain.insurability import InsurabilityCheck
from bridge.domain.operations import Operation
from bridge.domain.registrations import Registration
from bridge.errors import StoreError
from bridge.ports.store import Evidence, RememberedKey

T = TypeVar("T")

READ: Final = 1
"""Bit of the column ``marks`` of an exchange, as the next ones."""

PROCESSED: Final = 2
ARCHIVED: Final = 4
HAS_SEND_PROBLEM: Final = 8

_DEFLATED_FROM: Final = 256 * 1024
"""Bytes from which on evidence is kept deflated."""

_OPERATION: Final = TypeAdapter(Operation)
_CHECK: Final = TypeAdapter(InsurabilityCheck)
_REGISTRATION: Final = TypeAdapter(Registration)
_READING: Final = TypeAdapter(PatientReading)
_EXCHANGE: Final = TypeAdapter(Exchange)
_RESPONSE: Final = TypeAdapter(ReceivedResponse)
_BATCH: Final = TypeAdapter(InsurabilityBatch)
_ITEM: Final = TypeAdapter(BatchItem)


def text_of(moment: datetime) -> str:
    """Write a moment as UTC text with milliseconds.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def operation_row(operation: Operation) -> dict[str, Any]:
    """Write an operation."""
    return {
        "id": operation.id,
        "client_id": operation.client_id,
        "kind": operation.kind.value,
        "status": operation.status.value,
        "created_at": text_of(operation.created_at),
        "updated_at": text_of(operation.updated_at),
        "document": _OPERATION.dump_json(operation).decode(),
    }


def operation_of(document: str) -> Operation:
    """Read an operation.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_OPERATION, document)


def check_row(check: InsurabilityCheck) -> dict[str, Any]:
    """Write a check, without its client."""
    return {
        "id": check.id,
        "registration_id": check.registration_id,
        "operation_id": check.operation_id,
        "status": check.status.value,
        "created_at": text_of(check.created_at),
        "updated_at": text_of(check.updated_at),
        "document": _CHECK.dump_json(check).decode(),
    }


def check_of(document: str) -> InsurabilityCheck:
    """Read a check.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_CHECK, document)


def reading_row(reading: PatientReading) -> dict[str, Any]:
    """Write the kept part of a reading."""
    return {
        "id": reading.id,
        "client_id": reading.client_id,
        "read_at": text_of(reading.read_at),
        "document": _READING.dump_json(reading).decode(),
    }


def reading_of(document: str) -> PatientReading:
    """Read a kept reading.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_READING, document)


def exchange_row(exchange: Exchange) -> dict[str, Any]:
    """Write an exchange."""
    plain = ("id", "client_id", "practice_id", "registration_id", "service", "kind", "insurer")
    moments = ("sent_at", "answered_at", "read_at", "processed_at", "archived_at")
    return {
        **{name: getattr(exchange, name) for name in plain},
        "input_reference": exchange.input_reference,
        "content_digest": exchange.content_digest,
        "subject_id": exchange.subject_id,
        "status": exchange.status.value,
        "has_send_problem": int(bool(exchange.send_status)),
        "marks": _marks(exchange),
        "created_at": text_of(exchange.created_at),
        "updated_at": text_of(exchange.updated_at),
        **{name: _maybe(getattr(exchange, name)) for name in moments},
        "document": _EXCHANGE.dump_json(exchange).decode(),
    }


def _marks(exchange: Exchange) -> int:
    bits = {
        READ: exchange.read_at,
        PROCESSED: exchange.processed_at,
        ARCHIVED: exchange.archived_at,
        HAS_SEND_PROBLEM: exchange.send_status,
    }
    return sum(bit for bit, is_set in bits.items() if is_set)


def exchange_of(document: str) -> Exchange:
    """Read an exchange.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_EXCHANGE, document)


def response_row(response: ReceivedResponse) -> dict[str, Any]:
    """Write a response."""
    plain = ("id", "exchange_id", "registration_id", "service", "identity", "content_digest")
    return {
        **{name: getattr(response, name) for name in plain},
        "received_at": text_of(response.received_at),
        "confirmed_at": _maybe(response.confirmed_at),
        "document": _RESPONSE.dump_json(response).decode(),
    }


def response_of(document: str) -> ReceivedResponse:
    """Read a response.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_RESPONSE, document)


def batch_row(batch: InsurabilityBatch) -> dict[str, Any]:
    """Write a batch, without its patients."""
    return {
        "id": batch.id,
        "client_id": batch.client_id,
        "operation_id": batch.operation_id,
        "created_at": text_of(batch.created_at),
        "document": _BATCH.dump_json(batch).decode(),
    }


def batch_of(document: str) -> InsurabilityBatch:
    """Read a batch.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_BATCH, document)


def item_row(item: BatchItem) -> dict[str, Any]:
    """Write one patient of a batch."""
    return {
        "id": item.id,
        "batch_id": item.batch_id,
        "position": item.position,
        "exchange_id": item.exchange_id,
        "status": item.status.value,
        "document": _ITEM.dump_json(item).decode(),
    }


def item_of(document: str) -> BatchItem:
    """Read one patient of a batch.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_ITEM, document)


def key_row(key: RememberedKey) -> dict[str, Any]:
    """Write a remembered key."""
    return {
        "client_id": key.client_id,
        "key": key.key,
        "route": key.route,
        "fingerprint": key.fingerprint,
        "operation_id": key.operation_id,
        "created_at": text_of(key.created_at),
    }


def evidence_row(evidence: Evidence) -> dict[str, Any]:
    """Write a piece of evidence."""
    return {
        "id": evidence.id,
        "subject_id": evidence.subject_id,
        "kind": evidence.kind,
        "media_type": evidence.media_type,
        **_kept_content(evidence.content),
        "created_at": text_of(evidence.created_at),
    }


def key_of(row: dict[str, Any]) -> RememberedKey:
    """Read a remembered key."""
    return RememberedKey(**{**row, "created_at": datetime.fromisoformat(row["created_at"])})


def evidence_of(row: dict[str, Any]) -> Evidence:
    """Read a piece of evidence.

    Raises:
        StoreError: the row does not hold one.
    """
    members = dict(row)
    length = members.pop("inflated_length")
    if length:
        members["content"] = _inflated(members["content"], length)
    return Evidence(**{**members, "created_at": datetime.fromisoformat(members["created_at"])})


def _kept_content(content: bytes) -> dict[str, Any]:
    """Give the content as it is kept: large ones, which are invoice files, are mostly blanks.

    The database would hold several copies of what it writes in memory.
    """
    if len(content) < _DEFLATED_FROM:
        return {"content": content, "inflated_length": 0}
    deflated = zlib.compress(content, level=zlib.Z_BEST_SPEED)
    return {"content": deflated, "inflated_length": len(content)}


def _inflated(content: bytes, length: int) -> bytes:
    try:
        # With its length it is inflated in one piece; otherwise there would be two of it.
        return zlib.decompress(content, bufsize=length)
    except zlib.error:
        raise StoreError("evidence is not readable") from None


def registration_row(registration: Registration) -> dict[str, Any]:
    """Write a registration, without its position."""
    document = _REGISTRATION.dump_json(registration).decode()
    return {"id": registration.id, "document": document}


def registration_of(document: str) -> Registration:
    """Read a registration.

    Raises:
        StoreError: the row does not hold one.
    """
    return read_document(_REGISTRATION, document)


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)


def read_document(adapter: TypeAdapter[T], document: str) -> T:
    """Read a domain value from the column ``document``.

    Raises:
        StoreError: the row does not hold one.
    """
    try:
        return adapter.validate_json(document)
    except ValidationError:
        # The cause would quote the row.
        raise StoreError("row is not readable") from None
