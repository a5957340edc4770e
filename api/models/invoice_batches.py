"""Invoice batches as callers send and see them: one file to one insurer (D16 to D20)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.answer_findings import UnreadAnswer, unread_answer
from api.models.batches import ClientRef, InsurerText
from api.models.common import AnswerModel, ListQuery, Moment, Page, RequestModel
from api.models.merging import MergeModel
from api.models.problem import ProblemDocument, describe
from api.models.sessions import RegistrationId
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoices import BatchDecision, InvoiceBatch
from bridge.domain.months import Month
from bridge.service.batchdrafts import HOLD
from bridge.service.invoicebatches import BatchView
from bridge.service.invoicedrafts import BatchDraft
from bridge.service.invoicerelease import InvoiceRelease

PATH: Final = "/v1/invoice-batches"
_MOST_MARKED: Final = 1000

MonthText = Annotated[
    str,
    StringConstraints(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$"),
    Field(description="Invoiced month, `YYYY-MM`."),
]


class InvoiceBatchRequest(RequestModel):
    """A batch to begin: one month, one registration, one insurer."""

    month: MonthText
    insurer: InsurerText = Field(description="Union the file goes to, such as `300`.")
    registration_id: RegistrationId | SkipJsonSchema[None] = Field(
        default=None, description="Who is paid; without it the default registration."
    )
    client_ref: ClientRef | SkipJsonSchema[None] = None


class InvoiceBatchChangeRequest(MergeModel):
    """What changes of a draft (JSON Merge Patch); insurer and registration stay."""

    month: MonthText | None = None
    client_ref: ClientRef | None = None


class InvoiceBatchChangedRequest(RequestModel):
    """A draft as it would be sent whole, to read a change by."""

    month: MonthText
    client_ref: ClientRef | SkipJsonSchema[None] = None


class InvoiceReleaseRequest(RequestModel):
    """How a batch is released."""

    hold_until_session: bool = Field(
        default=False, description="Wait up to a day for a session instead of a refusal (API-45)."
    )
    duplicate_of_confirmed: (
        Annotated[str, StringConstraints(max_length=64)] | SkipJsonSchema[None]
    ) = Field(default=None, description="Exchange known to be the same (API-36).")


class InvoiceBatchMarksRequest(RequestModel):
    """A mark for one or many batches; all or none."""

    invoice_batch_ids: list[Annotated[str, StringConstraints(max_length=64)]] = Field(
        min_length=1, max_length=_MOST_MARKED
    )
    mark: Literal["read", "unread", "processed", "unprocessed", "archived", "unarchived"]


class InvoiceDecisionFacts(AnswerModel):
    """What one answer decided about a batch."""

    at: Moment
    answer: str = Field(description="Name of the message; it decides, never the percentage.")
    status: str
    refusal_kind: str | None = Field(description="`message` or `file`.")
    error_hundredths: int | None = Field(
        description="Share of wrong records in hundredths of a percent, as the insurer states it."
    )
    response_id: str


class InvoiceBatchLinks(AnswerModel):
    """Paths that belong to a batch."""

    self: str
    claims: str
    validation: str | None = Field(description="Only of a draft.")
    file_preview: str | None = Field(description="Only of a draft.")
    submission: str | None = Field(description="Only of a draft.")
    cancellation: str | None = Field(description="While nothing has left.")
    resending: str | None = Field(
        description="Where to repeat what was refused, in error, or answered unreadably."
    )
    exchange: str | None = Field(description="The message that carried it.")
    evidence: str | None = Field(description="The exact bytes of that message and its answers.")
    operation: str | None = Field(description="What to follow since it was released.")
    settlements: str = Field(description="What the insurer decided about it.")
    resends: str | None = Field(description="The refused batch it repeats.")
    resent_by: str | None = Field(description="The batch that repeats it.")


class InvoiceBatchResource(AnswerModel):
    """One batch with all that became of it."""

    id: str
    object: Literal["invoice_batch"]
    status: str = Field(description="From the one vocabulary (D17).")
    practice_id: str | None
    registration_id: str
    payer: str = Field(description="NIHII number of who is paid.")
    month: str
    insurer: str
    client_ref: str | None
    sending_number: int | None = Field(description="Given at the release, and kept.")
    sending_year: int | None
    sender_reference: str | None = Field(description="By which answers are matched (zone 204).")
    claims: int = Field(description="How many claims it has.")
    lines: int = Field(description="How many acts and statistical lines they have.")
    insurer_amount_cents: int
    copayment_cents: int
    supplement_cents: int
    paid_cents: int
    open_cents: int = Field(description="What is not settled.")
    refusal_kind: str | None = Field(description="`message` or `file`, while it is refused.")
    decisions: list[InvoiceDecisionFacts] = Field(description="Oldest first; all are kept.")
    problem: ProblemDocument | None = Field(description="Trouble that is no decision.")
    unread_answer: UnreadAnswer | None = Field(
        description="An answer nobody could read, until one can be read."
    )
    resends_id: str | None
    resent_by_id: str | None
    exchange_id: str | None
    operation_id: str | None
    sent_at: Moment | None
    answered_at: Moment | None
    settled_at: Moment | None
    read_at: Moment | None
    processed_at: Moment | None
    archived_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: InvoiceBatchLinks


class InvoiceBatchList(AnswerModel):
    """Batches, newest first."""

    items: list[InvoiceBatchResource]
    page: Page
    query: ListQuery


class InvoiceBatchesMarked(AnswerModel):
    """The batches as they are now."""

    items: list[InvoiceBatchResource]


def draft_of(body: InvoiceBatchRequest) -> BatchDraft:
    """Read a batch to begin."""
    return BatchDraft(
        month=month_of(body.month),
        insurer=body.insurer,
        registration_id=body.registration_id,
        client_ref=body.client_ref,
    )


def month_of(text: str) -> Month:
    """Read ``YYYY-MM``."""
    return Month(int(text[:4]), int(text[5:]))


def batch_body(batch: InvoiceBatch) -> dict[str, Any]:
    """Give a batch as it would have been sent, for a merge patch."""
    own = {} if batch.client_ref is None else {"client_ref": batch.client_ref}
    return {"month": str(batch.month), **own}


def release_of(body: InvoiceReleaseRequest) -> InvoiceRelease:
    """Read how a batch is released."""
    return InvoiceRelease(
        hold_for=HOLD if body.hold_until_session else None,
        duplicate_of=body.duplicate_of_confirmed,
    )


def batch_path(batch_id: str) -> str:
    """Give the path of a batch."""
    return f"{PATH}/{batch_id}"


_SAME: Final = (
    "id", "registration_id", "insurer", "client_ref", "sending_number", "sending_year",
    "sender_reference", "resends_id", "resent_by_id", "exchange_id", "operation_id", "sent_at",
    "answered_at", "settled_at", "read_at", "processed_at", "archived_at", "created_at",
    "updated_at",
)  # fmt: skip
"""Members that are shown as they are."""


def batch_resource(view: BatchView, language: str) -> InvoiceBatchResource:
    """Show a batch."""
    batch, sums = view.batch, view.sums
    kind, code = batch.refusal_kind, batch.problem_code
    return InvoiceBatchResource(
        **{name: getattr(batch, name) for name in _SAME},
        object="invoice_batch",
        status=batch.status.value,
        practice_id=batch.practice_id or None,
        payer=batch.payer.digits,
        month=str(batch.month),
        claims=sums.claims,
        lines=sums.lines,
        insurer_amount_cents=sums.insurer_amount,
        copayment_cents=sums.copayment,
        supplement_cents=sums.supplement,
        paid_cents=sums.paid_amount,
        open_cents=sums.open_amount,
        refusal_kind=None if kind is None else kind.value,
        decisions=[_decision(each) for each in batch.decisions],
        problem=None if code is None else describe(code, language=language),
        unread_answer=None if view.unread is None else unread_answer(view.unread, language),
        links=_links(batch),
    )


def _decision(decision: BatchDecision) -> InvoiceDecisionFacts:
    kind = decision.refusal_kind
    return InvoiceDecisionFacts(
        at=decision.at,
        answer=decision.answer.value,
        status=decision.status.value,
        refusal_kind=None if kind is None else kind.value,
        error_hundredths=decision.error_percentage,
        response_id=decision.response_id,
    )


def _links(batch: InvoiceBatch) -> InvoiceBatchLinks:
    path = batch_path(batch.id)
    is_draft, is_waiting = batch.is_changeable, batch.status is ExchangeStatus.TO_SEND
    exchange = None if batch.exchange_id is None else f"/v1/exchanges/{batch.exchange_id}"
    operation = None if batch.operation_id is None else f"/v1/operations/{batch.operation_id}"
    return InvoiceBatchLinks(
        self=path,
        claims=f"{path}/claims",
        validation=f"{path}/validation" if is_draft else None,
        file_preview=f"{path}/file-preview" if is_draft else None,
        submission=f"{path}/submission" if is_draft else None,
        cancellation=f"{path}/cancellation" if is_waiting else None,
        resending=f"{path}/resending" if batch.is_repeatable else None,
        exchange=exchange,
        evidence=None if exchange is None else f"{exchange}/evidence",
        operation=operation,
        settlements=f"/v1/settlements?invoice_batch_id={batch.id}",
        resends=None if batch.resends_id is None else batch_path(batch.resends_id),
        resent_by=None if batch.resent_by_id is None else batch_path(batch.resent_by_id),
    )
