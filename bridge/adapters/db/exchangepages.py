"""A page of the history, and how many rows there are in all.

Filters are read from one narrow index: who, what and where are one small number (a row of
``exchange_facets``), the marks of people are bits of another.
That index counts; then it also finds the rows when they are few, and otherwise the order's own
index is walked until the page is full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, false, func, insert, literal_column, or_, select, true

from bridge.adapters.db import values
from bridge.adapters.db.tables import EXCHANGE_FACETS, EXCHANGE_PEOPLE, EXCHANGES
from bridge.errors import StoreError
from bridge.ports.exchanges import SORTABLE, ExchangeFilter, ExchangePage, SortKey

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from bridge.domain.exchanges import Exchange

_FEW: Final = 8000
"""Up to so many rows are read and sorted; more are found by walking the order itself."""

_FACETS: Final = ("client_id", "practice_id", "registration_id", "service", "kind", "insurer")
_Keys = list[tuple["ColumnElement[Any]", bool]]


def facets_id(connection: Connection, exchange: Exchange) -> int:
    """Give the number of who, what and where of an exchange, made when it is new."""
    table = EXCHANGE_FACETS
    members = {name: getattr(exchange, name) for name in _FACETS}
    query = select(table.c.id).where(*(table.c[name] == members[name] for name in _FACETS))
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
    after: tuple[str, ...] | None,
) -> ExchangePage:
    """Read a page of the history after the row with the sort values ``after``."""
    conditions = _conditions(wanted, is_walked=False)
    counted = select(func.count()).select_from(EXCHANGES).where(*conditions)
    total = connection.execute(counted).scalar_one()
    if not total:
        return ExchangePage(items=[], next_after=None, total=0)
    is_walked = total > _FEW or not conditions
    if is_walked:
        conditions = _conditions(wanted, is_walked=True)
    keys = _keys(sort)
    beyond = [] if after is None else [_beyond(keys, after)]
    order = [
        column.desc() if descending else column.asc()
        for column, descending in (keys if is_walked else _gathered(keys))
    ]
    query = (
        select(EXCHANGES.c.document, *(column for column, _ in keys))
        .where(*conditions, *beyond)
        .order_by(*order)
        .limit(limit + 1)
    )
    rows = connection.execute(query).all()
    shown = rows[:limit]
    # What is not there yet is an empty text in a cursor.
    more = tuple(value or "" for value in shown[-1][1:]) if len(rows) > limit else None
    items = [values.exchange_of(row[0]) for row in shown]
    return ExchangePage(items=items, next_after=more, total=total)


def _keys(sort: tuple[SortKey, ...]) -> _Keys:
    if any(key.member not in SORTABLE for key in sort):
        raise StoreError("the history is not sorted by this")
    keys: _Keys = [(EXCHANGES.c[key.member], key.is_descending) for key in sort]
    return [*keys, (EXCHANGES.c.id, sort[-1].is_descending if sort else True)]


def _gathered(keys: _Keys) -> _Keys:
    """Give keys that no index can serve: few rows are found by the filter and sorted afterwards."""
    return [(literal_column(f"+exchanges.{column.key}"), descending) for column, descending in keys]


def _beyond(keys: _Keys, after: tuple[str, ...]) -> ColumnElement[bool]:
    """Give the condition for rows that follow, in the order of ``keys``.

    The first value alone bounds all of them, which lets an index begin there.
    """
    steps = []
    for place, (column, descending) in enumerate(keys):
        equal = [_is(key, value) for (key, _), value in zip(keys[:place], after, strict=False)]
        steps.append(and_(*equal, _further(column, after[place], descending=descending)))
    column, descending = keys[0]
    is_bounded = not column.nullable if hasattr(column, "nullable") else False
    bound = (column <= after[0] if descending else column >= after[0]) if is_bounded else true()
    return and_(bound, or_(*steps))


def _is(column: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    return column == value if value else column.is_(None)


def _further(column: ColumnElement[Any], value: str, *, descending: bool) -> ColumnElement[bool]:
    """Tell what follows a value; what is not there yet sorts as the earliest."""
    if descending:
        return or_(column < value, column.is_(None)) if value else false()
    return column > value if value else column.is_not(None)


def _conditions(wanted: ExchangeFilter, *, is_walked: bool) -> list[ColumnElement[bool]]:
    facets_of, status, sent_at = (
        _column(name, is_walked=is_walked) for name in ("facets_id", "status", "sent_at")
    )
    conditions: list[ColumnElement[bool]] = []
    facets = _facet_conditions(wanted)
    if facets:
        conditions.append(facets_of.in_(select(EXCHANGE_FACETS.c.id).where(*facets)))
    if wanted.status:
        conditions.append(status.in_(wanted.status))
    conditions.extend(_mark_conditions(wanted))
    if wanted.sent_from is not None:
        conditions.append(sent_at >= values.text_of(wanted.sent_from))
    if wanted.sent_to is not None:
        conditions.append(sent_at < values.text_of(wanted.sent_to))
    if wanted.niss is not None:
        people = EXCHANGE_PEOPLE.c
        about = select(people.exchange_id).where(people.niss == wanted.niss.digits)
        conditions.append(EXCHANGES.c.id.in_(about))
    return conditions


def _column(name: str, *, is_walked: bool) -> ColumnElement[Any]:
    # SQLite looks up no value after a plus sign in an index: the order's own is left to walk.
    return literal_column(f"+exchanges.{name}") if is_walked else EXCHANGES.c[name]


def _facet_conditions(wanted: ExchangeFilter) -> list[ColumnElement[bool]]:
    columns = EXCHANGE_FACETS.c
    chosen = {name: getattr(wanted, name) for name in _FACETS if name != "client_id"}
    conditions: list[ColumnElement[bool]] = [
        columns[name].in_(any_of) for name, any_of in chosen.items() if any_of
    ]
    if wanted.client_id is not None:
        conditions.append(columns.client_id == wanted.client_id)
    return conditions


def _mark_conditions(wanted: ExchangeFilter) -> list[ColumnElement[bool]]:
    asked = {
        values.READ: wanted.is_read,
        values.PROCESSED: wanted.is_processed,
        values.ARCHIVED: wanted.is_archived,
        values.HAS_SEND_PROBLEM: wanted.has_send_problem,
    }
    bits = {bit: is_set for bit, is_set in asked.items() if is_set is not None}
    if not bits:
        return []
    expected = sum(bit for bit, is_set in bits.items() if is_set)
    marks: ColumnElement[bool] = EXCHANGES.c.marks.op("&")(sum(bits)) == expected
    return [marks]
