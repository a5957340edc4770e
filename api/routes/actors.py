"""Actors and their rights: seen by the software that acts for them, changed in the console."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api.actor_examples import ACTOR, RIGHTS, RIGHTS_REQUEST
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import listed
from api.merging import IfMatch, merged, require_match, revalidated
from api.models.actors import (
    PATH,
    ActorChangeRequest,
    ActorList,
    ActorRequest,
    ActorResource,
    ActorRightsRequest,
    ActorRightsResource,
    ActorStateRequest,
    actor_path,
    actor_resource,
    rights_resource,
    wanted_grants,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.domain.rights import Actor

ActorId = Annotated[
    str,
    Path(description="Identifier of an actor.", max_length=64, examples=["act_01JD3W7V7Q"]),
]


async def list_actors(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the actors the caller may see."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    actors = context.services.actors.visible(context.call.caller)[::-1]
    kept = cut(actors, lambda actor: actor.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(actors), sort="-id")
    items = [actor_resource(actor) for actor in kept.items]
    model = ActorList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_actor(actor_id: ActorId, context: ContextDep) -> Response:
    """Show one actor."""
    return context.answer(actor_resource(_found(context, actor_id)))


async def create_actor(body: ActorRequest, context: ContextDep) -> Response:
    """Add a person."""
    call = context.call
    with context.keys.reserve(call.caller.id, call.claim) as reservation:
        if reservation.earlier is not None:
            return _created(context, _found(context, reservation.earlier))
        made = await context.services.actors.create(body.name)
        reservation.made = made.id
    return _created(context, made)


async def change_actor(
    actor_id: ActorId,
    body: ActorChangeRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Change the version of an actor that the caller has read."""
    current = _found(context, actor_id)
    require_match(if_match, actor_resource(current))
    known = {"name": current.name, "is_active": current.is_active}
    wanted = revalidated(ActorStateRequest, merged(known, body.changes))
    changed = await context.services.actors.change(
        actor_id, name=wanted.name, is_active=wanted.is_active, expected=current
    )
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(actor_resource(changed))


async def get_rights(actor_id: ActorId, context: ContextDep) -> Response:
    """Show what an actor may do."""
    return context.answer(await _rights(context, _found(context, actor_id)))


async def set_rights(
    actor_id: ActorId,
    body: ActorRightsRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Replace the version of the lines that the caller has read."""
    current = _found(context, actor_id)
    require_match(if_match, await _rights(context, current))
    changed = await context.services.actors.set_rights(
        actor_id, wanted_grants(body), expected=current
    )
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(await _rights(context, changed))


def _found(context: Context, actor_id: str) -> Actor:
    return context.services.actors.get(actor_id, client=context.call.caller)


async def _rights(context: Context, actor: Actor) -> ActorRightsResource:
    return rights_resource(actor, await context.services.actors.matters())


def _created(context: Context, actor: Actor) -> Response:
    headers = {"Location": actor_path(actor.id)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    return context.answer(actor_resource(actor), status=201, headers=headers)


_SEEN: Final = ("registrations:read",)
_OWN: Final = ("console",)
_SHOWN: Final = Answer(description="The actor.", model=ActorResource, example=ACTOR)
_RIGHTS: Final = Answer(description="The rights.", model=ActorRightsResource, example=RIGHTS)
_SINCE: Final = "1.9"

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_actors",
        tag="actors",
        summary="List actors",
        description="Software sees the one it acts for, the console sees all.",
        handler=list_actors,
        scopes=_SEEN,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of actors.",
                model=ActorList,
                example=listed(ACTOR, sort="-id"),
                headers=("Link",),
            ),
        },
        since=_SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_actor",
        tag="actors",
        summary="Add a person",
        description="Only the console may; the person has no rights at first.",
        handler=create_actor,
        scopes=_OWN,
        idempotency="accepted",
        request_examples={"person": {"name": "Nele Voorbeeld"}},
        answers={
            201: Answer(
                description="The actor.", model=ActorResource, example=ACTOR, headers=("Location",)
            ),
        },
        problems=("storage_unavailable",),
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{actor_id}",
        operation_id="get_actor",
        tag="actors",
        summary="Show an actor",
        description="One whom the caller acts for; the console may see each.",
        handler=get_actor,
        scopes=_SEEN,
        answers={200: _SHOWN},
        problems=("not_found",),
        since=_SINCE,
    ),
    Endpoint(
        method="PATCH",
        path=PATH + "/{actor_id}",
        operation_id="update_actor",
        tag="actors",
        summary="Rename, disable or enable an actor",
        description="JSON Merge Patch on the version named in `If-Match` (API-17).",
        handler=change_actor,
        scopes=_OWN,
        request_examples={"name": {"name": "Nele Voorbeeld"}, "disable": {"is_active": False}},
        answers={
            200: _SHOWN,
            204: Answer(description="Changed; with `Prefer: return=minimal`."),
        },
        problems=(
            "not_found",
            "precondition_required",
            "precondition_failed",
            "state_not_allowed",
            "storage_unavailable",
        ),
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{actor_id}/rights",
        operation_id="get_actor_rights",
        tag="actors",
        summary="Show what an actor may do",
        description="The lines of the matrix, and what follows for each registration and kind.",
        handler=get_rights,
        scopes=_SEEN,
        answers={200: _RIGHTS},
        problems=("not_found",),
        since=_SINCE,
    ),
    Endpoint(
        method="PUT",
        path=PATH + "/{actor_id}/rights",
        operation_id="set_actor_rights",
        tag="actors",
        summary="Replace what an actor may do",
        description=(
            "All lines at once, on the version named in `If-Match` (API-17). "
            "Only the console may; without lines the owner may do all, and others nothing."
        ),
        handler=set_rights,
        scopes=_OWN,
        request_examples={"rights": RIGHTS_REQUEST},
        answers={
            200: _RIGHTS,
            204: Answer(description="Replaced; with `Prefer: return=minimal`."),
        },
        problems=(
            "not_found",
            "precondition_required",
            "precondition_failed",
            "storage_unavailable",
        ),
        since=_SINCE,
    ),
)
"""Rows of the endpoint table."""
