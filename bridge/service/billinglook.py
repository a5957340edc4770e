"""What a billing service says right now, and the tree patient, treatment or estimate, invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bridge.domain.billinginvoices import BillingInvoice
from bridge.domain.billingservices import BillingSettings
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.rights import Right
from bridge.errors import Conflict
from bridge.ports.billing import BillingFilter, ReportedInvoice
from bridge.ports.store import UnitOfWork
from bridge.service.billingaccess import BillingConnections
from bridge.service.billingdesk import found_account
from bridge.service.billinginvoices import visible_invoice
from bridge.service.billingvisit import ask
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.rights import billing_of
from bridge.service.tokens import Client

MOST_REFRESHED: Final = 50
"""Invoices asked about in one refresh of a branch."""

_NEVER_LEFT: Final = frozenset({ExchangeStatus.DRAFT, ExchangeStatus.TO_SEND})


@dataclass(frozen=True, kw_only=True)
class LiveInformation:
    """What the service said of an invoice a moment ago.

    Attributes:
        invoice: As it is kept after that.
        said: What was said; ``None`` when the service does not have it.
        fetched_at: When.
    """

    invoice: BillingInvoice
    said: ReportedInvoice | None
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True)
class Branch:
    """The invoices of one treatment or estimate; of neither when both are ``None``."""

    treatment_ref: str | None
    estimate_ref: str | None
    invoices: list[BillingInvoice]


@dataclass(frozen=True, kw_only=True)
class PatientBranches:
    """One patient with treatments, estimates and what belongs to neither, in this order."""

    patient_ref: str
    branches: list[Branch]


class BillingLook:
    """Asks on a person's word, and draws the tree."""

    def __init__(
        self, parts: EngineParts, *, connections: BillingConnections, settings: BillingSettings
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._connections = connections
        self._settings = settings

    async def live(self, invoice_id: str, *, client: Client) -> LiveInformation:
        """Ask the service about one invoice now, also when it is settled.

        Raises:
            NotFound: none of that identifier that the caller may see.
            ActorNotAllowed: the caller's actor may not ask that service.
            Conflict: ``state_not_allowed``, it has not been sent.
            BridgeError: the service cannot be asked now; what is kept stays.
        """
        store = self._parts.store
        invoice = await store.read(lambda unit: visible_invoice(unit, invoice_id, client))
        self._parts.rights.require(client, Right.ASK, billing_of(invoice.service_id))
        if invoice.status in _NEVER_LEFT:
            raise Conflict(code="state_not_allowed")
        said = await self._asked(invoice)
        fetched_at = self._parts.clock.now()
        after = await store.read(lambda unit: visible_invoice(unit, invoice_id, client))
        return LiveInformation(invoice=after, said=said, fetched_at=fetched_at)

    async def tree(
        self, wanted: BillingFilter, *, client: Client, limit: int, after: str | None
    ) -> tuple[list[PatientBranches], int]:
        """Read the branches of some patients, in the order of their references, and count all."""
        mine = replace(wanted, client_id=owner_of(client))

        def work(unit: UnitOfWork) -> tuple[list[PatientBranches], int]:
            names, total = unit.billing_invoices.patients(mine, limit=limit, after=after)
            invoices = unit.billing_invoices.of_patients(mine, names)
            return [_branches(name, invoices) for name in names], total

        return await self._parts.store.read(work)

    async def refresh(self, wanted: BillingFilter, *, client: Client) -> datetime:
        """Ask the service now about the unsettled invoices of a branch; gives when it was done.

        Raises:
            ActorNotAllowed: the caller's actor may not ask one of the services; none is asked.
            BridgeError: a service cannot be asked now; what was said before stays.
        """
        mine = replace(wanted, client_id=owner_of(client))
        found, _ = await self._parts.store.read(
            lambda unit: unit.billing_invoices.page(mine, limit=MOST_REFRESHED, before_id=None)
        )
        unsettled = [
            each for each in found if each.is_open or each.status is ExchangeStatus.OUTCOME_UNKNOWN
        ]
        matters = [billing_of(each.service_id) for each in unsettled]
        self._parts.rights.require(client, Right.ASK, *matters)
        for invoice in unsettled:
            await self._asked(invoice)
        return self._parts.clock.now()

    async def _asked(self, invoice: BillingInvoice) -> ReportedInvoice | None:
        account = await self._parts.store.read(lambda unit: found_account(unit, invoice.service_id))
        service = await self._connections.get(account)
        return await ask(self._parts, service, invoice, settings=self._settings)


def _branches(patient_ref: str, invoices: Sequence[BillingInvoice]) -> PatientBranches:
    found: dict[tuple[int, str], list[BillingInvoice]] = {}
    for each in invoices:
        if each.patient.patient_ref == patient_ref:
            found.setdefault(_place(each), []).append(each)
    branches = [
        Branch(
            treatment_ref=name if kind == 0 else None,
            estimate_ref=name if kind == 1 else None,
            invoices=some,
        )
        for (kind, name), some in sorted(found.items(), key=lambda item: item[0])
    ]
    return PatientBranches(patient_ref=patient_ref, branches=branches)


def _place(invoice: BillingInvoice) -> tuple[int, str]:
    """Give the branch of an invoice: its treatment, else its estimate, else neither."""
    references = invoice.references
    if references.treatment_ref is not None:
        return (0, references.treatment_ref)
    return (2, "") if references.estimate_ref is None else (1, references.estimate_ref)
