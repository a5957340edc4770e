"""Filters of the lists of billing, from the query of an address (API-62)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from api.care_query import any_of, either
from api.history_query import read_boolean
from api.pages import DEFAULT_ITEMS, MOST_ITEMS
from bridge.domain.billinginvoices import is_person_number
from bridge.errors import InputError
from bridge.ports.billing import BillingFilter

_Text = str | SkipJsonSchema[None]
_LISTS: Final = {
    "billing_service_id": "service_id",
    "state": "state",
    "status": "status",
    "practice_id": "practice_id",
}
_REFERENCES: Final = ("treatment_ref", "estimate_ref")
_FLAGS: Final = ("is_synchronised", "has_findings")
FILTERS: Final = (*_LISTS, *_REFERENCES, *_FLAGS)
"""Parameters that filter invoices."""

TREE_FILTERS: Final = ("billing_service_id", "practice_id", *_REFERENCES)
"""Parameters that filter the tree."""


def _reference(what: str) -> Any:
    return Field(None, max_length=64, description=f"Only of this {what}.")


class BillingTreeQuery(BaseModel):
    """Parameters of the tree."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="Most items of the page.")
    cursor: _Text = Field(
        None, max_length=512, description="`next_cursor` of the page before; lives 24 hours."
    )
    billing_service_id: _Text = any_of()
    practice_id: _Text = any_of()
    treatment_ref: _Text = _reference("treatment")
    estimate_ref: _Text = _reference("estimate")


class BillingTotalsQuery(BaseModel):
    """Parameters of the sums."""

    billing_service_id: _Text = any_of()
    state: _Text = any_of()
    status: _Text = any_of()
    practice_id: _Text = any_of()
    treatment_ref: _Text = _reference("treatment")
    estimate_ref: _Text = _reference("estimate")
    is_synchronised: _Text = either()
    has_findings: _Text = either()


class BillingInvoiceListQuery(BillingTotalsQuery):
    """Parameters of the list of invoices."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="Most items of the page.")
    cursor: _Text = Field(
        None, max_length=512, description="`next_cursor` of the page before; lives 24 hours."
    )


def invoices_of(query: Mapping[str, str]) -> BillingFilter:
    """Read the filters.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name; the number of a person is no
            reference.
    """
    lists: dict[str, Any] = {
        member: tuple(query[name].split(",")) for name, member in _LISTS.items() if query.get(name)
    }
    references: dict[str, Any] = {name: query[name] for name in _REFERENCES if query.get(name)}
    for name, reference in references.items():
        if is_person_number(reference):
            raise InputError(code="parameter_invalid", parameter=name)
    flags: dict[str, Any] = {
        name: read_boolean(name, query[name]) for name in _FLAGS if name in query
    }
    return BillingFilter(**lists, **references, **flags)
