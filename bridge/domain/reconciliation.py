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
        lines: How many lines they have, statistical ones too.
    """

    insurer: str
    on: date
    claims: int = 0
    lines: int = 0
    balance: Balance = Balance()


class Reconciliation:
    """Adds up claims, one after the other, per insurer and day of sending."""

    def __init__(self, settings: InvoiceSettings) -> None:
        """Begin with nothing."""
        self._settings = settings
        self._rows: dict[tuple[str, date], ReconciliationRow] = {}

    def add(self, batch: InvoiceBatch, claim: Claim) -> None:
        """Add a claim of a batch; what was not sent does not count."""
        balance = balance_of(batch, claim, self._settings)
        self.add_sums(batch, claims=1, lines=len(claim.lines), balance=balance)

    def add_sums(self, batch: InvoiceBatch, *, claims: int, lines: int, balance: Balance) -> None:
        """Add claims of a batch that were added up; what was not sent does not count."""
        if not is_sent(batch):
            return
        on = day_of_sending(batch)
        key = (batch.insurer, on)
        row = self._rows.get(key) or ReconciliationRow(insurer=batch.insurer, on=on)
        self._rows[key] = replace(
            row,
            claims=row.claims + claims,
            lines=row.lines + lines,
            balance=row.balance + balance,
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
    is_agreed = _is_agreed(batch)
    return sum(
        (_balance(line, settings, is_agreed=is_agreed) for line in claim.lines),
        start=Balance(),
    )


def balance_of_sums(
    batch: InvoiceBatch, *, sent: int, paid: int, still_open: int
) -> Balance | None:
    """Give the sums of a whole batch; ``None`` when only its acts say what is accepted.

    That is so while the insurer accepted the file and has not settled it: an open act is accepted
    unless it is noted as rejected.
    """
    is_over = batch.status is ExchangeStatus.SETTLED and not still_open
    if _is_agreed(batch) and not is_over:
        return None
    return Balance(
        sent=sent,
        accepted=paid,
        refused=sent - paid - still_open,
        paid=paid,
        still_open=still_open,
    )


def _is_agreed(batch: InvoiceBatch) -> bool:
    return any(each.status in _AGREED for each in batch.decisions)


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
