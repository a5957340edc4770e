"""Reference data that was imported on the command line (D4)."""

from __future__ import annotations

from datetime import date
from typing import Final

from starlette.responses import Response

from api import examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.models.reference_data import PATH, ReferenceDataList, edition_resource
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame
from bridge.domain.referencedata import Edition, ErrorSource, ReferenceKind

_SINCE: Final = "1.8"
_SORT: Final = "kind,about,valid_from_on"
CACHED: Final = {"Cache-Control": "private, max-age=3600"}
"""It changes only when somebody imports (API-91)."""


async def list_reference_data(
    context: ContextDep, limit: Limit = DEFAULT_ITEMS, cursor: Cursor = None
) -> Response:
    """List what was imported."""
    editions = await context.services.reference_data.editions()
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    kept = cut(editions, lambda each: each.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(editions), sort=_SORT)
    items = [edition_resource(each) for each in kept.items]
    model = ReferenceDataList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers={**framed.headers, **CACHED})


_EXAMPLE: Final = examples.shown(
    edition_resource(
        Edition(
            id="ref_01JD3W7V7Q0M2N4Z8K5T6R1S9A",
            kind=ReferenceKind.ERROR_TEXTS,
            about=ErrorSource.EFACT,
            source="List of error codes, edition of July 2026",
            valid_from=date(2026, 7, 1),
            valid_to=None,
            lines=2237,
            imported_at=examples.NOW,
            created_at=examples.NOW,
        )
    )
)

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_reference_data",
        tag="reference_data",
        summary="List imported reference data",
        description=(
            "Editions of tariffs and of official sentences of errors, with the first day they "
            "hold, their source, and when they were imported on the command line."
        ),
        handler=list_reference_data,
        scopes=("reference-data:read",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of editions.",
                model=ReferenceDataList,
                example={
                    "items": [_EXAMPLE],
                    "page": examples.PAGE,
                    "query": {"sort": _SORT.split(","), "filters": {}, "columns": []},
                },
                headers=("Link",),
            ),
        },
        since=_SINCE,
    ),
)
"""Rows of the endpoint table."""
