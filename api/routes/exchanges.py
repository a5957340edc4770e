"""The history: everything sent and received, and fetching what waits."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import Response

from api import batch_examples as examples
from api.context import Context, ContextDep
from api.endpoints import Answer, Endpoint
from api.following import answer_accepted, settle
from api.history_query import (
    FILTERS,
    expands,
    fields_of,
    filter_of,
    shown_filters,
    sort_of,
    with_view,
    written,
)
from api.models.common import EmptyRequest
from api.models.exchanges import (
    PATH,
    EvidenceList,
    ExchangeDetailResource,
    ExchangeList,
    ExchangeMarksRequest,
    ExchangeResource,
    ExchangeSearchRequest,
    ExchangesMarked,
    ResponseFetchRequest,
    evidence_list,
    exchange_detail,
    exchange_resource,
    expanded,
    sparse,
)
from api.models.operations import OperationResource
from api.pages import DEFAULT_ITEMS, MOST_ITEMS, PARAMETERS, PageRequest, frame
from bridge.domain.exchanges import Mark
from bridge.domain.identifiers import Niss
from bridge.errors import AccessDenied, Finding, InputError, InvalidIdentifier
from bridge.ports.exchanges import ExchangeFilter, ExchangePage
from bridge.service.tokens import Client

FETCHES: Final = "/v1/response-fetches"
_SHAPING: Final = ("view", "fields", "expand")
_Text = str | SkipJsonSchema[None]
ExchangeId = Annotated[
    str,
    Path(description="Identifier of an exchange.", max_length=64, examples=["exc_01JD3W7V7Q"]),
]


def _any_of() -> Any:
    return Field(None, max_length=400, description="Any of these values, divided by commas.")


def _either() -> Any:
    return Field(None, max_length=5, description="`true` or `false`.")


class ExchangeListQuery(BaseModel):
    """Parameters of the history; they are read together with those of a view."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="Most items of the page.")
    cursor: _Text = Field(
        None, max_length=2048, description="`next_cursor` of the page before; lives 24 hours."
    )
    sort: _Text = Field(None, max_length=400, description="Up to three members; `-` descends.")
    view: _Text = Field(None, max_length=64, description="A saved view; parameters win over it.")
    fields: _Text = Field(None, max_length=400, description="Only these members.")
    expand: _Text = Field(None, max_length=64, description="`responses`.")
    status: _Text = _any_of()
    kind: _Text = _any_of()
    service: _Text = _any_of()
    insurer: _Text = _any_of()
    practice_id: _Text = _any_of()
    registration_id: _Text = _any_of()
    is_read: _Text = _either()
    is_processed: _Text = _either()
    is_archived: _Text = _either()
    has_send_problem: _Text = _either()
    sent_at_from: _Text = Field(None, max_length=40, description="Moment, included.")
    sent_at_to: _Text = Field(None, max_length=40, description="Moment, excluded.")


