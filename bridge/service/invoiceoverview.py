"""What was sent to each insurer on each day, and where every cent of it is.

Source: *eFact for nursing* 3.3; decision D17.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar

from bridge.domain.invoices import InvoiceBatch
from bridge.domain.months import Month
from bridge.domain.reconciliation import (
    Balance,
    Reconciliation,
    ReconciliationRow,
    balance_of_sums,
    day_of_sending,
    is_sent,
)
from bridge.service.history import owner_of

if TYPE_CHECKING:
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.ports.invoices import InvoiceFilter
    from bridge.ports.store import Store, UnitOfWork
    from bridge.service.tokens import Client

_BATCHES_AT_ONCE: Final = 200
_T = TypeVar("_T", date, Month)


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


@dataclass(frozen=True, kw_only=True)
class OverviewSpan:
    """From when to when; both ends are included, ``None`` leaves an end open.

    Attributes:
        from_month: First invoiced month.
        to_month: Last invoiced month.
        sent_from: First day of sending in Belgium.
        sent_to: Last day of sending in Belgium.
    """

    from_month: Month | None = None
    to_month: Month | None = None
    sent_from: date | None = None
    sent_to: date | None = None

    def holds(self, batch: InvoiceBatch) -> bool:
        """Tell whether a batch that was sent lies in it."""
        return _is_between(batch.month, self.from_month, self.to_month) and _is_between(
            day_of_sending(batch), self.sent_from, self.sent_to
        )


EVERYTHING: Final = OverviewSpan()
"""No end at all."""


def _is_between(value: _T, first: _T | None, last: _T | None) -> bool:
    return (first is None or first <= value) and (last is None or value <= last)


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
        span: OverviewSpan = EVERYTHING,
    ) -> InvoiceOverview:
        """Add up the batches the caller may see.

        Args:
            wanted: Which batches.
            client: Who asks.
            span: From when to when.
        """
        visible = replace(wanted, client_id=owner_of(client))

        def work(unit: UnitOfWork) -> InvoiceOverview:
            sums = Reconciliation(self._settings)
            for batch in _batches(unit, visible):
                if is_sent(batch) and span.holds(batch):
                    _add(unit, batch, sums)
            return InvoiceOverview(rows=sums.rows, by_insurer=sums.by_insurer, total=sums.total)

        return await self._store.read(work)


def _add(unit: UnitOfWork, batch: InvoiceBatch, sums: Reconciliation) -> None:
    """Add a batch; its claims are read only where their acts matter, because they are many."""
    found = unit.claims.sums(batch.id)
    balance = balance_of_sums(
        batch,
        sent=found.insurer_amount,
        paid=found.paid_amount,
        still_open=found.open_amount,
    )
    if balance is not None:
        sums.add_sums(batch, claims=found.claims, lines=found.lines, balance=balance)
        return
    for claim in unit.claims.all_of(batch.id):
        sums.add(batch, claim)


def _batches(unit: UnitOfWork, wanted: InvoiceFilter) -> Iterator[InvoiceBatch]:
    before_id = None
    while True:
        page, _ = unit.invoice_batches.page(wanted, limit=_BATCHES_AT_ONCE, before_id=before_id)
        yield from page
        if len(page) < _BATCHES_AT_ONCE:
            return
        before_id = page[-1].id
