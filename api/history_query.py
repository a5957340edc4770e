"""Filters and order of the history, from the query of an address (API-62, API-64)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bridge.domain.views import SavedView
from bridge.errors import Finding, InputError
from bridge.ports.exchanges import SORTABLE, ExchangeFilter, SortKey

_LISTS: Final = ("status", "kind", "service", "insurer", "practice_id", "registration_id")
_BOOLEANS: Final = ("is_read", "is_processed", "is_archived", "has_send_problem")
_MOMENTS: Final = {"sent_at_from": "sent_from", "sent_at_to": "sent_to"}
_MOST_KEYS: Final = 3
FILTERS: Final = (*_LISTS, *_BOOLEANS, *_MOMENTS)
"""Parameters that filter."""


def filter_of(query: Mapping[str, str]) -> ExchangeFilter:
    """Read the filters.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    chosen: dict[str, Any] = {
        **{name: tuple(query[name].split(",")) for name in _LISTS if query.get(name)},
        **{name: read_boolean(name, query[name]) for name in _BOOLEANS if name in query},
        **{
            member: _moment(name, query[name]) for name, member in _MOMENTS.items() if name in query
        },
    }
    return ExchangeFilter(**chosen)


def sort_of(text: str | None) -> tuple[SortKey, ...]:
    """Read the order: up to three members, ``-`` for descending; newest first by default.

    Raises:
        InputError: ``parameter_invalid``.
    """
    if text is None:
        return (SortKey(),)
    keys = tuple(
        SortKey(member=part.removeprefix("-"), is_descending=part.startswith("-"))
        for part in text.split(",")
    )
    if len(keys) > _MOST_KEYS or any(key.member not in SORTABLE for key in keys):
        raise InputError(code="parameter_invalid", parameter="sort")
    return keys


def written(keys: tuple[SortKey, ...]) -> list[str]:
    """Write the order as the answer shows it."""
    return [("-" if key.is_descending else "") + key.member for key in keys]


def joined_filters(filters: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write filters of a body as the list's address has them.

    Raises:
        InputError: a filter is unknown, with the finding.
    """
    unknown = sorted(filters.keys() - FILTERS)
    if unknown:
        # A made-up name is not repeated: it may say something about a patient.
        raise InputError(findings=(Finding(pointer="/filters", code="member_unknown"),))
    return {name: ",".join(values) for name, values in filters.items()}


def with_view(query: Mapping[str, str], view: SavedView | None) -> dict[str, str]:
    """Give filters and order of a list; explicit parameters win over the view's (API-66)."""
    explicit = {name: query[name] for name in (*FILTERS, "sort") if name in query}
    if view is None:
        return explicit
    kept = joined_filters(view.filters)
    if view.sort:
        kept["sort"] = ",".join(view.sort)
    return {**kept, **explicit}


def fields_of(text: str | None, known: Collection[str]) -> frozenset[str] | None:
    """Read which members are wanted; ``None`` for all.

    Raises:
        InputError: ``parameter_invalid``, a member is not in the published list.
    """
    if text is None:
        return None
    names = frozenset(text.split(","))
    if not names <= frozenset(known):
        raise InputError(code="parameter_invalid", parameter="fields")
    return names


def expands(text: str | None) -> bool:
    """Tell whether responses are wanted within each row.

    Raises:
        InputError: ``parameter_invalid``, nothing else can be expanded.
    """
    if text not in {None, "responses"}:
        raise InputError(code="parameter_invalid", parameter="expand")
    return text is not None


def shown_filters(query: Mapping[str, str]) -> dict[str, list[str]]:
    """Give the filters as the answer shows them."""
    return {name: query[name].split(",") for name in FILTERS if query.get(name)}


def read_boolean(name: str, text: str) -> bool:
    """Read a parameter that is ``true`` or ``false``.

    Raises:
        InputError: ``parameter_invalid``, with the parameter's name.
    """
    if text not in {"true", "false"}:
        raise InputError(code="parameter_invalid", parameter=name)
    return text == "true"


def _moment(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(code="parameter_invalid", parameter=name) from None
    if moment.tzinfo is None:
        raise InputError(code="parameter_invalid", parameter=name)
    return moment.astimezone(UTC)
