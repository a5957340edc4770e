"""Port: the encrypted database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bridge.domain.cards import PatientReading
    from bridge.domain.insurability import InsurabilityCheck
    from bridge.domain.operations import Operation
    from bridge.ports.actors import Actors
    from bridge.ports.billing import BillingAccounts, BillingInvoices
    from bridge.ports.care import Agreements, CareUpdates, Declarations
    from bridge.ports.exchanges import Batches, Exchanges, KnownInsurers, Responses
    from bridge.ports.history import Exports, Views
    from bridge.ports.invoices import Claims, Covers, InvoiceBatches, Settlements, TariffList
    from bridge.ports.keeping import Keeping, PatientTraces
    from bridge.ports.keypads import Keypads
    from bridge.ports.pairings import Pairings
    from bridge.ports.practices import Practices, Registrations
    from bridge.ports.referencedata import ReferenceData
    from bridge.ports.reports import Reports
    from bridge.ports.worklists import WorkLists

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RememberedKey:
    """An idempotency key that was accepted (API-30 to API-35).

    Attributes:
        client_id: Pairing or token the key belongs to.
        key: The key as sent.
        route: Method and path template.
        fingerprint: SHA-256 of the canonical body (RFC 8785), hexadecimal.
        operation_id: The operation it started.
    """

    client_id: str
    key: str
    route: str
    fingerprint: str
    operation_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The exact bytes of one message, kept as proof.

    Attributes:
        subject_id: Identifier of what it belongs to, such as ``ins_…``.
        kind: ``content``, ``request``, ``answer``, or ``opened`` for what was in its seal.
        media_type: Such as ``text/xml``.
    """

    id: str
    subject_id: str
    kind: str
    media_type: str
    content: bytes
    created_at: datetime

    def __repr__(self) -> str:
        return f"Evidence({self.id})"


class Operations(Protocol):
    """Repository of operations."""

    def add(self, operation: Operation) -> None:
        """Insert a new operation.

        Raises:
            QueueFull: ``MOST_QUEUED`` of this client are not over.
        """
        ...

    def get(self, operation_id: str) -> Operation | None:
        """Read one operation."""
        ...

    def replace(self, operation: Operation) -> None:
        """Write an operation's new state; the caller checked the move."""
        ...

    def page(self, *, client_id: str, limit: int, before_id: str | None) -> list[Operation]:
        """Read a client's operations, newest first, those with an id below ``before_id``."""
        ...

    def count(self, *, client_id: str) -> int:
        """Count a client's operations."""
        ...

    def unfinished(self) -> list[Operation]:
        """Read all operations whose status is not final."""
        ...


class Checks(Protocol):
    """Repository of insurability checks."""

    def add(self, check: InsurabilityCheck, *, client_id: str) -> None:
        """Insert a new check."""
        ...

    def get(self, check_id: str, *, client_id: str | None) -> InsurabilityCheck | None:
        """Read one check; with a ``client_id`` only if that client asked it."""
        ...

    def of_operation(self, operation_id: str) -> InsurabilityCheck | None:
        """Read the check an operation works on."""
        ...

    def replace(self, check: InsurabilityCheck) -> None:
        """Write a check's new state; the caller checked the move."""
        ...

    def page(
        self,
        *,
        client_id: str | None,
        limit: int,
        before_id: str | None,
    ) -> list[InsurabilityCheck]:
        """Read checks, newest first, those with an id below ``before_id``."""
        ...

    def count(self, *, client_id: str | None) -> int:
        """Count checks."""
        ...


class IdempotencyKeys(Protocol):
    """Repository of remembered idempotency keys."""

    def find(self, *, client_id: str, key: str, route: str) -> RememberedKey | None:
        """Read a remembered key."""
        ...

    def add(self, key: RememberedKey) -> None:
        """Remember a key."""
        ...


