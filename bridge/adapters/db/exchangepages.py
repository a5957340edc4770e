"""A page of the history and how many rows there are in all, at the cost of a page.

Rows come from one index, walked from where the page begins, when nothing is filtered; from the
groups that fit (``exchangeorder``) when they are filtered; and few rows of a person or of a span
of days are gathered and sorted.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from bridge.adapters.db import values
from bridge.adapters.db.exchangegroups import (
    FACETS,
    asked_of_groups,
    counted,
    groups_of,
    rows_of,
)
from bridge.adapters.db.exchangeorder import ALWAYS, Condition, Group, GroupReader, Order, Values
from bridge.adapters.db.exchangespans import bounds_of, span_of
from bridge.adapters.db.tables import EXCHANGE_FACETS, EXCHANGES
from bridge.ports.exchanges import ExchangeFilter, ExchangePage, SortKey

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bridge.domain.exchanges import Exchange

COUNTED: Final = 10_000
"""So many rows of a person or of a span of days are counted; a total above is a lower bound."""

_ALL: Final = Condition(f"exchanges AS e WHERE {ALWAYS}")
Facets = tuple[str, ...]
_NOTHING: Final[dict[str, str]] = {}
"""What rows of different groups have in common."""


@dataclass(frozen=True, kw_only=True)
class _Page:
    """What is read for a page: one row more than it shows tells whether there are further ones."""

    wanted: ExchangeFilter
    order: Order
    after: Values | None
    limit: int
    counts_to: int


def facets_of(exchange: Exchange) -> Facets:
    """Give who, what and where of an exchange."""
    return tuple(getattr(exchange, name) for name in FACETS)


def facets_id(connection: Connection, facets: Facets) -> int:
    """Give the number of who, what and where, made when it is new."""
    table = EXCHANGE_FACETS
    members = dict(zip(FACETS, facets, strict=True))
    query = select(table.c.id).where(*(table.c[name] == members[name] for name in FACETS))
    found: int | None = connection.execute(query).scalar()
    if found is not None:
        return found
    number: int = connection.execute(
        insert(table).values(members).returning(table.c.id)
    ).scalar_one()
    return number


def page_of(
    connection: Connection,
    wanted: ExchangeFilter,
    *,
    sort: tuple[SortKey, ...],
    limit: int,
    after: Values | None,
    counts_to: int = COUNTED,
) -> ExchangePage:
    """Read a page of the history after the row with the sort values ``after``.

    Args:
        connection: Of a transaction.
        wanted: The filter.
        sort: The order.
        limit: Most rows of the page.
        after: Sort values of the row before, with its identifier.
        counts_to: Rows of a person or of a span of days that are counted.

    Raises:
        StoreError: the history is not sorted by this.
    """
    page = _Page(
        wanted=wanted, order=Order.of(sort), after=after, limit=limit + 1, counts_to=counts_to
    )
    is_of_groups = wanted.niss is None and span_of(wanted).text == ALWAYS
    found, total = (_of_groups if is_of_groups else _of_rows)(connection, page)
    shown = found[:limit]
    return ExchangePage(
        items=_exchanges(connection, [keys[-1] for keys in shown]),
        next_after=shown[-1] if len(found) > limit else None,
        total=total if is_of_groups else min(total, counts_to),
        total_is_exact=is_of_groups or total <= counts_to,
    )


def _of_groups(connection: Connection, page: _Page) -> tuple[list[Values], int]:
    """Find rows that groups alone decide about; their number is known."""
    groups = groups_of(connection, page.wanted)
    total = sum(group.total for group in groups)
    is_all = asked_of_groups(page.wanted).text == ALWAYS
    if is_all and page.order.leads_by_moment:
        return _sorted(connection, page, _ALL), total
    return _merged(connection, page, groups), total


def _of_rows(connection: Connection, page: _Page) -> tuple[list[Values], int]:
    """Find rows of a person or of a span of days; they are counted so far and no further."""
    asked = rows_of(page.wanted)
    total = counted(connection, asked, up_to=page.counts_to + 1)
    if total <= page.counts_to or page.wanted.niss is not None:
        return _sorted(connection, page, asked), total
    return _merged(connection, page, groups_of(connection, page.wanted)), total


def _merged(connection: Connection, page: _Page, groups: list[Group]) -> list[Values]:
    with closing(connection.connection.cursor()) as cursor:
        reader = GroupReader(
            order=page.order,
            after=page.after,
            bounds=bounds_of(connection, page.wanted, page.order),
            cursor=cursor,
        )
        return reader.merged(groups, limit=page.limit)


def _sorted(connection: Connection, page: _Page, asked: Condition) -> list[Values]:
    """Read rows in their order: an index has it, or they are few."""
    order = page.order
    beyond = order.beyond(page.after, _NOTHING)
    query = (
        f"SELECT {', '.join(order.columns(_NOTHING))} FROM {asked.text} "  # noqa: S608  names of ours
        f"AND {beyond.text} ORDER BY {order.clause(_NOTHING)} LIMIT {page.limit:d}"
    )
    rows = connection.exec_driver_sql(query, (*asked.values, *beyond.values))
    return [tuple(row) for row in rows]


def _exchanges(connection: Connection, ids: list[str]) -> list[Exchange]:
    """Read exchanges, in the order of their identifiers given."""
    query = select(EXCHANGES.c.id, EXCHANGES.c.document).where(EXCHANGES.c.id.in_(ids))
    documents = {row.id: row.document for row in connection.execute(query)}
    return [values.exchange_of(documents[each]) for each in ids]
