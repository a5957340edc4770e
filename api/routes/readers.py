"""Card readers: which are connected, and what lies in them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from starlette.responses import Response

from api import examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.models.readers import PATH, ReaderList, ReaderResource, reader_resource
from api.pages import DEFAULT_ITEMS, PARAMETERS, Cursor, Limit, PageRequest, cut, frame

ReaderId = Annotated[
    str,
    Path(description="Identifier of a reader.", max_length=64, examples=["rdr_33bda14ceb3e2596"]),
]


async def list_readers(
    context: ContextDep,
    limit: Limit = DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """List the connected readers."""
    wanted = PageRequest.of(context, limit=limit, cursor=cursor)
    readers = list(context.services.readers.snapshot().readers)
    readers.sort(key=lambda reader: reader.id, reverse=True)
    kept = cut(readers, lambda reader: reader.id, wanted)
    framed = frame(wanted, more_after=kept.more_after, total=len(readers), sort="-id")
    items = [reader_resource(reader) for reader in kept.items]
    model = ReaderList(items=items, page=framed.page, query=framed.query)
    return context.answer(model, headers=framed.headers)


async def get_reader(reader_id: ReaderId, context: ContextDep) -> Response:
    """Show one reader."""
    return context.answer(reader_resource(context.services.readers.reader(reader_id)))


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_readers",
        tag="readers",
        summary="List card readers",
        description="The connected readers with the kind of card in each, from memory.",
        handler=list_readers,
        scopes=("status:read",),
        query=PARAMETERS,
        answers={
            200: Answer(
                description="A page of readers.",
                model=ReaderList,
                example=examples.listed(examples.READER, sort="-id"),
                headers=("Link",),
            ),
        },
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{reader_id}",
        operation_id="get_reader",
        tag="readers",
        summary="Show a card reader",
        description="Name, state, keypad and the kind of card; nothing about its holder.",
        handler=get_reader,
        scopes=("status:read",),
        answers={
            200: Answer(description="The reader.", model=ReaderResource, example=examples.READER),
        },
        problems=("not_found",),
    ),
)
"""Rows of the endpoint table."""
