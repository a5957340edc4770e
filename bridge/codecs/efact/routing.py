"""Which mutuality stands in which zone of an invoice.

Source: *efact-nursing* 2.4.
"""

from __future__ import annotations

from typing import Final

_SOCIALIST: Final = "3"
_SOCIALIST_UNION: Final = "300"
_KEPT: Final = frozenset({"306"})
NO_MUTUALITY: Final = "000"


def destination_of(mutuality: str) -> str:
    """Give the mutuality of destination (record 20 zone 18) of a mutuality of affiliation.

    The mutualities of the socialist union are reached through the union, except ``306``.
    """
    if mutuality.startswith(_SOCIALIST) and mutuality not in _KEPT:
        return _SOCIALIST_UNION
    return mutuality


def affiliation_of(mutuality: str, *, unions_without: frozenset[str] = frozenset()) -> str:
    """Give the mutuality of affiliation (record 20 zone 7) as it is written.

    Args:
        mutuality: The mutuality the insurability names.
        unions_without: Unions, such as ``500``, to which one implementation writes ``000``.
            By convention the real code is written, because union 500 raised no error on ``509``.
    """
    return NO_MUTUALITY if f"{mutuality[:1]}00" in unions_without else mutuality
