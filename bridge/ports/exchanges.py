"""Port: repositories of the asynchronous engine, parts of the ``UnitOfWork``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bridge.domain.batches import BatchCounts, BatchItem, InsurabilityBatch
    from bridge.domain.exchanges import Exchange, ReceivedResponse
    from bridge.domain.identifiers import Niss

SORTABLE: Final = (
    "created_at",
    "updated_at",
    "sent_at",
    "answered_at",
    "status",
    "kind",
    "service",
    "insurer",
)
"""Members the history can be sorted by; ``id`` always decides last (API-61)."""


@dataclass(frozen=True, kw_only=True)
class SortKey:
    """One member of the order."""

    member: str = "created_at"
    is_descending: bool = True


@dataclass(frozen=True, kw_only=True)
class ExchangeFilter:
    """Which rows of the history; everything combines with AND, empty means any.

    Attributes:
        client_id: Only this client's own rows (D13); ``None`` for all.
        sent_from: First moment, included.
        sent_to: Last moment, excluded.
        niss: Only exchanges about this person.
    """

    client_id: str | None = None
    status: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    insurer: tuple[str, ...] = ()
    practice_id: tuple[str, ...] = ()
    registration_id: tuple[str, ...] = ()
    sent_from: datetime | None = None
    sent_to: datetime | None = None
    is_read: bool | None = None
    is_processed: bool | None = None
    is_archived: bool | None = None
    has_send_problem: bool | None = None
    niss: Niss | None = None


@dataclass(frozen=True, kw_only=True)
class ExchangePage:
    """Some rows of the history.

    Attributes:
        next_after: Sort values of the last row with its id, when there are more.
        total: Rows of the whole list, or so many at least.
        total_is_exact: Whether ``total`` is their number.
    """

    items: list[Exchange]
    next_after: tuple[str, ...] | None
    total: int
    total_is_exact: bool = True


class Exchanges(Protocol):
    """Repository of exchanges."""

    def add(self, exchange: Exchange, *, people: tuple[Niss, ...] = ()) -> None:
        """Insert a new exchange with the people it is about."""
        ...

    def people(self, exchange_id: str) -> list[Niss]:
        """Give the people an exchange is about."""
        ...

    def get(self, exchange_id: str) -> Exchange | None:
        """Read one exchange."""
        ...

    def replace(self, exchange: Exchange) -> None:
        """Write an exchange's new state; the caller checked the move."""
        ...

    def some(self, exchange_ids: Sequence[str]) -> list[Exchange]:
        """Read those of some exchanges that are there."""
        ...

    def replace_all(self, exchanges: Sequence[Exchange]) -> None:
        """Write the new states of exchanges, each of them once; the caller checked the moves."""
        ...

    def of_reference(self, service: str, input_reference: str) -> Exchange | None:
        """Read the exchange a reference stands for."""
        ...

    def of_subject(self, subject_id: str) -> list[Exchange]:
        """Read the exchanges of one batch, oldest first."""
        ...

    def with_status(
        self, *statuses: str, limit: int = 1000, services: Collection[str] = ()
    ) -> list[Exchange]:
        """Read exchanges in some states, of some services or of all, oldest first."""
        ...

    def services_of(self, registration_id: str) -> set[str]:
        """Give the services that a registration has ever exchanged with."""
        ...

    def similar(self, content_digest: str) -> Exchange | None:
        """Read the latest exchange with the same business content that is not over in error."""
        ...

    def page(
        self,
        wanted: ExchangeFilter,
        *,
        sort: tuple[SortKey, ...],
        limit: int,
        after: tuple[str, ...] | None,
    ) -> ExchangePage:
        """Read a page of the history after the row with the sort values ``after``."""
        ...


class Responses(Protocol):
    """Repository of what came in."""

    def add(self, response: ReceivedResponse) -> None:
        """Insert a new response."""
        ...

    def get(self, response_id: str) -> ReceivedResponse | None:
        """Read one response."""
        ...

    def replace(self, response: ReceivedResponse) -> None:
        """Write a response's new state."""
        ...

    def of_identity(
        self, service: str, registration_id: str, identity: str
    ) -> ReceivedResponse | None:
        """Read what was stored under the platform's identity of a delivery."""
        ...

    def of_content(self, exchange_id: str, content_digest: str) -> ReceivedResponse | None:
        """Read a response of an exchange with the same content."""
        ...

    def of_exchange(self, exchange_id: str) -> list[ReceivedResponse]:
        """Read all responses of an exchange, oldest first."""
        ...

    def page(
        self,
        *,
        client_id: str | None,
        service: tuple[str, ...],
        limit: int,
        before_id: str | None,
    ) -> tuple[list[ReceivedResponse], int]:
        """Read responses to a client's exchanges, or to all, newest first, and count them."""
        ...

    def unconfirmed(self, service: str, registration_id: str) -> list[ReceivedResponse]:
        """Read what is stored and not yet confirmed."""
        ...


class Batches(Protocol):
    """Repository of insurability batches and their patients."""

    def add(self, batch: InsurabilityBatch, items: list[BatchItem]) -> None:
        """Insert a batch with its patients."""
        ...

    def get(self, batch_id: str, *, client_id: str | None) -> InsurabilityBatch | None:
        """Read one batch; with a ``client_id`` only that client's."""
        ...

    def of_operation(self, operation_id: str) -> InsurabilityBatch | None:
        """Read the batch an operation works on."""
        ...

    def page(
        self, *, client_id: str | None, limit: int, before_id: str | None
    ) -> tuple[list[InsurabilityBatch], int]:
        """Read batches, newest first, and count them all."""
        ...

    def counts(self, batch_id: str) -> BatchCounts:
        """Count the patients of a batch by state."""
        ...

    def items(self, batch_id: str, *, after: int = -1, limit: int = 10_000) -> list[BatchItem]:
        """Read patients of a batch in their order, those after a position."""
        ...

    def item(self, batch_id: str, item_id: str) -> BatchItem | None:
        """Read one patient of a batch."""
        ...

    def items_of_exchange(self, exchange_id: str) -> list[BatchItem]:
        """Read the patients of one exchange, in their order."""
        ...

    def replace_items(self, items: list[BatchItem]) -> None:
        """Write the new state of patients."""
        ...


class KnownInsurers(Protocol):
    """Repository of which insurer a person was last known at."""

    def learn(self, niss: Niss, insurer: str, *, at: datetime) -> None:
        """Remember the insurer of a person."""
        ...

    def of(self, people: list[Niss]) -> dict[Niss, str]:
        """Give the insurers of the people that are known."""
        ...
