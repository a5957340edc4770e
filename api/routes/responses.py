"""What insurers sent (D12: the daemon confirms by itself after storing)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import Response

from api import batch_examples as examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.models.exchanges import ResponseList, ResponseResource, response_resource
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, frame, shown

PATH: Final = "/v1/responses"
ResponseId = Annotated[
    str,
    Path(description="Identifier of a response.", max_length=64, examples=["rsp_01JD3W7V7Q"]),
]
Service = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=100, description="Any of these services, divided by commas."),
]


async def list_responses(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
    service: Service = None,
) -> Response:
    """List what came in."""
    parameters = {} if service is None else {"service": service}
    wanted = PageRequest.of(context, limit=limit, cursor=cursor, parameters=parameters)
    services = () if service is None else tuple(service.split(","))
    page = await context.services.history.responses(
        client=context.call.caller,
        limit=wanted.limit + 1,
        service=services,
        before_id=wanted.after,
    )
    kept = shown(page.items, lambda response: response.id, wanted)
    filters = {"service": list(services)} if services else {}
    framed = frame(
        wanted, more_after=kept.more_after, total=page.total, sort="-id", filters=filters
    )
    items = [response_resource(each, context.call.language) for each in kept.items]
    model = ResponseList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_response(response_id: ResponseId, context: ContextDep) -> Response:
    """Show one response."""
    found = await context.services.history.response(response_id, client=context.call.caller)
    return context.answer(response_resource(found, context.call.language))


_READ: Final = ("responses:read",)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_responses",
        tag="exchanges",
        summary="List what insurers sent",
        description="Receipts, answers and rejections of exchanges the caller may see.",
        handler=list_responses,
        scopes=_READ,
        query=(*PARAMETERS, "service"),
        answers={
            200: Answer(
                description="A page of responses, newest first.",
                model=ResponseList,
                example=examples.listed(examples.RESPONSE, sort="-id"),
                headers=("Link",),
            ),
        },
        since="1.5",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{response_id}",
        operation_id="get_response",
        tag="exchanges",
        summary="Show what an insurer sent",
        description="Its exact bytes are in the evidence of the exchange.",
        handler=get_response,
        scopes=_READ,
        answers={
            200: Answer(
                description="The response.",
                model=ResponseResource,
                example=examples.RESPONSE,
            ),
        },
        problems=("not_found",),
        since="1.5",
    ),
)
"""Rows of the endpoint table."""
