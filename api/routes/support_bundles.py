"""Support bundles that software asks for and the user agrees to (SEC-146)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from api import examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import NOW, shown
from api.following import answer_accepted, answer_created, settle
from api.models.common import EmptyRequest
from api.models.operations import OperationResource, operation_resource
from api.models.support_bundles import (
    MEDIA_TYPE,
    PATH,
    SupportBundleResource,
    bundle_path,
    bundle_resource,
)
from bridge.domain.operations import OperationKind, OperationStatus, WaitingFor
from bridge.errors import NotFound
from bridge.service.supportdesk import DECIDE_WITHIN, SupportBundle

_SINCE: Final = "1.9"
_SCOPES: Final = ("support:create",)
BundleId = Annotated[
    str,
    Path(description="Identifier of a bundle.", max_length=64, examples=["sup_01JD3W7V7Q"]),
]
_EXAMPLE: Final[dict[str, Any]] = shown(
    bundle_resource(
        SupportBundle(
            id="sup_01JD3W7V7Q0M2N4Z8K5T6R1S9G",
            client_id="example",
            reference="T4WD-77",
            files={"contents.json": 812, "health.json": 2304, "logs/carebridge.log": 48213},
            created_at=NOW,
            content=b"",
        )
    )
)
_WAITING: Final[dict[str, Any]] = shown(
    operation_resource(
        replace(
            examples.WAITING,
            kind=OperationKind.SUPPORT_BUNDLE,
            status=OperationStatus.WAITING_FOR_USER,
            step=1,
            steps=2,
            waiting_for=WaitingFor(
                what="confirmation", where="window", expires_at=NOW + DECIDE_WITHIN
            ),
        ),
        "en",
    )
)


async def create_support_bundle(body: EmptyRequest, context: ContextDep) -> Response:
    """Ask the user for a bundle."""
    del body
    call, client, services = context.call, context.call.caller, context.services
    with context.keys.reserve(client.id, call.claim) as reservation:
        is_replay = reservation.earlier is not None
        if reservation.earlier is not None:
            operation = await services.operations.get(reservation.earlier, client_id=client.id)
        else:
            operation = await services.support_desk.begin(client=client, language=call.language)
        reservation.made = operation.id
    operation = await settle(context, operation)
    is_done = operation.status is OperationStatus.SUCCEEDED
    if not is_done or not call.preferences.wait_s:
        return answer_accepted(context, operation, is_replay=is_replay)
    bundle_id = (operation.result_path or "").rpartition("/")[2]
    try:
        bundle = services.support_desk.get(bundle_id, client=client)
    except NotFound:  # forgotten since
        return answer_accepted(context, operation, is_replay=is_replay)
    model = bundle_resource(bundle)
    return answer_created(context, model, bundle_path(bundle.id), is_replay=is_replay)


async def get_support_bundle(bundle_id: BundleId, context: ContextDep) -> Response:
    """Show what is in a bundle."""
    bundle = context.services.support_desk.get(bundle_id, client=context.call.caller)
    return context.answer(bundle_resource(bundle))


async def get_support_bundle_content(bundle_id: BundleId, context: ContextDep) -> Response:
    """Give the file of a bundle."""
    bundle = context.services.support_desk.get(bundle_id, client=context.call.caller)
    name = f"carebridge-support-{bundle.reference}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(bundle.content, headers=headers, media_type=MEDIA_TYPE)


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_support_bundle",
        tag="support_bundles",
        summary="Ask for a support bundle",
        description=(
            "Versions, health, settings without texts of the user, counts, the state of the audit "
            "log and masked log files. Nothing is collected before the user agrees, in the window "
            "of Carebridge or with `carebridge support confirm`; nothing is uploaded."
        ),
        handler=create_support_bundle,
        scopes=_SCOPES,
        idempotency="accepted",
        request_examples={"bundle": {}},
        answers={
            201: Answer(
                description="The bundle is there.",
                model=SupportBundleResource,
                example=_EXAMPLE,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=_WAITING,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
        },
        problems=("storage_unavailable",),
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{bundle_id}",
        operation_id="get_support_bundle",
        tag="support_bundles",
        summary="Show a support bundle",
        description="The caller's own, for a quarter of an hour: its files and its reference.",
        handler=get_support_bundle,
        scopes=_SCOPES,
        answers={
            200: Answer(description="The bundle.", model=SupportBundleResource, example=_EXAMPLE)
        },
        problems=("not_found",),
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{bundle_id}/content",
        operation_id="get_support_bundle_content",
        tag="support_bundles",
        summary="Fetch the file of a support bundle",
        description="A zip file of texts that people can open and read first.",
        handler=get_support_bundle_content,
        scopes=_SCOPES,
        media_types=(MEDIA_TYPE,),
        answers={
            200: Answer(description="The file.", media_type=MEDIA_TYPE, example="PK"),
        },
        problems=("not_found",),
        since=_SINCE,
    ),
)
"""Rows of the endpoint table."""
