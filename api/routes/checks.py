"""Asking whether a patient is insured."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.following import answer_sent, claim_of
from api.models.checks import (
    PATH,
    InsurabilityCheckList,
    InsurabilityCheckResource,
    check_path,
    check_resource,
)
from api.models.common import AnswerModel
from api.models.official import with_insurability_texts
from api.models.operations import OperationResource
from api.models.questions import InsurabilityCheckRequest, question_of
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, frame, shown
from bridge.domain.insurability import InsurabilityCheck
from bridge.domain.periods import brussels_day

CheckId = Annotated[
    str,
    Path(description="Identifier of a check.", max_length=64, examples=["ins_01JD3W7V7Q"]),
]


async def create_insurability_check(
    body: InsurabilityCheckRequest,
    context: ContextDep,
) -> Response:
    """Ask about one patient; the answer may be waited for."""
    client, claim = context.call.caller, claim_of(context)
    question = question_of(body, today=brussels_day(context.services.clock.now()))
    with context.keys.reserve(client.id, claim):
        accepted = await context.services.checks.ask(
            question, client=client, claim=claim, registration_id=body.registration_id
        )

    async def made() -> tuple[AnswerModel, str]:
        check = await context.services.checks.get(accepted.check.id, client=client)
        return await _shown(context, check), check_path(check.id)

    return await answer_sent(context, accepted.operation, is_replay=accepted.is_replay, made=made)


async def list_insurability_checks(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the caller's checks, newest first."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    page = await context.services.checks.page(
        client=context.call.caller,
        limit=wanted.limit + 1,
        before_id=wanted.after,
    )
    kept = shown(page.items, lambda check: check.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=page.total, sort="-id")
    items = [await _shown(context, check) for check in kept.items]
    model = InsurabilityCheckList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_insurability_check(check_id: CheckId, context: ContextDep) -> Response:
    """Show one of the caller's checks."""
    check = await context.services.checks.get(check_id, client=context.call.caller)
    return context.answer(await _shown(context, check))


async def _shown(context: Context, check: InsurabilityCheck) -> InsurabilityCheckResource:
    texts = await context.services.reference_data.texts()
    return with_insurability_texts(check_resource(check, context.call.language), texts)


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_insurability_check",
        tag="insurability_checks",
        summary="Ask whether a patient is insured",
        description=(
            "One patient, by person number or by sickness fund and membership number. With "
            "`Prefer: wait=10` the answer usually is the finished check, whatever its status. "
            "An Idempotency-Key is required."
        ),
        handler=create_insurability_check,
        scopes=("insurability:check",),
        idempotency="required",
        request_examples={
            "by_person_number": examples.CHECK_REQUEST,
            "by_membership": examples.CHECK_REQUEST_BY_MEMBERSHIP,
        },
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.OPERATION_ASKED,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
            201: Answer(
                description="The check is finished.",
                model=InsurabilityCheckResource,
                example=examples.CHECK,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
        },
        problems=(
            "actor_not_allowed",
            "single_patient_only",
            "registration_missing",
            "not_found",
            "ehealth_session_required",
            "ehealth_session_expired",
            "storage_unavailable",
        ),
    ),
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_insurability_checks",
        tag="insurability_checks",
        summary="List insurability checks",
        description="The caller's own checks, newest first.",
        handler=list_insurability_checks,
        scopes=("insurability:check",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of checks.",
                model=InsurabilityCheckList,
                example=examples.listed(examples.CHECK, sort="-id"),
                headers=("Link",),
            ),
        },
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{check_id}",
        operation_id="get_insurability_check",
        tag="insurability_checks",
        summary="Show an insurability check",
        description="A refusal by the insurer is status `refused` with `refusals[]` (API-74).",
        handler=get_insurability_check,
        scopes=("insurability:check",),
        answers={
            200: Answer(
                description="The check.",
                model=InsurabilityCheckResource,
                example=examples.CHECK,
            ),
        },
        problems=("not_found",),
    ),
)
"""Rows of the endpoint table."""
