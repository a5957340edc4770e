"""The history at 100 000 exchanges: pages, filters, order, search; with ``--all`` at 1 000 000."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil

from benchmarks.rows import BEGIN, CLIENT, fill, person
from benchmarks.table import Row, quiet, row, show
from bridge.adapters.db.store import SqlStore
from bridge.ports.exchanges import ExchangeFilter, SortKey

KEY: Final = bytes(range(32))
T = TypeVar("T")

LIMIT: Final = 50
_MEBIBYTE: Final = 2**20
RUNS: Final = 15
NEWEST: Final = (SortKey(member="created_at", is_descending=True),)

_MINE: Final = ExchangeFilter(client_id=CLIENT)
_ALL: Final = ExchangeFilter()
FILTERS: Final[dict[str, tuple[ExchangeFilter, tuple[SortKey, ...]]]] = {
    "first page, everything": (_ALL, NEWEST),
    "first page, one client's": (_MINE, NEWEST),
    "not archived": (replace(_ALL, is_archived=False), NEWEST),
    "one status": (replace(_ALL, status=("refused",)), NEWEST),
    "two unions, not processed": (
        replace(_ALL, insurer=("100", "300"), is_processed=False),
        NEWEST,
    ),
    "one practice, answered, unread": (
        replace(_ALL, practice_id=("prc_1",), status=("accepted",), is_read=False),
        NEWEST,
    ),
    "a month": (
        replace(_ALL, sent_from=BEGIN, sent_to=BEGIN + timedelta(days=30)),
        NEWEST,
    ),
    "a month, by day of sending": (
        replace(_ALL, sent_from=BEGIN, sent_to=BEGIN + timedelta(days=30)),
        (SortKey(member="sent_at", is_descending=True),),
    ),
    "search by person": (replace(_ALL, niss=person(42)), NEWEST),
    "the first year: more than is counted": (
        replace(_ALL, sent_from=BEGIN, sent_to=BEGIN + timedelta(days=365)),
        NEWEST,
    ),
    "not archived, oldest first": (
        replace(_ALL, is_archived=False),
        (SortKey(member="created_at", is_descending=False),),
    ),
    "nothing fits": (replace(_ALL, insurer=("999",)), NEWEST),
    "ordered by union": (_ALL, (SortKey(member="insurer", is_descending=False),)),
    "ordered by status": (_ALL, (SortKey(member="status", is_descending=False),)),
    "ordered by answer": (_ALL, (SortKey(member="answered_at", is_descending=True),)),
}


async def pages(store: SqlStore, count: int) -> list[Row]:
    """Measure one page of every kind beside the plain reading of as many rows by their key."""
    rows = [await _plain(store, count)]
    for name, (wanted, sort) in FILTERS.items():
        rows.append(await _page(store, name, wanted, sort, after=None))
    middle = await _middle(store, count)
    rows.append(await _page(store, "page in the middle, everything", _ALL, NEWEST, after=middle))
    rows.append(await _page(store, "page in the middle, one client's", _MINE, NEWEST, after=middle))
    return rows


async def _plain(store: SqlStore, count: int) -> Row:
    def work(unit: Any) -> Any:
        begin = f"exc_{count // 2:026d}"
        query = f"SELECT document FROM exchanges WHERE id >= ? ORDER BY id LIMIT {LIMIT}"  # noqa: S608  a constant of ours
        return unit.connection.exec_driver_sql(query, (begin,)).all()

    return await _timed(store, "plain: 50 rows by primary key, not read further", work)


async def _middle(store: SqlStore, count: int) -> tuple[str, ...]:
    def work(unit: Any) -> tuple[str, ...]:
        query = "SELECT created_at, id FROM exchanges WHERE id = ?"
        found = unit.connection.exec_driver_sql(query, (f"exc_{count // 2:026d}",)).one()
        return tuple(found)

    return await store.read(work)


async def _page(
    store: SqlStore,
    name: str,
    wanted: ExchangeFilter,
    sort: tuple[SortKey, ...],
    *,
    after: tuple[str, ...] | None,
) -> Row:
    def work(unit: Any) -> Any:
        return unit.exchanges.page(wanted, sort=sort, limit=LIMIT, after=after)

    return await _timed(store, name, work)


async def _timed(store: SqlStore, name: str, work: Any) -> Row:
    await store.read(work)
    figures = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        await store.read(work)
        figures.append((time.perf_counter() - begun) * 1000)
    return row(name, figures, unit="ms")


async def measure(path: Path, count: int) -> tuple[list[Row], list[Row]]:
    """Measure pages and memory of a filled database."""
    process = psutil.Process()
    empty = process.memory_info().rss / _MEBIBYTE
    store = SqlStore.open(path, KEY)
    rows = await pages(store, count)
    await store.close()
    after = process.memory_info().rss / _MEBIBYTE
    return rows, [
        row("before the database is opened", [empty], unit="MiB"),
        row("after all pages", [after], unit="MiB"),
    ]


async def _filled(path: Path, count: int) -> float:
    store = SqlStore.open(path, KEY)
    begun = time.perf_counter()
    await fill(store, count)
    await store.close()
    return time.perf_counter() - begun


def main(counts: tuple[int, ...] = (100_000,)) -> None:
    """Print the tables."""
    quiet()
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "carebridge.db")
            seconds = _apart(_filled, path, count)
            found, memory = _apart(measure, path, count)
            size = path.stat().st_size / _MEBIBYTE
        number = f"{count:,}".replace(",", " ")
        print(f"\n{number} exchanges: {seconds:.0f} s to fill, {size:.0f} MiB on disk")
        show(f"A page of {LIMIT} of {number} exchanges", found)
        show("Memory", memory)


def _apart(work: Callable[[Path, int], Coroutine[Any, Any, T]], path: Path, count: int) -> T:
    """Run in a process of its own, so that memory of one step is not seen in the next."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, work, path, count).result()


def _run(work: Callable[[Path, int], Coroutine[Any, Any, T]], path: Path, count: int) -> T:
    return asyncio.run(work(path, count))


if __name__ == "__main__":
    main((100_000, 1_000_000) if "--all" in sys.argv else (100_000,))
