"""What event streams hear about invoices: which batch or answer, and never about whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.domain.invoices import InvoiceBatch
    from bridge.domain.keptsettlements import KeptSettlement
    from bridge.service.events import EventBook


def tell_batch(events: EventBook, batch: InvoiceBatch) -> None:
    """Tell that a batch changed."""
    events.publish(
        "invoice_batch.updated",
        object="invoice_batch",
        object_id=batch.id,
        status=batch.status.value,
        path=f"/v1/invoice-batches/{batch.id}",
        client_id=batch.client_id or None,
    )


def tell_settlement(events: EventBook, kept: KeptSettlement) -> None:
    """Tell that an answer came in, or was worked on."""
    events.publish(
        "settlement.updated",
        object="settlement",
        object_id=kept.id,
        status="settled" if kept.applied_at else "manual_action_required",
        path=f"/v1/settlements/{kept.id}",
        client_id=kept.client_id or None,
    )
