"""Connecting software: asking, waiting, fetching the token once, giving it up (7.2, 7.5).

Approving is no request: the user does it in our window or on her own command line (D10).
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import pairing_examples as examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.models.common import AnswerModel, EmptyRequest
from api.models.pairings import (
    CURRENT,
    PATH,
    PairingCodeRequest,
    PairingGrant,
    PairingList,
    PairingOffer,
    PairingProgress,
    PairingRequest,
    PairingResource,
    pairing_grant,
    pairing_offer,
    pairing_path,
    pairing_progress,
    pairing_resource,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.errors import PairingRefused
from bridge.service.pairingdesk import CONSOLE

RETRY_AFTER_S: Final = 1
_ONE: Final = PATH + "/{pairing_id}"
PairingId = Annotated[
    str,
    Path(description="Identifier of a pairing.", max_length=64, examples=["pair_01JD3W7V7Q"]),
]


async def create_pairing(body: PairingRequest, context: ContextDep) -> Response:
    """Take a request to be connected; its secret is given once, whatever is repeated."""
    call, requests = context.call, context.services.pairing_requests
    wanted = body.wanted(origin=call.origin, is_browser=call.is_browser)
    with context.keys.reserve(f"{PATH} {call.origin or ''}", call.claim) as reservation:
        if reservation.earlier is not None:
            requests.refuse_repetition(reservation.earlier)
        opened = requests.open(wanted)
        reservation.made = opened.pairing.id
    return _waiting(context, pairing_offer(opened), opened.pairing.id)


async def get_pairing(pairing_id: PairingId, context: ContextDep) -> Response:
    """Show how far a request is; once the user has said yes, the token, once."""
    call, requests = context.call, context.services.pairing_requests
    pairing = requests.poll(pairing_id, call.secret, origin=call.origin)
    if not pairing.is_ready:
        return _waiting(context, pairing_progress(pairing), pairing.id)
    return _given(context, pairing_grant(await requests.collect(pairing)))


async def add_pairing_code(
    pairing_id: PairingId, body: PairingCodeRequest, context: ContextDep
) -> Response:
    """Take the code that the user typed; a right one may be repeated."""
    call = context.call
    pairing = context.services.pairing_requests.enter_code(
        pairing_id, call.secret, body.code, origin=call.origin
    )
    return context.answer(pairing_progress(pairing))


async def list_pairings(
    context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List connected, waiting and blocked software."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    pairings = context.services.pairing_desk.all()
    kept = cut(pairings, lambda pairing: pairing.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(pairings), sort="-id")
    now = context.services.clock.now()
    items = [pairing_resource(pairing, now) for pairing in kept.items]
    model = PairingList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_current_pairing(context: ContextDep) -> Response:
    """Show the caller its own pairing."""
    services = context.services
    pairing = services.paired_tokens.of(context.call.caller)
    return context.answer(pairing_resource(pairing, services.clock.now()))


async def delete_current_pairing(context: ContextDep) -> Response:
    """Give the caller's token up."""
    await context.services.paired_tokens.leave(context.call.caller)
    return Response(status_code=204)


async def delete_pairing(pairing_id: PairingId, context: ContextDep) -> Response:
    """Take its token from connected software."""
    await context.services.pairing_desk.revoke(pairing_id, where=CONSOLE)
    return Response(status_code=204)


async def set_pairing_pause(
    pairing_id: PairingId, body: EmptyRequest, context: ContextDep
) -> Response:
    """Let connected software do nothing for now."""
    del body  # says nothing
    pairing = await context.services.pairing_desk.pause(pairing_id, where=CONSOLE)
    return context.answer(pairing_resource(pairing, context.services.clock.now()))


async def delete_pairing_pause(pairing_id: PairingId, context: ContextDep) -> Response:
    """Let paused software go on."""
    await context.services.pairing_desk.resume(pairing_id, where=CONSOLE)
    return Response(status_code=204)


async def create_current_pairing_token(body: EmptyRequest, context: ContextDep) -> Response:
    """Replace the caller's token; like every token it is given once."""
    del body  # says nothing
    caller = context.call.caller
    with context.keys.reserve(caller.id, context.call.claim) as reservation:
        if reservation.earlier is not None:
            raise PairingRefused(code="pairing_consumed")
        given = await context.services.paired_tokens.rotate(caller)
        reservation.made = given.pairing.id
    return _given(context, pairing_grant(given))


def _waiting(context: Context, model: AnswerModel, pairing_id: str) -> Response:
    headers = {"Location": pairing_path(pairing_id), "Retry-After": str(RETRY_AFTER_S)}
    return context.answer(model, status=202, headers=headers)


def _given(context: Context, model: PairingGrant) -> Response:
    """Answer a token; without ``ETag``, because nobody can ask for the same answer again."""
    headers = {"Content-Language": context.call.language}
    return Response(model.model_dump_json(), headers=headers, media_type="application/json")


