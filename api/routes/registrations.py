"""Registrations: listed by any pairing that may, changed in the console (D12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.merging import IfMatch, merged, require_match, revalidated
from api.models.registrations import (
    PATH,
    RegistrationChangeRequest,
    RegistrationList,
    RegistrationRequest,
    RegistrationResource,
    document_of,
    registration_of,
    registration_path,
    registration_resource,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.domain.registrations import Registration

RegistrationId = Annotated[
    str,
    Path(description="Identifier of a registration.", max_length=64, examples=["reg_01JD3W7V7Q"]),
]
REQUEST_EXAMPLE: Final[dict[str, Any]] = {
    "kind": "enterprise",
    "holder": {
        "niss": "00000000097",
        "nihii": "40000028401",
        "first_name": "Fictive",
        "last_name": "Voorbeeld",
    },
    "cbe": "0200000043",
    "invoicing": {
        "iban": "BE68539007547034",
        "bic": "GKCCBEBB",
        "contact_last_name": "Voorbeeld",
        "contact_first_name": "Fictive",
        "contact_phone": "021234567",
        "qualification": "401",
    },
}
_EXAMPLE_ID: Final = "reg_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
EXAMPLE: Final = registration_resource(
    replace(
        registration_of(RegistrationRequest.model_validate(REQUEST_EXAMPLE), _EXAMPLE_ID),
        practice_id="prc_01JD3W7V7Q0M2N4Z8K5T6R1S9E",
    ),
    language="en",
    is_default=True,
    shows_niss=False,
).model_dump(mode="json")


async def list_registrations(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the registrations."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    found = await context.services.registrations.all()
    newest = sorted(found, key=lambda each: each.id, reverse=True)
    kept = cut(newest, lambda each: each.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(found), sort="-id")
    items = [_shown(context, each, found) for each in kept.items]
    model = RegistrationList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_registration(registration_id: RegistrationId, context: ContextDep) -> Response:
    """Show one registration with its prerequisites."""
    found = await context.services.registrations.get(registration_id)
    return context.answer(await _resource(context, found))


async def create_registration(body: RegistrationRequest, context: ContextDep) -> Response:
    """Add a registration."""
    call, services = context.call, context.services
    with context.keys.reserve(call.caller.id, call.claim) as reservation:
        if reservation.earlier is not None:
            return await _created(context, await services.registrations.get(reservation.earlier))
        now = services.clock.now()
        wanted = registration_of(body, services.ids.ulid("reg"))
        made = await services.registrations.create(
            replace(wanted, created_at=now, updated_at=now),
            is_default=bool(body.is_default),
        )
        reservation.made = made.id
    return await _created(context, made)


async def change_registration(
    registration_id: RegistrationId,
    body: RegistrationChangeRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Change the version of a registration that the caller has read; its session ends."""
    services = context.services
    current = await services.registrations.get(registration_id)
    require_match(if_match, await _resource(context, current))
    wanted = revalidated(RegistrationRequest, merged(document_of(current), body.changes))
    changed = await services.registrations.change(
        replace(
            registration_of(wanted, registration_id),
            created_at=current.created_at,
            updated_at=services.clock.now(),
        ),
        expected=current,
        is_default=bool(wanted.is_default),
    )
    if _acts_differently(current, changed):
        _end_sessions(context, registration_id)
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(await _resource(context, changed))


async def remove_registration(registration_id: RegistrationId, context: ContextDep) -> Response:
    """Remove a registration and end its session; the history stays."""
    await context.services.registrations.remove(registration_id)
    _end_sessions(context, registration_id)
    return Response(status_code=204)


def _acts_differently(before: Registration, after: Registration) -> bool:
    """Tell whether a session opened before would say something else than one opened after."""
    named = {"label": "", "practice_id": "", "updated_at": None, "invoicing": None}
    return replace(before, **named) != replace(after, **named)  # type: ignore[arg-type]  # four members


def _end_sessions(context: Context, registration_id: str) -> None:
    sessions = context.services.sessions
    for session in sessions.opened():
        if session.registration_id == registration_id:
            sessions.end(session.id)


async def _resource(context: Context, registration: Registration) -> RegistrationResource:
    return _shown(context, registration, await context.services.registrations.all())


def _shown(
    context: Context, registration: Registration, ordered: list[Registration]
) -> RegistrationResource:
    return registration_resource(
        registration,
        language=context.call.language,
        is_default=bool(ordered) and ordered[0].id == registration.id,
        shows_niss="console" in context.call.caller.scopes,
    )


async def _created(context: Context, registration: Registration) -> Response:
    headers = {"Location": registration_path(registration.id)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    return context.answer(await _resource(context, registration), status=201, headers=headers)


_SHOWN: Final = Answer(description="The registration.", model=RegistrationResource, example=EXAMPLE)
_PROBLEMS: Final = ("validation_failed", "storage_unavailable")

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_registrations",
        tag="registrations",
        summary="List registrations",
        description="Who sends, on whose behalf, in which practice; with all prerequisites.",
        handler=list_registrations,
        scopes=("registrations:read",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of registrations.",
                model=RegistrationList,
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
        operation_id="create_registration",
        tag="registrations",
        summary="Add a registration",
        description=(
            "Only the console may. Check digits and what the kind needs are verified first; the "
            "answer lists what must be arranged outside the product."
        ),
        handler=create_registration,
        scopes=("console",),
        idempotency="accepted",
        request_examples={"enterprise": REQUEST_EXAMPLE},
        answers={
            201: Answer(
                description="The registration.",
                model=RegistrationResource,
                example=EXAMPLE,
                headers=("Location",),
            ),
        },
        problems=_PROBLEMS,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{registration_id}",
        operation_id="get_registration",
        tag="registrations",
        summary="Show a registration",
        description="With its settings and its prerequisites in the caller's language.",
        handler=get_registration,
        scopes=("registrations:read",),
        answers={200: _SHOWN},
        problems=("not_found",),
    ),
    Endpoint(
        method="PATCH",
        path=PATH + "/{registration_id}",
        operation_id="update_registration",
        tag="registrations",
        summary="Change a registration",
        description="JSON Merge Patch on the version named in `If-Match` (API-17).",
        handler=change_registration,
        scopes=("console",),
        request_examples={"label": {"label": "Hoofdpraktijk"}},
        answers={
            200: _SHOWN,
            204: Answer(description="Changed; with `Prefer: return=minimal`."),
        },
        problems=("not_found", "precondition_required", "precondition_failed", *_PROBLEMS),
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{registration_id}",
        operation_id="delete_registration",
        tag="registrations",
        summary="Remove a registration",
        description="Ends its session; what was sent with it stays in the history.",
        handler=remove_registration,
        scopes=("console",),
        answers={204: Answer(description="It is gone.")},
        problems=("not_found", "storage_unavailable"),
    ),
)
"""Rows of the endpoint table."""
