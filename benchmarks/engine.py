"""The asynchronous engine against the sandbox: enqueueing, posting, fetching, and memory."""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.table import Row, quiet, row, show
from bridge.ehealth.endpoints import GENASYNC_MEMBERDATA_PATH
from bridge.mycarenet.genasync_values import WaitingMessage
from bridge.sandbox.genasync import GenAsyncService
from bridge.sandbox.genasync_mailbox import renamed
from tests.support.daemon import TestDaemon, running_daemon

BATCHES: Final = 30
WAITING: Final = 10_000
HOUR_S: Final = 3600
_YEAR: Final = 2022
_OTHER_YEAR: Final = 2024
_MEBIBYTE: Final = 2**20
_PATIENCE_S: Final = 120


async def measure() -> tuple[list[Row], list[Row], list[Row]]:
    """Run once: latencies in ms, rates per second, memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_daemon(Path(folder)) as daemon:
            await daemon.open_session()
            async with daemon.http() as http:
                plain = await _plain(http)
                enqueued, rates = await _posted(daemon, http, _YEAR)
                rates.append(await _fetched(daemon, "answers fetched, stored, confirmed"))
                memory = await _many(daemon, rates)
    latency = [row("plain: reading the instance over the same API", plain, unit="ms")]
    latency.append(row("asking about one patient until the 202", enqueued, unit="ms"))
    return latency, rates, memory


async def _plain(http: Any) -> list[float]:
    figures = []
    for _ in range(BATCHES):
        begun = time.perf_counter()
        await http.get("/v1/instance")
        figures.append((time.perf_counter() - begun) * 1000)
    return figures


async def _posted(daemon: TestDaemon, http: Any, first_year: int) -> tuple[list[float], list[Row]]:
    people = list(daemon.world.people.people())
    figures = []
    known = _posts(daemon)
    begun = time.perf_counter()
    for place in range(BATCHES):
        person = people[place % len(people)]
        patient = {"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}
        body = {
            "patients": [patient],
            "purpose": "billing_month",
            "month": f"{first_year + place // 12}-{place % 12 + 1:02d}",
        }
        figures.append(await _asked(daemon, http, body))
    await _until(lambda: _posts(daemon) >= known + BATCHES)
    seconds = time.perf_counter() - begun
    return figures, [row("posts, each about one patient", [BATCHES / seconds], unit="1/s")]


async def _asked(daemon: TestDaemon, http: Any, body: dict[str, Any]) -> float:
    """Ask once, waiting where the house says that it is too fast, and say how many ms it took."""
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    while True:
        asked = time.perf_counter()
        answer = await http.post("/v1/insurability-batches", json=body, headers=headers)
        took = (time.perf_counter() - asked) * 1000
        if answer.is_success:
            return took
        if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
            raise SystemExit(answer.text)
        daemon.clock.advance(seconds=int(answer.headers["Retry-After"]))


async def _fetched(daemon: TestDaemon, name: str) -> Row:
    daemon.world.clock.set_insurers_ahead(HOUR_S)
    begun = time.perf_counter()
    fetched = await daemon.services.poller.poll(daemon.world.nurse.registration.id, "memberdata")
    return row(name, [fetched.messages / (time.perf_counter() - begun)], unit="1/s")


async def _many(daemon: TestDaemon, rates: list[Row]) -> list[Row]:
    """Let many answers wait, drain them, and look at the memory around it."""
    boxes = _mailboxes(daemon)
    async with daemon.http() as http:
        await _posted(daemon, http, _OTHER_YEAR)
    genuine = next(each for each in boxes.all() if isinstance(each.item, WaitingMessage))
    boxes.put(
        [
            replace(
                genuine,
                item=replace(renamed(genuine.item, f"many-{number}"), input_reference=f"Q{number}"),
            )
            for number in range(WAITING)
        ]
    )
    process = psutil.Process()
    before = process.memory_info().rss / _MEBIBYTE
    rates.append(await _fetched(daemon, f"the same with {WAITING} waiting"))
    after = process.memory_info().rss / _MEBIBYTE
    return [
        row("before the drain", [before], unit="MiB"),
        row(f"after the drain of {WAITING} answers", [after], unit="MiB"),
    ]


def _mailboxes(daemon: TestDaemon) -> Any:
    service = daemon.world.services[GENASYNC_MEMBERDATA_PATH]
    if not isinstance(service, GenAsyncService):
        raise SystemExit("the sandbox has no GenAsync")
    return service.mailboxes


def _posts(daemon: TestDaemon) -> int:
    return sum(each.operation == "post" for each in daemon.world.ledger.entries())


async def _until(is_so: Any) -> None:
    end = time.perf_counter() + _PATIENCE_S
    while not is_so():
        if time.perf_counter() > end:
            raise SystemExit("not posted in time")
        await asyncio.sleep(0.005)


def main() -> None:
    """Print the tables."""
    quiet()
    latency, rates, memory = asyncio.run(measure())
    show("Enqueueing", latency)
    show("Through the engine, per second (higher is better)", rates)
    show("Memory around fetching", memory)


if __name__ == "__main__":
    main()
