"""Ports: a billing service, what is kept of its invoices, what is looked at in a PDF file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol

from bridge.crypto.clientidentity import ClientIdentity
from bridge.domain.billing import BillingState, StateReport
from bridge.domain.billinginvoices import (
    BilledAmounts,
    BilledPatient,
    BillingInvoice,
    InvoiceReferences,
)
from bridge.domain.billingservices import BillingAccount, StrayInvoice, SyncProgress
from bridge.domain.paymentcodes import PaymentCode
from bridge.ports.clock import Clock
from bridge.ports.rest import RestOpener

CURSOR_FORGOTTEN: Final = "cursor_expired"
"""Code in ``remote`` when the service does not know a cursor any more."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One invoice as it is handed to a service.

    Attributes:
        reference: Ours, unique for ever; the same one again is the same invoice.
        pdf: The file.
    """

    reference: str
    issued_on: date
    due_on: date | None
    patient: BilledPatient
    amounts: BilledAmounts
    references: InvoiceReferences
    pdf: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ReportedInvoice:
    """What a service says of one invoice, understood and as it came.

    Attributes:
        raw: The members the contract knows, as text of JSON; never a patient.
        lacks_plan: Whether there is an instalment plan that was not said with it.
    """

    report: StateReport
    raw: str = field(repr=False)
    lacks_plan: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangedPage:
    """A page of the list of changes.

    Attributes:
        next_cursor: Where the next page, or the next look, begins.
        has_more: Whether a further page waits now.
        unreadable: How many items could not be read at all.
    """

    items: Sequence[ReportedInvoice]
    next_cursor: str
    has_more: bool
    unreadable: int = 0


class BillingService(Protocol):
    """One registration with one billing service.

    Contract: the service takes a reference once; the same upload again gives the same invoice.
    ``encode`` and ``decode`` neither wait nor send.
    ``NotDelivered`` promises that not one byte of the request was written; ``RemoteRefusal`` that
    the service said no (also: not now), with its code in ``remote``; every other failure of
    ``upload`` is ``OutcomeUnknown`` or ``TheirAnswerInvalid``, and the invoice may have arrived.
    """

    def encode(self, upload: Upload) -> bytes:
        """Write the exact bytes of an upload, to be kept before they leave."""
        ...

    async def prepare(self) -> None:
        """Get what is needed to speak, such as an access token; nothing of an invoice leaves.

        Raises:
            BridgeError: it cannot be had now.
        """
        ...

    async def upload(self, reference: str, body: bytes) -> bytes:
        """Send the exact bytes of an upload; gives the exact bytes of the answer.

        Raises:
            NotDelivered, RemoteRefusal, OutcomeUnknown, TheirAnswerInvalid: see the contract.
        """
        ...

    def decode(self, answer: bytes) -> ReportedInvoice:
        """Read the answer to an upload.

        Raises:
            TheirAnswerInvalid: it cannot be read.
        """
        ...

    async def changed(self, *, cursor: str | None, limit: int) -> ChangedPage:
        """Read what changed since a cursor; without one, everything that is not settled.

        Raises:
            RemoteRefusal: with ``CURSOR_FORGOTTEN`` in ``remote``, the cursor is not known any
                more.
            BridgeError: it cannot be asked now.
        """
        ...

    async def invoice(self, reference: str) -> ReportedInvoice | None:
        """Ask about one invoice by our reference; ``None`` when the service does not have it.

        Raises:
            BridgeError: it cannot be asked now.
        """
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True, kw_only=True)
class BillingPlace:
    """What an adapter is given.

    Attributes:
        account: Where the service is, and who we are there.
        client_secret: For ``client_credentials``; empty otherwise.
        identity: For ``mutual_tls``; ``None`` otherwise.
        opener: Opens HTTP connections; an adapter that speaks HTTP uses no other.
        clock: Tells the time.
    """

    account: BillingAccount
    client_secret: str = field(repr=False)
    identity: ClientIdentity | None = field(repr=False)
    opener: RestOpener
    clock: Clock


class BillingConnector(Protocol):
    """Makes the service of an account; what an entry point names."""

    def __call__(self, place: BillingPlace) -> BillingService:
        """Make it; nothing is sent.

        Raises:
            InputError: the account cannot be used as it is.
        """
        ...


BillingConnectors = Mapping[str, BillingConnector]
"""Connectors by the name of their adapter."""


@dataclass(frozen=True, kw_only=True)
class BillingFilter:
    """Which invoices are wanted; everything combines with AND.

    Attributes:
        client_id: Only that caller's.
        has_findings: Whether a finding is kept.
    """

    client_id: str | None = None
    service_id: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    practice_id: tuple[str, ...] = ()
    treatment_ref: str | None = None
    estimate_ref: str | None = None
    patient_ref: str | None = None
    is_synchronised: bool | None = None
    has_findings: bool | None = None


@dataclass(frozen=True, kw_only=True)
class StateTotal:
    """How many invoices are in a state, and what they are about in cents."""

    state: BillingState
    count: int
    amount: int
    paid: int


class BillingAccounts(Protocol):
    """Repository of accounts."""

    def all(self) -> list[BillingAccount]:
        """Read all accounts, oldest first."""
        ...

    def get(self, service_id: str) -> BillingAccount | None:
        """Read one account."""
        ...

    def put(self, account: BillingAccount) -> None:
        """Insert an account, or replace the one with the same identifier."""
        ...

    def remove(self, service_id: str) -> None:
        """Delete an account with its progress and what the service said of others."""
        ...

    def progress(self, service_id: str) -> SyncProgress:
        """Read how far an account is kept in step."""
        ...

    def advance(self, service_id: str, progress: SyncProgress) -> None:
        """Write how far an account is kept in step."""
        ...

    def stray(self, stray: StrayInvoice) -> None:
        """Keep an invoice that is none of ours, or what is new about it."""
        ...

    def strays(
        self, service_id: str, *, limit: int, after: str | None
    ) -> tuple[list[StrayInvoice], int]:
        """Read invoices that are none of ours, by the service's identifier, and count them."""
        ...


