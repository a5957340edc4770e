"""What a front end takes over of an invoice once a settlement decided about it.

Source: *eFact for nursing* 3.3; the issue's *Answers*.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.caredays import DayResult, day_result
from bridge.domain.claims import Claim
from bridge.domain.invoices import InvoiceAnswer
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.keptsettlements import KeptSettlement


@dataclass(frozen=True, kw_only=True)
class InvoiceHandover:
    """What became of one invoice; amounts in cents.

    Attributes:
        result: Of all its days together.
        mutuality: Who pays it: the mutuality of destination.
        payment_reference: As it stands on the bank statement; empty when the insurer named none.
    """

    result: DayResult
    paid: int
    refused: int
    mutuality: str
    payment_reference: str = ""


def handover_of(
    claim: Claim, kept: KeptSettlement, settings: InvoiceSettings
) -> InvoiceHandover | None:
    """Give what is taken over of a claim as an answer leaves it.

    ``None`` when nothing of it is final: only a settlement pays, a file that was refused is sent
    again, and an answer that contradicts an earlier one first needs a person (D32).
    """
    if kept.settlement.answer is not InvoiceAnswer.SETTLED or kept.applied_at is None:
        return None
    destination = settings.destination(claim.patient.mutuality)
    references = (
        each.payment_reference.strip()
        for each in kept.settlement.mutualities
        if each.mutuality == destination
    )
    acts = [line for line in claim.lines if not line.is_statistical]
    return InvoiceHandover(
        result=day_result({line.result for line in acts}),
        paid=claim.paid_amount,
        refused=sum(line.refused_amount for line in acts),
        mutuality=destination,
        payment_reference=next(filter(None, references), ""),
    )
