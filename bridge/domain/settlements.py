"""Settlements: what an insurer says of acts, invoices and mutualities.

Source: *eFact for nursing* 3.1 to 3.3.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.claims import RejectionReason
from bridge.domain.invoicecases import ActKey
from bridge.domain.invoices import InvoiceAnswer


@dataclass(frozen=True, kw_only=True)
class ActVerdict:
    """What an answer says of one act.

    Attributes:
        reference: Own reference of the act; empty where the record has none (record 52).
        key: By what the act is found when there is no reference.
        reasons: Errors, in order.
        accepted_amount: What is paid of it, where that is stated.
    """

    reference: str = ""
    key: ActKey | None = None
    reasons: tuple[RejectionReason, ...] = ()
    accepted_amount: int | None = None


@dataclass(frozen=True, kw_only=True)
class InvoiceVerdict:
    """What an answer says of one invoice.

    Attributes:
        invoice_number: Twelve digits.
        reasons: Errors about the whole invoice.
        accepted_amount: What is paid of it, where that is stated.
    """

    invoice_number: str
    reasons: tuple[RejectionReason, ...] = ()
    accepted_amount: int | None = None


@dataclass(frozen=True, kw_only=True)
class MutualityVerdict:
    """What a settlement says of one mutuality of destination (record 91).

    Attributes:
        payment_reference: To match with the statement of the bank.
    """

    mutuality: str
    asked: int
    accepted: int
    refused: int
    payment_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """All that one answer says of a batch.

    Attributes:
        response_id: The answer.
        answer: Its name; only ``SETTLED`` pays.
        at: When it was received.
        file_reasons: Errors about the file itself: its headers and totals.
    """

    response_id: str
    answer: InvoiceAnswer
    at: datetime
    acts: tuple[ActVerdict, ...] = ()
    invoices: tuple[InvoiceVerdict, ...] = ()
    mutualities: tuple[MutualityVerdict, ...] = ()
    file_reasons: tuple[RejectionReason, ...] = ()

    @property
    def accepted(self) -> int:
        """What is paid, all mutualities together."""
        return sum(each.accepted for each in self.mutualities)

    def has_rejections(self, letters: Collection[str]) -> bool:
        """Tell whether an act or an invoice is rejected; a remark alone rejects nothing.

        Args:
            letters: Letters that reject.
        """
        verdicts: tuple[ActVerdict | InvoiceVerdict, ...] = (*self.acts, *self.invoices)
        return any(reason.letter.strip() in letters for each in verdicts for reason in each.reasons)


@dataclass(frozen=True, kw_only=True)
class SettlementFinding:
    """Something in an answer that does not fit what was sent; a person has to look.

    Attributes:
        code: Code with texts in four languages.
        claim_id: The claim it is about.
        mutuality: The destination it is about.
        expected: Cents as we count them.
        stated: Cents as the answer states them.
    """

    code: str
    claim_id: str | None = None
    mutuality: str | None = None
    expected: int | None = None
    stated: int | None = None
