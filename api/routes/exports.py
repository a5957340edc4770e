"""Exporting the history (API-67)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from api import batch_examples as examples
from api.context import ContextDep
from api.endpoints import JSON, Answer, Endpoint
from api.following import answer_accepted, settle
from api.history_query import filter_of, joined_filters, sort_of
from api.models.exports import (
    PATH,
    ExchangeExportRequest,
    ExchangeExportResource,
    export_path,
    export_resource,
)
from api.models.operations import OperationResource
from bridge.domain.identifiers import Niss
from bridge.domain.views import USUAL, ExportFormat, SavedView
from bridge.errors import Finding, InputError, InvalidIdentifier
from bridge.ports.exchanges import ExchangeFilter
from bridge.service.exports import WantedExport
from bridge.service.views import columns_of

ZIP: Final = "application/zip"
SEALED: Final = "zip"
_TYPES: Final = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: JSON,
}
_ID: Final = "exp_01JD3W7V7Q0M2N4Z8K5T6R1S9E"
ExportId = Annotated[
    str,
    Path(description="Identifier of an export.", max_length=64, examples=["exp_01JD3W7V7Q"]),
]
_EXAMPLE: Final[dict[str, Any]] = {
    "id": _ID,
    "object": "exchange_export",
    "format": "csv",
    "rows": 12,
    "size_bytes": 1480,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-11-22T07:15:00.000Z",
    "expires_at": "2026-11-23T07:15:00.000Z",
    "is_sealed": True,
    "links": {"self": export_path(_ID), "content": f"{export_path(_ID)}/content"},
}


async def create_exchange_export(body: ExchangeExportRequest, context: ContextDep) -> Response:
    """Export a list of the history."""
    call, client, services = context.call, context.call.caller, context.services
    view = None
    if body.view is not None:
        view = await services.views.get(body.view, client=client)
    wanted = _wanted(body, view, context.call.language)
    with context.keys.reserve(client.id, call.claim) as reservation:
        if reservation.earlier is not None:
            earlier = await services.operations.get(reservation.earlier, client_id=client.id)
            return answer_accepted(context, earlier, is_replay=True)
        operation = await services.exports.start(wanted, client=client)
        reservation.made = operation.id
    operation = await settle(context, operation)
    return answer_accepted(context, operation, is_replay=False)


async def get_exchange_export(export_id: ExportId, context: ContextDep) -> Response:
    """Show one of the caller's exports."""
    export = await context.services.exports.get(export_id, client=context.call.caller)
    return context.answer(export_resource(export))


async def get_exchange_export_content(export_id: ExportId, context: ContextDep) -> Response:
    """Give the file of one of the caller's exports."""
    found = await context.services.exports.content(export_id, client=context.call.caller)
    export, content = found
    ending = SEALED if export.is_sealed else export.format.value
    headers = {"Content-Disposition": f'attachment; filename="carebridge-history.{ending}"'}
    media_type = ZIP if export.is_sealed else _TYPES[export.format]
    return Response(content, headers=headers, media_type=media_type)


async def delete_exchange_export(export_id: ExportId, context: ContextDep) -> Response:
    """Remove one of the caller's exports before it expires."""
    await context.services.exports.remove(export_id, client=context.call.caller)
    return Response(status_code=204)


def _wanted(body: ExchangeExportRequest, view: SavedView | None, language: str) -> WantedExport:
    """Join the body and a view; what the body says wins."""
    kept: dict[str, list[str]] = {}
    sort: list[str] = []
    columns = USUAL
    if view is not None:
        kept = {name: list(values) for name, values in view.filters.items()}
        sort = list(view.sort)
        columns = tuple(column.member for column in view.columns)
    filters = filter_of(joined_filters({**kept, **(body.filters or {})}))
    return WantedExport(
        format=ExportFormat(body.format),
        wanted=_about(filters, body.niss),
        sort=sort_of(",".join(sort if body.sort is None else body.sort) or None),
        columns=columns if body.columns is None else columns_of(tuple(body.columns)),
        language=language,
        passphrase=body.passphrase,
    )


def _about(filters: ExchangeFilter, niss: str | None) -> ExchangeFilter:
    if niss is None:
        return filters
    try:
        return replace(filters, niss=Niss.parse(niss))
    except InvalidIdentifier:
        finding = Finding(pointer="/niss", code="niss_invalid")
        raise InputError(findings=(finding,)) from None


_EXPORT: Final = ("history:export", "history:read")

ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_exchange_export",
        tag="exchanges",
        summary="Export the history",
        description=(
            "Exactly the rows and columns of the list, in that order. The file waits in the "
            "encrypted store for a day, and opens with `passphrase` only, unless the user allowed "
            "plain files; text that a spreadsheet would run is neutralised."
        ),
        handler=create_exchange_export,
        scopes=_EXPORT,
        idempotency="accepted",
        request_examples={
            "csv": {
                "format": "csv",
                "columns": ["sent_at", "status"],
                "sort": ["-sent_at"],
                "passphrase": "juist paard batterij nietje",
            },
        },
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.EXPORT,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
        },
        problems=(
            "not_found",
            "parameter_invalid",
            "export_passphrase_missing",
            "storage_unavailable",
        ),
        since="1.5",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{export_id}",
        operation_id="get_exchange_export",
        tag="exchanges",
        summary="Show an export",
        description="How long it is and until when it is there.",
        handler=get_exchange_export,
        scopes=_EXPORT,
        answers={
            200: Answer(description="The export.", model=ExchangeExportResource, example=_EXAMPLE),
        },
        problems=("not_found",),
        since="1.5",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{export_id}/content",
        operation_id="get_exchange_export_content",
        tag="exchanges",
        summary="Fetch the file of an export",
        description="In the format that was asked for, or as a ZIP file with it, as an attachment.",
        handler=get_exchange_export_content,
        scopes=_EXPORT,
        media_types=(*_TYPES.values(), ZIP),
        answers={
            200: Answer(
                description="The file.",
                media_type=_TYPES[ExportFormat.CSV],
                example="Verstuurd;Toestand\r\n2026-11-22 08:15:00;verstuurd\r\n",
                further_media_types=(_TYPES[ExportFormat.XLSX], JSON, ZIP),
            ),
        },
        problems=("not_found",),
        since="1.5",
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{export_id}",
        operation_id="delete_exchange_export",
        tag="exchanges",
        summary="Remove an export",
        description="Before it expires by itself.",
        handler=delete_exchange_export,
        scopes=_EXPORT,
        answers={204: Answer(description="It is gone.")},
        problems=("not_found", "storage_unavailable"),
        since="1.5",
    ),
)
"""Rows of the endpoint table."""
