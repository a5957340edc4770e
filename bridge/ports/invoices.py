"""Port: repositories of invoices, parts of the ``UnitOfWork``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridge.domain.claims import Claim
    from bridge.domain.declarations import CarePatient
    from bridge.domain.invoicecases import ActKey, CoverAnswer
    from bridge.domain.invoices import InvoiceBatch
    from bridge.domain.keptsettlements import KeptSettlement
    from bridge.domain.months import Month
    from bridge.domain.tariffs import Tariff


@dataclass(frozen=True, kw_only=True)
class InvoiceFilter:
    """Which batches; everything combines with AND, empty means any.

    Attributes:
        client_id: Only this caller's; ``None`` for all.
        status: Names of states as people see them.
        month: Invoiced month, ``YYYY-MM``.
    """

    client_id: str | None = None
    status: tuple[str, ...] = ()
    insurer: tuple[str, ...] = ()
    practice_id: tuple[str, ...] = ()
    registration_id: tuple[str, ...] = ()
    month: str | None = None
    is_read: bool | None = None
    is_processed: bool | None = None
    is_archived: bool | None = None


@dataclass(frozen=True, kw_only=True)
class SettlementFilter:
    """Which answers that decided about batches.

    Attributes:
        answer: Names of messages, such as ``920900``.
    """

    client_id: str | None = None
    answer: tuple[str, ...] = ()
    insurer: tuple[str, ...] = ()
    practice_id: tuple[str, ...] = ()
    batch_id: str | None = None
    is_processed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class BatchSums:
    """What the claims of a batch add up to; amounts in cents."""

    claims: int = 0
    lines: int = 0
    insurer_amount: int = 0
    copayment: int = 0
    supplement: int = 0
    paid_amount: int = 0
    open_amount: int = 0


class InvoiceBatches(Protocol):
    """Repository of batches.

    What is read is as people see it: until there is an answer of its own, a batch stands where
    its message stands.
    """

    def put(self, batch: InvoiceBatch) -> None:
        """Insert a batch, or replace the one with the same identifier."""
        ...

    def get(self, batch_id: str, *, client_id: str | None) -> InvoiceBatch | None:
        """Read one batch; with a ``client_id`` only that caller's."""
        ...

    def remove(self, batch_id: str) -> None:
        """Delete a draft with its claims."""
        ...

    def of_exchange(self, exchange_id: str) -> InvoiceBatch | None:
        """Read the batch a message carried."""
        ...

    def of_operation(self, operation_id: str) -> InvoiceBatch | None:
        """Read the batch an operation works on."""
        ...

    def of_sender_reference(self, registration_id: str, reference: str) -> InvoiceBatch | None:
        """Read the batch a reference of a file stands for (zone 204)."""
        ...

    def draft_of(
        self, registration_id: str, insurer: str, *, from_month: Month
    ) -> InvoiceBatch | None:
        """Read the oldest draft for an insurer that is about a month or a later one."""
        ...

    def sending_numbers(self, payer: str, year: int) -> frozenset[int]:
        """Give the sending numbers that batches of a payer hold in a year.

        Args:
            payer: First eight digits of the number of who is paid.
            year: Calendar year.
        """
        ...

    def page(
        self, wanted: InvoiceFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[InvoiceBatch], int]:
        """Read batches, newest first, and count them all."""
        ...


class Claims(Protocol):
    """Repository of claims."""

    def put(self, claims: Sequence[Claim]) -> None:
        """Insert claims, or replace those with the same identifiers."""
        ...

    def get(self, claim_id: str) -> Claim | None:
        """Read one claim."""
        ...

    def remove(self, claim_id: str) -> None:
        """Delete a claim of a draft."""
        ...

    def page(self, batch_id: str, *, after: int = -1, limit: int = 500) -> list[Claim]:
        """Read claims of a batch in their order, those after a position."""
        ...

    def all_of(self, batch_id: str) -> Iterator[Claim]:
        """Read all claims of a batch in their order, some at a time."""
        ...

    def next_position(self, batch_id: str) -> int:
        """Give the position of the next claim of a batch."""
        ...

    def of_reference(self, reference: str) -> Claim | None:
        """Read the claim with an act of that own reference."""
        ...

    def of_patient(self, patient: CarePatient) -> list[Claim]:
        """Read all claims of a patient, oldest first."""
        ...

    def invoiced_acts(self, patient: CarePatient, *, besides: str) -> frozenset[ActKey]:
        """Give the acts of a patient that were invoiced and not refused, besides one batch's.

        Statistical acts, credit notes and acts that were taken back do not count; neither do
        drafts, and batches that failed or were refused.
        """
        ...

    def sums(self, batch_id: str) -> BatchSums:
        """Add up the claims of a batch."""
        ...


class Settlements(Protocol):
    """Repository of answers that decided about batches."""

    def put(self, settlement: KeptSettlement) -> None:
        """Insert an answer, or replace the one with the same identifier."""
        ...

    def get(self, settlement_id: str, *, client_id: str | None) -> KeptSettlement | None:
        """Read one answer; with a ``client_id`` only that caller's."""
        ...

    def of_batch(self, batch_id: str) -> list[KeptSettlement]:
        """Read the answers about a batch, oldest first."""
        ...

    def page(
        self, wanted: SettlementFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[KeptSettlement], int]:
        """Read answers, newest first, and count them all."""
        ...


class Covers(Protocol):
    """What insurers answered about the insurance of patients, in checks and in batches."""

    def of_patient(self, patient: CarePatient) -> list[CoverAnswer]:
        """Read the answers about a patient, newest first."""
        ...


class TariffList(Protocol):
    """Repository of the tariffs that were loaded."""

    def all(self) -> list[Tariff]:
        """Read all tariffs."""
        ...

    def replace_all(self, tariffs: Sequence[Tariff]) -> None:
        """Take a new list instead of the old one."""
        ...
