"""What was sent to each insurer on each day, and where every cent of it is.

Source: *eFact for nursing* 3.3; decision D17.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from bridge.domain.invoices import InvoiceBatch
from bridge.domain.periods import brussels_day
from bridge.domain.reconciliation import Balance, Reconciliation, ReconciliationRow
from bridge.service.history import owner_of

if TYPE_CHECKING:
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.ports.invoices import InvoiceFilter
    from bridge.ports.store import Store, UnitOfWork
    from bridge.service.tokens import Client

_BATCHES_AT_ONCE: Final = 200


@dataclass(frozen=True, kw_only=True)
class InvoiceOverview:
    """Sums of what was sent.

    Attributes:
        rows: One for each insurer and day of sending, by day.
        by_insurer: Sums of each insurer.
        total: Sum of everything.
    """

    rows: tuple[ReconciliationRow, ...]
    by_insurer: Mapping[str, Balance]
    total: Balance


class InvoiceOverviewService:
    """Adds up batches of invoices."""

    def __init__(self, *, store: Store, settings: InvoiceSettings) -> None:
        """Keep the parts."""
        self._store = store
        self._settings = settings

    async def overview(
        self,
        wanted: InvoiceFilter,
        *,
        client: Client,
        sent_from: date | None = None,
        sent_to: date | None = None,
    ) -> InvoiceOverview:
        """Add up the batches the caller may see.

        Args:
            wanted: Which batches.
            client: Who asks.
            sent_from: First day of sending, included.
            sent_to: Last day of sending, included.
        """
        visible = replace(wanted, client_id=owner_of(client))

        def work(unit: UnitOfWork) -> InvoiceOverview:
            sums = Reconciliation(self._settings)
            for batch in _batches(unit, visible):
                if _is_within(batch, sent_from, sent_to):
                    for claim in unit.claims.all_of(batch.id):
                        sums.add(batch, claim)
            return InvoiceOverview(rows=sums.rows, by_insurer=sums.by_insurer, total=sums.total)

        return await self._store.read(work)


def _batches(unit: UnitOfWork, wanted: InvoiceFilter) -> Iterator[InvoiceBatch]:
    before_id = None
    while True:
        page, _ = unit.invoice_batches.page(wanted, limit=_BATCHES_AT_ONCE, before_id=before_id)
        yield from page
        if len(page) < _BATCHES_AT_ONCE:
            return
        before_id = page[-1].id


def _is_within(batch: InvoiceBatch, sent_from: date | None, sent_to: date | None) -> bool:
    if batch.sent_at is None:
        return sent_from is None and sent_to is None
    on = brussels_day(batch.sent_at)
    return (sent_from is None or sent_from <= on) and (sent_to is None or on <= sent_to)
