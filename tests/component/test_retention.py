"""What was processed goes after its months, with everything of it; what was not, stays (D23)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bridge.domain.exchanges import Mark
from bridge.domain.periods import BRUSSELS
from bridge.domain.retention import KeptKind
from tests.component.test_story_batches import HOUR_S, ask, request_about
from tests.support.daemon import TestDaemon, running_daemon

pytestmark = pytest.mark.timeout(60)
TABLES = (
    "exchanges", "responses", "evidence", "exchange_people", "insurability_batches",
    "insurability_batch_items",
)  # fmt: skip


@pytest.fixture
async def daemon(tmp_path: Path) -> Any:
    async with running_daemon(tmp_path) as running:
        await running.open_session()
        async with running.http() as http:
            assert (await ask(http, request_about(running))).status_code == 201
        running.world.clock.set_insurers_ahead(HOUR_S)
        await running.services.poller.poll(running.world.nurse.registration.id, "memberdata")
        yield running


async def counts(daemon: TestDaemon) -> dict[str, int]:
    def work(unit: Any) -> dict[str, int]:
        return {
            table: unit.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()  # noqa: S608  names of ours
            for table in TABLES
        }

    return await daemon.parts.store.read(work)


async def process(daemon: TestDaemon, count: int | None = None) -> None:
    async with daemon.http() as http:
        rows = (await http.get("/v1/exchanges")).json()["items"]
        body = {"exchange_ids": [row["id"] for row in rows][:count], "mark": Mark.PROCESSED.value}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        assert (await http.post("/v1/exchanges/marks", json=body, headers=headers)).is_success


async def removed(daemon: TestDaemon) -> int:
    """Let what is due go; gives how many messages went."""
    gone = await daemon.services.retention.expire()
    return gone.get(KeptKind.INSURABILITY_MESSAGES, 0)


def go_to(daemon: TestDaemon, moment: datetime) -> None:
    daemon.clock.advance(seconds=(moment - daemon.clock.now()).total_seconds())


def boundary(daemon: TestDaemon) -> datetime:
    """Give the first moment at which 13 months are over, in Brussels time."""
    day = daemon.clock.now().astimezone(BRUSSELS).date()
    month = day.month + 1
    later = day.replace(year=day.year + 1 + (month > 12), month=(month - 1) % 12 + 1)
    first = later + timedelta(days=1)
    return datetime.combine(first, datetime.min.time(), tzinfo=BRUSSELS)


async def test_processed_rows_go_at_the_boundary_day_in_brussels_sec_162(
    daemon: TestDaemon,
) -> None:
    await process(daemon)
    end = boundary(daemon)
    before = await counts(daemon)
    go_to(daemon, end - timedelta(seconds=1))
    assert await removed(daemon) == 0
    assert await counts(daemon) == before
    go_to(daemon, end)
    assert await removed(daemon) == before["exchanges"]
    assert set((await counts(daemon)).values()) == {0}


async def test_what_nobody_processed_stays_however_old_sec_162(daemon: TestDaemon) -> None:
    before = await counts(daemon)
    go_to(daemon, boundary(daemon) + timedelta(days=4000))
    assert await removed(daemon) == 0
    assert await counts(daemon) == before


async def test_a_batch_stays_as_long_as_one_of_its_messages(daemon: TestDaemon) -> None:
    await process(daemon, 1)
    before = await counts(daemon)
    assert before["exchanges"] > 1
    go_to(daemon, boundary(daemon))
    assert await removed(daemon) == 1
    after = await counts(daemon)
    assert (after["exchanges"], after["insurability_batches"]) == (before["exchanges"] - 1, 1)
    left = await daemon.parts.store.read(lambda unit: unit.exchanges.with_status("accepted"))
    assert all(replace(each) == each for each in left)


async def test_it_looks_at_the_start_by_itself(daemon: TestDaemon) -> None:
    await process(daemon)
    go_to(daemon, boundary(daemon))
    await daemon.services.retention.close()
    daemon.services.retention.start()
    async with daemon.http() as http:
        for _ in range(50):
            if not (await http.get("/v1/exchanges")).json()["items"]:
                break
    assert (await counts(daemon))["evidence"] == 0
