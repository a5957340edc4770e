"""Following and cancelling work."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.models.common import EmptyRequest
from api.models.operations import PATH, OperationList, OperationResource, operation_resource
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, frame, shown

OperationId = Annotated[
    str,
    Path(description="Identifier of an operation.", max_length=64, examples=["op_01JD3W7V7Q"]),
]


async def list_operations(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the caller's operations, newest first."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    page = await context.services.operations.page(
        client_id=context.call.caller.id,
        limit=wanted.limit + 1,
        before_id=wanted.after,
    )
    kept = shown(page.items, lambda operation: operation.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=page.total, sort="-id")
    language = context.call.language
    items = [operation_resource(operation, language) for operation in kept.items]
    model = OperationList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_operation(operation_id: OperationId, context: ContextDep) -> Response:
    """Show one of the caller's operations."""
    operation = await context.services.operations.get(
        operation_id,
        client_id=context.call.caller.id,
    )
    return context.answer(operation_resource(operation, context.call.language))


async def cancel_operation(
    operation_id: OperationId,
    _body: EmptyRequest,
    context: ContextDep,
) -> Response:
    """Cancel one of the caller's operations before anything was sent."""
    client_id = context.call.caller.id
    book = context.services.operations
    with context.keys.reserve(client_id, context.call.claim) as reservation:
        if reservation.earlier == operation_id:
            operation = await book.get(operation_id, client_id=client_id)
            headers = {"Idempotency-Replayed": "true"}
        else:
            operation = await book.cancel(operation_id, client_id=client_id)
            headers = {}
        reservation.made = operation_id
    model = operation_resource(operation, context.call.language)
    return context.answer(model, headers=headers)


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_operations",
        tag="operations",
        summary="List operations",
        description="The caller's own operations, newest first.",
        handler=list_operations,
        scopes=("status:read",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of operations.",
                model=OperationList,
                example=examples.listed(examples.OPERATION_WAITING, sort="-id"),
                headers=("Link",),
            ),
        },
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{operation_id}",
        operation_id="get_operation",
        tag="operations",
        summary="Follow an operation",
        description="Always 200 while the operation exists, whatever its outcome.",
        handler=get_operation,
        scopes=("status:read",),
        answers={
            200: Answer(
                description="The operation as it stands.",
                model=OperationResource,
                example=examples.OPERATION_WAITING,
            ),
        },
        problems=("not_found",),
    ),
    Endpoint(
        method="POST",
        path=PATH + "/{operation_id}/cancellation",
        operation_id="cancel_operation",
        tag="operations",
        summary="Cancel an operation",
        description="Possible until something was sent; then 409 `already_sent` (API-43).",
        handler=cancel_operation,
        scopes=("status:read",),
        idempotency="accepted",
        request_examples={"empty": {}},
        answers={
            200: Answer(
                description="It is cancelled.",
                model=OperationResource,
                example=examples.OPERATION_CANCELLED,
            ),
        },
        problems=("not_found", "already_sent", "operation_final"),
    ),
)
"""Rows of the endpoint table."""