class BillingInvoices(Protocol):
    """Repository of invoices."""

    def put(self, invoice: BillingInvoice) -> None:
        """Insert an invoice, or replace the one with the same identifier."""
        ...

    def replace_all(self, invoices: Sequence[BillingInvoice]) -> None:
        """Write invoices that are there, each of them once.

        Raises:
            StoreError: one of them is not.
        """
        ...

    def get(self, invoice_id: str, *, client_id: str | None) -> BillingInvoice | None:
        """Read one invoice; with a ``client_id`` only that caller's."""
        ...

    def of_operation(self, operation_id: str) -> BillingInvoice | None:
        """Read the invoice an operation sends."""
        ...

    def reported(
        self, service_id: str, reports: Sequence[StateReport]
    ) -> dict[str, BillingInvoice]:
        """Find the invoices of reports by our reference, else the service's.

        Returns:
            By the service's identifier.
        """
        ...

    def to_ask(self, service_id: str, *, now: datetime, limit: int) -> list[BillingInvoice]:
        """Read invoices the service is to be asked about now, the longest due first."""
        ...

    def is_any_synchronised(self, service_id: str) -> bool:
        """Tell whether any invoice of a service is kept in step; settled ones count too."""
        ...

    def switch(self, service_id: str, *, is_synchronised: bool, at: datetime) -> None:
        """Keep all invoices of a service that are not final in step from now on, or no more."""
        ...

    def ask_all(self, service_id: str, *, at: datetime) -> None:
        """Let a service be asked about all invoices it has and that are kept in step."""
        ...

    def count(self, service_id: str) -> int:
        """Count the invoices of a service."""
        ...

    def page(
        self, wanted: BillingFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[BillingInvoice], int]:
        """Read invoices, newest first, and count them all."""
        ...

    def totals(self, wanted: BillingFilter) -> list[StateTotal]:
        """Sum up invoices per state."""
        ...

    def patients(
        self, wanted: BillingFilter, *, limit: int, after: str | None
    ) -> tuple[list[str], int]:
        """Read the references of patients with invoices, in their order, and count them."""
        ...

    def of_patients(
        self, wanted: BillingFilter, patient_refs: Sequence[str]
    ) -> list[BillingInvoice]:
        """Read the invoices of some patients, oldest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class PdfFacts:
    """What was seen in a file.

    Attributes:
        pages: How many there are.
        communications: Structured communications in its text, twelve digits each.
        codes: Payment codes, drawn or written out.
    """

    pages: int
    communications: frozenset[str] = field(default=frozenset(), repr=False)
    codes: tuple[PaymentCode, ...] = ()


class PdfInspector(Protocol):
    """Looks into a PDF file."""

    def inspect(self, content: bytes, *, most_pages: int) -> PdfFacts:
        """Look into a file; blocks for as long as that takes.

        Raises:
            InputError: it is no PDF file (``billing_pdf_invalid``), or needs a password
                (``billing_pdf_locked``), or is too much to look into
                (``billing_pdf_too_complex``); one with too many pages is only counted.
        """
        ...

    def close(self) -> None:
        """End what looks into files; blocks until a file that is looked into is done."""
        ...
