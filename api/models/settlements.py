"""What insurers decided about invoices: totals, payments, days of care, errors at their zones.

Source: *eFact for nursing* 3; decisions D4 and D17.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from api.models.common import AnswerModel, Day, ListQuery, Moment, Page, RequestModel
from api.models.problem import OfficialText
from bridge.domain.invoicehandovers import InvoiceHandover
from bridge.domain.settlements import MutualityVerdict, SettlementFinding
from bridge.i18n import phrase
from bridge.service.errorsentences import error_meaning
from bridge.service.settlementbook import SettledInvoice, SettlementView
from bridge.service.settlementerrors import ShownError

PATH: Final = "/v1/settlements"
_MOST_MARKED: Final = 1000


class SettlementMarksRequest(RequestModel):
    """A mark for one or many answers; all or none."""

    settlement_ids: list[str] = Field(min_length=1, max_length=_MOST_MARKED)
    mark: Literal["read", "unread", "processed", "unprocessed", "archived", "unarchived"]


class SettlementError(AnswerModel):
    """One error at its zone."""

    record: str = Field(description="Type of the record, such as `50`; empty when none is named.")
    zone: str = Field(description="Number of the zone; empty when none is named.")
    zone_title: str | None = Field(description="What the zone holds.")
    start: int = Field(description="First position of the zone in its record; 0 when not public.")
    length: int = Field(description="Characters of the zone; 0 when not public.")
    letter: str = Field(description="As received: it decides what is refused.")
    code: str = Field(description="As received.")
    meaning: str | None = Field(description="Our own explanation of the code, else of its kind.")
    effect: str | None = Field(description="Our own explanation of the letter.")
    line_reference: str | None = Field(description="Own reference of the act it is about.")
    official_text: OfficialText | None = Field(
        description="The official sentence, where it was imported (D4)."
    )


class SettlementPayment(AnswerModel):
    """What one mutuality pays, and under which reference."""

    mutuality: str
    asked_cents: int
    accepted_cents: int
    refused_cents: int
    payment_reference: str | None = Field(description="As it stands on the bank statement.")


class SettlementFindingFacts(AnswerModel):
    """Something that does not fit what was sent."""

    code: str
    claim_id: str | None
    mutuality: str | None
    expected_cents: int | None
    stated_cents: int | None


class SettlementLinks(AnswerModel):
    """Paths that belong to an answer."""

    self: str
    invoices: str


class SettlementResource(AnswerModel):
    """One answer that decided about a batch of invoices."""

    id: str
    object: Literal["settlement"]
    answer: str = Field(description="Name of the message; it decides, never the percentage.")
    insurer: str
    practice_id: str | None
    registration_id: str
    invoice_batch_id: str
    invoice_batch_status: str
    month: str
    sending_number: int | None
    error_hundredths: int | None = Field(
        description="Share of wrong records in hundredths of a percent, as the insurer states it."
    )
    is_applied: bool = Field(
        description="Its acts are settled; an answer that contradicts waits for processing."
    )
    payments: list[SettlementPayment]
    errors: list[SettlementError] = Field(description="About the file itself.")
    findings: list[SettlementFindingFacts]
    carried_to_id: str | None = Field(description="Draft its refused acts went into.")
    response_id: str
    received_at: Moment
    read_at: Moment | None
    processed_at: Moment | None
    archived_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: SettlementLinks


class SettlementList(AnswerModel):
    """Answers about invoices, newest first."""

    items: list[SettlementResource]
    page: Page
    query: ListQuery


class SettlementsMarked(AnswerModel):
    """The answers as they are now."""

    items: list[SettlementResource]


class SettledDay(AnswerModel):
    """What became of one day of care."""

    day_on: Day
    result: str = Field(description="`open`, `paid`, `partly_paid` or `refused`.")
    asked_cents: int
    paid_cents: int
    references: list[str] = Field(description="Own references of its acts.")


class SettlementHandover(AnswerModel):
    """What your software takes over of an invoice; what became of each day stands beside it."""

    result: str = Field(description="`paid`, `partly_paid` or `refused`.")
    paid_cents: int
    refused_cents: int
    mutuality: str = Field(description="Who pays.")
    payment_reference: str | None = Field(description="As it stands on the bank statement.")


class SettledInvoiceResource(AnswerModel):
    """One invoice as an answer leaves it."""

    claim_id: str
    client_ref: str | None
    invoice_number: str | None
    asked_cents: int
    paid_cents: int
    days: list[SettledDay]
    errors: list[SettlementError]
    handover: SettlementHandover | None = Field(
        description="Null while nothing is final: only a settlement that was applied pays."
    )


class SettledInvoiceList(AnswerModel):
    """Invoices of a batch, in their order."""

    items: list[SettledInvoiceResource]
    page: Page
    query: ListQuery


def settlement_resource(view: SettlementView, language: str) -> SettlementResource:
    """Show an answer."""
    kept, batch = view.kept, view.batch
    path = f"{PATH}/{kept.id}"
    return SettlementResource(
        id=kept.id,
        object="settlement",
        answer=kept.settlement.answer.value,
        insurer=kept.insurer,
        practice_id=kept.practice_id or None,
        registration_id=kept.registration_id,
        invoice_batch_id=batch.id,
        invoice_batch_status=batch.status.value,
        month=str(batch.month),
        sending_number=batch.sending_number,
        error_hundredths=kept.error_percentage,
        is_applied=kept.applied_at is not None,
        payments=[_payment(each) for each in kept.settlement.mutualities],
        errors=[error_facts(each, language) for each in view.errors],
        findings=[_finding(each) for each in kept.findings],
        carried_to_id=kept.carried_to,
        response_id=kept.settlement.response_id,
        received_at=kept.settlement.at,
        read_at=kept.read_at,
        processed_at=kept.processed_at,
        archived_at=kept.archived_at,
        created_at=kept.created_at,
        updated_at=kept.updated_at,
        links=SettlementLinks(self=path, invoices=f"{path}/invoices"),
    )


def _finding(finding: SettlementFinding) -> SettlementFindingFacts:
    return SettlementFindingFacts(
        code=finding.code,
        claim_id=finding.claim_id,
        mutuality=finding.mutuality,
        expected_cents=finding.expected,
        stated_cents=finding.stated,
    )


def invoice_resource(invoice: SettledInvoice, language: str) -> SettledInvoiceResource:
    """Show an invoice as an answer leaves it."""
    claim = invoice.claim
    return SettledInvoiceResource(
        claim_id=claim.id,
        client_ref=claim.client_ref,
        invoice_number=claim.invoice_number,
        asked_cents=claim.insurer_amount,
        paid_cents=claim.paid_amount,
        days=[
            SettledDay(
                day_on=each.day,
                result=each.result.value,
                asked_cents=each.asked,
                paid_cents=each.paid,
                references=list(each.references),
            )
            for each in invoice.days
        ],
        errors=[error_facts(each, language) for each in invoice.errors],
        handover=None if invoice.handover is None else _handover(invoice.handover),
    )


def _handover(handover: InvoiceHandover) -> SettlementHandover:
    return SettlementHandover(
        result=handover.result.value,
        paid_cents=handover.paid,
        refused_cents=handover.refused,
        mutuality=handover.mutuality,
        payment_reference=handover.payment_reference or None,
    )


def _payment(verdict: MutualityVerdict) -> SettlementPayment:
    return SettlementPayment(
        mutuality=verdict.mutuality,
        asked_cents=verdict.asked,
        accepted_cents=verdict.accepted,
        refused_cents=verdict.refused,
        payment_reference=verdict.payment_reference or None,
    )


def error_facts(error: ShownError, language: str) -> SettlementError:
    """Show one error at its zone."""
    return SettlementError(
        record=error.record,
        zone=error.zone,
        zone_title=phrase("zone_titles", error.title, language) if error.title else None,
        start=error.start,
        length=error.length,
        letter=error.letter,
        code=error.code,
        meaning=error_meaning(error, language) or None,
        effect=phrase("error_effects", error.effect, language) if error.effect else None,
        line_reference=error.line_reference or None,
        official_text=None,
    )
