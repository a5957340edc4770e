"""Invoice batches: drafts, what speaks against sending them, their file, their release."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from api.care_query import chosen, shown_filters
from api.context import Context, ContextDep
from api.following import answer_sent, claim_of
from api.invoice_query import FILTERS, InvoiceBatchListQuery, batches_of, page_of
from api.merging import IfMatch, merged, require_match, revalidated
from api.models.common import AnswerModel, EmptyRequest
from api.models.invoice_batches import (
    InvoiceBatchChangedRequest,
    InvoiceBatchChangeRequest,
    InvoiceBatchesMarked,
    InvoiceBatchList,
    InvoiceBatchMarksRequest,
    InvoiceBatchRequest,
    InvoiceReleaseRequest,
    batch_body,
    batch_path,
    batch_resource,
    draft_of,
    month_of,
    release_of,
)
from api.models.invoice_findings import (
    InvoicePageRequest,
    preview_of,
    shown_pointers,
    validation_of,
)
from api.pages import PageRequest, frame, shown
from bridge.domain.exchanges import Mark
from bridge.errors import Conflict
from bridge.service.invoicebatches import BatchView
from bridge.service.invoicesubmissions import AcceptedInvoices

BatchId = Annotated[
    str,
    Path(description="Identifier of a batch.", max_length=64, examples=["inv_01JD3W7V7Q"]),
]


async def create_batch(body: InvoiceBatchRequest, context: ContextDep) -> Response:
    """Begin a batch."""
    batches, client = context.services.invoice_batches, context.call.caller
    return await _made(context, partial(batches.create, draft_of(body), client=client))


async def list_batches(
    context: ContextDep, asked: Annotated[InvoiceBatchListQuery, Query()]
) -> Response:
    """List batches, newest first."""
    query = context.query
    wanted = PageRequest.of(
        context, limit=asked.limit, cursor=asked.cursor, parameters=chosen(query, FILTERS)
    )
    found, total = await context.services.invoice_batches.page(
        batches_of(query),
        client=context.call.caller,
        limit=wanted.limit + 1,
        before_id=wanted.after,
    )
    kept = shown(found, lambda view: view.batch.id, wanted)
    framed = frame(
        wanted,
        more_after=kept.more_after,
        total=total,
        sort="-id",
        filters=shown_filters(query, FILTERS),
    )
    items = [batch_resource(each, context.call.language) for each in kept.items]
    model = InvoiceBatchList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_batch(batch_id: BatchId, context: ContextDep) -> Response:
    """Show a batch."""
    return context.answer(batch_resource(await _read(context, batch_id), context.call.language))


async def change_batch(
    batch_id: BatchId,
    body: InvoiceBatchChangeRequest,
    context: ContextDep,
    if_match: IfMatch = None,
) -> Response:
    """Change the version of a draft that the caller has read."""
    current = await _read(context, batch_id)
    require_match(if_match, batch_resource(current, context.call.language))
    document = merged(batch_body(current.batch), body.changes)
    changed = revalidated(InvoiceBatchChangedRequest, document)
    view = await context.services.invoice_batches.change(
        batch_id,
        month=month_of(changed.month),
        client_ref=changed.client_ref,
        expected=current.batch,
        client=context.call.caller,
    )
    if context.call.preferences.is_minimal:
        return context.minimal(204)
    return context.answer(batch_resource(view, context.call.language))


async def remove_batch(batch_id: BatchId, context: ContextDep) -> Response:
    """Delete a draft with its claims."""
    await context.services.invoice_batches.remove(batch_id, client=context.call.caller)
    return Response(status_code=204)


async def validate_batch(
    batch_id: BatchId, body: InvoicePageRequest, context: ContextDep
) -> Response:
    """Say what speaks against sending a draft, one page of its claims."""
    wanted = page_of(context, body, batch_id)
    found = await context.services.invoice_batches.validate(
        batch_id,
        client=context.call.caller,
        after=-1 if wanted.after is None else int(wanted.after),
        limit=wanted.limit,
    )
    more = None if found.next_after is None else str(found.next_after)
    framed = frame(wanted, more_after=more, total=found.wrong_claims, sort="position")
    return context.answer(validation_of(batch_id, found, framed.page, context.call.language))


async def preview_file(
    batch_id: BatchId, body: InvoicePageRequest, context: ContextDep
) -> Response:
    """Show the file of a draft as it would be written today, one page of it."""
    wanted = page_of(context, body, batch_id)
    found = await context.services.invoice_batches.dry_run(
        batch_id,
        client=context.call.caller,
        after=0 if wanted.after is None else int(wanted.after),
        limit=wanted.limit,
    )
    more = None if found.next_after is None else str(found.next_after)
    framed = frame(wanted, more_after=more, total=found.total, sort="position")
    return context.answer(preview_of(batch_id, found, framed.page, context.call.language))


async def submit_batch(
    batch_id: BatchId, body: InvoiceReleaseRequest, context: ContextDep
) -> Response:
    """Release a draft, and answer with the operation or, when it is over in time, the batch."""
    accepted = await _released(context, batch_id, body)

    async def made() -> tuple[AnswerModel, str]:
        facts = await _read(context, batch_id)
        return batch_resource(facts, context.call.language), batch_path(batch_id)

    return await answer_sent(context, accepted.operation, is_replay=accepted.is_replay, made=made)


async def _released(
    context: Context, batch_id: str, body: InvoiceReleaseRequest
) -> AcceptedInvoices:
    client, claim = context.call.caller, claim_of(context)
    with context.keys.reserve(client.id, claim):
        try:
            return await context.services.invoice_submissions.submit(
                batch_id, release_of(body), client=client, claim=claim
            )
        except Conflict as error:
            error.findings = shown_pointers(error.findings)
            raise


async def cancel_batch(batch_id: BatchId, _body: EmptyRequest, context: ContextDep) -> Response:
    """Take a release back before anything has left."""
    client = context.call.caller
    with context.keys.reserve(client.id, context.call.claim) as reservation:
        if reservation.earlier != batch_id:
            await context.services.invoice_submissions.cancel(batch_id, client=client)
        reservation.made = batch_id
    return await get_batch(batch_id, context)


async def resend_batch(batch_id: BatchId, _body: EmptyRequest, context: ContextDep) -> Response:
    """Make a draft of what was refused or in error."""
    client = context.call.caller

    async def repeat() -> BatchView:
        draft = await context.services.invoice_follow_ups.repeat(batch_id, client=client)
        return await _read(context, draft.id)

    return await _made(context, repeat)


async def mark_batches(body: InvoiceBatchMarksRequest, context: ContextDep) -> Response:
    """Mark batches, all or none."""
    marked = await context.services.invoice_follow_ups.mark_all(
        body.invoice_batch_ids, Mark(body.mark), client=context.call.caller
    )
    views = [await _read(context, each.id) for each in marked]
    items = [batch_resource(each, context.call.language) for each in views]
    return context.answer(InvoiceBatchesMarked(items=items))


async def _made(context: Context, make: Callable[[], Awaitable[BatchView]]) -> Response:
    """Make a draft; the key of an earlier request gives the same one again (API-33)."""
    client_id = context.call.caller.id
    with context.keys.reserve(client_id, context.call.claim) as reservation:
        if reservation.earlier is None:
            view = await make()
            reservation.made = view.batch.id
        else:
            view = await _read(context, reservation.earlier)
    headers = {"Location": batch_path(view.batch.id)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    model = batch_resource(view, context.call.language)
    return context.answer(model, status=201, headers=headers)


async def _read(context: Context, batch_id: str) -> BatchView:
    return await context.services.invoice_batches.get(batch_id, client=context.call.caller)
