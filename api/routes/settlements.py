"""What insurers decided about invoices: shown invoice by invoice, worked off, marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import Response

from api import settlement_examples as examples
from api.care_query import any_of, either
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import listed
from api.filtered import asked_page, framed_page
from api.history_query import read_boolean
from api.models.common import EmptyRequest
from api.models.official import with_settlement_texts
from api.models.settlements import (
    PATH,
    SettledInvoiceList,
    SettlementList,
    SettlementMarksRequest,
    SettlementResource,
    SettlementsMarked,
    invoice_resource,
    settlement_resource,
)
from api.pages import DEFAULT_ITEMS, MOST_ITEMS, PARAMETERS, PageRequest, frame, shown
from bridge.domain.exchanges import Mark
from bridge.ports.invoices import SettlementFilter
from bridge.service.settlementbook import SettlementView

_SINCE: Final = "1.7"

_LISTS: Final = ("answer", "insurer", "practice_id")
FILTERS: Final = (*_LISTS, "invoice_batch_id", "is_processed")

SettlementId = Annotated[
    str,
    Path(description="Identifier of an answer.", max_length=64, examples=["set_01JD3W7V7Q"]),
]


class SettledInvoicesQuery(BaseModel):
    """Which page of invoices."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="Most items of the page.")
    cursor: str | SkipJsonSchema[None] = Field(
        None, max_length=512, description="`next_cursor` of the page before; lives 24 hours."
    )


class SettlementListQuery(SettledInvoicesQuery):
    """Parameters of the list of answers about invoices."""

    practice_id: str | SkipJsonSchema[None] = any_of()
    answer: str | SkipJsonSchema[None] = any_of()
    insurer: str | SkipJsonSchema[None] = any_of()
    invoice_batch_id: str | SkipJsonSchema[None] = Field(
        None, max_length=64, description="Only answers about this batch."
    )
    is_processed: str | SkipJsonSchema[None] = either()


async def list_settlements(
    context: ContextDep, asked: Annotated[SettlementListQuery, Query()]
) -> Response:
    """List answers about invoices."""
    wanted = asked_page(context, asked, FILTERS)
    found = await context.services.settlements.page(
        _filter_of(context.query),
        client=context.call.caller,
        limit=wanted.limit + 1,
        before_id=wanted.after,
    )
    kept, framed = framed_page(
        context, wanted, found, key=lambda view: view.kept.id, sort="-id", filters=FILTERS
    )
    items = [await _shown(context, each) for each in kept]
    model = SettlementList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


