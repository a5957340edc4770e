"""Claims of invoice batches as callers send and see them: the invoice of one patient (D16)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.batches import ClientRef
from api.models.care import CarePatientFacts, CarePatientRequest, patient_facts
from api.models.common import AnswerModel, ListQuery, Moment, Page, RequestModel
from api.models.invoice_acts import CareRequest, ReferenceText, care_of
from api.models.invoice_batches import batch_path
from api.models.invoice_lines import InvoiceLineFacts, line_facts
from api.models.numbers import Numbers
from api.models.settlements import SettlementError, error_facts
from bridge.domain.claims import Claim, ClaimLine, PreviousInvoicing
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.service.invoicedrafts import MOST_LINES, ClaimDraft
from bridge.service.settlementerrors import shown_error

_CodesText = Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
ClaimReferenceText = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_./:-]{1,25}$"),
    Field(description="Own reference of the invoice; its number when left out."),
]


class InvoiceClaimRequest(RequestModel):
    """The invoice of one patient; identifiers are checked, the rest becomes findings (D18)."""

    patient: CarePatientRequest
    ct1: _CodesText = Field(description="Insurability code CT1, as the insurer answered it.")
    ct2: _CodesText = Field(description="Insurability code CT2, as the insurer answered it.")
    care: list[CareRequest] = Field(
        max_length=MOST_LINES, description="In the order in which it is written."
    )
    client_ref: ClientRef | SkipJsonSchema[None] = None
    reference: ClaimReferenceText | SkipJsonSchema[None] = None
    is_limitation_interrupted: bool = Field(
        default=False, description="The limitation period was interrupted (zone 16)."
    )


class InvoiceClaimsRequest(RequestModel):
    """A page of claims to add, all or none."""

    claims: list[InvoiceClaimRequest] = Field(min_length=1, max_length=MOST_LINES)


class InvoiceCreditNoteRequest(RequestModel):
    """Which paid acts are taken back."""

    references: list[ReferenceText] | SkipJsonSchema[None] = Field(
        default=None,
        min_length=1,
        max_length=MOST_LINES,
        description="Own references of the acts; all of the invoice when left out.",
    )
    is_invoiced_anew: bool = Field(
        default=False, description="Also invoice them again, to be put right in the draft."
    )


class PreviousInvoicingFacts(AnswerModel):
    """The invoice that a credit note or a correction is about."""

    invoice_number: str
    sending_number: int
    mutuality: str
    month: str
    payment_reference: str | None


class InvoiceClaimLinks(AnswerModel):
    """Paths that belong to a claim."""

    self: str
    batch: str
    credit_note: str | None = Field(description="Where to take paid acts back, once some are.")


class InvoiceClaimResource(AnswerModel):
    """The invoice of one patient with all that became of it."""

    id: str
    object: Literal["invoice_claim"]
    invoice_batch_id: str
    position: int = Field(description="Place in the batch, from 0.")
    kind: str = Field(description="`normal`, `credit_note` or `correction`.")
    patient: CarePatientFacts
    ct1: str
    ct2: str
    has_preferential_rate: bool
    client_ref: str | None
    reference: str | None
    invoice_number: str | None = Field(description="Given at the release.")
    previous: PreviousInvoicingFacts | None
    credits_id: str | None = Field(description="The claim it takes back or puts right.")
    is_limitation_interrupted: bool
    insurer_amount_cents: int
    copayment_cents: int
    supplement_cents: int
    paid_cents: int
    errors: list[SettlementError] = Field(description="Errors about the whole invoice.")
    lines: list[InvoiceLineFacts] = Field(description="In the order in which they are written.")
    created_at: Moment
    updated_at: Moment
    links: InvoiceClaimLinks


class InvoiceClaimList(AnswerModel):
    """Claims of a batch, in their order."""

    items: list[InvoiceClaimResource]
    page: Page
    query: ListQuery


class InvoiceClaimsAdded(AnswerModel):
    """The claims that were added."""

    items: list[InvoiceClaimResource]


class InvoiceCreditNoteResource(AnswerModel):
    """Acts that were taken back: the credit note, and the invoice anew when it was asked for."""

    object: Literal["invoice_credit_note"]
    invoice_batch_id: str = Field(description="The draft they wait in.")
    items: list[InvoiceClaimResource]


def claims_of(body: InvoiceClaimsRequest) -> list[ClaimDraft]:
    """Read claims, and look at all their numbers.

    Raises:
        InputError: numbers with wrong check digits, with a finding for each.
    """
    numbers = Numbers()
    drafts = [
        _draft_of(each, numbers, f"/claims/{place}") for place, each in enumerate(body.claims)
    ]
    numbers.refuse()
    return drafts


def claim_of(body: InvoiceClaimRequest) -> ClaimDraft:
    """Read one claim, and look at all its numbers.

    Raises:
        InputError: numbers with wrong check digits, with a finding for each.
    """
    numbers = Numbers()
    draft = _draft_of(body, numbers, "")
    numbers.refuse()
    return draft


def _draft_of(body: InvoiceClaimRequest, numbers: Numbers, pointer: str) -> ClaimDraft:
    return ClaimDraft(
        patient=_patient_of(body.patient, numbers, f"{pointer}/patient"),
        ct1=body.ct1,
        ct2=body.ct2,
        care=tuple(
            care_of(each, numbers, f"{pointer}/care/{place}")
            for place, each in enumerate(body.care)
        ),
        client_ref=body.client_ref,
        reference=body.reference or "",
        is_limitation_interrupted=body.is_limitation_interrupted,
    )


def _patient_of(body: CarePatientRequest, numbers: Numbers, pointer: str) -> CarePatient:
    return CarePatient(
        mutuality=numbers.read(Mutuality.parse, body.mutuality, f"{pointer}/mutuality"),
        sex=Sex(body.sex),
        niss=numbers.maybe(Niss.parse, body.niss, f"{pointer}/niss"),
        membership_number=numbers.maybe(
            MembershipNumber.parse, body.membership_number, f"{pointer}/membership_number"
        ),
    )


_SAME: Final = (
    "id", "position", "ct1", "ct2", "has_preferential_rate", "client_ref", "invoice_number",
    "credits_id", "is_limitation_interrupted", "created_at", "updated_at",
)  # fmt: skip
"""Members that are shown as they are."""


def claim_resource(claim: Claim, language: str) -> InvoiceClaimResource:
    """Show a claim."""
    return InvoiceClaimResource(
        **{name: getattr(claim, name) for name in _SAME},
        object="invoice_claim",
        invoice_batch_id=claim.batch_id,
        kind=claim.kind.value,
        patient=patient_facts(claim.patient),
        reference=claim.reference or None,
        previous=None if claim.previous is None else _previous(claim.previous),
        insurer_amount_cents=claim.insurer_amount,
        copayment_cents=claim.copayment,
        supplement_cents=claim.supplement,
        paid_cents=claim.paid_amount,
        errors=[error_facts(shown_error(each), language) for each in claim.reasons],
        lines=[line_facts(each, language) for each in claim.lines],
        links=_links(claim),
    )


def claim_path(claim: Claim) -> str:
    """Give the path of a claim."""
    return f"{batch_path(claim.batch_id)}/claims/{claim.id}"


def _links(claim: Claim) -> InvoiceClaimLinks:
    path = claim_path(claim)
    can_be_credited = any(_is_creditable(line) for line in claim.lines)
    return InvoiceClaimLinks(
        self=path,
        batch=batch_path(claim.batch_id),
        credit_note=f"{path}/credit-note" if can_be_credited else None,
    )


def _is_creditable(line: ClaimLine) -> bool:
    return line.paid_amount > 0 and line.credited_by is None


def _previous(previous: PreviousInvoicing) -> PreviousInvoicingFacts:
    return PreviousInvoicingFacts(
        invoice_number=previous.invoice_number,
        sending_number=previous.sending_number,
        mutuality=previous.mutuality.digits,
        month=str(previous.month),
        payment_reference=previous.payment_reference or None,
    )
