"""The problem catalogue in four languages (API-73)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import Response

from api import examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.models.problem import ProblemTypeList, ProblemTypeResource, problem_type_resource
from api.pages import PARAMETERS, Cursor, PageRequest, cut, frame
from bridge.errors import NotFound
from bridge.i18n import PROBLEMS

PATH: Final = "/v1/problem-types"
MOST_ITEMS: Final = 500
CACHED: Final = {"Cache-Control": "private, max-age=3600"}
"""The catalogue changes with the program only (API-91)."""

CatalogueLimit = Annotated[
    int,
    Query(ge=1, le=MOST_ITEMS, description="Most items of the page; the default gives all."),
]
ProblemCode = Annotated[
    str,
    Path(description="Code of a problem.", max_length=64, examples=["card_missing"]),
]


async def list_problem_types(
    context: ContextDep,
    limit: CatalogueLimit = MOST_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the whole catalogue, by code."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    kept = cut(sorted(PROBLEMS), str, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(PROBLEMS), sort="code")
    items = [problem_type_resource(code) for code in kept.items]
    model = ProblemTypeList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers={**framed.headers, **CACHED})


async def get_problem_type(code: ProblemCode, context: ContextDep) -> Response:
    """Show one entry."""
    if code not in PROBLEMS:
        raise NotFound
    return context.answer(problem_type_resource(code), headers=CACHED)


_EXAMPLE: Final = examples.shown(problem_type_resource("card_missing"))

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_problem_types",
        tag="problem_types",
        summary="List the problem catalogue",
        description="All codes with texts in four languages, so that they can be kept offline.",
        handler=list_problem_types,
        scopes=("reference-data:read",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="The catalogue.",
                model=ProblemTypeList,
                example=examples.listed(_EXAMPLE, sort="code"),
                headers=("Link",),
            ),
        },
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{code}",
        operation_id="get_problem_type",
        tag="problem_types",
        summary="Show a problem type",
        description="Cause, remedy and support note of one code, in four languages.",
        handler=get_problem_type,
        scopes=("reference-data:read",),
        answers={
            200: Answer(
                description="The entry.",
                model=ProblemTypeResource,
                example=_EXAMPLE,
            ),
        },
        problems=("not_found",),
    ),
)
"""Rows of the endpoint table."""