def _filter_of(query: Mapping[str, str]) -> SettlementFilter:
    """Read the filters of the list.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    lists: dict[str, Any] = {
        name: tuple(query[name].split(",")) for name in _LISTS if query.get(name)
    }
    done = query.get("is_processed")
    return SettlementFilter(
        **lists,
        batch_id=query.get("invoice_batch_id") or None,
        is_processed=None if done is None else read_boolean("is_processed", done),
    )


async def get_settlement(settlement_id: SettlementId, context: ContextDep) -> Response:
    """Show an answer."""
    found = await context.services.settlements.get(settlement_id, client=context.call.caller)
    return context.answer(await _shown(context, found))


async def list_settled_invoices(
    settlement_id: SettlementId,
    context: ContextDep,
    asked: Annotated[SettledInvoicesQuery, Query()],
) -> Response:
    """List the invoices of an answer."""
    wanted = PageRequest.of(
        context,
        limit=asked.limit,
        cursor=asked.cursor,
        parameters={"settlement_id": settlement_id},
    )
    found, total = await context.services.settlements.invoices(
        settlement_id,
        client=context.call.caller,
        limit=wanted.limit + 1,
        after=-1 if wanted.after is None else int(wanted.after),
    )
    kept = shown(found, lambda each: str(each.claim.position), wanted)
    framed = frame(wanted, more_after=kept.more_after, total=total, sort="position")
    texts = await context.services.reference_data.texts()
    items = [
        with_settlement_texts(invoice_resource(each, context.call.language), texts)
        for each in kept.items
    ]
    model = SettledInvoiceList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def process_settlement(
    settlement_id: SettlementId, _body: EmptyRequest, context: ContextDep
) -> Response:
    """Work an answer off."""
    done = await context.services.settlements.process(settlement_id, client=context.call.caller)
    return context.answer(await _shown(context, done))


async def mark_settlements(body: SettlementMarksRequest, context: ContextDep) -> Response:
    """Mark answers, all or none."""
    marked = await context.services.settlements.mark_all(
        body.settlement_ids, Mark(body.mark), client=context.call.caller
    )
    items = [await _shown(context, each) for each in marked]
    return context.answer(SettlementsMarked(items=items))


async def _shown(context: Context, view: SettlementView) -> SettlementResource:
    texts = await context.services.reference_data.texts()
    return with_settlement_texts(settlement_resource(view, context.call.language), texts)


_READ: Final = ("responses:read",)
_MARK: Final = ("history:mark",)
_SHOWN: Final = Answer(
    description="The answer as it is now.", model=SettlementResource, example=examples.SETTLEMENT
)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_settlements",
        tag="settlements",
        summary="List what insurers decided about invoices",
        description="Refusals, acceptances and settlements of batches, newest first.",
        handler=list_settlements,
        scopes=_READ,
        query=(*PARAMETERS, *FILTERS),
        answers={
            200: Answer(
                description="A page of answers.",
                model=SettlementList,
                example=listed(examples.SETTLEMENT, sort="-id"),
                headers=("Link",),
            ),
        },
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{settlement_id}",
        operation_id="get_settlement",
        tag="settlements",
        summary="Show what an insurer decided",
        description="Payments with their references, errors of the file, and what does not fit.",
        handler=get_settlement,
        scopes=_READ,
        answers={200: _SHOWN},
        problems=("not_found",),
        since=_SINCE,
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{settlement_id}/invoices",
        operation_id="list_settled_invoices",
        tag="settlements",
        summary="List the invoices of an answer",
        description="What became of each day of care, what is paid, and each error at its zone.",
        handler=list_settled_invoices,
        scopes=_READ,
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of invoices.",
                model=SettledInvoiceList,
                example=listed(examples.INVOICE, sort="position"),
                headers=("Link",),
            ),
        },
        problems=("not_found",),
        since=_SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH + "/{settlement_id}/processing",
        operation_id="create_settlement_processing",
        tag="settlements",
        summary="Work a settlement off",
        description=(
            "Puts refused acts into the next draft and marks the answer as processed; an answer "
            "that contradicts an earlier one is taken over now. Twice changes nothing."
        ),
        handler=process_settlement,
        scopes=_MARK,
        idempotency="accepted",
        request_examples={"empty": {}},
        answers={200: _SHOWN},
        problems=("actor_not_allowed", "not_found", "storage_unavailable"),
        since=_SINCE,
    ),
    Endpoint(
        method="POST",
        path=PATH + "/marks",
        operation_id="mark_settlements",
        tag="settlements",
        summary="Mark answers about invoices",
        description=(
            "Read, processed, archived, or back; all or none. `processed` works the answer off, "
            "archiving needs it (D20)."
        ),
        handler=mark_settlements,
        scopes=_MARK,
        idempotency="accepted",
        request_examples={"one": {"settlement_ids": [examples.SETTLEMENT["id"]], "mark": "read"}},
        answers={
            200: Answer(
                description="The answers as they are now.",
                model=SettlementsMarked,
                example={"items": [examples.SETTLEMENT]},
            ),
        },
        problems=("actor_not_allowed", "not_found", "not_processed", "storage_unavailable"),
        since=_SINCE,
    ),
)
"""Rows of the endpoint table."""
