"""Reports about settlements and refusals, as files to print (D14)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from api import batch_examples as examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import NOW, listed, shown
from api.following import answer_accepted, answer_created, settle
from api.models.operations import OperationResource
from api.models.reports import (
    PATH,
    ReportList,
    ReportRequest,
    ReportResource,
    report_path,
    report_resource,
    wanted_report,
)
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, frame
from api.pages import shown as shown_page
from api.routes.exports import SEALED, ZIP
from bridge.domain.madefiles import LIFETIME
from bridge.domain.operations import Operation, OperationStatus
from bridge.domain.reports import Report, ReportFormat, ReportKind
from bridge.errors import NotFound

_SINCE: Final = "1.8"
_TYPES: Final = {
    ReportFormat.PDF: "application/pdf",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SETTLEMENT_ID: Final = "set_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
ReportId = Annotated[
    str,
    Path(description="Identifier of a report.", max_length=64, examples=["rpt_01JD3W7V7Q"]),
]
_EXAMPLE: Final[dict[str, Any]] = shown(
    report_resource(
        Report(
            id="rpt_01JD3W7V7Q0M2N4Z8K5T6R1S9E",
            client_id="example",
            kind=ReportKind.SETTLEMENT,
            format=ReportFormat.PDF,
            language="nl",
            rows=212,
            size_bytes=48_213,
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            created_at=NOW,
            expires_at=NOW + LIFETIME,
            is_sealed=True,
            settlement_id=_SETTLEMENT_ID,
        )
    )
)


async def create_report(body: ReportRequest, context: ContextDep) -> Response:
    """Make a report."""
    call, client, services = context.call, context.call.caller, context.services
    wanted = wanted_report(body, call.language)
    with context.keys.reserve(client.id, call.claim) as reservation:
        if reservation.earlier is not None:
            earlier = await services.operations.get(reservation.earlier, client_id=client.id)
            return await _answer(context, earlier, is_replay=True)
        operation = await services.reports.start(wanted, client=client)
        reservation.made = operation.id
    operation = await settle(context, operation)
    return await _answer(context, operation, is_replay=False)


async def _answer(context: Context, operation: Operation, *, is_replay: bool) -> Response:
    """Answer 201 when the caller waited and the report is there, else 202."""
    is_done = operation.status is OperationStatus.SUCCEEDED
    if not is_done or not context.call.preferences.wait_s:
        return answer_accepted(context, operation, is_replay=is_replay)
    report_id = (operation.result_path or "").rpartition("/")[2]
    try:
        report = await context.services.reports.get(report_id, client=context.call.caller)
    except NotFound:  # taken away since
        return answer_accepted(context, operation, is_replay=is_replay)
    path = report_path(report.id)
    return answer_created(context, report_resource(report), path, is_replay=is_replay)


async def list_reports(
    context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List the caller's reports."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    found, total = await context.services.reports.page(
        client=context.call.caller, limit=wanted.limit + 1, before_id=wanted.after
    )
    kept = shown_page(found, lambda report: report.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=total, sort="-id")
    items = [report_resource(each) for each in kept.items]
    model = ReportList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_report(report_id: ReportId, context: ContextDep) -> Response:
    """Show one of the caller's reports."""
    report = await context.services.reports.get(report_id, client=context.call.caller)
    return context.answer(report_resource(report))


async def get_report_content(report_id: ReportId, context: ContextDep) -> Response:
    """Give the file of one of the caller's reports."""
    found = await context.services.reports.content(report_id, client=context.call.caller)
    report, content = found
    # Neither the name nor the identifier says anything about a patient.
    ending = SEALED if report.is_sealed else report.format.value
    name = f"carebridge-{report.kind.value}-{report.id}.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Language": report.language,
    }
    media_type = ZIP if report.is_sealed else _TYPES[report.format]
    return Response(content, headers=headers, media_type=media_type)


async def delete_report(report_id: ReportId, context: ContextDep) -> Response:
    """Remove one of the caller's reports before it expires."""
    await context.services.reports.remove(report_id, client=context.call.caller)
    return Response(status_code=204)


_SCOPES: Final = ("history:read", "responses:read")
"""As the history, and what insurers answered (API 2.1)."""

ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=PATH,
        operation_id="create_report",
        tag="reports",
        summary="Make a report",
        description=(
            "One settlement, or the refused acts of a period, as a PDF file or a spreadsheet to "
            "print. The file waits in the encrypted store for a day, and opens with `passphrase` "
            "only, unless the user allowed plain files."
        ),
        handler=create_report,
        scopes=_SCOPES,
        idempotency="accepted",
        request_examples={
            "settlement": {
                "kind": "settlement",
                "format": "pdf",
                "settlement_id": _SETTLEMENT_ID,
                "passphrase": "juist paard batterij nietje",
            },
            "refusals": {
                "kind": "refusals",
                "format": "xlsx",
                "language": "fr",
                "answered_from_on": "2026-11-01",
                "answered_to_on": "2026-11-30",
                "insurers": ["300"],
                "passphrase": "juist paard batterij nietje",
            },
        },
        answers={
            201: Answer(
                description="The report is there.",
                model=ReportResource,
                example=_EXAMPLE,
                headers=("Location", "Preference-Applied", "Idempotency-Replayed"),
            ),
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.REPORT,
                headers=("Location", "Retry-After", "Idempotency-Replayed"),
            ),
        },
        problems=("not_found", "export_passphrase_missing", "storage_unavailable"),
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_reports",
        tag="reports",
        summary="List reports",
        description="The caller's own that have not expired, newest first.",
        handler=list_reports,
        scopes=_SCOPES,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of reports.",
                model=ReportList,
                example=listed(_EXAMPLE, sort="-id"),
                headers=("Link",),
            ),
        },
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{report_id}",
        operation_id="get_report",
        tag="reports",
        summary="Show a report",
        description="How long it is and until when it is there.",
        handler=get_report,
        scopes=_SCOPES,
        answers={200: Answer(description="The report.", model=ReportResource, example=_EXAMPLE)},
        problems=("not_found",),
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{report_id}/content",
        operation_id="get_report_content",
        tag="reports",
        summary="Fetch the file of a report",
        description="In the format that was asked for, or as a ZIP file with it, as an attachment.",
        handler=get_report_content,
        scopes=_SCOPES,
        media_types=(*_TYPES.values(), ZIP),
        answers={
            200: Answer(
                description="The file.",
                media_type=_TYPES[ReportFormat.PDF],
                example="%PDF-1.4",
                further_media_types=(_TYPES[ReportFormat.XLSX], ZIP),
            ),
        },
        problems=("not_found",),
        since=_SINCE,
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{report_id}",
        operation_id="delete_report",
        tag="reports",
        summary="Remove a report",
        description="Before it expires by itself.",
        handler=delete_report,
        scopes=_SCOPES,
        answers={204: Answer(description="It is gone.")},
        problems=("not_found", "storage_unavailable"),
        since=_SINCE,
    ),
)
"""Rows of the endpoint table."""
