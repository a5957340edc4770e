"""The sending number a batch is released under: the lowest that no batch holds.

Source: *Identifiers* 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.domain.sendingnumbers import SendingNumbers

if TYPE_CHECKING:
    from bridge.domain.invoices import InvoiceBatch
    from bridge.ports.store import UnitOfWork


def number_of_release(unit: UnitOfWork, draft: InvoiceBatch, year: int) -> int:
    """Give the number of a release: its own of the same year, or the next one.

    A draft that was released before and removed leaves its number to the next release, so that a
    year has no gaps.
    The number is beyond ``MOST_SENDINGS`` when the year has none left.
    """
    if draft.sending_number is not None and draft.sending_year == year:
        return draft.sending_number
    payer = draft.payer.short
    used = unit.invoice_batches.sending_numbers(payer, year)
    return SendingNumbers.of(payer=payer, year=year, used=used).upcoming
