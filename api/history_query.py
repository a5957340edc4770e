"""Filters and order of the history, from the query of an address (API-62, API-64)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bridge.errors import InputError
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
        **{name: _boolean(name, query[name]) for name in _BOOLEANS if name in query},
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


def fingerprint(query: Mapping[str, str]) -> str:
    """Give what a cursor must fit: the same filters and the same order (API-61)."""
    relevant = {name: query[name] for name in (*FILTERS, "sort") if name in query}
    return json.dumps(relevant, sort_keys=True)


def shown_filters(query: Mapping[str, str]) -> dict[str, list[str]]:
    """Give the filters as the answer shows them."""
    return {name: query[name].split(",") for name in FILTERS if query.get(name)}


def _boolean(name: str, text: str) -> bool:
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
