"""Cursor pages (API-60, API-61)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema

from api.context import Context
from api.minimising import PARAMETER
from api.models.common import ListQuery, Page
from bridge.errors import InputError

T = TypeVar("T")

PARAMETERS: Final = ("limit", "cursor")
MOST_ITEMS: Final = 200
DEFAULT_ITEMS: Final = 50
Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Most items of the page.")]
Cursor = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=512, description="`next_cursor` of the page before; lives 24 hours."),
]
LIFETIME: Final = timedelta(hours=24)
_CHECK_LENGTH: Final = 10


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """Which page is wanted.

    Attributes:
        path: Path of the list.
        parameters: Filters and order as sent; with the path, what a cursor must fit.
        after: Key of the last item of the page before; ``None`` for the first page.
        shape: What each page is asked for beside that, and no cursor depends on.
    """

    path: str
    limit: int
    after: str | None
    now: datetime
    parameters: Mapping[str, str] = field(default_factory=dict)
    shape: Mapping[str, str] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """What a cursor belongs to: the list with its filters and its order (API-61)."""
        return json.dumps([self.path, sorted(self.parameters.items())])

    @classmethod
    def of(
        cls,
        context: Context,
        *,
        limit: int,
        cursor: str | None,
        parameters: Mapping[str, str] | None = None,
    ) -> PageRequest:
        """Read the parameters of a list.

        Raises:
            InputError: ``cursor_invalid``, ``cursor_mismatch`` or ``cursor_expired``.
        """
        path = context.call.endpoint.path
        now = context.services.clock.now()
        shape = {name: context.query[name] for name in (PARAMETER,) if name in context.query}
        wanted = cls(
            path=path, limit=limit, after=None, now=now, parameters=parameters or {}, shape=shape
        )
        if cursor is None:
            return wanted
        return replace(wanted, after=read_cursor(cursor, path=wanted.scope, now=now))


@dataclass(frozen=True)
class Shown(Generic[T]):
    """The items of one page, and the key of the last one when there are more."""

    items: list[T]
    more_after: str | None


@dataclass(frozen=True, kw_only=True)
class PageAnswer:
    """The parts of a list answer beside its items."""

    page: Page
    query: ListQuery
    headers: dict[str, str]


def shown(items: Sequence[T], key: Callable[[T], str], wanted: PageRequest) -> Shown[T]:
    """Keep what fits on the page of items read one further than its limit."""
    kept = list(items[: wanted.limit])
    return Shown(kept, key(kept[-1]) if len(items) > len(kept) else None)


def cut(items: Sequence[T], key: Callable[[T], str], wanted: PageRequest) -> Shown[T]:
    """Give the page of a list that is in memory, in its order; ``key`` is unique."""
    keys = [key(item) for item in items]
    start = 0
    if wanted.after is not None:
        start = keys.index(wanted.after) + 1 if wanted.after in keys else len(items)
    return shown(items[start:], key, wanted)


def frame(
    wanted: PageRequest,
    *,
    more_after: str | None,
    total: int,
    is_exact: bool = True,
    sort: str,
    filters: dict[str, list[str]] | None = None,
    columns: Sequence[str] = (),
) -> PageAnswer:
    """Describe a page.

    Args:
        wanted: What was asked.
        more_after: Key of the last item shown when there are further ones, else ``None``.
        total: Items of the whole list, or so many at least.
        is_exact: Whether ``total`` is their number.
        sort: The order, such as ``-id``; several members are divided by commas.
        filters: The filters in force.
        columns: The columns of the view in force; empty for all members.
    """
    cursor = None
    headers = {}
    if more_after is not None:
        cursor = write_cursor(more_after, path=wanted.scope, now=wanted.now)
        place = {"limit": wanted.limit, "cursor": cursor}
        query = urlencode({**wanted.parameters, **wanted.shape, **place})
        headers["Link"] = f'<{wanted.path}?{query}>; rel="next"'
    return PageAnswer(
        page=Page(
            limit=wanted.limit,
            next_cursor=cursor,
            prev_cursor=None,
            total=total,
            total_is_exact=is_exact,
        ),
        query=ListQuery(sort=sort.split(","), filters=filters or {}, columns=list(columns)),
        headers=headers,
    )


def write_cursor(after: str, *, path: str, now: datetime) -> str:
    """Write an opaque cursor with its list's fingerprint and its time."""
    content = json.dumps([after, _digest(path), int(now.timestamp())])
    text = f"{_digest(content)}{content}".encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def read_cursor(cursor: str, *, path: str, now: datetime) -> str:
    """Read a cursor.

    Raises:
        InputError: ``cursor_invalid``, ``cursor_mismatch`` or ``cursor_expired``.
    """
    after, fingerprint, made_at = _content(cursor)
    if fingerprint != _digest(path):
        raise InputError(code="cursor_mismatch")
    if now.timestamp() - made_at > LIFETIME.total_seconds():
        raise InputError(code="cursor_expired")
    return str(after)


def _content(cursor: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise InputError(code="cursor_invalid") from None
    check, content = text[:_CHECK_LENGTH], text[_CHECK_LENGTH:]
    if check != _digest(content):
        raise InputError(code="cursor_invalid")
    parts: list[Any] = json.loads(content)
    return parts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_CHECK_LENGTH]
