"""Registrations with billing services: made and changed in our own console (D12)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from bridge.crypto.clientidentity import read_identity
from bridge.domain.audit import Action
from bridge.domain.billingservices import (
    OWN_ADAPTER,
    Authentication,
    BillingAccount,
    StrayInvoice,
    SyncProgress,
)
from bridge.domain.rights import Right
from bridge.errors import Conflict, InputError, NotFound
from bridge.ports.store import UnitOfWork
from bridge.service.billingaccess import BillingConnections, BillingSecrets
from bridge.service.billingsync import BillingSync
from bridge.service.engineparts import EngineParts
from bridge.service.practices import found_practice
from bridge.service.rights import billing_of
from bridge.service.tokens import Client


@dataclass(frozen=True, kw_only=True)
class WantedAccount:
    """What a registration with a billing service is to be.

    Attributes:
        client_secret: For ``client_credentials``; ``None`` keeps the one that is there.
        certificate_file: PKCS#12 for ``mutual_tls``; ``None`` keeps the one that is there.
        passphrase: Of that file; it is not kept.
    """

    name: str
    base_url: str
    authentication: Authentication
    adapter: str = OWN_ADAPTER
    token_url: str | None = None
    client_id: str = ""
    client_secret: str | None = field(default=None, repr=False)
    certificate_file: bytes | None = field(default=None, repr=False)
    passphrase: str = field(default="", repr=False)
    practice_id: str = ""
    is_synchronised: bool = False


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """A registration with how far it is kept in step."""

    account: BillingAccount
    progress: SyncProgress
    invoices: int
    strays: int


class BillingDesk:
    """Makes, changes and shows registrations with billing services."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        connections: BillingConnections,
        secrets: BillingSecrets,
        sync: BillingSync,
    ) -> None:
        """Keep the parts."""
        self._sync = sync
        self._parts = parts
        self._connections = connections
        self._secrets = secrets

    async def all(self) -> list[AccountView]:
        """Give all registrations, oldest first."""

        def work(unit: UnitOfWork) -> list[AccountView]:
            return [_view(unit, account) for account in unit.billing_accounts.all()]

        return await self._parts.store.read(work)

    async def get(self, service_id: str) -> AccountView:
        """Give one registration.

        Raises:
            NotFound: none of that identifier.
        """
        return await self._parts.store.read(
            lambda unit: _view(unit, found_account(unit, service_id))
        )

    async def refresh(self, service_id: str, *, client: Client) -> AccountView:
        """Ask a service now what changed; trouble is in the view.

        Raises:
            NotFound: none of that identifier.
            ActorNotAllowed: the caller's actor may not fetch from it.
        """
        view = await self.get(service_id)
        self._parts.rights.require(client, Right.FETCH, billing_of(service_id))
        await self._sync.ask_now(view.account)
        return await self.get(service_id)

    async def strays(
        self, service_id: str, *, limit: int, after: str | None
    ) -> tuple[list[StrayInvoice], int]:
        """Read what a service says of invoices that are none of ours, and count them.

        Raises:
            NotFound: no service of that identifier.
        """

        def work(unit: UnitOfWork) -> tuple[list[StrayInvoice], int]:
            found_account(unit, service_id)
            return unit.billing_accounts.strays(service_id, limit=limit, after=after)

        return await self._parts.store.read(work)

    async def create(self, wanted: WantedAccount) -> AccountView:
        """Add a registration; its secret is in the key store before it is there.

        Raises:
            InputError: no such adapter or practice, or the certificate cannot be used.
            KeyStoreUnavailable: the secret cannot be kept.
        """
        now = self._parts.clock.now()
        account = BillingAccount(
            id=self._parts.ids.ulid("bsv"),
            name=wanted.name,
            base_url=wanted.base_url,
            authentication=wanted.authentication,
            created_at=now,
            updated_at=now,
        )
        return await self._keep(account, wanted, expected=None)

    async def change(
        self, service_id: str, wanted: WantedAccount, *, expected: BillingAccount
    ) -> AccountView:
        """Write a changed registration, unless somebody changed it since it was read.

        Switching it on takes in every invoice that was sent and is not settled.

        Raises:
            NotFound: it was removed in the meantime.
            Conflict: ``precondition_failed``, it is no longer as ``expected``.
            InputError: no such adapter or practice, or the certificate cannot be used.
            KeyStoreUnavailable: the secret cannot be kept.
        """
        current = await self.get(service_id)
        return await self._keep(current.account, wanted, expected=expected)

    async def remove(self, service_id: str) -> None:
        """Delete a registration without invoices, and its secret.

        Raises:
            NotFound: none of that identifier.
            Conflict: ``billing_service_in_use``, there are invoices.
        """

        def work(unit: UnitOfWork) -> None:
            found_account(unit, service_id)
            if unit.billing_invoices.count(service_id):
                raise Conflict(code="billing_service_in_use")
            unit.billing_accounts.remove(service_id)

        await self._parts.store.write(work)
        await asyncio.to_thread(self._secrets.delete, service_id)
        await self._connections.drop(service_id)
        self._sync.forget(service_id)
        self._tell(service_id)

    async def _keep(
        self, before: BillingAccount, wanted: WantedAccount, *, expected: BillingAccount | None
    ) -> AccountView:
        if not self._connections.knows(wanted.adapter):
            raise InputError(code="billing_adapter_unknown")
        account, secret = _account(before, wanted)
        after = replace(account, updated_at=self._parts.clock.now())
        if secret is not None:
            await asyncio.to_thread(self._secrets.put, after.id, secret)

        def work(unit: UnitOfWork) -> AccountView:
            if after.practice_id:
                found_practice(unit, after.practice_id)
            if expected is not None and found_account(unit, after.id) != expected:
                raise Conflict(code="precondition_failed")
            unit.billing_accounts.put(after)
            if after.is_synchronised is not before.is_synchronised:
                self._switch(unit, after)
            return _view(unit, after)

        view = await self._parts.store.write(work)
        await self._connections.drop(after.id)
        self._sync.hasten(after.id)
        self._tell(after.id)
        return view

    def _switch(self, unit: UnitOfWork, account: BillingAccount) -> None:
        """Take all unsettled invoices in, or leave them alone from now on.

        What the service says is read from the beginning: it may have changed unnoticed.
        """
        unit.billing_invoices.switch(
            account.id, is_synchronised=account.is_synchronised, at=self._parts.clock.now()
        )
        progress = unit.billing_accounts.progress(account.id)
        begun = SyncProgress(last_run_at=progress.last_run_at, requests=progress.requests)
        unit.billing_accounts.advance(account.id, begun)

    def _tell(self, service_id: str) -> None:
        self._parts.events.changed(
            "billing_service", service_id, f"/v1/billing-services/{service_id}"
        )
        self._parts.audit.record(Action.SETTING_CHANGED, object_id=service_id)


