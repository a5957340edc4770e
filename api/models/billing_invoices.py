"""Invoices at billing services, as front ends hand them over and see them."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.batches import ClientRef
from api.models.billing_states import (
    BillingInstalmentPlan,
    BillingInvoiceFinding,
    BillingReminders,
    BillingStateChange,
    BillingStateText,
    change_resource,
    finding_resource,
    plan_resource,
    state_text,
)
from api.models.common import AnswerModel, Day, ListQuery, Moment, Page, RequestModel
from api.models.practices import Label
from api.models.problem import ProblemDocument, describe
from api.models.questions import NissText
from bridge.domain.billing import BillingPosition
from bridge.domain.billinginvoices import (
    BilledAmounts,
    BilledPatient,
    BillingInvoice,
    InvoiceReferences,
    is_communication,
    is_person_number,
)
from bridge.domain.identifiers import Niss
from bridge.errors import Finding, InputError, InvalidIdentifier
from bridge.service.billinginvoices import WantedInvoice

PATH: Final = "/v1/billing-invoices"
MOST_BODY_BYTES: Final = 8 * 1024 * 1024
_MOST_BASE64: Final = 7_500_000

Cents = Annotated[int, Field(ge=0, le=100_000_000)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$"),
    Field(description="The caller's own reference, opaque to us; never the number of a person."),
]
_REFERENCES: Final = ("client_ref", "treatment_ref", "estimate_ref")


class BilledPatientRequest(RequestModel):
    """Who is billed."""

    patient_ref: Reference
    niss: NissText | SkipJsonSchema[None] = None
    last_name: Label
    first_name: Label
    street: Label | SkipJsonSchema[None] = None
    postal_code: (
        Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z -]{1,12}$")] | (SkipJsonSchema[None])
    ) = None
    city: Label | SkipJsonSchema[None] = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "BE"
    language: Literal["fr", "nl", "de", "en"] = "nl"


class BillingInvoiceRequest(RequestModel):
    """One invoice as a PDF file, with what is said about it."""

    billing_service_id: Identifier
    pdf_base64: Annotated[str, StringConstraints(min_length=8, max_length=_MOST_BASE64)] = Field(
        description="The file: a real PDF, without password."
    )
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z/._-]{1,40}$")] = Field(
        description="As printed on the invoice."
    )
    payment_reference: (
        Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | (SkipJsonSchema[None])
    ) = Field(
        default=None,
        description="Structured communication, 12 digits; compared with what the file says.",
    )
    issued_on: Day
    due_on: Day | SkipJsonSchema[None] = None
    total_cents: Annotated[int, Field(gt=0, le=100_000_000)]
    copayment_cents: Cents | SkipJsonSchema[None] = None
    supplement_cents: Cents | SkipJsonSchema[None] = None
    patient: BilledPatientRequest
    client_ref: ClientRef | SkipJsonSchema[None] = None
    treatment_ref: Reference | SkipJsonSchema[None] = None
    estimate_ref: Reference | SkipJsonSchema[None] = None
    is_synchronised: bool | SkipJsonSchema[None] = Field(
        default=None, description="Left out: as the billing service is set."
    )
    duplicate_of_confirmed: Identifier | SkipJsonSchema[None] = Field(
        default=None, description="Exchange known to be the same (API-36)."
    )


class BilledPatientResource(AnswerModel):
    """Who is billed; shown on a single invoice, in lists only when `fields` asks for it."""

    patient_ref: str
    niss: str | None
    last_name: str
    first_name: str


class BillingPdf(AnswerModel):
    """The file that was sent."""

    sha256: str
    pages: int


class BillingInvoiceLinks(AnswerModel):
    """Paths that belong to an invoice."""

    self: str
    billing_service: str
    operation: str
    exchange: str
    service_information: str


class BillingInvoiceResource(AnswerModel):
    """One invoice at a billing service."""

    id: str
    object: Literal["billing_invoice"]
    billing_service_id: str
    practice_id: str | None
    status: str = Field(description="Of the sending, from the one vocabulary (D17).")
    problem: ProblemDocument | None
    state: BillingStateText = Field(description="Where it stands at the service.")
    raw_state: str | None = Field(description="The newest state as the service wrote it.")
    is_final: bool
    is_synchronised: bool
    number: str
    payment_reference: str | None
    client_ref: str | None
    patient_ref: str
    treatment_ref: str | None
    estimate_ref: str | None
    service_ref: str | None
    issued_on: Day
    due_on: Day | None
    total_cents: int
    copayment_cents: int | None
    supplement_cents: int | None
    paid_cents: int
    reminders: BillingReminders
    instalments: BillingInstalmentPlan | None
    loss_on: Day | None
    paid_on: Day | None
    cancelled_on: Day | None
    findings_count: int
    patient: BilledPatientResource | None = Field(
        description="Null in lists, unless `fields` names it (SEC-165)."
    )
    pdf: BillingPdf
    sent_at: Moment | None
    changed_at: Moment | None = Field(description="When it last changed, as the service says.")
    heard_at: Moment | None = Field(description="When the service last said anything of it.")
    created_at: Moment
    updated_at: Moment
    links: BillingInvoiceLinks


class BillingInvoiceDetailResource(BillingInvoiceResource):
    """One invoice with its history and with what the service said that cannot be."""

    history: list[BillingStateChange]
    findings: list[BillingInvoiceFinding]


class BillingInvoiceList(AnswerModel):
    """Invoices, newest first."""

    items: list[BillingInvoiceResource]
    page: Page
    query: ListQuery


def invoice_path(invoice_id: str) -> str:
    """Give the path of an invoice."""
    return f"{PATH}/{invoice_id}"


def wanted_invoice(body: BillingInvoiceRequest) -> WantedInvoice:
    """Read an invoice.

    Raises:
        InputError: a number is wrong, or the file is not base64.
    """
    findings = [
        Finding(pointer=f"/{name}", code="value_not_allowed")
        for name in _REFERENCES
        if _is_person(getattr(body, name))
    ]
    if _is_person(body.patient.patient_ref):
        findings.append(Finding(pointer="/patient/patient_ref", code="value_not_allowed"))
    if body.payment_reference is not None and not is_communication(body.payment_reference):
        findings.append(Finding(pointer="/payment_reference", code="value_invalid"))
    if body.due_on is not None and body.due_on < body.issued_on:
        findings.append(Finding(pointer="/due_on", code="period_reversed"))
    pdf = _decoded(body.pdf_base64)
    if pdf is None:
        findings.append(Finding(pointer="/pdf_base64", code="format_wrong"))
    niss = _niss(body.patient.niss, findings)
    if pdf is None or findings:
        raise InputError(findings=tuple(findings))
    return WantedInvoice(
        service_id=body.billing_service_id,
        issued_on=body.issued_on,
        due_on=body.due_on,
        patient=_patient(body.patient, niss),
        amounts=BilledAmounts(
            total=body.total_cents,
            copayment=body.copayment_cents,
            supplement=body.supplement_cents,
        ),
        references=InvoiceReferences(
            number=body.number,
            payment_reference=body.payment_reference,
            client_ref=body.client_ref,
            treatment_ref=body.treatment_ref,
            estimate_ref=body.estimate_ref,
        ),
        pdf=pdf,
        is_synchronised=body.is_synchronised,
        duplicate_of=body.duplicate_of_confirmed,
    )


def _is_person(reference: str | None) -> bool:
    return reference is not None and is_person_number(reference)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _niss(digits: str | None, findings: list[Finding]) -> Niss | None:
    try:
        return None if digits is None else Niss.parse(digits)
    except InvalidIdentifier:
        findings.append(Finding(pointer="/patient/niss", code="niss_invalid"))
        return None


def _patient(patient: BilledPatientRequest, niss: Niss | None) -> BilledPatient:
    return BilledPatient(
        patient_ref=patient.patient_ref,
        niss=niss,
        last_name=patient.last_name,
        first_name=patient.first_name,
        street=patient.street or "",
        postal_code=patient.postal_code or "",
        city=patient.city or "",
        country=patient.country,
        language=patient.language,
    )


def invoice_resource(
    invoice: BillingInvoice, language: str, *, with_patient: bool = False
) -> BillingInvoiceResource:
    """Show an invoice; of its patient only the caller's own reference unless more is wanted."""
    return BillingInvoiceResource.model_validate(
        _members(invoice, language, with_patient=with_patient)
    )


