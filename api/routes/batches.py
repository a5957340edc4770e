"""Asking about many patients at once."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import batch_examples as examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.following import answer_sent, claim_of
from api.models.batches import (
    PATH,
    BatchItemMarksRequest,
    BatchItemsMarked,
    InsurabilityBatchItemList,
    InsurabilityBatchList,
    InsurabilityBatchRequest,
    InsurabilityBatchResource,
    batch_path,
    batch_resource,
    item_resource,
    request_of,
)
from api.models.common import AnswerModel
from api.models.official import with_insurability_texts
from api.models.operations import OperationResource
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, frame, shown
from bridge.domain.periods import brussels_day
from bridge.service.batches import AcceptedBatch

BatchId = Annotated[
    str,
    Path(description="Identifier of a batch.", max_length=64, examples=["bat_01JD3W7V7Q"]),
]


async def create_insurability_batch(
    body: InsurabilityBatchRequest, context: ContextDep
) -> Response:
    """Ask about many patients; the answers come later."""
    client, claim = context.call.caller, claim_of(context)
    request = request_of(body, today=brussels_day(context.services.clock.now()))
    with context.keys.reserve(client.id, claim):
        accepted = await context.services.batches.ask(request, client=client, claim=claim)
    return await answer_batch(context, accepted)


async def answer_batch(context: Context, accepted: AcceptedBatch) -> Response:
    """Answer with the operation or, when it is over in time, the batch."""

    async def made() -> tuple[AnswerModel, str]:
        batches = context.services.batches
        facts = await batches.get(accepted.batch.id, client=context.call.caller)
        return batch_resource(facts), batch_path(facts.batch.id)

    return await answer_sent(context, accepted.operation, is_replay=accepted.is_replay, made=made)


async def list_insurability_batches(
    context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List the caller's batches, newest first."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    found, total = await context.services.batches.page(
        client=context.call.caller, limit=wanted.limit + 1, before_id=wanted.after
    )
    kept = shown(found, lambda facts: facts.batch.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=total, sort="-id")
    items = [batch_resource(facts) for facts in kept.items]
    model = InsurabilityBatchList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_insurability_batch(batch_id: BatchId, context: ContextDep) -> Response:
    """Show one of the caller's batches."""
    facts = await context.services.batches.get(batch_id, client=context.call.caller)
    return context.answer(batch_resource(facts))


async def list_insurability_batch_items(
    batch_id: BatchId, context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List the patients of a batch."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    after = -1 if wanted.after is None else int(wanted.after)
    found, total = await context.services.batches.items(
        batch_id, client=context.call.caller, limit=wanted.limit + 1, after=after
    )
    kept = shown(found, lambda pair: str(pair[0].position), wanted)
    framed = frame(wanted, more_after=kept.more_after, total=total, sort="position")
    language = context.call.language
    texts = await context.services.reference_data.texts()
    items = [
        with_insurability_texts(item_resource(item, status, language), texts)
        for item, status in kept.items
    ]
    model = InsurabilityBatchItemList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def mark_insurability_batch_items(
    batch_id: BatchId, body: BatchItemMarksRequest, context: ContextDep
) -> Response:
    """Mark patients as taken over into the patient file, answered or not."""
    changed = await context.services.batches.mark_processed(
        batch_id, body.item_ids, client=context.call.caller
    )
    return context.answer(BatchItemsMarked(object="marks", changed=changed))


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_insurability_batch",
        tag="insurability_batches",
        summary="Ask whether many patients are insured",
        description=(
            "1 to 10 000 patients. A patient with a finding is not asked about; the others are. "
            "One message goes to each insurer; answers come later and are fetched by themselves. "
            "An Idempotency-Key is required."
        ),
        handler=create_insurability_batch,
        scopes=("insurability:check",),
        idempotency="required",
        request_examples={"billing_month": examples.BATCH_REQUEST},
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.OPERATION,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
            201: Answer(
                description="Every message was taken over.",
                model=InsurabilityBatchResource,
                example=examples.BATCH,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
        },
        problems=(
            "actor_not_allowed",
            "registration_missing",
            "not_found",
            "not_submittable",
            "duplicate_suspected",
            "ehealth_session_required",
            "ehealth_session_expired",
            "storage_unavailable",
        ),
        since="1.4",
    ),
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_insurability_batches",
        tag="insurability_batches",
        summary="List insurability batches",
        description="The caller's own batches, newest first.",
        handler=list_insurability_batches,
        scopes=("insurability:check",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of batches.",
                model=InsurabilityBatchList,
                example=examples.listed(examples.BATCH, sort="-id"),
                headers=("Link",),
            ),
        },
        since="1.4",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{batch_id}",
        operation_id="get_insurability_batch",
        tag="insurability_batches",
        summary="Show an insurability batch",
        description="How the patients stand, counted by state.",
        handler=get_insurability_batch,
        scopes=("insurability:check",),
        answers={
            200: Answer(
                description="The batch.",
                model=InsurabilityBatchResource,
                example=examples.BATCH,
            ),
        },
        problems=("not_found",),
        since="1.4",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{batch_id}/items",
        operation_id="list_insurability_batch_items",
        tag="insurability_batches",
        summary="List the patients of a batch",
        description="In the order of the request, with findings, answer and hand-over.",
        handler=list_insurability_batch_items,
        scopes=("insurability:check",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of patients.",
                model=InsurabilityBatchItemList,
                example=examples.listed(examples.ITEM, sort="position"),
                headers=("Link",),
            ),
        },
        problems=("not_found",),
        since="1.4",
    ),
    Endpoint(
        method="POST",
        path=PATH + "/{batch_id}/items/marks",
        operation_id="mark_insurability_batch_items",
        tag="insurability_batches",
        summary="Mark patients as processed",
        description="Also possible without a hand-over, when uninsured or in error.",
        handler=mark_insurability_batch_items,
        scopes=("insurability:check",),
        idempotency="accepted",
        request_examples={"one": {"item_ids": [examples.ITEM["id"]]}},
        answers={
            200: Answer(
                description="How many changed.",
                model=BatchItemsMarked,
                example={"object": "marks", "changed": 1},
            ),
        },
        problems=(
            "actor_not_allowed",
            "not_found",
        ),
        since="1.4",
    ),
)
"""Rows of the endpoint table."""