class EvidenceBox(Protocol):
    """Repository of evidence; rows are added and never changed."""

    def add(self, evidence: Evidence) -> None:
        """Insert one message."""
        ...

    def of_subject(self, subject_id: str) -> list[Evidence]:
        """Read all messages of one subject, oldest first."""
        ...


class Readings(Protocol):
    """Repository of the kept part of patient card readings."""

    def add(self, reading: PatientReading) -> None:
        """Insert a reading without its holder."""
        ...

    def get(self, reading_id: str, *, client_id: str) -> PatientReading | None:
        """Read one reading, if it is that client's."""
        ...


class UnitOfWork(Protocol):
    """The repositories within one transaction."""

    @property
    def operations(self) -> Operations:
        """Operations."""
        ...

    @property
    def checks(self) -> Checks:
        """Insurability checks."""
        ...

    @property
    def idempotency_keys(self) -> IdempotencyKeys:
        """Remembered idempotency keys."""
        ...

    @property
    def registrations(self) -> Registrations:
        """Registrations."""
        ...

    @property
    def practices(self) -> Practices:
        """Practices."""
        ...

    @property
    def readings(self) -> Readings:
        """Kept readings of patients' cards."""
        ...

    @property
    def evidence(self) -> EvidenceBox:
        """Evidence."""
        ...

    @property
    def exchanges(self) -> Exchanges:
        """Exchanges: the history."""
        ...

    @property
    def responses(self) -> Responses:
        """What came in."""
        ...

    @property
    def batches(self) -> Batches:
        """Insurability batches."""
        ...

    @property
    def known_insurers(self) -> KnownInsurers:
        """Who was last insured where."""
        ...

    @property
    def views(self) -> Views:
        """Saved views of the history."""
        ...

    @property
    def exports(self) -> Exports:
        """Exports of the history."""
        ...

    @property
    def reports(self) -> Reports:
        """Reports about settlements and refusals."""
        ...

    @property
    def work_lists(self) -> WorkLists:
        """What is still to ask."""
        ...

    @property
    def declarations(self) -> Declarations:
        """Declarations of care."""
        ...

    @property
    def agreements(self) -> Agreements:
        """The register of agreements."""
        ...

    @property
    def care_updates(self) -> CareUpdates:
        """What insurers changed by themselves."""
        ...

    @property
    def invoice_batches(self) -> InvoiceBatches:
        """Batches of invoices."""
        ...

    @property
    def claims(self) -> Claims:
        """Invoices of patients."""
        ...

    @property
    def settlements(self) -> Settlements:
        """Answers that decided about batches of invoices."""
        ...

    @property
    def covers(self) -> Covers:
        """Answers about the insurance of patients."""
        ...

    @property
    def tariffs(self) -> TariffList:
        """Tariffs that were loaded."""
        ...

    @property
    def reference_data(self) -> ReferenceData:
        """Lists that were imported, edition by edition."""
        ...

    @property
    def keypads(self) -> Keypads:
        """Readers with a keypad."""
        ...

    @property
    def pairings(self) -> Pairings:
        """Connected software, and what was blocked."""
        ...

    @property
    def actors(self) -> Actors:
        """Actors and their rights."""
        ...

    @property
    def billing_accounts(self) -> BillingAccounts:
        """Registrations with billing services."""
        ...

    @property
    def billing_invoices(self) -> BillingInvoices:
        """Invoices that billing services send."""
        ...

    @property
    def keeping(self) -> Keeping:
        """What is kept of each kind."""
        ...

    @property
    def patients(self) -> PatientTraces:
        """What is kept about one patient."""
        ...


class Store(Protocol):
    """The encrypted database.

    Contract: ``write`` runs on the one writer thread, commits when ``work`` returns and rolls
    back when it raises; what is committed survives a kill.
    ``read`` sees a consistent snapshot and changes nothing.
    Database failures are ``StoreError``.
    """

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in one writing transaction and give its result."""
        ...

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in one reading transaction and give its result."""
        ...

    async def close(self) -> None:
        """Finish what runs and close the database."""
        ...
