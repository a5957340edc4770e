"""Insurability batches as callers send and see them."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.checks import (
    FacetAnswer,
    InsurabilityRefusal,
    InsuredPeriodFacts,
    ShownQuestion,
    facet_answers,
    fact_models,
)
from api.models.common import AnswerModel, ListQuery, Moment, Page, RequestModel
from api.models.problem import ProblemDocument, describe
from api.models.questions import AskedFacets, AskedPeriod, PatientReference, facets_of, patient_of
from api.models.sessions import RegistrationId
from bridge.domain.batches import MOST_PATIENTS, BatchItem, BatchPurpose, ItemStatus
from bridge.domain.insurability import InsurabilityQuestion, MemberFacet, Purpose
from bridge.domain.periods import Period
from bridge.errors import Finding, InputError
from bridge.i18n import text
from bridge.service.batchdrafts import HOLD, Asked, BatchRequest
from bridge.service.batches import BatchFacts

PATH: Final = "/v1/insurability-batches"

ClientRef = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$"),
    Field(description="The caller's own reference, given back unchanged; no patient data."),
]
InsurerText = Annotated[
    str,
    StringConstraints(pattern=r"^[1-69]00$"),
    Field(description="Insurer (union), three digits, when it is known."),
]


class BatchPatientRequest(RequestModel):
    """One patient of a batch."""

    patient: PatientReference
    insurer: InsurerText | SkipJsonSchema[None] = None
    client_ref: ClientRef | SkipJsonSchema[None] = None


class InsurabilityBatchRequest(RequestModel):
    """Many patients asked at once."""

    purpose: Literal["new_patients", "billing_month"]
    month: (
        Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
        | SkipJsonSchema[None]
    ) = Field(default=None, description="For `billing_month`, `YYYY-MM`: the whole month is asked.")
    period: AskedPeriod | SkipJsonSchema[None] = Field(
        default=None, description="For `new_patients`; without it: today."
    )
    patients: list[BatchPatientRequest] = Field(min_length=1, max_length=MOST_PATIENTS)
    facets: AskedFacets | SkipJsonSchema[None] = None
    registration_id: RegistrationId | SkipJsonSchema[None] = None
    hold_until_session: bool = Field(
        default=False, description="Wait up to a day for a session instead of a refusal (API-45)."
    )
    duplicate_of_confirmed: (
        Annotated[str, StringConstraints(max_length=64)] | SkipJsonSchema[None]
    ) = Field(default=None, description="Exchange known to be the same (API-36).")


class BatchFinding(AnswerModel):
    """One thing that speaks against asking about a patient."""

    pointer: str
    code: str
    message: str


class BatchCountsModel(AnswerModel):
    """How many patients are in which state."""

    draft: int
    to_send: int
    sent: int
    received: int
    accepted: int
    partially_accepted: int
    refused: int
    error: int
    manual_action_required: int
    outcome_unknown: int


class BatchLinks(AnswerModel):
    """Paths that belong to a batch."""

    self: str
    operation: str
    items: str


class InsurabilityBatchResource(AnswerModel):
    """One call about many patients, and how it stands."""

    id: str
    object: Literal["insurability_batch"]
    status: str = Field(description="From the one vocabulary (D17, API-46).")
    purpose: str
    month: str | None
    practice_id: str | None
    registration_id: str
    operation_id: str
    patients: int
    counts: BatchCountsModel
    exchange_ids: list[str] = Field(description="One per insurer, more when it is very long.")
    created_at: Moment
    updated_at: Moment
    links: BatchLinks


class InsurabilityBatchList(AnswerModel):
    """Batches of the caller, newest first."""

    items: list[InsurabilityBatchResource]
    page: Page
    query: ListQuery


class BatchHandover(AnswerModel):
    """What the patient file takes over; only when insured on the asked day."""

    insurer: str
    mutuality: str
    membership_number: str | None
    ct1: str | None
    ct2: str | None
    has_preferential_rate: bool | None
    payment_approval: str | None


class InsurabilityBatchItem(AnswerModel):
    """One patient of a batch."""

    id: str
    object: Literal["insurability_batch_item"]
    client_ref: str | None
    status: str
    insurer: str | None
    exchange_id: str | None
    question: ShownQuestion | None
    is_insured: bool | None
    periods: list[InsuredPeriodFacts]
    handover: BatchHandover | None
    facets: list[FacetAnswer]
    refusals: list[InsurabilityRefusal]
    warnings: list[InsurabilityRefusal]
    findings: list[BatchFinding]
    problem: ProblemDocument | None
    answered_at: Moment | None
    processed_at: Moment | None


class InsurabilityBatchItemList(AnswerModel):
    """Patients of a batch, in the order of the request."""

    items: list[InsurabilityBatchItem]
    page: Page
    query: ListQuery


class BatchItemMarksRequest(RequestModel):
    """Patients that were taken over into the patient file."""

    item_ids: list[Annotated[str, StringConstraints(max_length=64)]] = Field(
        min_length=1, max_length=1000
    )


class BatchItemsMarked(AnswerModel):
    """How many patients were marked."""

    object: Literal["marks"]
    changed: int


def request_of(body: InsurabilityBatchRequest, *, today: date) -> BatchRequest:
    """Read a request; what is wrong with a single patient becomes that patient's finding.

    Raises:
        InputError: the month is missing, superfluous or in the future, or the period is reversed.
    """
    purpose = BatchPurpose(body.purpose)
    period = _period(body, purpose, today)
    facets = facets_of(body.facets)
    asked = Purpose.INVOICING if purpose is BatchPurpose.BILLING_MONTH else Purpose.INFORMATION
    return BatchRequest(
        purpose=purpose,
        month=body.month,
        patients=tuple(
            _asked(each, place, (period, asked, facets)) for place, each in enumerate(body.patients)
        ),
        registration_id=body.registration_id,
        hold_for=HOLD if body.hold_until_session else None,
        duplicate_of=body.duplicate_of_confirmed,
    )


def batch_path(batch_id: str) -> str:
    """Give the path of a batch."""
    return f"{PATH}/{batch_id}"


def batch_resource(facts: BatchFacts) -> InsurabilityBatchResource:
    """Show a batch."""
    batch, counts = facts.batch, facts.counts
    return InsurabilityBatchResource(
        id=batch.id,
        object="insurability_batch",
        status=counts.status,
        purpose=batch.purpose.value,
        month=batch.month,
        practice_id=batch.practice_id or None,
        registration_id=batch.registration_id,
        operation_id=batch.operation_id,
        patients=batch.patients,
        counts=BatchCountsModel(**{status.value: counts.of(status) for status in ItemStatus}),
        exchange_ids=[exchange.id for exchange in facts.exchanges],
        created_at=batch.created_at,
        updated_at=max([batch.updated_at, *(each.updated_at for each in facts.exchanges)]),
        links=BatchLinks(
            self=batch_path(batch.id),
            operation=f"/v1/operations/{batch.operation_id}",
            items=f"{batch_path(batch.id)}/items",
        ),
    )


def item_resource(item: BatchItem, status: ItemStatus, language: str) -> InsurabilityBatchItem:
    """Show one patient of a batch."""
    facts = fact_models(item.facts, item.question, language)
    current = item.facts.current
    is_handed_over = bool(item.facts.is_insured) and current is not None
    return InsurabilityBatchItem(
        id=item.id,
        object="insurability_batch_item",
        client_ref=item.client_ref,
        status=status.value,
        insurer=item.insurer,
        exchange_id=item.exchange_id,
        question=facts.question,
        is_insured=item.facts.is_insured,
        periods=facts.periods,
        handover=BatchHandover(
            insurer=current.insurer,
            mutuality=current.mutuality,
            membership_number=current.membership_number,
            ct1=current.ct1,
            ct2=current.ct2,
            has_preferential_rate=current.has_preferential_rate,
            payment_approval=current.payment_approval,
        )
        if is_handed_over and current is not None
        else None,
        facets=facet_answers(item.facts),
        refusals=facts.refusals,
        warnings=facts.warnings,
        findings=[
            BatchFinding(
                pointer=each.pointer, code=each.code, message=text(each.code, "detail", language)
            )
            for each in item.findings
        ],
        problem=None
        if item.problem_code is None
        else describe(item.problem_code, language=language),
        answered_at=item.answered_at,
        processed_at=item.processed_at,
    )


def _period(body: InsurabilityBatchRequest, purpose: BatchPurpose, today: date) -> Period:
    if purpose is BatchPurpose.BILLING_MONTH:
        if body.month is None or body.period is not None:
            raise InputError(findings=(Finding(pointer="/month", code="value_invalid"),))
        year, month = (int(part) for part in body.month.split("-"))
        first = date(year, month, 1)
        if first > today:
            raise InputError(findings=(Finding(pointer="/month", code="month_in_future"),))
        return Period(from_on=first, to_on=first.replace(day=calendar.monthrange(year, month)[1]))
    if body.month is not None:
        raise InputError(findings=(Finding(pointer="/month", code="value_invalid"),))
    period = body.period
    if period is None:
        return Period(from_on=today, to_on=today)
    return Period(from_on=period.from_on, to_on=period.to_on)


def _asked(
    each: BatchPatientRequest,
    place: int,
    asked: tuple[Period, Purpose, tuple[MemberFacet, ...]],
) -> Asked:
    period, purpose, facets = asked
    try:
        patient = patient_of(each.patient)
    except InputError as error:
        findings = tuple(
            Finding(pointer=f"/patients/{place}{found.pointer}", code=found.code)
            for found in error.findings
        )
        return Asked(
            client_ref=each.client_ref, question=None, insurer=each.insurer, findings=findings
        )
    question = InsurabilityQuestion(patient=patient, period=period, purpose=purpose, facets=facets)
    return Asked(client_ref=each.client_ref, question=question, insurer=each.insurer)