_WAITS: Final = ("Location", "Retry-After")
_OVER: Final = ("pairing_denied", "pairing_blocked", "pairing_expired", "pairing_consumed")
_WITH_SECRET: Final = ("authentication_required", "token_invalid", "token_origin_mismatch")
_for_console = partial(
    Endpoint,
    tag="pairings",
    scopes=("console",),
    problems=("not_found", "state_not_allowed", "storage_unavailable"),
    since="1.9",
)
"""A row that changes what is connected (7.5)."""

ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_pairing",
        tag="pairings",
        summary="Ask to be connected",
        description=(
            "The user decides in Carebridge's own window or on the command line; no page can make "
            "a window appear. One request at a time, three in ten minutes for all software "
            "together; after a refusal or no answer the next one waits 1, 5, then 15 minutes."
        ),
        handler=create_pairing,
        scopes=None,
        is_for_strangers=True,
        idempotency="accepted",
        request_examples={"web": examples.WEB_REQUEST, "native": examples.NATIVE_REQUEST},
        answers={
            202: Answer(
                description="It waits for the user.",
                model=PairingOffer,
                example=examples.OFFER,
                headers=_WAITS,
            ),
        },
        problems=(
            "pairing_pending",
            "pairing_blocked",
            "pairing_consumed",
            "client_kind_mismatch",
        ),
        since="1.8",
    ),
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_pairings",
        tag="pairings",
        summary="List connected software",
        description="What is connected, waits, or is blocked; nothing is approved here (D10).",
        handler=list_pairings,
        scopes=("console",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of pairings.",
                model=PairingList,
                example=examples.PAIRINGS,
                headers=("Link",),
            ),
        },
        since="1.8",
    ),
    Endpoint(
        method="GET",
        path=CURRENT,
        operation_id="get_current_pairing",
        tag="pairings",
        summary="Show one's own pairing",
        description="What the caller's own token may do, and until when; any token will do.",
        handler=get_current_pairing,
        scopes=(),
        answers={
            200: Answer(
                description="The pairing.", model=PairingResource, example=examples.PAIRING
            ),
        },
        since="1.8",
    ),
    Endpoint(
        method="DELETE",
        path=CURRENT,
        operation_id="delete_current_pairing",
        tag="pairings",
        summary="Give one's own token up",
        description="It is refused from the next request on; open event streams end.",
        handler=delete_current_pairing,
        scopes=(),
        answers={204: Answer(description="It is given up.")},
        problems=("state_not_allowed", "storage_unavailable"),
        since="1.8",
    ),
    Endpoint(
        method="POST",
        path=CURRENT + "/token",
        operation_id="create_current_pairing_token",
        tag="pairings",
        summary="Replace one's own token",
        description=(
            "The old token ends at once; the new one has the same scopes and the same end. "
            "When its answer is lost, only a new pairing helps."
        ),
        handler=create_current_pairing_token,
        scopes=(),
        idempotency="accepted",
        request_examples={"empty": {}},
        answers={
            200: Answer(description="The new token.", model=PairingGrant, example=examples.GRANT),
        },
        problems=("pairing_consumed", "storage_unavailable"),
        since="1.8",
    ),
    Endpoint(
        method="GET",
        path=_ONE,
        operation_id="get_pairing",
        tag="pairings",
        summary="Ask for the decision and the token",
        description=(
            "With `Authorization: Pairing` and the secret of the request, from the same origin. "
            "The token is given once."
        ),
        handler=get_pairing,
        scopes=None,
        credential="pairing",
        is_for_strangers=True,
        answers={
            200: Answer(description="The token, once.", model=PairingGrant, example=examples.GRANT),
            202: Answer(
                description="It still waits.",
                model=PairingProgress,
                example=examples.PROGRESS,
                headers=_WAITS,
            ),
        },
        problems=(*_OVER, *_WITH_SECRET, "storage_unavailable"),
        since="1.8",
    ),
    Endpoint(
        method="POST",
        path=_ONE + "/code",
        operation_id="add_pairing_code",
        tag="pairings",
        summary="Send the code the user typed",
        description="Native software only. After five wrong codes the request is void.",
        handler=add_pairing_code,
        scopes=None,
        credential="pairing",
        idempotency="accepted",
        request_examples={"code": {"code": "042137"}},
        answers={
            200: Answer(
                description="The code is right.", model=PairingProgress, example=examples.PROGRESS
            ),
        },
        problems=(*_OVER, *_WITH_SECRET, "pairing_code_wrong", "state_not_allowed"),
        since="1.8",
    ),
    _for_console(
        method="DELETE",
        path=_ONE,
        operation_id="delete_pairing",
        summary="Disconnect software",
        description="Only the console may: the next request is refused, open streams end (7.5).",
        handler=delete_pairing,
        answers={204: Answer(description="It is disconnected.")},
    ),
    _for_console(
        method="PUT",
        path=_ONE + "/pause",
        operation_id="set_pairing_pause",
        summary="Let software do nothing for now",
        description="Only the console may: its requests are refused until it is resumed (7.5).",
        handler=set_pairing_pause,
        request_examples={"empty": {}},
        answers={
            200: Answer(
                description="It is paused.", model=PairingResource, example=examples.PAIRING
            ),
        },
    ),
    _for_console(
        method="DELETE",
        path=_ONE + "/pause",
        operation_id="delete_pairing_pause",
        summary="Let paused software go on",
        description="Only the console may; it goes on with the token it has.",
        handler=delete_pairing_pause,
        answers={204: Answer(description="It goes on.")},
    ),
)
"""Rows of the endpoint table."""
