"""Reconciliation: what was sent, accepted, refused, paid and is still open, to the cent.

What was sent is at every moment what was refused, what was paid and what is still open.
Source: *eFact for nursing* 3.3; decision D17.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bridge.domain.claims import ActResult, Claim, ClaimLine
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.periods import brussels_day

_NOT_SENT: Final = frozenset(
    {ExchangeStatus.DRAFT, ExchangeStatus.TO_SEND, ExchangeStatus.ERROR},
)
"""Nothing lies with the insurer; what may have arrived counts as sent (D21)."""

_AGREED: Final = frozenset(
    {ExchangeStatus.ACCEPTED, ExchangeStatus.PARTIALLY_ACCEPTED, ExchangeStatus.SETTLED},
)


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Sums in cents; those of credit notes are negative.

    Attributes:
        sent: Asked from the insurer.
        accepted: Accepted: paid already, or to be paid with the settlement.
        refused: Not paid, for good.
        paid: Paid by a settlement.
        still_open: Neither paid nor refused.
    """

    sent: int = 0
    accepted: int = 0
    refused: int = 0
    paid: int = 0
    still_open: int = 0

    def __add__(self, other: Balance) -> Balance:
        return Balance(
            sent=self.sent + other.sent,
            accepted=self.accepted + other.accepted,
            refused=self.refused + other.refused,
            paid=self.paid + other.paid,
            still_open=self.still_open + other.still_open,
        )

    @property
    def is_balanced(self) -> bool:
        """Whether every cent that was sent is somewhere."""
        return self.sent == self.refused + self.paid + self.still_open


@dataclass(frozen=True, kw_only=True)
class ReconciliationRow:
    """What was sent to one insurer on one day.

    Attributes:
        on: Day of sending in Belgium.
        claims: How many invoices.
        acts: How many acts that are paid; statistical ones do not count.
    """

    insurer: str
    on: date
    claims: int = 0
    acts: int = 0
    balance: Balance = Balance()


class Reconciliation:
    """Adds up claims, one after the other, per insurer and day of sending."""

    def __init__(self, settings: InvoiceSettings) -> None:
        """Begin with nothing."""
        self._settings = settings
        self._rows: dict[tuple[str, date], ReconciliationRow] = {}

    def add(self, batch: InvoiceBatch, claim: Claim) -> None:
        """Add a claim of a batch; what was not sent does not count."""
        if not is_sent(batch):
            return
        on = day_of_sending(batch)
        key = (batch.insurer, on)
        row = self._rows.get(key) or ReconciliationRow(insurer=batch.insurer, on=on)
        self._rows[key] = replace(
            row,
            claims=row.claims + 1,
            acts=row.acts + sum(not line.is_statistical for line in claim.lines),
            balance=row.balance + balance_of(batch, claim, self._settings),
        )

    @property
    def rows(self) -> tuple[ReconciliationRow, ...]:
        """Rows by day, then by insurer."""
        return tuple(sorted(self._rows.values(), key=lambda each: (each.on, each.insurer)))

    @property
    def by_insurer(self) -> dict[str, Balance]:
        """Sums of each insurer."""
        found: dict[str, Balance] = defaultdict(Balance)
        for row in self.rows:
            found[row.insurer] = found[row.insurer] + row.balance
        return dict(found)

    @property
    def total(self) -> Balance:
        """Sum of everything."""
        return sum((row.balance for row in self._rows.values()), start=Balance())


def is_sent(batch: InvoiceBatch) -> bool:
    """Tell whether a batch counts as sent."""
    return batch.status not in _NOT_SENT


def day_of_sending(batch: InvoiceBatch) -> date:
    """Give the day in Belgium a batch that was sent counts for."""
    return brussels_day(batch.sent_at or batch.updated_at)


def balance_of(batch: InvoiceBatch, claim: Claim, settings: InvoiceSettings) -> Balance:
    """Give the sums of one claim; nothing when its batch was not sent."""
    if not is_sent(batch):
        return Balance()
    is_agreed = any(each.status in _AGREED for each in batch.decisions)
    return sum(
        (_balance(line, settings, is_agreed=is_agreed) for line in claim.lines),
        start=Balance(),
    )


def _balance(line: ClaimLine, settings: InvoiceSettings, *, is_agreed: bool) -> Balance:
    is_open = line.result is ActResult.OPEN
    is_noted = any(each.letter.strip() in settings.rejecting_letters for each in line.reasons)
    is_awaited = is_open and is_agreed and not is_noted
    return Balance(
        sent=line.insurer_amount,
        accepted=line.insurer_amount if is_awaited else line.paid_amount,
        refused=line.refused_amount,
        paid=line.paid_amount,
        still_open=line.open_amount,
    )


def expected_payments(claims: Iterable[Claim], settings: InvoiceSettings) -> dict[str, int]:
    """Give what each mutuality of destination pays, to match with the statement of the bank."""
    found: dict[str, int] = defaultdict(int)
    for claim in claims:
        found[settings.destination(claim.patient.mutuality)] += claim.paid_amount
    return dict(found)
