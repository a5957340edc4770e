"""Lists that are filtered and read page by page from the store: what all of them do (API-60)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from api.care_query import chosen, shown_filters
from api.context import Context
from api.pages import PageAnswer, PageRequest, frame, shown

Item = TypeVar("Item")


class AskedPage(Protocol):
    """The parameters of every list."""

    @property
    def limit(self) -> int:
        """Most items of the page."""
        ...

    @property
    def cursor(self) -> str | None:
        """``next_cursor`` of the page before."""
        ...


def asked_page(context: Context, asked: AskedPage, filters: Sequence[str]) -> PageRequest:
    """Read which page is wanted; a cursor must fit the filters.

    Raises:
        InputError: it does not.
    """
    return PageRequest.of(
        context,
        limit=asked.limit,
        cursor=asked.cursor,
        parameters=chosen(context.query, filters),
    )


def framed_page(
    context: Context,
    wanted: PageRequest,
    found: tuple[Sequence[Item], int],
    *,
    key: Callable[[Item], str],
    sort: str,
    filters: Sequence[str],
) -> tuple[list[Item], PageAnswer]:
    """Give the items of the page, and its frame.

    Args:
        context: Of the request.
        wanted: Which page.
        found: One item more than wanted, where there is one, and how many there are in all.
        key: Gives what the next page begins after.
        sort: As the answer shows it.
        filters: Parameters that filter.
    """
    items, total = found
    kept = shown(items, key, wanted)
    framed = frame(
        wanted,
        more_after=kept.more_after,
        total=total,
        sort=sort,
        filters=shown_filters(context.query, filters),
    )
    return kept.items, framed
