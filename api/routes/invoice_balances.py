"""What was sent per union and day: accepted, refused, paid, still open, to the cent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import Response

from api.care_query import any_of, chosen, shown_filters
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.examples import PAGE, shown
from api.models.invoice_balances import (
    PATH,
    InvoiceBalanceList,
    balance_amounts,
    balance_row,
    insurer_balances,
)
from api.pages import DEFAULT_ITEMS, MOST_ITEMS, PARAMETERS, PageRequest, cut, frame
from bridge.domain.months import Month
from bridge.domain.reconciliation import Balance, ReconciliationRow
from bridge.errors import InputError
from bridge.ports.invoices import InvoiceFilter
from bridge.service.invoiceoverview import InvoiceOverview, OverviewSpan

_SINCE: Final = "1.8"
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_SORT: Final = "sent_on,insurer"

_LISTS: Final = ("practice_id", "registration_id", "insurer")
_DAYS: Final = {"sent_from_on": "sent_from", "sent_to_on": "sent_to"}
_MONTHS: Final = ("from_month", "to_month")
FILTERS: Final = (*_LISTS, "month", *_MONTHS, *_DAYS)

_Text = str | SkipJsonSchema[None]


def _month(meaning: str) -> Any:
    return Field(None, max_length=7, description=f"{meaning}, `YYYY-MM`.", examples=["2026-10"])


def _day(meaning: str) -> Any:
    return Field(None, max_length=10, description=f"{meaning}, included.", examples=["2026-11-03"])


class InvoiceBalanceQuery(BaseModel):
    """Parameters of the list of what was sent."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="Most items of the page.")
    cursor: _Text = Field(
        None, max_length=512, description="`next_cursor` of the page before; lives 24 hours."
    )
    practice_id: _Text = any_of()
    registration_id: _Text = any_of()
    insurer: _Text = any_of()
    month: _Text = _month("Invoiced month")
    from_month: _Text = _month("First invoiced month")
    to_month: _Text = _month("Last invoiced month")
    sent_from_on: _Text = _day("First day of sending")
    sent_to_on: _Text = _day("Last day of sending")


async def list_invoice_balances(
    context: ContextDep, asked: Annotated[InvoiceBalanceQuery, Query()]
) -> Response:
    """Add up what was sent."""
    query = context.query
    wanted = PageRequest.of(
        context, limit=asked.limit, cursor=asked.cursor, parameters=chosen(query, FILTERS)
    )
    overview = await context.services.invoice_overview.overview(
        _filter_of(query),
        client=context.call.caller,
        span=_span_of(query),
    )
    kept = cut(overview.rows, _key, wanted)
    framed = frame(
        wanted,
        more_after=kept.more_after,
        total=len(overview.rows),
        sort=_SORT,
        filters=shown_filters(query, FILTERS),
    )
    model = InvoiceBalanceList(
        items=[balance_row(each) for each in kept.items],
        by_insurer=insurer_balances(overview),
        total=balance_amounts(overview.total),
        page=framed.page,
        query=framed.query,
    )
    return context.answer(model, headers=framed.headers)


def _key(row: ReconciliationRow) -> str:
    return f"{row.on.isoformat()} {row.insurer}"


def _filter_of(query: Mapping[str, str]) -> InvoiceFilter:
    """Read which batches.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    lists: dict[str, Any] = {
        name: tuple(query[name].split(",")) for name in _LISTS if query.get(name)
    }
    month = query.get("month")
    return InvoiceFilter(**lists, month=None if month is None else str(_month_of("month", month)))


def _span_of(query: Mapping[str, str]) -> OverviewSpan:
    """Read from when to when.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    found: dict[str, Any] = {
        **{name: _month_of(name, query[name]) for name in _MONTHS if name in query},
        **{member: _day_of(name, query[name]) for name, member in _DAYS.items() if name in query},
    }
    return OverviewSpan(**found)


def _day_of(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(code="parameter_invalid", parameter=name) from None
    if day.isoformat() != text:
        raise InputError(code="parameter_invalid", parameter=name)
    return day


def _month_of(name: str, text: str) -> Month:
    if not _MONTH.fullmatch(text):
        raise InputError(code="parameter_invalid", parameter=name)
    return Month(int(text[:4]), int(text[5:]))


_BALANCE: Final = Balance(sent=1280, accepted=640, refused=640, paid=640)
_ROW: Final = ReconciliationRow(
    insurer="100", on=date(2026, 11, 3), claims=1, lines=2, balance=_BALANCE
)
_OVERVIEW: Final = InvoiceOverview(rows=(_ROW,), by_insurer={"100": _BALANCE}, total=_BALANCE)
_EXAMPLE: Final = {
    "items": [shown(balance_row(each)) for each in _OVERVIEW.rows],
    "by_insurer": [shown(each) for each in insurer_balances(_OVERVIEW)],
    "total": shown(balance_amounts(_OVERVIEW.total)),
    "page": PAGE,
    "query": {"sort": _SORT.split(","), "filters": {}, "columns": []},
}

ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="list_invoice_balances",
        tag="settlements",
        summary="Add up invoices per union and day",
        description=(
            "What was sent, accepted, refused, paid and is still open, to the cent, per union and "
            "day of sending; `by_insurer` and `total` add up the whole list."
        ),
        handler=list_invoice_balances,
        scopes=("responses:read",),
        query=(*PARAMETERS, *FILTERS),
        answers={
            200: Answer(
                description="A page of days and unions, with the sums of all of them.",
                model=InvoiceBalanceList,
                example=_EXAMPLE,
                headers=("Link",),
            ),
        },
        since=_SINCE,
    ),
)
"""Rows of the endpoint table."""
