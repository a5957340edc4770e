"""What was sent to each union on each day, and where every cent of it is.

Source: *eFact for nursing* 3.3; decision D17.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from api.models.common import AnswerModel, Day, ListQuery, Page
from bridge.domain.reconciliation import Balance, ReconciliationRow
from bridge.service.invoiceoverview import InvoiceOverview

PATH: Final = "/v1/invoice-balances"


class BalanceAmounts(AnswerModel):
    """Sums; what was sent is what was refused, what was paid and what is still open."""

    sent_cents: int = Field(description="Asked from insurers; credit notes count negative.")
    accepted_cents: int = Field(description="Paid already, or to be paid with the settlement.")
    refused_cents: int = Field(description="Not paid, for good.")
    paid_cents: int = Field(description="Paid by settlements.")
    still_open_cents: int = Field(description="Neither paid nor refused.")
    is_balanced: bool = Field(description="Every cent that was sent is refused, paid or open.")


class InsurerBalance(AnswerModel):
    """The sums of one union, of all its days."""

    insurer: str
    amounts: BalanceAmounts


class InvoiceBalance(AnswerModel):
    """What was sent to one union on one day."""

    sent_on: Day = Field(description="Day of sending in Belgium.")
    insurer: str
    invoices: int
    lines: int = Field(description="Lines of the invoices, statistical ones too.")
    amounts: BalanceAmounts


class InvoiceBalanceList(AnswerModel):
    """Days and unions, with sums of the whole list, not of the page alone."""

    items: list[InvoiceBalance]
    by_insurer: list[InsurerBalance]
    total: BalanceAmounts
    page: Page
    query: ListQuery


def balance_row(row: ReconciliationRow) -> InvoiceBalance:
    """Show what was sent to one union on one day."""
    return InvoiceBalance(
        sent_on=row.on,
        insurer=row.insurer,
        invoices=row.claims,
        lines=row.lines,
        amounts=balance_amounts(row.balance),
    )


def insurer_balances(overview: InvoiceOverview) -> list[InsurerBalance]:
    """Show the sums of each union, by its number."""
    return [
        InsurerBalance(insurer=insurer, amounts=balance_amounts(balance))
        for insurer, balance in sorted(overview.by_insurer.items())
    ]


def balance_amounts(balance: Balance) -> BalanceAmounts:
    """Show sums."""
    return BalanceAmounts(
        sent_cents=balance.sent,
        accepted_cents=balance.accepted,
        refused_cents=balance.refused,
        paid_cents=balance.paid,
        still_open_cents=balance.still_open,
        is_balanced=balance.is_balanced,
    )
