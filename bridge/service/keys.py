"""Idempotency keys: what an earlier request with the same key led to (API-30 to API-35)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.errors import KeyReused
from bridge.ports.store import RememberedKey

if TYPE_CHECKING:
    from bridge.domain.operations import Operation
    from bridge.ports.store import UnitOfWork
    from bridge.service.tokens import Client


@dataclass(frozen=True, kw_only=True)
class KeyClaim:
    """An idempotency key as it came in, with what it was used for."""

    key: str
    route: str
    fingerprint: str


def earlier_operation(unit: UnitOfWork, client: Client, claim: KeyClaim) -> Operation | None:
    """Give the operation an earlier request with the same key started.

    Raises:
        KeyReused: the key was used for another request.
    """
    known = unit.idempotency_keys.find(client_id=client.id, key=claim.key, route=claim.route)
    if known is None:
        return None
    if known.fingerprint != claim.fingerprint:
        raise KeyReused
    return unit.operations.get(known.operation_id)


def remember(unit: UnitOfWork, client: Client, claim: KeyClaim, operation: Operation) -> None:
    """Write what a key led to, within the transaction that stores it (API-35)."""
    unit.idempotency_keys.add(
        RememberedKey(
            client_id=client.id,
            key=claim.key,
            route=claim.route,
            fingerprint=claim.fingerprint,
            operation_id=operation.id,
            created_at=operation.created_at,
        ),
    )
