"""The asynchronous engine against the sandbox: enqueueing, posting, fetching, and memory.

Beside each rate stands the limit of the same run: the same messages built, signed, carried and
verified by the sandbox, with nothing kept.
"""

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
from bridge.domain.exchanges import Exchange
from bridge.ehealth.endpoints import GENASYNC_MEMBERDATA_PATH
from bridge.mycarenet.common import reference_digits
from bridge.mycarenet.genasync_values import WaitingMessage
from bridge.sandbox.genasync import GenAsyncService
from bridge.sandbox.genasync_mailbox import renamed
from tests.support.daemon import TestDaemon, running_daemon

BATCHES: Final = 30
WAITING: Final = 10_000
PAGES: Final = 5
HOUR_S: Final = 3600
_FIRST_YEAR: Final = 2022
_MEBIBYTE: Final = 2**20
_PATIENCE_S: Final = 120
_GLANCE_S: Final = 0.05
_SEEN: Final[list[float]] = []


async def measure() -> tuple[list[Row], list[Row], list[Row], list[Row]]:
    """Run once: latencies in ms, rates per second, memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_daemon(Path(folder)) as daemon:
            await daemon.open_session()
            async with daemon.http() as http:
                plain = await _plain(http)
                enqueued, posts = await _posted(daemon, http)
                rates = [await _limit_of_posts(daemon), posts]
                few = await _fetched(daemon, "answers fetched, stored, read, confirmed", HOUR_S)
                answers: list[Row] = []
                memory = await _many(daemon, answers)
                answers.append(few)
    latency = [row("plain: reading the instance over the same API", plain, unit="ms")]
    latency.append(row("asking about one patient until the 202", enqueued, unit="ms"))
    return latency, rates, answers, memory


async def _plain(http: Any) -> list[float]:
    figures = []
    for _ in range(BATCHES):
        begun = time.perf_counter()
        await http.get("/v1/instance")
        figures.append((time.perf_counter() - begun) * 1000)
    return figures


async def _posted(daemon: TestDaemon, http: Any, *, shift: int = 0) -> tuple[list[float], Row]:
    people = list(daemon.world.people.people())
    figures = []
    known = _posts(daemon)
    begun = time.perf_counter()
    for place in range(BATCHES):
        person = people[(place + shift) % len(people)]
        patient = {"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}
        body = {
            "patients": [patient],
            "purpose": "billing_month",
            "month": f"{_FIRST_YEAR + place // 12}-{place % 12 + 1:02d}",
        }
        figures.append(await _asked(daemon, http, body))
    await _until(lambda: _posts(daemon) >= known + BATCHES)
    seconds = time.perf_counter() - begun
    return figures, row(
        "posts, asked for, stored, sent, receipted", [BATCHES / seconds], unit="1/s"
    )


async def _limit_of_posts(daemon: TestDaemon) -> Row:
    """Post the contents that were sent once more, under fresh references, keeping nothing."""
    parts = daemon.services.outbox._parts  # noqa: SLF001  # measures its parts alone
    service = parts.services["memberdata"]
    session = parts.sessions.require(daemon.world.nurse.registration.id)
    sent = await parts.store.read(lambda unit: unit.exchanges.with_status("sent", "received"))
    contents = [await _content(daemon, each) for each in sent[:BATCHES]]
    begun = time.perf_counter()
    for exchange, content in zip(sent, contents, strict=False):
        fresh = replace(exchange, input_reference=reference_digits(parts.ids))
        detail = await parts.wrapping.wrap(content, service=service, session=session)
        body = parts.client.prepare_post(fresh, detail, service=service, session=session)
        reply = await parts.client.send_post(body, service=service)
        parts.client.read_receipt(reply, service=service, content=content)
    rate = len(contents) / (time.perf_counter() - begun)
    return row("limit: the same posts, nothing kept", [rate], unit="1/s")


async def _content(daemon: TestDaemon, exchange: Exchange) -> bytes:
    kept = await daemon.parts.store.read(lambda unit: unit.evidence.of_subject(exchange.id))
    return next(piece.content for piece in kept if piece.kind == "content")


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


async def _fetched(daemon: TestDaemon, name: str, ahead_s: int) -> Row:
    daemon.world.clock.set_insurers_ahead(ahead_s)
    begun = time.perf_counter()
    fetched = await daemon.services.poller.poll(daemon.world.nurse.registration.id, "memberdata")
    return row(name, [fetched.messages / (time.perf_counter() - begun)], unit="1/s")


async def _limit_of_answers(daemon: TestDaemon) -> Row:
    """Ask for one page and read it, keeping and confirming nothing."""
    parts = daemon.services.outbox._parts  # noqa: SLF001  # measures its parts alone
    service = parts.services["memberdata"]
    session = parts.sessions.require(daemon.world.nurse.registration.id)
    count = 0
    begun = time.perf_counter()
    for _ in range(PAGES):
        waiting = await parts.client.get(
            service=service, session=session, most=service.most_messages
        )
        count += len(parts.wrapping.read(waiting.messages, service=service, session=session))
    rate = count / (time.perf_counter() - begun)
    return row("limit: pages asked for and read, nothing kept", [rate], unit="1/s")


async def _many(daemon: TestDaemon, rates: list[Row]) -> list[Row]:
    """Let many answers wait, drain them, and look at the memory around it."""
    boxes = _mailboxes(daemon)
    async with daemon.http() as http:
        await _posted(daemon, http, shift=1)
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
    daemon.world.clock.set_insurers_ahead(2 * HOUR_S)
    rates.append(await _limit_of_answers(daemon))
    process = psutil.Process()
    before = process.memory_info().rss / _MEBIBYTE
    watch = asyncio.create_task(_peak(process))
    rates.append(await _fetched(daemon, f"the same with {WAITING} waiting", 2 * HOUR_S))
    watch.cancel()
    after = process.memory_info().rss / _MEBIBYTE
    highest = max([before, after, *_SEEN])
    return [
        row("before the drain, answers waiting in the same process", [before], unit="MiB"),
        row(f"highest during the drain of {WAITING} answers", [highest], unit="MiB"),
        row("after the drain", [after], unit="MiB"),
    ]


async def _peak(process: psutil.Process) -> None:
    while True:
        _SEEN.append(process.memory_info().rss / _MEBIBYTE)
        await asyncio.sleep(_GLANCE_S)


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
    latency, rates, answers, memory = asyncio.run(measure())
    show("Enqueueing", latency)
    show("Posts per second (higher is better)", rates)
    show("Answers per second (higher is better)", answers)
    show("Memory around fetching", memory)


if __name__ == "__main__":
    main()