def found_account(unit: UnitOfWork, service_id: str) -> BillingAccount:
    """Give a registration within a transaction.

    Raises:
        NotFound: none of that identifier.
    """
    found = unit.billing_accounts.get(service_id)
    if found is None:
        raise NotFound
    return found


def _view(unit: UnitOfWork, account: BillingAccount) -> AccountView:
    _, strays = unit.billing_accounts.strays(account.id, limit=1, after=None)
    return AccountView(
        account=account,
        progress=unit.billing_accounts.progress(account.id),
        invoices=unit.billing_invoices.count(account.id),
        strays=strays,
    )


def _account(before: BillingAccount, wanted: WantedAccount) -> tuple[BillingAccount, bytes | None]:
    """Give the registration as wanted, and its new secret, if there is one."""
    certificate, secret = before.certificate, None
    if wanted.client_secret is not None:
        secret = wanted.client_secret.encode()
    if wanted.certificate_file is not None:
        identity = read_identity(wanted.certificate_file, wanted.passphrase)
        certificate, secret = identity.certificate, identity.key
    account = replace(
        before,
        name=wanted.name,
        adapter=wanted.adapter,
        base_url=wanted.base_url,
        authentication=wanted.authentication,
        token_url=wanted.token_url,
        client_id=wanted.client_id,
        certificate=certificate if wanted.authentication is Authentication.MUTUAL_TLS else "",
        practice_id=wanted.practice_id,
        is_synchronised=wanted.is_synchronised,
    )
    return account, secret
