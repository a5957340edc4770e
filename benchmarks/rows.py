"""Many exchanges for the measurements, as a nurse's history of years would be.

The first rows are written by the store itself, one of each kind and a few more.
The others are the same rows with other numbers, put into the same encrypted tables in bulk; what
is derived from rows (indexes, counts) is built again by the database's own definitions.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bridge.adapters.db.exchangepages import facets_id, facets_of
from bridge.adapters.db.values import exchange_row
from bridge.domain.exchanges import Decision, Exchange, ExchangeStatus
from bridge.domain.identifiers import Niss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridge.adapters.db.store import SqlStore
    from bridge.ports.store import UnitOfWork

CLIENT: Final = "bench"
BEGIN: Final = datetime(2024, 1, 1, 7, 0, tzinfo=UTC)
PEOPLE: Final = 5000
_EACH: Final = timedelta(minutes=7)
_UNIONS: Final = ("100", "200", "300", "400", "500", "600", "900")
_STATUS: Final = (
    *(ExchangeStatus.ACCEPTED,) * 14,
    *(ExchangeStatus.PARTIALLY_ACCEPTED,) * 2,
    ExchangeStatus.REFUSED,
    ExchangeStatus.ERROR,
    ExchangeStatus.SENT,
    ExchangeStatus.MANUAL_ACTION_REQUIRED,
)
_REAL: Final = 1000
"""Rows the store writes itself."""

_CHUNK: Final = 20_000
_OF_EACH: Final = 3
"""People an exchange is about."""

_CACHE_KIB: Final = 600_000


def person(number: int) -> Niss:
    """Give one of 5 000 fictitious people; the check digits fit."""
    body = 600101000 + number % PEOPLE
    return Niss.parse(f"{body:09d}{97 - body % 97:02d}")


def exchange(number: int) -> Exchange:
    """Make one exchange of the history."""
    at = BEGIN + number * _EACH
    status = _STATUS[number * 7 % len(_STATUS)]
    is_answered = status not in {ExchangeStatus.SENT, ExchangeStatus.ERROR}
    is_old = number % 10 != 0
    decision = Decision(at=at, status=status, response_id=f"rsp_{number:026d}")
    return Exchange(
        id=f"exc_{number:026d}",
        client_id=CLIENT if number % 3 else "other",
        practice_id=f"prc_{number % 4}",
        registration_id=f"reg_{number % 4}",
        service="memberdata",
        kind="insurability_batch",
        insurer=_UNIONS[number % len(_UNIONS)],
        input_reference=f"R{number:012d}",
        content_digest=hashlib.sha256(str(number).encode()).hexdigest(),
        subject_id=f"bat_{number // 7:026d}",
        status=status,
        created_at=at,
        updated_at=at,
        sent_at=at,
        answered_at=at + timedelta(hours=2) if is_answered else None,
        read_at=at if is_answered and is_old else None,
        processed_at=at if is_answered and is_old else None,
        archived_at=at if is_answered and number % 3 == 0 and is_old else None,
        decisions=(decision,) if is_answered else (),
    )


async def fill(store: SqlStore, count: int) -> None:
    """Write exchanges, each about three people."""
    real = range(min(count, _REAL))
    await store.write(lambda unit: _write(unit, real))
    if count <= _REAL:
        return
    derived = await store.write(_without_derived)
    for begin in range(_REAL, count, _CHUNK):
        await store.write(partial(_multiply, numbers=range(begin, min(begin + _CHUNK, count))))
    await store.write(partial(_people, numbers=range(_REAL, count)))
    for statement in derived:
        await store.write(partial(_run, statement=statement))


def _write(unit: UnitOfWork, numbers: range) -> None:
    for number in numbers:
        people = tuple(person(number * _OF_EACH + place) for place in range(_OF_EACH))
        unit.exchanges.add(exchange(number), people=people)


def _without_derived(unit: Any) -> list[str]:
    """Drop the indexes and give what makes them again."""
    unit.connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
    query = (
        "SELECT name, sql FROM sqlite_master "
        "WHERE type = 'index' AND tbl_name = 'exchanges' AND sql IS NOT NULL"
    )
    found = unit.connection.exec_driver_sql(query).all()
    for name, _ in found:
        unit.connection.exec_driver_sql(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _run(unit: Any, statement: str) -> None:
    unit.connection.exec_driver_sql(statement)


def _multiply(unit: Any, numbers: range) -> None:
    known: dict[tuple[str, ...], int] = {}
    rows = []
    for number in numbers:
        made = exchange(number)
        facets = facets_of(made)
        if facets not in known:
            known[facets] = facets_id(unit.connection, facets)
        rows.append({**exchange_row(made), "facets_id": known[facets]})
    names = ", ".join(rows[0])
    places = ", ".join(f":{name}" for name in rows[0])
    insert = f"INSERT INTO exchanges ({names}) VALUES ({places})"  # noqa: S608  columns of ours
    unit.connection.connection.cursor().executemany(insert, rows)


def _people(unit: Any, numbers: range) -> None:
    """Write whom the rows are about in the order of the table's key."""
    insert = "INSERT INTO exchange_people (niss, exchange_id) VALUES (?, ?)"
    unit.connection.connection.cursor().executemany(insert, _about(numbers))


def _about(numbers: range) -> Iterator[tuple[str, str]]:
    first, last = numbers.start * _OF_EACH, numbers.stop * _OF_EACH
    for niss, place in sorted((person(place).digits, place) for place in range(PEOPLE)):
        begin = first + (place - first) % PEOPLE
        for each in range(begin, last, PEOPLE):
            yield niss, f"exc_{each // _OF_EACH:026d}"
