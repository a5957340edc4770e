"""Filters and pages of invoice batches (API-60, API-62)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.care_query import PageQuery, any_of, either
from api.context import Context
from api.history_query import read_boolean
from api.models.invoice_findings import InvoicePageRequest
from api.pages import PageRequest
from bridge.errors import InputError
from bridge.ports.invoices import InvoiceFilter

_LISTS: Final = ("status", "insurer", "practice_id", "registration_id")
_MARKS: Final = ("is_read", "is_processed", "is_archived")
FILTERS: Final = (*_LISTS, "month", *_MARKS)
"""Parameters that filter."""

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class InvoiceBatchListQuery(PageQuery):
    """Parameters of the list of batches."""

    status: str | SkipJsonSchema[None] = any_of()
    insurer: str | SkipJsonSchema[None] = any_of()
    month: str | SkipJsonSchema[None] = Field(
        None, max_length=7, description="Invoiced month, `YYYY-MM`."
    )
    is_read: str | SkipJsonSchema[None] = either()
    is_processed: str | SkipJsonSchema[None] = either()
    is_archived: str | SkipJsonSchema[None] = either()


def batches_of(query: Mapping[str, str]) -> InvoiceFilter:
    """Read the filters of the list.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    month = query.get("month")
    if month is not None and not _MONTH.fullmatch(month):
        raise InputError(code="parameter_invalid", parameter="month")
    lists: dict[str, Any] = {
        name: tuple(query[name].split(",")) for name in _LISTS if query.get(name)
    }
    marks: dict[str, Any] = {
        name: read_boolean(name, query[name]) for name in _MARKS if name in query
    }
    return InvoiceFilter(month=month, **lists, **marks)


def page_of(context: Context, body: InvoicePageRequest, batch_id: str) -> PageRequest:
    """Read which page of something about a batch a body asks for.

    Raises:
        InputError: ``cursor_invalid``, ``cursor_mismatch`` or ``cursor_expired``.
    """
    return PageRequest.of(
        context,
        limit=body.limit,
        cursor=body.cursor or None,
        parameters={"batch_id": batch_id},
    )
