"""Operations as callers see them (API-40 to API-46)."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page
from api.models.problem import ProblemDocument, describe
from bridge.domain.operations import Operation, OperationKind, OperationStatus, WaitingFor
from bridge.domain.rights import OWNER_ID
from bridge.i18n import phrase

PATH: Final = "/v1/operations"
_SUBJECTS: Final = {
    OperationKind.SESSION_CREATE: ("session", "ehealth_session"),
    OperationKind.INSURABILITY_CHECK: ("check", "insurability_check"),
    OperationKind.INSURABILITY_BATCH: ("batch", "insurability_batch"),
    OperationKind.DECLARATION_SUBMISSION: ("declarations", "declaration_submission"),
    OperationKind.INVOICE_BATCH_SUBMISSION: ("invoices", "invoice_batch"),
    OperationKind.EXCHANGE_EXPORT: ("export", "exchange_export"),
    OperationKind.REPORT: ("export", "report"),
    OperationKind.BILLING_INVOICE: ("billing", "billing_invoice"),
    OperationKind.RESPONSE_FETCH: ("fetch", "response_fetch"),
    OperationKind.PATIENT_CARD_READING: ("reading", "patient_card_reading"),
    OperationKind.SUPPORT_BUNDLE: ("bundle", "support_bundle"),
}
_OWN_LABELS: Final = {
    OperationStatus.RUNNING: "running",
    OperationStatus.WAITING_FOR_REMOTE: "waiting",
    OperationStatus.WAITING_FOR_USER: "running",
    OperationStatus.SUCCEEDED: "succeeded",
}


class OperationWaiting(AnswerModel):
    """What a person is asked for."""

    what: str = Field(description="`pin` or `confirmation`.")
    where: str = Field(
        description=(
            "`reader_keypad`, `window`, `terminal`, `middleware`, `command_line` or `automatic`."
        ),
    )
    expires_at: Moment


class OperationProgress(AnswerModel):
    """How far the work is."""

    step: int
    steps: int
    label: str = Field(description="Localised.")


class OperationActor(AnswerModel):
    """In whose name the work is done."""

    role: str
    ref: str


class OperationResult(AnswerModel):
    """The resource the work made."""

    id: str
    object: str
    links: Links


class OperationLinks(AnswerModel):
    """Paths that belong to an operation."""

    self: str
    cancellation: str | None = Field(description="Null when it can no longer be cancelled.")
    result: str | None


class OperationResource(AnswerModel):
    """One piece of work that takes time."""

    id: str
    object: Literal["operation"]
    kind: str = Field(description="`ehealth_session.create`, `insurability_check.create`, …")
    status: str = Field(
        description=(
            "`queued`, `waiting_for_user`, `waiting_for_remote`, `running`, `succeeded`, `failed`, "
            "`cancelled` or `outcome_unknown`; the last four are final."
        ),
    )
    waiting_for: OperationWaiting | None
    progress: OperationProgress
    actor: OperationActor | None = Field(
        description="`owner` or `person`, with the identifier; fixed when the work was released."
    )
    attempts: int
    next_attempt_at: Moment | None
    is_cancellable: bool
    result: OperationResult | None
    problem: ProblemDocument | None = Field(description="Why it did not succeed.")
    created_at: Moment
    updated_at: Moment
    links: OperationLinks


class OperationList(AnswerModel):
    """Operations of the caller, newest first."""

    items: list[OperationResource]
    page: Page
    query: ListQuery


def operation_path(operation_id: str) -> str:
    """Give the path of an operation."""
    return f"{PATH}/{operation_id}"


def operation_resource(operation: Operation, language: str) -> OperationResource:
    """Show an operation."""
    path = operation_path(operation.id)
    return OperationResource(
        id=operation.id,
        object="operation",
        kind=operation.kind.value,
        status=operation.status.value,
        waiting_for=_waiting(operation.waiting_for),
        progress=OperationProgress(
            step=operation.step,
            steps=operation.steps,
            label=phrase("progress", _label_key(operation), language),
        ),
        actor=OperationActor(
            role="owner" if operation.actor_id == OWNER_ID else "person", ref=operation.actor_id
        ),
        attempts=operation.attempts,
        next_attempt_at=None,
        is_cancellable=operation.is_cancellable,
        result=_result(operation),
        problem=_problem(operation, language),
        created_at=operation.created_at,
        updated_at=operation.updated_at,
        links=OperationLinks(
            self=path,
            cancellation=f"{path}/cancellation" if operation.is_cancellable else None,
            result=operation.result_path,
        ),
    )


def _waiting(waiting: WaitingFor | None) -> OperationWaiting | None:
    if waiting is None:
        return None
    return OperationWaiting(
        what=waiting.what,
        where=waiting.where,
        expires_at=waiting.expires_at,
    )


def _label_key(operation: Operation) -> str:
    if operation.waiting_for is not None:
        return f"{operation.waiting_for.what}_{operation.waiting_for.where}"
    if operation.status in _OWN_LABELS:
        return f"{_SUBJECTS[operation.kind][0]}_{_OWN_LABELS[operation.status]}"
    return operation.status.value


def _result(operation: Operation) -> OperationResult | None:
    path = operation.result_path
    if path is None:
        return None
    return OperationResult(
        id=path.rsplit("/", maxsplit=1)[-1],
        object=_SUBJECTS[operation.kind][1],
        links=Links(self=path),
    )


def _problem(operation: Operation, language: str) -> ProblemDocument | None:
    problem = operation.problem
    if problem is None:
        return None
    return describe(
        problem.code,
        language=language,
        params=problem.params,
        remote=problem.remote,
        support_ref=problem.support_ref,
    )