async def list_exchanges(
    context: ContextDep, asked: Annotated[ExchangeListQuery, Query()]
) -> Response:
    """List the history."""
    client, query = context.call.caller, context.query
    views, named = context.services.views, asked.view
    view = None if named is None else await views.get(named, client=client)
    effective = with_view(query, view)
    shaping = {name: query[name] for name in _SHAPING if name in query}
    wanted = PageRequest.of(
        context, limit=asked.limit, cursor=asked.cursor, parameters={**effective, **shaping}
    )
    keys = sort_of(effective.get("sort"))
    fields = fields_of(asked.fields, ExchangeResource.model_fields)
    is_expanded = expands(asked.expand)
    page = await context.services.history.page(
        filter_of(effective),
        client=client,
        limit=wanted.limit,
        sort=keys,
        after=None if wanted.after is None else tuple(json.loads(wanted.after)),
    )
    rows = await _rows(context, page, is_expanded=is_expanded)
    items = rows if fields is None else [sparse(row, _kept(fields, asked.expand)) for row in rows]
    more = json.dumps(page.next_after) if page.next_after else None
    framed = frame(
        wanted,
        more_after=more,
        total=page.total,
        is_exact=page.total_is_exact,
        sort=",".join(written(keys)),
        filters=shown_filters(effective),
        columns=() if view is None else [column.member for column in view.columns],
    )
    model = ExchangeList(items=list(items), page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def _rows(
    context: Context, page: ExchangePage, *, is_expanded: bool
) -> list[ExchangeResource]:
    language = context.call.language
    if not is_expanded:
        return [exchange_resource(each, language) for each in page.items]
    found = await context.services.history.responses_of(page.items)
    return [expanded(each, found[each.id], language) for each in page.items]


def _kept(fields: frozenset[str], expand: str | None) -> frozenset[str]:
    return fields if expand is None else fields | {expand}


async def search_exchanges(body: ExchangeSearchRequest, context: ContextDep) -> Response:
    """Find the exchanges about one person; the number stays out of addresses and logs."""
    try:
        niss = Niss.parse(body.niss)
    except InvalidIdentifier:
        finding = Finding(pointer="/niss", code="niss_invalid")
        raise InputError(findings=(finding,)) from None
    wanted = PageRequest.of(context, limit=body.limit, cursor=None)
    page = await context.services.history.page(
        ExchangeFilter(niss=niss), client=context.call.caller, limit=wanted.limit
    )
    framed = frame(
        wanted,
        more_after=None,
        total=page.total,
        is_exact=page.total_is_exact,
        sort="-created_at",
    )
    items = [exchange_resource(each, context.call.language) for each in page.items]
    model = ExchangeList(items=list(items), page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_exchange(exchange_id: ExchangeId, context: ContextDep) -> Response:
    """Show an exchange with its responses."""
    detail = await context.services.history.get(exchange_id, client=context.call.caller)
    return context.answer(exchange_detail(detail, context.call.language))


async def get_exchange_evidence(exchange_id: ExchangeId, context: ContextDep) -> Response:
    """Show the exact bytes of an exchange."""
    pieces = await context.services.history.evidence(exchange_id, client=context.call.caller)
    return context.answer(evidence_list(pieces))


async def mark_exchanges(body: ExchangeMarksRequest, context: ContextDep) -> Response:
    """Mark rows, all or none."""
    marked = await context.services.history.mark(
        body.exchange_ids, Mark(body.mark), client=context.call.caller
    )
    items = [exchange_resource(each, context.call.language) for each in marked]
    return context.answer(ExchangesMarked(items=items))


async def resend_exchange(
    exchange_id: ExchangeId, _body: EmptyRequest, context: ContextDep
) -> Response:
    """Send again on a person's word, under the same reference."""
    call, client = context.call, context.call.caller
    if call.claim is None:
        raise InputError(code="idempotency_key_missing")
    with context.keys.reserve(client.id, call.claim) as reservation:
        if reservation.earlier != exchange_id:
            found = await context.services.history.get(exchange_id, client=client)
            _check_may_send(found.exchange.kind, client)
            await context.services.outbox.resend(exchange_id, client=client)
        reservation.made = exchange_id
    detail = await context.services.history.get(exchange_id, client=client)
    return context.answer(exchange_detail(detail, call.language))


def _check_may_send(kind: str, client: Client) -> None:
    """Let only who may send such messages send one again.

    Raises:
        AccessDenied: the scope of that kind is missing (``insufficient_scope``).
    """
    scope = _SENDING.get(kind, "console")
    if scope not in client.scopes:
        raise AccessDenied(code="insufficient_scope", scope=scope)


async def create_response_fetch(body: ResponseFetchRequest, context: ContextDep) -> Response:
    """Fetch now what waits at the platform."""
    operation = await context.services.poller.fetch_now(
        client=context.call.caller,
        registration_id=body.registration_id,
        service=body.service,
    )
    operation = await settle(context, operation)
    return answer_accepted(context, operation, is_replay=False)


_READ: Final = ("history:read",)
_SENDING: Final = {
    "insurability_batch": "insurability:check",
    "care_request": "declarations:send",
    "invoice_batch": "invoices:send",
    "billing_invoice": "billing:send",
}
"""Kinds of exchange, and the scope that lets somebody send them."""

_LISTED: Final = {
    200: Answer(
        description="A page of the history.",
        model=ExchangeList,
        example=examples.listed(examples.EXCHANGE, sort="-created_at"),
        headers=("Link",),
    ),
}

_NOT_HERS: Final = ("actor_mismatch", "actor_not_allowed")
ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_exchanges",
        tag="exchanges",
        summary="List the history",
        description=(
            "One row per message out and its answers. The caller's own rows, or all with the "
            "scope `history:read-all` (D13). Everything combines with AND; an unknown parameter "
            "is refused."
        ),
        handler=list_exchanges,
        scopes=_READ,
        query=(*PARAMETERS, "sort", *_SHAPING, *FILTERS),
        answers=_LISTED,
        problems=("not_found",),
        since="1.4",
    ),
    Endpoint(
        method="POST",
        path=PATH + "/search",
        operation_id="search_exchanges",
        tag="exchanges",
        summary="Find exchanges about a person",
        description="Sensitive filters travel in the body and are neither stored nor logged.",
        handler=search_exchanges,
        scopes=_READ,
        request_examples={"by_person_number": {"niss": examples.NISS}},
        answers=_LISTED,
        idempotency="accepted",
        since="1.4",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{exchange_id}",
        operation_id="get_exchange",
        tag="exchanges",
        summary="Show an exchange",
        description="With everything that came back, oldest first.",
        handler=get_exchange,
        scopes=_READ,
        answers={
            200: Answer(
                description="The exchange.",
                model=ExchangeDetailResource,
                example=examples.EXCHANGE_DETAIL,
            ),
        },
        problems=("not_found",),
        since="1.4",
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{exchange_id}/evidence",
        operation_id="get_exchange_evidence",
        tag="exchanges",
        summary="Show the evidence of an exchange",
        description=(
            "The exact bytes that were sent and received; the assertion of the session is cut out."
        ),
        handler=get_exchange_evidence,
        scopes=_READ,
        answers={
            200: Answer(
                description="All pieces, oldest first.",
                model=EvidenceList,
                example=examples.EVIDENCE,
            ),
        },
        problems=("not_found",),
        since="1.4",
    ),
    Endpoint(
        method="POST",
        path=PATH + "/marks",
        operation_id="mark_exchanges",
        tag="exchanges",
        summary="Mark rows of the history",
        description=(
            "Read, processed, archived, or back; all or none. Archiving needs the mark "
            "`processed` first (D20)."
        ),
        handler=mark_exchanges,
        scopes=("history:mark",),
        idempotency="accepted",
        request_examples={"one": {"exchange_ids": [examples.EXCHANGE["id"]], "mark": "read"}},
        answers={
            200: Answer(
                description="The rows as they are now.",
                model=ExchangesMarked,
                example={"items": [examples.EXCHANGE]},
            ),
        },
        problems=("actor_not_allowed", "not_found", "not_processed"),
        since="1.4",
    ),
    Endpoint(
        method="POST",
        path=PATH + "/{exchange_id}/resending",
        operation_id="resend_exchange",
        tag="exchanges",
        summary="Send an exchange again",
        description=(
            "Only on a person's word, only in error or when the outcome is unknown, and under "
            "the same reference (D21). The scope that lets somebody send such messages is needed "
            "too: `insurability:check`, `declarations:send`, `invoices:send` or "
            "`billing:send`."
        ),
        handler=resend_exchange,
        scopes=_READ,
        idempotency="required",
        request_examples={"empty": {}},
        answers={
            200: Answer(
                description="It is released again.",
                model=ExchangeDetailResource,
                example=examples.EXCHANGE_DETAIL,
            ),
        },
        problems=(*_NOT_HERS, "not_found", "state_not_allowed", "insufficient_scope"),
        since="1.4",
    ),
    Endpoint(
        method="POST",
        path=FETCHES,
        operation_id="create_response_fetch",
        tag="exchanges",
        summary="Fetch answers now",
        description="Answers are fetched by themselves; this does not wait for the next time.",
        handler=create_response_fetch,
        scopes=("responses:read",),
        idempotency="accepted",
        request_examples={"all": {}},
        answers={
            202: Answer(
                description="The operation to follow.",
                model=OperationResource,
                example=examples.FETCH,
                headers=("Location", "Retry-After"),
            ),
        },
        problems=(
            "actor_not_allowed",
            "registration_missing",
            "not_found",
            "ehealth_session_required",
            "ehealth_session_expired",
        ),
        since="1.4",
    ),
)
"""Rows of the endpoint table."""
