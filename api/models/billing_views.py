"""What a billing service says now, sums per state, and the tree of a practice's invoices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.models.billing_invoices import (
    BilledPatientResource,
    BillingInvoiceDetailResource,
    Reference,
    invoice_detail,
    invoice_path,
    patient_resource,
)
from api.models.billing_states import (
    BillingInstalmentPlan,
    BillingReminders,
    BillingStateText,
    plan_resource,
    state_text,
)
from api.models.common import AnswerModel, Day, Links, ListQuery, Moment, Page, RequestModel
from bridge.domain.billing import StateReport
from bridge.domain.billinginvoices import BillingInvoice
from bridge.errors import Finding, InputError
from bridge.ports.billing import BillingFilter, StateTotal
from bridge.service.billinglook import Branch, LiveInformation, PatientBranches

TREE_PATH: Final = "/v1/billing-tree"


class BillingServiceWords(AnswerModel):
    """What the service said of an invoice, as far as we understand it."""

    service_ref: str
    raw_state: str | None = Field(description="As the service wrote it.")
    state: BillingStateText | None = Field(description="Null for a state we do not know.")
    changed_at: Moment | None
    amount_cents: int | None
    paid_cents: int | None
    reminders: BillingReminders
    loss_on: Day | None
    paid_on: Day | None
    cancelled_on: Day | None
    instalments: BillingInstalmentPlan | None


class BillingServiceInformation(AnswerModel):
    """What the service said a moment ago, and the invoice after that."""

    id: str
    object: Literal["billing_service_information"]
    fetched_at: Moment = Field(description="When the service said it; never from a cache.")
    is_known_there: bool = Field(description="Whether the service has this invoice.")
    said: BillingServiceWords | None
    invoice: BillingInvoiceDetailResource
    created_at: Moment
    updated_at: Moment
    links: Links


class BillingStateTotal(AnswerModel):
    """How many invoices are in a state."""

    state: BillingStateText
    count: int
    total_cents: int
    paid_cents: int


class BillingTotals(AnswerModel):
    """Sums of invoices, for each state and together."""

    id: str
    object: Literal["billing_totals"]
    states: list[BillingStateTotal] = Field(description="Every state, also without invoices.")
    count: int
    total_cents: int
    paid_cents: int
    created_at: Moment | None
    updated_at: Moment | None
    links: Links


class BillingTreeInvoice(AnswerModel):
    """An invoice as a leaf of the tree."""

    id: str
    number: str
    state: BillingStateText
    issued_on: Day
    total_cents: int
    paid_cents: int
    reminders_count: int
    estimate_ref: str | None
    has_instalments: bool
    findings_count: int
    links: Links


class BillingTreeBranch(AnswerModel):
    """The invoices of one treatment or estimate."""

    kind: str = Field(description="`treatment`, `estimate`, or `none`: those of neither.")
    ref: str | None
    invoices: list[BillingTreeInvoice]


class BillingTreePatient(AnswerModel):
    """One patient with treatments, estimates and what belongs to neither, in this order."""

    patient_ref: str
    patient: BilledPatientResource | None = Field(
        description="Null unless `fields=patient` (SEC-165)."
    )
    branches: list[BillingTreeBranch]


class BillingTree(AnswerModel):
    """Patients with their invoices, in the order of their references."""

    items: list[BillingTreePatient]
    page: Page
    query: ListQuery


class BillingTreeRefreshRequest(RequestModel):
    """Which branch is refreshed: a treatment or an estimate."""

    treatment_ref: Reference | SkipJsonSchema[None] = None
    estimate_ref: Reference | SkipJsonSchema[None] = None


class BillingTreeRefreshed(AnswerModel):
    """The branch as it is after the service was asked."""

    fetched_at: Moment
    items: list[BillingTreePatient]


def live_information(live: LiveInformation, language: str) -> BillingServiceInformation:
    """Show what the service said a moment ago."""
    path = invoice_path(live.invoice.id)
    return BillingServiceInformation(
        id=live.invoice.id,
        object="billing_service_information",
        fetched_at=live.fetched_at,
        is_known_there=live.said is not None,
        said=None if live.said is None else _words(live.said.report, language),
        invoice=invoice_detail(live.invoice, language),
        created_at=live.invoice.created_at,
        updated_at=live.fetched_at,
        links=Links(self=f"{path}/service-information"),
    )


def _words(report: StateReport, language: str) -> BillingServiceWords:
    return BillingServiceWords(
        service_ref=report.service_ref,
        raw_state=report.raw_state or None,
        state=None if report.state is None else state_text(report.state, language),
        changed_at=report.changed_at,
        amount_cents=report.amount,
        paid_cents=report.paid,
        reminders=BillingReminders(count=report.reminders, last_on=report.last_reminder_on),
        loss_on=report.loss_on,
        paid_on=report.paid_on,
        cancelled_on=report.cancelled_on,
        instalments=None if report.plan is None else plan_resource(report.plan),
    )


def totals_resource(totals: Sequence[StateTotal], language: str) -> BillingTotals:
    """Show sums."""
    return BillingTotals(
        id="billing_totals",
        object="billing_totals",
        states=[
            BillingStateTotal(
                state=state_text(each.state, language),
                count=each.count,
                total_cents=each.amount,
                paid_cents=each.paid,
            )
            for each in totals
        ],
        count=sum(each.count for each in totals),
        total_cents=sum(each.amount for each in totals),
        paid_cents=sum(each.paid for each in totals),
        created_at=None,
        updated_at=None,
        links=Links(self="/v1/billing-invoices/totals"),
    )


def tree_patient(
    found: PatientBranches, language: str, *, with_patient: bool
) -> BillingTreePatient:
    """Show one patient of the tree."""
    last = found.branches[-1].invoices[-1]
    return BillingTreePatient(
        patient_ref=found.patient_ref,
        patient=patient_resource(last.patient) if with_patient else None,
        branches=[_branch(each, language) for each in found.branches],
    )


def refreshed_of(body: BillingTreeRefreshRequest) -> BillingFilter:
    """Read which branch is refreshed.

    Raises:
        InputError: none is named, or two are.
    """
    if (body.treatment_ref is None) == (body.estimate_ref is None):
        code = "member_missing" if body.treatment_ref is None else "member_not_for_kind"
        raise InputError(findings=(Finding(pointer="/treatment_ref", code=code),))
    return BillingFilter(treatment_ref=body.treatment_ref, estimate_ref=body.estimate_ref)


def _branch(branch: Branch, language: str) -> BillingTreeBranch:
    kind, ref = "none", branch.treatment_ref or branch.estimate_ref
    if ref is not None:
        kind = "estimate" if branch.treatment_ref is None else "treatment"
    leaves = [_leaf(each, language) for each in branch.invoices]
    return BillingTreeBranch(kind=kind, ref=ref, invoices=leaves)


def _leaf(invoice: BillingInvoice, language: str) -> BillingTreeInvoice:
    position = invoice.position
    return BillingTreeInvoice(
        id=invoice.id,
        number=invoice.references.number,
        state=state_text(position.state, language),
        issued_on=invoice.issued_on,
        total_cents=invoice.amounts.total,
        paid_cents=position.paid or 0,
        reminders_count=position.reminders,
        estimate_ref=invoice.references.estimate_ref,
        has_instalments=position.plan is not None,
        findings_count=len(position.findings),
        links=Links(self=invoice_path(invoice.id)),
    )
