"""Declarations of care: one implementation for the kinds of the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Final

from fastapi import Path, Query
from starlette.responses import Response

from api.care_query import (
    DECLARATION_FILTERS,
    DeclarationListQuery,
    chosen,
    declarations_of,
    shown_filters,
)
from api.context import Context, ContextDep
from api.declaration_kinds import ROWS, DeclarationRow
from api.declaration_table import declaration_endpoints
from api.endpoints import Endpoint, Handler
from api.merging import IfMatch, merged, require_match, revalidated
from api.models.common import RequestModel
from api.models.declarations import (
    ClosureRequest,
    CorrectionRequest,
    DeclarationMarksRequest,
    DeclarationResource,
)
from api.models.merging import MergeModel
from api.models.official import with_care_texts
from api.models.submissions import DeclarationReleaseRequest, release_of
from api.pages import PageRequest, frame, shown
from api.routes.submissions import release
from bridge.domain.declarations import DeclarationKind
from bridge.domain.exchanges import Mark
from bridge.errors import NotFound
from bridge.service.declarationdrafts import PREFIXES, path_of
from bridge.service.declarations import DeclarationView

DeclarationId = Annotated[
    str,
    Path(description="Identifier of a declaration.", max_length=64, examples=["ktz_01JD3W7V7Q"]),
]


async def _show(
    context: Context, row: DeclarationRow, view: DeclarationView
) -> DeclarationResource:
    assessment = context.services.assessments.of(view.declaration)
    texts = await context.services.reference_data.texts()
    return with_care_texts(row.show(view, assessment, context.call.language), texts)


def _checked(row: DeclarationRow, declaration_id: str) -> str:
    """Let only identifiers of the row's kind pass; their first letters say it.

    Raises:
        NotFound: it is one of another kind, or none at all.
    """
    if not declaration_id.startswith(f"{PREFIXES[row.kind]}_"):
        raise NotFound
    return declaration_id


async def _once(
    context: Context, make: Callable[[], Awaitable[DeclarationView]]
) -> DeclarationView:
    """Make a draft; the key of an earlier request gives the same one again (API-33)."""
    client = context.call.caller
    with context.keys.reserve(client.id, context.call.claim) as reservation:
        if reservation.earlier is not None:
            return await context.services.declarations.get(reservation.earlier, client=client)
        view = await make()
        reservation.made = view.declaration.id
        return view


async def _created(context: Context, row: DeclarationRow, view: DeclarationView) -> Response:
    headers = {"Location": path_of(view.declaration)}
    if context.call.preferences.is_minimal:
        return context.minimal(201, headers)
    return context.answer(await _show(context, row, view), status=201, headers=headers)


def _making(row: DeclarationRow) -> Handler:
    async def create(body: RequestModel, context: ContextDep) -> Response:
        """Store a draft."""
        draft, client = row.draft_of(body), context.call.caller
        create_one = partial(context.services.declarations.create, draft, client=client)
        return await _created(context, row, await _once(context, create_one))

    create.__annotations__["body"] = row.request
    return create


def _listing(row: DeclarationRow) -> Handler:
    async def list_all(
        context: ContextDep, asked: Annotated[DeclarationListQuery, Query()]
    ) -> Response:
        """List declarations, newest first."""
        query = context.query
        wanted = PageRequest.of(
            context,
            limit=asked.limit,
            cursor=asked.cursor,
            parameters=chosen(query, DECLARATION_FILTERS),
        )
        found, total = await context.services.declarations.page(
            declarations_of(query, row.kind),
            client=context.call.caller,
            limit=wanted.limit + 1,
            before_id=wanted.after,
        )
        kept = shown(found, lambda view: view.declaration.id, wanted)
        framed = frame(
            wanted,
            more_after=kept.more_after,
            total=total,
            sort="-id",
            filters=shown_filters(query, DECLARATION_FILTERS),
        )
        items = [await _show(context, row, view) for view in kept.items]
        model = row.listed(items=items, page=framed.page, query=framed.query)  # type: ignore[call-arg]  # every list has these members
        return context.answer(model, headers=framed.headers)

    return list_all


def _getting(row: DeclarationRow) -> Handler:
    async def get_one(declaration_id: DeclarationId, context: ContextDep) -> Response:
        """Show a declaration."""
        view = await context.services.declarations.get(
            _checked(row, declaration_id), client=context.call.caller
        )
        return context.answer(await _show(context, row, view))

    return get_one


def _changing(row: DeclarationRow) -> Handler:
    async def change(
        declaration_id: DeclarationId,
        body: MergeModel,
        context: ContextDep,
        if_match: IfMatch = None,
    ) -> Response:
        """Change the version of a draft that the caller has read."""
        declarations, client = context.services.declarations, context.call.caller
        current = await declarations.get(_checked(row, declaration_id), client=client)
        require_match(if_match, await _show(context, row, current))
        document = merged(row.body_of(current.declaration), body.changes)
        view = await declarations.change(
            declaration_id,
            row.draft_of(revalidated(row.request, document)),
            expected=current.declaration,
            client=client,
        )
        if context.call.preferences.is_minimal:
            return context.minimal(204)
        return context.answer(await _show(context, row, view))

    change.__annotations__["body"] = row.change
    return change


def _removing(row: DeclarationRow) -> Handler:
    async def remove(declaration_id: DeclarationId, context: ContextDep) -> Response:
        """Delete a draft."""
        await context.services.declarations.remove(
            _checked(row, declaration_id), client=context.call.caller
        )
        return Response(status_code=204)

    return remove


def _releasing(row: DeclarationRow) -> Handler:
    async def submit(
        declaration_id: DeclarationId, body: DeclarationReleaseRequest, context: ContextDep
    ) -> Response:
        """Release a draft."""
        return await release(context, release_of(_checked(row, declaration_id), body))

    return submit


def _correcting(row: DeclarationRow) -> Handler:
    async def correct(
        declaration_id: DeclarationId, body: CorrectionRequest, context: ContextDep
    ) -> Response:
        """Make a draft of what went wrong."""
        correct_one = partial(
            context.services.declarations.correct,
            _checked(row, declaration_id),
            client=context.call.caller,
            takes_over=body.as_reference_provider,
        )
        return await _created(context, row, await _once(context, correct_one))

    return correct


def _closing(row: DeclarationRow) -> Handler:
    async def close(
        declaration_id: DeclarationId, body: ClosureRequest, context: ContextDep
    ) -> Response:
        """Make the draft that closes an agreement."""
        close_one = partial(
            context.services.declarations.close,
            _checked(row, declaration_id),
            end_on=body.end_on,
            client=context.call.caller,
        )
        return await _created(context, row, await _once(context, close_one))

    return close


def _marking(row: DeclarationRow) -> Handler:
    async def mark(body: DeclarationMarksRequest, context: ContextDep) -> Response:
        """Mark declarations, all or none."""
        changed = await context.services.declarations.mark(
            [_checked(row, each) for each in body.declaration_ids],
            Mark(body.mark),
            client=context.call.caller,
        )
        views = [DeclarationView(declaration=each) for each in changed]
        model = row.marked(items=[await _show(context, row, view) for view in views])  # type: ignore[call-arg]  # every such answer has this member
        return context.answer(model)

    return mark


def _handlers(row: DeclarationRow) -> dict[str, Any]:
    handlers = {
        "create": _making(row),
        "list": _listing(row),
        "get": _getting(row),
        "change": _changing(row),
        "remove": _removing(row),
        "submit": _releasing(row),
        "correct": _correcting(row),
        "mark": _marking(row),
    }
    if row.kind is DeclarationKind.KATZ:
        handlers["close"] = _closing(row)
    return handlers


ENDPOINTS: Final[tuple[Endpoint, ...]] = tuple(
    endpoint for row in ROWS for endpoint in declaration_endpoints(row, _handlers(row))
)
"""Rows of the endpoint table."""
