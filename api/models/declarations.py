"""Declarations of care as callers send and see them, whatever their kind (D17 to D20)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.batches import ClientRef
from api.models.care import (
    CarePatientFacts,
    CarePatientRequest,
    CarePeriodFacts,
    DeclarationFinding,
    DeclarationId,
    finding_models,
    patient_facts,
    period_facts,
)
from api.models.common import AnswerModel, Day, Moment, RequestModel
from api.models.declaration_answers import (
    CareDecisionFacts,
    CareFaultFacts,
    CareHandover,
    advice_of,
    decision_facts,
    fault_facts,
    handover_of,
)
from api.models.merging import MergeModel
from api.models.problem import ProblemDocument, describe
from api.models.sessions import RegistrationId
from bridge.domain.declarations import Declaration, KatzContent
from bridge.domain.exchanges import ExchangeStatus
from bridge.service.declarationdrafts import path_of
from bridge.service.declarations import DeclarationView

MOST_MARKED: Final = 1000
_CORRECTABLE: Final = frozenset({ExchangeStatus.ERROR, ExchangeStatus.REFUSED})

NurseReferenceText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=15),
    Field(description="Our reference inside the message, echoed in answers; made when left out."),
]


class DeclarationRequest(RequestModel):
    """What all declarations have; identifiers are checked, the rest becomes findings (D18)."""

    patient: CarePatientRequest
    registration_id: RegistrationId | SkipJsonSchema[None] = Field(
        default=None, description="On whose behalf; without it the default registration."
    )
    client_ref: ClientRef | SkipJsonSchema[None] = None
    nurse_reference: NurseReferenceText | SkipJsonSchema[None] = None


class DeclarationChangeRequest(MergeModel):
    """What changes of a draft (JSON Merge Patch); who it is for stays."""

    patient: dict[str, str | None] | None = None
    client_ref: str | None = None
    nurse_reference: str | None = None


class DeclarationLinks(AnswerModel):
    """Paths that belong to a declaration."""

    self: str
    submission: str | None = Field(description="What it was released with.")
    exchange: str | None = Field(description="The message that carried it.")
    operation: str | None = Field(description="What to follow since it was released.")
    correction: str | None = Field(description="Where to make its correction, when it may be.")
    closure: str | None = Field(description="Where to close its agreement, when it has one.")


class DeclarationResource(AnswerModel):
    """One declaration with all that became of it."""

    id: str
    status: str = Field(description="From the one vocabulary (D17).")
    practice_id: str | None
    registration_id: str
    client_ref: str | None
    nurse_reference: str
    requester: str = Field(description="NIHII number in whose name it is asked.")
    patient: CarePatientFacts
    findings: list[DeclarationFinding] = Field(description="Only while it is a draft.")
    is_submittable: bool = Field(description="A draft without an error finding (D18).")
    lost_period: CarePeriodFacts | None = Field(
        description="Days that are not reimbursed when it leaves today."
    )
    decisions: list[CareDecisionFacts] = Field(description="Oldest first; all are kept (D17).")
    advice: str | None = Field(
        description=(
            "`wait`: an attestation must come first, do not resend. "
            "`resend_as_reference_provider`: another nurse has the patient. "
            "`correct_and_resend`. "
            "`check_gp_attestation`: a palliative refusal for a reason nobody here knows."
        )
    )
    fault: CareFaultFacts | None = Field(description="Why it was refused without a decision.")
    problem: ProblemDocument | None = Field(description="Trouble that is no decision.")
    handover: CareHandover | None = Field(description="What the patient file takes over.")
    corrects_id: str | None
    corrected_by_id: str | None
    closes_id: str | None = Field(description="The declaration whose agreement it closes.")
    submission_id: str | None
    exchange_id: str | None
    operation_id: str | None
    sent_at: Moment | None
    answered_at: Moment | None
    read_at: Moment | None
    processed_at: Moment | None
    archived_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: DeclarationLinks


class CorrectionRequest(RequestModel):
    """How what went wrong is asked again."""

    as_reference_provider: bool = Field(
        default=False, description="Katz only: ask to become the patient's reference nurse."
    )


class ClosureRequest(RequestModel):
    """Last day of an agreement."""

    end_on: Day


class DeclarationMarksRequest(RequestModel):
    """A mark for one or many declarations; all or none."""

    declaration_ids: list[DeclarationId] = Field(min_length=1, max_length=MOST_MARKED)
    mark: Literal["read", "unread", "processed", "unprocessed", "archived", "unarchived"]


_SAME: Final = (
    "id", "registration_id", "client_ref", "nurse_reference", "corrects_id", "corrected_by_id",
    "closes_id", "submission_id", "exchange_id", "operation_id", "sent_at", "answered_at",
    "read_at", "processed_at", "archived_at", "created_at", "updated_at",
)  # fmt: skip
"""Members that are shown as they are."""


def common_members(view: DeclarationView, language: str) -> dict[str, Any]:
    """Give the members that all kinds have."""
    declaration, lost = view.declaration, view.lost
    code, fault = declaration.problem_code, declaration.fault
    return {
        **{name: getattr(declaration, name) for name in _SAME},
        "status": declaration.status.value,
        "practice_id": declaration.practice_id or None,
        "requester": declaration.requester.digits,
        "patient": patient_facts(declaration.patient),
        "findings": finding_models(view.findings, language),
        "is_submittable": view.is_submittable,
        "lost_period": None if lost is None else period_facts(lost),
        "decisions": [decision_facts(each, language) for each in declaration.decisions],
        "advice": advice_of(declaration),
        "fault": None if fault is None else fault_facts(fault, declaration.kind),
        "problem": None if code is None else describe(code, language=language),
        "handover": handover_of(declaration),
        "links": _links(declaration),
    }


def submission_path(submission_id: str) -> str:
    """Give the path of what was released together."""
    return f"/v1/declaration-submissions/{submission_id}"


def _links(declaration: Declaration) -> DeclarationLinks:
    path = path_of(declaration)
    submission, exchange = declaration.submission_id, declaration.exchange_id
    operation = declaration.operation_id
    return DeclarationLinks(
        self=path,
        submission=None if submission is None else submission_path(submission),
        exchange=None if exchange is None else f"/v1/exchanges/{exchange}",
        operation=None if operation is None else f"/v1/operations/{operation}",
        correction=f"{path}/correction" if _is_correctable(declaration) else None,
        closure=f"{path}/closure" if _is_closable(declaration) else None,
    )


def _is_correctable(declaration: Declaration) -> bool:
    decision = declaration.decision
    is_waiting = decision is not None and decision.is_waiting_for_gp
    is_open = declaration.corrected_by_id is None and not is_waiting
    return is_open and declaration.status in _CORRECTABLE


def _is_closable(declaration: Declaration) -> bool:
    return isinstance(declaration.content, KatzContent) and bool(declaration.agreement_number)


def day_or_none(day: date | None) -> str | None:
    """Write a day as it would have been sent."""
    return None if day is None else day.isoformat()
