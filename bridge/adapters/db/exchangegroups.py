"""Which rows of the history fit a filter, and how many they are.

What a filter asks about who, what, where, status and marks is decided once for a group of rows
(``exchange_counts``, kept by the database itself), not for each row.
A person or a span of days is no group: such rows are found by an index of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridge.adapters.db import values
from bridge.adapters.db.exchangeorder import ALWAYS, ANY, Condition, Group, both
from bridge.adapters.db.exchangespans import span_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bridge.ports.exchanges import ExchangeFilter

FACETS: Final = ("client_id", "practice_id", "registration_id", "service", "kind", "insurer")
_GROUPS: Final = "exchange_counts AS g CROSS JOIN exchange_facets AS f ON f.id = g.facets_id"
_ITS_ROWS: Final = "e.facets_id = g.facets_id AND e.status = g.status AND e.marks = g.marks"


def asked_of_groups(wanted: ExchangeFilter, *, group: str = "g", facets: str = "f") -> Condition:
    """Give what a filter asks of groups.

    Args:
        wanted: The filter.
        group: The table with status and marks.
        facets: The table with who, what and where; an exchange has all of them too.
    """
    lists = [name for name in FACETS if name != "client_id"]
    parts = [_any_of(f"{facets}.{name}", getattr(wanted, name)) for name in lists]
    parts.append(_any_of(f"{group}.status", wanted.status))
    if wanted.client_id is not None:
        parts.append(Condition(f"{facets}.client_id = ?", (wanted.client_id,)))
    bits = _bits(wanted)
    if bits:
        expected = sum(bit for bit, is_set in bits.items() if is_set)
        parts.append(Condition(f"{group}.marks & {sum(bits)} = {expected}"))
    return both(*parts)


def groups_of(connection: Connection, wanted: ExchangeFilter) -> list[Group]:
    """Read the groups that fit, with how many rows each has."""
    asked = asked_of_groups(wanted)
    query = (
        "SELECT g.facets_id, g.status, g.marks, g.total, f.service, f.kind, f.insurer "  # noqa: S608  names of ours
        f"FROM {_GROUPS} WHERE g.total > 0 AND {asked.text}"
    )
    return [
        Group(
            facets_id=facets_id,
            status=status,
            marks=marks,
            total=total,
            common={"status": status, "service": service, "kind": kind, "insurer": insurer},
        )
        for facets_id, status, marks, total, service, kind, insurer in connection.exec_driver_sql(
            query, asked.values
        )
    ]


def rows_of(wanted: ExchangeFilter) -> Condition:
    """Give the sources, with their condition, of the rows that fit; ``e`` are the exchanges.

    They begin with the person when one is asked for, and else with the span of days.
    """
    groups, span = asked_of_groups(wanted), span_of(wanted)
    asked = both(groups, span)
    if wanted.niss is not None:
        source = "exchange_people AS p CROSS JOIN exchanges AS e ON e.id = p.exchange_id"
        about = Condition("p.niss = ?", (wanted.niss.digits,))
        asked = both(about, asked_of_groups(wanted, group="e", facets="e"), span)
    elif groups.text == ALWAYS:
        source = "exchanges AS e INDEXED BY exchanges_sorted_by_sent_at"
    else:
        index = "exchanges_grouped_by_sent_at"
        source = f"{_GROUPS} CROSS JOIN exchanges AS e INDEXED BY {index} ON {_ITS_ROWS}"
    return Condition(f"{source} WHERE {asked.text}", asked.values)


def counted(connection: Connection, rows: Condition, *, up_to: int) -> int:
    """Count rows and stop there."""
    query = f"SELECT count(*) FROM (SELECT 1 FROM {rows.text} LIMIT {up_to:d})"  # noqa: S608  names of ours
    found: int = connection.exec_driver_sql(query, rows.values).scalar_one()
    return found


def _any_of(column: str, wanted: tuple[str, ...]) -> Condition:
    if not wanted:
        return ANY
    return Condition(f"{column} IN ({', '.join('?' * len(wanted))})", wanted)


def _bits(wanted: ExchangeFilter) -> dict[int, bool]:
    asked = {
        values.READ: wanted.is_read,
        values.PROCESSED: wanted.is_processed,
        values.ARCHIVED: wanted.is_archived,
        values.HAS_SEND_PROBLEM: wanted.has_send_problem,
    }
    return {bit: is_set for bit, is_set in asked.items() if is_set is not None}
