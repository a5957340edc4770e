"""Practices: listed by any pairing that may, changed in the console (D12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.merging import IfMatch, merged, require_match, revalidated
from api.models.practices import (
    PATH,
    PracticeChangeRequest,
    PracticeList,
    PracticeRequest,
    PracticeResource,
    practice_path,
    practice_resource,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.domain.practices import Practice

PracticeId = Annotated[
    str,
    Path(description="Identifier of a practice.", max_length=64, examples=["prc_01JD3W7V7Q"]),
]
_ID: Final = "prc_01JD3W7V7Q0M2N4Z8K5T6R1S9E"
EXAMPLE: Final = {
    "id": _ID,
    "object": "practice",
    "name": "Praktijk Voorbeeld",
    "is_default": True,
    "insurability_required": None,
    "created_at": "2026-11-22T07:15:00.000Z",
    "updated_at": "2026-11-22T07:15:00.000Z",
    "links": {"self": practice_path(_ID)},
}


async def list_practices(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the practices."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    practices = await context.services.practices.all()
    practices.sort(key=lambda practice: practice.id, reverse=True)
    kept = cut(practices, lambda practice: practice.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(practices), sort="-id")
    items = [practice_resource(practice) for practice in kept.items]
    model = PracticeList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_practice(practice_id: PracticeId, context: ContextDep) -> Response:
    """Show one practice."""
    return context.answer(practice_resource(await context.services.practices.get(practice_id)))


async def create_practice(body: PracticeRequest, context: ContextDep) -> Response:
    """Add a practice."""
    call, practices = context.call, context.services.practices
    with context.keys.reserve(call.caller.id, call.claim) as reservation:
        if reservation.earlier is not None:
            return _created(context, await practices.get(reservation.earlier))
        made = await practices.create(
            body.name,
            is_default=bool(body.is_default),
            insurability_required=body.insurability_required,
        )
        reservation.made = made.id
    return _created(context, made)


async def change_practice(
    practice_id: PracticeId,
    body: PracticeChangeRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Change the version of a practice that the caller has read."""
    practices = context.services.practices
    current = await practices.get(practice_id)
    require_match(if_match, practice_resource(current))
    known: dict[str, Any] = {"name": current.name}
    if current.insurability_required is not None:
        known["insurability_required"] = current.insurability_required
    wanted = revalidated(PracticeRequest, merged(known, body.changes))
    changed = await practices.change(
        replace(current, name=wanted.name, insurability_required=wanted.insurability_required),
        expected=current,
        is_default=bool(wanted.is_default),
    )
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(practice_resource(changed))


async def remove_practice(practice_id: PracticeId, context: ContextDep) -> Response:
    """Remove a practice without registrations."""
    await context.services.practices.remove(practice_id)
    return Response(status_code=204)


def _created(context: Context, practice: Practice) -> Response:
    headers = {"Location": practice_path(practice.id)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    return context.answer(practice_resource(practice), status=201, headers=headers)


_SHOWN: Final = Answer(description="The practice.", model=PracticeResource, example=EXAMPLE)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_practices",
        tag="practices",
        summary="List practices",
        description="All practices; every registration and every row belongs to one.",
        handler=list_practices,
        scopes=("registrations:read",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of practices.",
                model=PracticeList,
                example={
                    "items": [EXAMPLE],
                    "page": {
                        "limit": 50,
                        "next_cursor": None,
                        "prev_cursor": None,
                        "total": 1,
                        "total_is_exact": True,
                    },
                    "query": {"sort": ["-id"], "filters": {}, "columns": []},
                },
                headers=("Link",),
            ),
        },
    ),
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_practice",
        tag="practices",
        summary="Add a practice",
        description="Only the console may; the first practice is the default one.",
        handler=create_practice,
        scopes=("console",),
        idempotency="accepted",
        request_examples={"practice": {"name": "Praktijk Voorbeeld"}},
        answers={
            201: Answer(
                description="The practice.",
                model=PracticeResource,
                example=EXAMPLE,
                headers=("Location",),
            ),
        },
        problems=("storage_unavailable",),
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{practice_id}",
        operation_id="get_practice",
        tag="practices",
        summary="Show a practice",
        description="Its name, its settings, and whether it is the default.",
        handler=get_practice,
        scopes=("registrations:read",),
        answers={200: _SHOWN},
        problems=("not_found",),
    ),
    Endpoint(
        method="PATCH",
        path=PATH + "/{practice_id}",
        operation_id="update_practice",
        tag="practices",
        summary="Change a practice",
        description="JSON Merge Patch on the version named in `If-Match` (API-17).",
        handler=change_practice,
        scopes=("console",),
        request_examples={
            "name": {"name": "Praktijk Voorbeeld"},
            "insurability": {"insurability_required": True},
        },
        answers={
            200: _SHOWN,
            204: Answer(description="Changed; with `Prefer: return=minimal`."),
        },
        problems=(
            "not_found",
            "precondition_required",
            "precondition_failed",
            "storage_unavailable",
        ),
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{practice_id}",
        operation_id="delete_practice",
        tag="practices",
        summary="Remove a practice",
        description="Not while registrations belong to it, and never the last one.",
        handler=remove_practice,
        scopes=("console",),
        answers={204: Answer(description="It is gone.")},
        problems=("not_found", "practice_in_use", "storage_unavailable"),
    ),
)
"""Rows of the endpoint table."""
