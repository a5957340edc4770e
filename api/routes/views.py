"""Columns of the history, and views people keep (API-66)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from api.batch_examples import listed
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import shown
from api.history_query import filter_of, joined_filters, sort_of
from api.merging import IfMatch, require_match
from api.models.views import (
    COLUMNS_PATH,
    PATH,
    HistoryColumnList,
    ViewList,
    ViewRequest,
    ViewResource,
    column_list,
    view_path,
    view_resource,
    wanted_view,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.domain.views import SavedView

ViewId = Annotated[
    str,
    Path(description="Identifier of a view.", max_length=64, examples=["view_01JD3W7V7Q"]),
]
_ID: Final = "view_01JD3W7V7Q0M2N4Z8K5T6R1S9E"
_REQUEST: Final[dict[str, Any]] = {
    "name": "Te verwerken",
    "columns": [{"member": "sent_at"}, {"member": "status", "width_px": 120, "is_pinned": True}],
    "sort": ["-sent_at"],
    "filters": {"is_processed": ["false"]},
    "is_default": True,
}
EXAMPLE: Final = {
    "id": _ID,
    "object": "view",
    "name": "Te verwerken",
    "columns": [
        {"member": "sent_at", "width_px": None, "is_pinned": False},
        {"member": "status", "width_px": 120, "is_pinned": True},
    ],
    "sort": ["-sent_at"],
    "filters": {"is_processed": ["false"]},
    "is_default": True,
    "created_at": "2026-11-22T07:15:00.000Z",
    "updated_at": "2026-11-22T07:15:00.000Z",
    "links": {"self": view_path(_ID)},
}


async def get_columns(context: ContextDep) -> Response:
    """List the columns of the history."""
    return context.answer(column_list())


async def list_views(
    context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List the caller's views."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    views = await context.services.views.all(client=context.call.caller)
    views.sort(key=lambda view: view.id, reverse=True)
    kept = cut(views, lambda view: view.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(views), sort="-id")
    items = [view_resource(view) for view in kept.items]
    model = ViewList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_view(view_id: ViewId, context: ContextDep) -> Response:
    """Show one of the caller's views."""
    view = await context.services.views.get(view_id, client=context.call.caller)
    return context.answer(view_resource(view))


async def create_view(body: ViewRequest, context: ContextDep) -> Response:
    """Keep a view."""
    call, views = context.call, context.services.views
    _check(body)
    with context.keys.reserve(call.caller.id, call.claim) as reservation:
        if reservation.earlier is not None:
            return _created(context, await views.get(reservation.earlier, client=call.caller))
        made = await views.create(wanted_view(body), client=call.caller)
        reservation.made = made.id
    return _created(context, made)


async def update_view(
    view_id: ViewId, body: ViewRequest, context: ContextDep, if_match: IfMatch = None
) -> Response:
    """Replace the version of a view that the caller has read."""
    client, views = context.call.caller, context.services.views
    _check(body)
    current = await views.get(view_id, client=client)
    require_match(if_match, view_resource(current))
    changed = await views.change(view_id, wanted_view(body), expected=current, client=client)
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(view_resource(changed))


async def delete_view(view_id: ViewId, context: ContextDep) -> Response:
    """Remove one of the caller's views."""
    await context.services.views.remove(view_id, client=context.call.caller)
    return Response(status_code=204)


def _check(body: ViewRequest) -> None:
    """Refuse a view that the list would refuse."""
    sort_of(",".join(body.sort) or None)
    filter_of(joined_filters(body.filters))


def _created(context: Context, view: SavedView) -> Response:
    headers = {"Location": view_path(view.id)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    return context.answer(view_resource(view), status=201, headers=headers)


_READ: Final = ("history:read",)
_SHOWN: Final = Answer(description="The view.", model=ViewResource, example=EXAMPLE)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=COLUMNS_PATH,
        operation_id="get_exchange_columns",
        tag="exchanges",
        summary="List the columns of the history",
        description="What people may choose, sort by and filter, with labels in four languages.",
        handler=get_columns,
        scopes=_READ,
        answers={
            200: Answer(
                description="All columns, in their usual order.",
                model=HistoryColumnList,
                example=shown(column_list()),
            ),
        },
        since="1.5",
    ),
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_views",
        tag="views",
        summary="List saved views",
        description="The caller's own views of the history, newest first.",
        handler=list_views,
        scopes=_READ,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of views.",
                model=ViewList,
                example=listed(EXAMPLE, sort="-id"),
                headers=("Link",),
            ),
        },
        since="1.5",
    ),
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_view",
        tag="views",
        summary="Keep a view",
        description="Columns, order and filters of the history; applied with `view=` on the list.",
        handler=create_view,
        scopes=_READ,
        idempotency="accepted",
        request_examples={"view": _REQUEST},
        answers={
            201: Answer(
                description="The view.",
                model=ViewResource,
                example=EXAMPLE,
                headers=("Location",),
            ),
        },
        problems=("parameter_invalid", "views_full", "storage_unavailable"),
        since="1.5",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{view_id}",
        operation_id="get_view",
        tag="views",
        summary="Show a view",
        description="One of the caller's own views.",
        handler=get_view,
        scopes=_READ,
        answers={200: _SHOWN},
        problems=("not_found",),
        since="1.5",
    ),
    Endpoint(
        method="PUT",
        path=PATH + "/{view_id}",
        operation_id="update_view",
        tag="views",
        summary="Replace a view",
        description="The version named in `If-Match` is replaced (API-17).",
        handler=update_view,
        scopes=_READ,
        request_examples={"view": _REQUEST},
        answers={
            200: _SHOWN,
            204: Answer(description="Replaced; with `Prefer: return=minimal`."),
        },
        problems=(
            "not_found",
            "parameter_invalid",
            "precondition_required",
            "precondition_failed",
            "storage_unavailable",
        ),
        since="1.5",
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{view_id}",
        operation_id="delete_view",
        tag="views",
        summary="Remove a view",
        description="Only the view goes; nothing of the history does.",
        handler=delete_view,
        scopes=_READ,
        answers={204: Answer(description="It is gone.")},
        problems=("not_found", "storage_unavailable"),
        since="1.5",
    ),
)
"""Rows of the endpoint table."""
