"""Work lists: what is still to ask."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import Response

from api import batch_examples as examples
from api import worklist_examples as rows
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.following import claim_of
from api.merging import IfMatch, merged, require_match, revalidated
from api.models.batches import InsurabilityBatchResource
from api.models.operations import OperationResource
from api.models.worklists import (
    PATH,
    ROOT,
    WorkListSubmissionRequest,
    WorkRowChangeRequest,
    WorkRowList,
    WorkRowRequest,
    WorkRowResource,
    WorkRowsPushed,
    WorkRowsRequest,
    current_row,
    pushed_row,
    row_resource,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, frame, shown
from api.routes.batches import answer_batch
from bridge.domain.worklists import WorkList
from bridge.errors import NotFound
from bridge.service.batchdrafts import HOLD
from bridge.service.worklists import Submission

ListName = Annotated[
    str,
    Path(
        description="`new_patients` or `billing_month`.",
        max_length=64,
        examples=[WorkList.NEW_PATIENTS.value],
    ),
]
RowId = Annotated[
    str,
    Path(description="Identifier of a row.", max_length=64, examples=["wrk_01JD3W7V7Q"]),
]
Month = Annotated[
    str | SkipJsonSchema[None],
    Query(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="Month of billing, `YYYY-MM`."),
]


async def list_rows(
    work_list: ListName,
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
    month: Month = None,
) -> Response:
    """List what is still to ask."""
    parameters = {"list": work_list, **({} if month is None else {"month": month})}
    wanted = PageRequest.of(context, limit=limit, cursor=cursor, parameters=parameters)
    found, total = await context.services.work_lists.page(
        _named(work_list),
        client=context.call.caller,
        limit=wanted.limit + 1,
        month=month,
        after=wanted.after,
    )
    kept = shown(found, lambda row: row.row.id, wanted)
    filters = {} if month is None else {"month": [month]}
    framed = frame(wanted, more_after=kept.more_after, total=total, sort="id", filters=filters)
    items = [row_resource(each, context.call.language) for each in kept.items]
    model = WorkRowList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def push_rows(work_list: ListName, body: WorkRowsRequest, context: ContextDep) -> Response:
    """Put patients on a list."""
    named = _named(work_list)
    pushed = [pushed_row(each, named, f"/rows/{place}") for place, each in enumerate(body.rows)]
    kept = await context.services.work_lists.push(named, pushed, client=context.call.caller)
    items = [row_resource(each, context.call.language) for each in kept]
    return context.answer(WorkRowsPushed(items=items))


async def get_row(work_list: ListName, row_id: RowId, context: ContextDep) -> Response:
    """Show a row."""
    found = await context.services.work_lists.get(
        _named(work_list), row_id, client=context.call.caller
    )
    return context.answer(row_resource(found, context.call.language))


async def change_row(
    work_list: ListName,
    row_id: RowId,
    body: WorkRowChangeRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Change the version of a row that the caller has read."""
    lists, client, named = context.services.work_lists, context.call.caller, _named(work_list)
    current = await lists.get(named, row_id, client=client)
    require_match(if_match, row_resource(current, context.call.language))
    wanted = revalidated(WorkRowRequest, merged(current_row(current), body.changes))
    changed = await lists.change(
        named,
        row_id,
        pushed_row(wanted, named),
        expected=current.row,
        is_billed=wanted.is_billed,
        client=client,
    )
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(row_resource(changed, context.call.language))


async def remove_row(work_list: ListName, row_id: RowId, context: ContextDep) -> Response:
    """Take a row off its list."""
    await context.services.work_lists.remove(_named(work_list), row_id, client=context.call.caller)
    return Response(status_code=204)