def invoice_detail(invoice: BillingInvoice, language: str) -> BillingInvoiceDetailResource:
    """Show an invoice with its history and its findings."""
    position = invoice.position
    return BillingInvoiceDetailResource.model_validate(
        {
            **_members(invoice, language, with_patient=True),
            "history": [change_resource(each, language) for each in position.changes],
            "findings": [finding_resource(each, language) for each in position.findings],
        }
    )


def _members(invoice: BillingInvoice, language: str, *, with_patient: bool) -> dict[str, Any]:
    references, amounts = invoice.references, invoice.amounts
    code, path = invoice.problem_code, invoice_path(invoice.id)
    return {
        "id": invoice.id,
        "object": "billing_invoice",
        "billing_service_id": invoice.service_id,
        "practice_id": invoice.practice_id or None,
        "status": invoice.status.value,
        "problem": None if code is None else describe(code, language=language),
        "is_synchronised": invoice.is_synchronised,
        "number": references.number,
        "payment_reference": references.payment_reference,
        "client_ref": references.client_ref,
        "patient_ref": invoice.patient.patient_ref,
        "treatment_ref": references.treatment_ref,
        "estimate_ref": references.estimate_ref,
        "service_ref": invoice.service_ref,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "total_cents": amounts.total,
        "copayment_cents": amounts.copayment,
        "supplement_cents": amounts.supplement,
        **_standing(invoice.position, language),
        "patient": patient_resource(invoice.patient) if with_patient else None,
        "pdf": BillingPdf(sha256=invoice.pdf_sha256, pages=invoice.pdf_pages),
        "sent_at": invoice.sent_at,
        "created_at": invoice.created_at,
        "updated_at": invoice.updated_at,
        "links": BillingInvoiceLinks(
            self=path,
            billing_service=f"/v1/billing-services/{invoice.service_id}",
            operation=f"/v1/operations/{invoice.operation_id}",
            exchange=f"/v1/exchanges/{invoice.exchange_id}",
            service_information=f"{path}/service-information",
        ),
    }


def _standing(position: BillingPosition, language: str) -> dict[str, Any]:
    plan = position.plan
    return {
        "state": state_text(position.state, language),
        "raw_state": position.raw_state or None,
        "is_final": position.is_final,
        "paid_cents": position.paid or 0,
        "reminders": BillingReminders(count=position.reminders, last_on=position.last_reminder_on),
        "instalments": None if plan is None else plan_resource(plan),
        "loss_on": position.loss_on,
        "paid_on": position.paid_on,
        "cancelled_on": position.cancelled_on,
        "findings_count": len(position.findings),
        "changed_at": position.changed_at,
        "heard_at": position.heard_at,
    }


def patient_resource(patient: BilledPatient) -> BilledPatientResource:
    """Show who is billed."""
    return BilledPatientResource(
        patient_ref=patient.patient_ref,
        niss=None if patient.niss is None else patient.niss.digits,
        last_name=patient.last_name,
        first_name=patient.first_name,
    )
