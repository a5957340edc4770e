"""Filters of the lists of care, from the query of an address (API-62)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from api.history_query import read_boolean
from api.pages import DEFAULT_ITEMS, MOST_ITEMS
from bridge.domain.agreements import AgreementState
from bridge.domain.declarations import DeclarationKind
from bridge.errors import InputError
from bridge.ports.care import AgreementFilter, DeclarationFilter, UpdateFilter

_Text = str | SkipJsonSchema[None]
_OF: Final = ("practice_id", "registration_id")
_MARKS: Final = ("is_processed", "is_archived")
DECLARATION_FILTERS: Final = ("status", *_OF, "is_read", *_MARKS)
AGREEMENT_FILTERS: Final = ("kind", *_OF, "state", "covers_on")
UPDATE_FILTERS: Final = (*_OF, *_MARKS)
"""Parameters that filter, by list."""

_STATES: Final = frozenset({AgreementState.CURRENT, AgreementState.EXPIRING, AgreementState.ENDED})


def any_of() -> Any:
    """Describe a parameter that takes several values."""
    return Field(None, max_length=400, description="Any of these values, divided by commas.")


def either() -> Any:
    """Describe a parameter that is true or false."""
    return Field(None, max_length=5, description="`true` or `false`.")


class PageQuery(BaseModel):
    """Which page of a list."""

    limit: int = Field(DEFAULT_ITEMS, ge=1, le=MOST_ITEMS, description="Most items of the page.")
    cursor: _Text = Field(
        None, max_length=512, description="`next_cursor` of the page before; lives 24 hours."
    )
    practice_id: _Text = any_of()
    registration_id: _Text = any_of()


class DeclarationListQuery(PageQuery):
    """Parameters of a list of declarations."""

    status: _Text = any_of()
    is_read: _Text = either()
    is_processed: _Text = either()
    is_archived: _Text = either()


class AgreementListQuery(PageQuery):
    """Parameters of the register."""

    kind: _Text = any_of()
    state: _Text = Field(
        None,
        max_length=20,
        description=(
            "`current`: in force today, those that expire too; `expiring`: within 30 days; `ended`."
        ),
    )
    covers_on: _Text = Field(None, max_length=10, description="A day that lies in the agreement.")


class UpdateListQuery(PageQuery):
    """Parameters of the list of changes by insurers."""

    is_processed: _Text = either()
    is_archived: _Text = either()


def declarations_of(query: Mapping[str, str], kind: DeclarationKind) -> DeclarationFilter:
    """Read the filters of a list of declarations.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    marks = _booleans(query, ("is_read", *_MARKS))
    return DeclarationFilter(kind=kind, **_lists(query, ("status", *_OF)), **marks)


def agreements_of(query: Mapping[str, str]) -> AgreementFilter:
    """Read the filters of the register; its state is read by ``state_of``.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    day = query.get("covers_on")
    if day is not None and not _is_day(day):
        raise InputError(code="parameter_invalid", parameter="covers_on")
    return AgreementFilter(covers_on=day, **_lists(query, ("kind", *_OF)))


def state_of(query: Mapping[str, str]) -> AgreementState | None:
    """Read where agreements stand today.

    Raises:
        InputError: ``parameter_invalid``, it is unknown, or named together with a day.
    """
    name = query.get("state")
    if name is None:
        return None
    state = next((each for each in _STATES if each.value == name), None)
    if state is None or "covers_on" in query:
        raise InputError(code="parameter_invalid", parameter="state")
    return state


def updates_of(query: Mapping[str, str]) -> UpdateFilter:
    """Read the filters of the list of changes by insurers.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    return UpdateFilter(**_lists(query, _OF), **_booleans(query, _MARKS))


def chosen(query: Mapping[str, str], filters: Sequence[str]) -> dict[str, str]:
    """Give the filters that were sent: what a cursor must fit."""
    return {name: query[name] for name in filters if name in query}


def shown_filters(query: Mapping[str, str], filters: Sequence[str]) -> dict[str, list[str]]:
    """Give the filters as the answer shows them."""
    return {name: query[name].split(",") for name in filters if query.get(name)}


def _lists(query: Mapping[str, str], names: Sequence[str]) -> dict[str, Any]:
    return {name: tuple(query[name].split(",")) for name in names if query.get(name)}


def _booleans(query: Mapping[str, str], names: Sequence[str]) -> dict[str, Any]:
    return {name: read_boolean(name, query[name]) for name in names if name in query}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