async def submit_rows(
    work_list: ListName, body: WorkListSubmissionRequest, context: ContextDep
) -> Response:
    """Ask about rows of a list."""
    client, claim = context.call.caller, claim_of(context)
    submission = Submission(
        list=_named(work_list),
        row_ids=None if body.row_ids is None else tuple(body.row_ids),
        month=body.month,
        hold_for=HOLD if body.hold_until_session else None,
        duplicate_of=body.duplicate_of_confirmed,
    )
    with context.keys.reserve(client.id, claim):
        accepted = await context.services.work_lists.send(submission, client=client, claim=claim)
    return await answer_batch(context, accepted)


def _named(name: str) -> WorkList:
    try:
        return WorkList(name)
    except ValueError:
        raise NotFound from None


_WRITE: Final = ("work-lists:write",)
_SHOWN: Final = Answer(description="The row.", model=WorkRowResource, example=rows.ROW)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_work_list_rows",
        tag="work_lists",
        summary="List what is still to ask",
        description=(
            "A row stays, marked sent, until the first answer (a receipt is none), and leaves "
            "when the patient is billed. Afterwards it lives in the history."
        ),
        handler=list_rows,
        scopes=_WRITE,
        query=(*PARAMETERS, "month"),
        answers={
            200: Answer(
                description="A page of rows.",
                model=WorkRowList,
                example=examples.listed(rows.ROW, sort="id"),
                headers=("Link",),
            ),
        },
        problems=("not_found",),
        since="1.5",
    ),
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_work_list_rows",
        tag="work_lists",
        summary="Put patients on a list",
        description=(
            "Each with the front end's own reference; a known one renews its row. A patient that "
            "cannot be asked about is kept with its findings."
        ),
        handler=push_rows,
        scopes=_WRITE,
        idempotency="accepted",
        request_examples={"new_patient": rows.PUSHED},
        answers={
            200: Answer(
                description="The rows as they are now.",
                model=WorkRowsPushed,
                example={"items": [rows.ROW]},
            ),
        },
        problems=("actor_not_allowed", "not_found", "registration_missing", "storage_unavailable"),
        since="1.5",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{row_id}",
        operation_id="get_work_list_row",
        tag="work_lists",
        summary="Show a row of a work list",
        description="Also when it has left its list.",
        handler=get_row,
        scopes=_WRITE,
        answers={200: _SHOWN},
        problems=("not_found",),
        since="1.5",
    ),
    Endpoint(
        method="PATCH",
        path=PATH + "/{row_id}",
        operation_id="update_work_list_row",
        tag="work_lists",
        summary="Change a row of a work list",
        description="JSON Merge Patch on the version named in `If-Match` (API-17).",
        handler=change_row,
        scopes=_WRITE,
        request_examples={"billed": {"is_billed": True}},
        answers={
            200: _SHOWN,
            204: Answer(description="Changed; with `Prefer: return=minimal`."),
        },
        problems=(
            "actor_not_allowed",
            "not_found",
            "precondition_required",
            "precondition_failed",
            "storage_unavailable",
        ),
        since="1.5",
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{row_id}",
        operation_id="delete_work_list_row",
        tag="work_lists",
        summary="Take a row off its list",
        description="What was sent goes on.",
        handler=remove_row,
        scopes=_WRITE,
        answers={204: Answer(description="It is gone.")},
        problems=("actor_not_allowed", "not_found", "storage_unavailable"),
        since="1.5",
    ),
    Endpoint(
        method="POST",
        path=ROOT + "/{work_list}/submission",
        operation_id="create_work_list_submission",
        tag="work_lists",
        summary="Ask about rows of a list",
        description=(
            "The named rows, or all that are ticked, as one insurability batch. A row with "
            "findings cannot be sent (D18)."
        ),
        handler=submit_rows,
        scopes=("work-lists:write", "insurability:check"),
        idempotency="required",
        request_examples={"all_ticked": {}},
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
            "not_found",
            "registration_missing",
            "not_submittable",
            "already_sent",
            "duplicate_suspected",
            "ehealth_session_required",
            "ehealth_session_expired",
            "storage_unavailable",
        ),
        since="1.5",
    ),
)
"""Rows of the endpoint table."""
