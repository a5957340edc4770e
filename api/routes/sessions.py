"""Opening, showing and ending eHealth sessions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.following import answer_accepted, answer_created, settle
from api.models.operations import OperationResource
from api.models.sessions import (
    PATH,
    EhealthSessionList,
    EhealthSessionRequest,
    EhealthSessionResource,
    session_resource,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.domain.operations import Operation, OperationStatus

SessionId = Annotated[
    str,
    Path(description="Identifier of a session.", max_length=64, examples=["ses_01JD3W7V7Q"]),
]


async def create_ehealth_session(body: EhealthSessionRequest, context: ContextDep) -> Response:
    """Begin to open a session; Carebridge asks for card and PIN itself."""
    call = context.call
    with context.keys.reserve(call.caller.id, call.claim) as reservation:
        is_replay = reservation.earlier is not None
        operation = await _begin(context, body, earlier=reservation.earlier)
        reservation.made = operation.id
    operation = await settle(context, operation)
    path = operation.result_path
    is_done = operation.status is OperationStatus.SUCCEEDED and call.preferences.wait_s > 0
    if path is None or not is_done:
        return answer_accepted(context, operation, is_replay=is_replay)
    session = context.services.sessions.get(path.rsplit("/", maxsplit=1)[-1])
    model = session_resource(session, context.services.clock.now())
    return answer_created(context, model, path, is_replay=is_replay)


async def list_ehealth_sessions(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the sessions since the start, newest first."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    sessions = context.services.sessions.all()
    kept = cut(sessions, lambda session: session.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(sessions), sort="-id")
    now = context.services.clock.now()
    items = [session_resource(session, now) for session in kept.items]
    model = EhealthSessionList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_current_ehealth_session(context: ContextDep) -> Response:
    """Show the session of the default registration."""
    session = await context.services.sessions.current()
    return context.answer(session_resource(session, context.services.clock.now()))


async def get_ehealth_session(session_id: SessionId, context: ContextDep) -> Response:
    """Show one session."""
    session = context.services.sessions.get(session_id)
    return context.answer(session_resource(session, context.services.clock.now()))


async def end_current_ehealth_session(context: ContextDep) -> Response:
    """End the session of the default registration."""
    session = await context.services.sessions.current()
    return _end(context, session.id)


async def end_ehealth_session(session_id: SessionId, context: ContextDep) -> Response:
    """End one session; ending it again changes nothing."""
    return _end(context, session_id)


async def _begin(
    context: Context,
    body: EhealthSessionRequest,
    *,
    earlier: str | None,
) -> Operation:
    client = context.call.caller
    if earlier is not None:
        return await context.services.operations.get(earlier, client_id=client.id)
    return await context.services.sessions.open(
        client=client,
        language=context.call.language,
        registration_id=body.registration_id,
    )


def _end(context: Context, session_id: str) -> Response:
    caller = context.call.caller
    session = context.services.sessions.end(session_id, client_id=caller.id)
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(session_resource(session, context.services.clock.now()))


_OPENING_PROBLEMS: Final = (
    "registration_missing",
    "not_found",
    "certificate_missing",
    "certificate_expired",
    "key_store_unavailable",
    "pin_entry_in_progress",
    "pin_paused",
    "storage_unavailable",
)
_SHOWN: Final = Answer(
    description="The session.",
    model=EhealthSessionResource,
    example=examples.SESSION,
)
_ENDED: Final = {
    200: Answer(
        description="The session, ended.",
        model=EhealthSessionResource,
        example={**examples.SESSION, "state": "ended", "ended_at": "2026-11-22T08:00:00.000Z"},
    ),
    204: Answer(description="Ended; with `Prefer: return=minimal`."),
}

ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_ehealth_session",
        tag="ehealth_sessions",
        summary="Open an eHealth session",
        description=(
            "Starts an operation that asks for card and PIN in Carebridge's own prompt; `{}` "
            "means the default registration. With `Prefer: wait` the answer may be the session."
        ),
        handler=create_ehealth_session,
        scopes=("ehealth-session:create",),
        idempotency="accepted",
        request_examples={"default_registration": {}},
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.OPERATION_WAITING,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
            201: Answer(
                description="The session is open already.",
                model=EhealthSessionResource,
                example=examples.SESSION,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
        },
        problems=_OPENING_PROBLEMS,
    ),
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_ehealth_sessions",
        tag="ehealth_sessions",
        summary="List eHealth sessions",
        description="Sessions since the start of the program, newest first.",
        handler=list_ehealth_sessions,
        scopes=("ehealth-session:read",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of sessions.",
                model=EhealthSessionList,
                example=examples.listed(examples.SESSION, sort="-id"),
                headers=("Link",),
            ),
        },
    ),
    Endpoint(
        method="GET",
        path=PATH + "/current",
        operation_id="get_current_ehealth_session",
        tag="ehealth_sessions",
        summary="Show the current eHealth session",
        description="The session of the default registration, open or expired (D7).",
        handler=get_current_ehealth_session,
        scopes=("ehealth-session:read",),
        answers={200: _SHOWN},
        problems=("not_found", "registration_missing"),
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/current",
        operation_id="end_current_ehealth_session",
        tag="ehealth_sessions",
        summary="End the current eHealth session",
        description="Forgets the session of the default registration.",
        handler=end_current_ehealth_session,
        scopes=("ehealth-session:end",),
        answers=_ENDED,
        problems=("not_found", "registration_missing"),
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{session_id}",
        operation_id="get_ehealth_session",
        tag="ehealth_sessions",
        summary="Show an eHealth session",
        description="State, holder, registration and times; never the assertion.",
        handler=get_ehealth_session,
        scopes=("ehealth-session:read",),
        answers={200: _SHOWN},
        problems=("not_found",),
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{session_id}",
        operation_id="end_ehealth_session",
        tag="ehealth_sessions",
        summary="End an eHealth session",
        description="Forgets the session; ending it again changes nothing.",
        handler=end_ehealth_session,
        scopes=("ehealth-session:end",),
        answers=_ENDED,
        problems=("not_found",),
    ),
)
"""Rows of the endpoint table."""
