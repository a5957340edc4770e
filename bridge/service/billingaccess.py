"""What is secret about billing services, and the open ways to them.

Client secrets and keys are in the operating system's key store, in pieces where they are longer
than it takes (SEC-131).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.crypto.clientidentity import ClientIdentity
from bridge.domain.billingservices import Authentication, BillingAccount
from bridge.errors import InputError
from bridge.ports.billing import BillingConnectors, BillingPlace, BillingService
from bridge.ports.clock import Clock
from bridge.ports.rest import RestOpener
from bridge.ports.secrets import MOST_BYTES, SecretStore

_MOST_PIECES: Final = 8


class BillingSecrets:
    """Secrets of billing services, by the identifier of their account; every call blocks."""

    def __init__(self, secrets: SecretStore) -> None:
        """Keep where they are kept."""
        self._secrets = secrets

    def get(self, service_id: str) -> bytes | None:
        """Read the secret of an account; ``None`` when there is none.

        Raises:
            KeyStoreUnavailable: the key store cannot be read.
        """
        pieces = []
        for place in range(_MOST_PIECES):
            piece = self._secrets.get(_name(service_id, place))
            if piece is None:
                break
            pieces.append(piece)
        return b"".join(pieces) if pieces else None

    def put(self, service_id: str, value: bytes) -> None:
        """Write the secret of an account, replacing an older one.

        Raises:
            InputError: it is too long to be kept (``billing_certificate_invalid``).
            KeyStoreUnavailable: it cannot be kept.
        """
        pieces = [value[at : at + MOST_BYTES] for at in range(0, len(value), MOST_BYTES)]
        if len(pieces) > _MOST_PIECES:
            raise InputError(code="billing_certificate_invalid")
        self.delete(service_id)
        for place, piece in enumerate(pieces):
            self._secrets.put(_name(service_id, place), piece)

    def delete(self, service_id: str) -> None:
        """Remove the secret of an account.

        Raises:
            KeyStoreUnavailable: it cannot be removed.
        """
        for place in range(_MOST_PIECES):
            self._secrets.delete(_name(service_id, place))


def _name(service_id: str, place: int) -> str:
    return f"billing-{service_id}-{place}"


@dataclass(frozen=True)
class _Open:
    service: BillingService
    as_of: datetime


class BillingConnections:
    """Services that were opened, one for each account, as long as the account stays as it is."""

    def __init__(
        self,
        connectors: BillingConnectors,
        *,
        secrets: BillingSecrets,
        opener: RestOpener,
        clock: Clock,
    ) -> None:
        """Keep how services are opened; nothing is."""
        self._connectors = connectors
        self._secrets = secrets
        self._opener = opener
        self._clock = clock
        self._open: dict[str, _Open] = {}

    def knows(self, adapter: str) -> bool:
        """Tell whether there is an adapter of that name."""
        return adapter in self._connectors

    async def get(self, account: BillingAccount) -> BillingService:
        """Give the service of an account.

        Raises:
            InputError: there is no such adapter (``billing_adapter_unknown``), or what the
                service needs to recognise us is missing (``billing_credentials_missing``).
            KeyStoreUnavailable: the key store cannot be read.
        """
        known = self._open.get(account.id)
        if known is not None and known.as_of == account.updated_at:
            return known.service
        await self.drop(account.id)
        if account.adapter not in self._connectors:
            raise InputError(code="billing_adapter_unknown")
        secret = await asyncio.to_thread(self._secrets.get, account.id)
        service = self._connectors[account.adapter](self._place(account, secret))
        self._open[account.id] = _Open(service, account.updated_at)
        return service

    async def drop(self, service_id: str) -> None:
        """Close the service of an account, if it is open."""
        known = self._open.pop(service_id, None)
        if known is not None:
            await known.service.close()

    async def close(self) -> None:
        """Close everything that is open."""
        for service_id in list(self._open):
            await self.drop(service_id)

    def _place(self, account: BillingAccount, secret: bytes | None) -> BillingPlace:
        has_key = account.authentication is Authentication.MUTUAL_TLS and secret is not None
        identity = ClientIdentity(certificate=account.certificate, key=secret or b"")
        return BillingPlace(
            account=account,
            client_secret="" if has_key or secret is None else secret.decode(),
            identity=identity if has_key else None,
            opener=self._opener,
            clock=self._clock,
        )
