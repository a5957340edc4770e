"""Changes that insurers made by themselves: shown, linked, worked off."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import Response

from api import care_examples as examples
from api.care_query import (
    UPDATE_FILTERS,
    UpdateListQuery,
    chosen,
    shown_filters,
    updates_of,
)
from api.context import ContextDep
from api.declaration_table import SINCE
from api.endpoints import Answer, Endpoint
from api.models.care_updates import (
    PATH,
    CareUpdateLinkRequest,
    CareUpdateList,
    CareUpdateMarksRequest,
    CareUpdateResource,
    CareUpdatesMarked,
    CareUpdateStepsRequest,
    update_resource,
)
from api.pages import PARAMETERS, PageRequest, frame, shown
from bridge.domain.careupdates import StepKind
from bridge.domain.exchanges import Mark

UpdateId = Annotated[
    str,
    Path(description="Identifier of a change.", max_length=64, examples=["upd_01JD3W7V7Q"]),
]


async def list_updates(context: ContextDep, asked: Annotated[UpdateListQuery, Query()]) -> Response:
    """List changes by insurers."""
    query = context.query
    wanted = PageRequest.of(
        context, limit=asked.limit, cursor=asked.cursor, parameters=chosen(query, UPDATE_FILTERS)
    )
    found, total = await context.services.care_updates.page(
        updates_of(query),
        client=context.call.caller,
        limit=wanted.limit + 1,
        before_id=wanted.after,
    )
    kept = shown(found, lambda update: update.id, wanted)
    framed = frame(
        wanted,
        more_after=kept.more_after,
        total=total,
        sort="-id",
        filters=shown_filters(query, UPDATE_FILTERS),
    )
    items = [update_resource(each) for each in kept.items]
    model = CareUpdateList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_update(update_id: UpdateId, context: ContextDep) -> Response:
    """Show a change."""
    found = await context.services.care_updates.get(update_id, client=context.call.caller)
    return context.answer(update_resource(found))


async def link_update(
    update_id: UpdateId, body: CareUpdateLinkRequest, context: ContextDep
) -> Response:
    """Say which declaration's agreement changed."""
    linked = await context.services.care_updates.link(
        update_id, body.declaration_id, client=context.call.caller
    )
    return context.answer(update_resource(linked))


async def tick_steps(
    update_id: UpdateId, body: CareUpdateStepsRequest, context: ContextDep
) -> Response:
    """Tick steps that a person did."""
    ticked = await context.services.care_updates.tick(
        update_id, [StepKind(kind) for kind in body.kinds], client=context.call.caller
    )
    return context.answer(update_resource(ticked))


async def mark_updates(body: CareUpdateMarksRequest, context: ContextDep) -> Response:
    """Mark changes, all or none."""
    marked = await context.services.care_updates.mark_all(
        body.update_ids, Mark(body.mark), client=context.call.caller
    )
    return context.answer(CareUpdatesMarked(items=[update_resource(each) for each in marked]))


_READ: Final = ("responses:read",)
_MARK: Final = ("history:mark",)
_SHOWN: Final = Answer(
    description="The change as it is now.", model=CareUpdateResource, example=examples.UPDATE
)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_care_updates",
        tag="care_updates",
        summary="List what insurers changed by themselves",
        description=(
            "Control visits, closures, new providers, changed decisions, newest first. One that "
            "belongs to no known declaration is seen with the scope `history:read-all` only."
        ),
        handler=list_updates,
        scopes=_READ,
        query=(*PARAMETERS, *UPDATE_FILTERS),
        answers={
            200: Answer(
                description="A page of changes.",
                model=CareUpdateList,
                example=examples.listed(examples.UPDATE, sort="-id"),
                headers=("Link",),
            ),
        },
        since=SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{update_id}",
        operation_id="get_care_update",
        tag="care_updates",
        summary="Show a change by an insurer",
        description="Previous and new values side by side, with the steps to do.",
        handler=get_update,
        scopes=_READ,
        answers={200: _SHOWN},
        problems=("not_found",),
        since=SINCE,
    ),
    Endpoint(
        method="PUT",
        path=PATH + "/{update_id}/declaration",
        operation_id="set_care_update_declaration",
        tag="care_updates",
        summary="Link a change to a declaration",
        description=(
            "Says whose agreement changed; the steps of the register are then done by Carebridge. "
            "The same link may be made again."
        ),
        handler=link_update,
        scopes=("declarations:send", "history:mark"),
        request_examples={"katz": {"declaration_id": examples.KATZ["id"]}},
        answers={200: _SHOWN},
        problems=("actor_not_allowed", "not_found", "already_linked", "storage_unavailable"),
        since=SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH + "/{update_id}/steps",
        operation_id="mark_care_update_steps",
        tag="care_updates",
        summary="Tick steps that were done",
        description="With the last step the change is processed by itself.",
        handler=tick_steps,
        scopes=_MARK,
        idempotency="accepted",
        request_examples={"one": {"kinds": ["credit_and_reinvoice"]}},
        answers={200: _SHOWN},
        problems=("actor_not_allowed", "not_found", "storage_unavailable"),
        since=SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH + "/marks",
        operation_id="mark_care_updates",
        tag="care_updates",
        summary="Mark changes by insurers",
        description=(
            "Read, processed, archived, or back; all or none. Processing needs every step done, "
            "archiving needs the mark `processed` (D20)."
        ),
        handler=mark_updates,
        scopes=_MARK,
        idempotency="accepted",
        request_examples={"one": {"update_ids": [examples.UPDATE["id"]], "mark": "read"}},
        answers={
            200: Answer(
                description="The changes as they are now.",
                model=CareUpdatesMarked,
                example={"items": [examples.UPDATE]},
            ),
        },
        problems=(
            "actor_not_allowed",
            "not_found",
            "steps_open",
            "not_processed",
            "storage_unavailable",
        ),
        since=SINCE,
    ),
)
"""Rows of the endpoint table."""
