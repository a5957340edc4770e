"""A real SIGKILL at every step of sending and fetching: nothing lost, nothing sent twice (D27).

The oracle is what the played platform received, not the client's database.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.batches import BatchPurpose
from bridge.domain.insurability import InsurabilityQuestion
from bridge.domain.periods import Period
from bridge.ehealth.endpoints import GENASYNC_MEMBERDATA_PATH
from bridge.ports.exchanges import ExchangeFilter
from bridge.sandbox.genasync import GenAsyncService
from bridge.service.batchdrafts import Asked, BatchRequest
from bridge.service.facade import Services
from bridge.service.keys import KeyClaim
from tests.support.killed import CLIENT, KilledDaemon

pytestmark = pytest.mark.timeout(180)

BEFORE_WIRE = ("send.before_row", "send.after_row")
AFTER_WIRE = (
    "wire.post.answer",
    "send.answered",
    "send.before_receipt",
    "send.after_receipt",
)
FETCHING = (
    "wire.get.half",
    "wire.get.answer",
    "fetch.received",
    "fetch.stored",
    "fetch.before_confirm",
    "wire.confirm.half",
    "wire.confirm.answer",
    "fetch.after_confirm",
)
IN_EVERY_RUN = {
    *BEFORE_WIRE,
    *("wire.post.answer", "send.before_receipt"),
    *("wire.get.half", "fetch.stored", "fetch.before_confirm", "wire.confirm.answer"),
}
"""The others, which a process of several seconds each stands for, are for the long run (D26)."""


def steps(names: tuple[str, ...]) -> list:
    return [
        pytest.param(name, marks=[] if name in IN_EVERY_RUN else pytest.mark.slow) for name in names
    ]


CLAIM = KeyClaim(key="kill-test-key-0001", route="POST /v1/insurability-batches", fingerprint="f")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[KilledDaemon]:
    killed = KilledDaemon(tmp_path)
    yield killed
    killed.close()


def asking(daemon: KilledDaemon) -> Any:
    today = date.today()  # noqa: DTZ011  # the day of the machine both processes run on
    person = daemon.world.people.people()[0]
    request = BatchRequest(
        purpose=BatchPurpose.NEW_PATIENTS,
        month=None,
        patients=(
            Asked(
                client_ref="one",
                question=InsurabilityQuestion(
                    patient=person.niss, period=Period(from_on=today, to_on=today)
                ),
                insurer=person.mutuality.insurer,
            ),
        ),
    )

    async def story(services: Services) -> str:
        accepted = await services.batches.ask(request, client=CLIENT, claim=CLAIM)
        await services.operations.wait(accepted.operation.id, seconds=40)
        return accepted.batch.id

    return story


async def fetching(services: Services) -> str:
    operation = await services.poller.fetch_now(client=CLIENT, registration_id=None, service=None)
    await services.operations.wait(operation.id, seconds=40)
    return (await services.operations.get(operation.id, client_id=CLIENT.id)).status.value


async def sending(services: Services) -> int:
    """Give the outbox time to do everything it would do by itself."""
    await asyncio.sleep(1)
    return await services.outbox.send_due()


async def statuses(services: Services) -> list[str]:
    page = await services.history.page(ExchangeFilter(), client=CLIENT, limit=10)
    return [exchange.status.value for exchange in page.items]


def posts(daemon: KilledDaemon) -> Counter[str | None]:
    entries = daemon.world.ledger.entries()
    return Counter(each.reference for each in entries if each.operation == "post")


@pytest.mark.parametrize("step", BEFORE_WIRE)
def test_rpl_06_killed_before_the_wire_sec_15(daemon: KilledDaemon, step: str) -> None:
    daemon.run(asking(daemon), dies_at=step)
    assert posts(daemon) == {}
    daemon.run(sending)
    found = daemon.run(statuses)
    if step == "send.before_row":
        assert found == ["sent"]
        assert list(posts(daemon).values()) == [1]
    else:
        # The row says sent and nobody can tell: a person decides, never the program.
        assert found == ["outcome_unknown"]
        assert posts(daemon) == {}


def test_rpl_06_killed_in_the_middle_of_the_wire_a_person_decides(daemon: KilledDaemon) -> None:
    daemon.run(asking(daemon), dies_at="wire.post.half")
    assert posts(daemon) == {}
    daemon.run(sending)
    assert daemon.run(statuses) == ["outcome_unknown"]
    assert posts(daemon) == {}

    async def resent(services: Services) -> None:
        page = await services.history.page(ExchangeFilter(), client=CLIENT, limit=10)
        await services.outbox.resend(page.items[0].id, client=CLIENT)
        await services.outbox.send_due()

    daemon.run(resent)
    assert list(posts(daemon).values()) == [1]
    assert daemon.run(statuses) == ["sent"]


@pytest.mark.parametrize("step", steps(AFTER_WIRE))
def test_rpl_06_killed_after_the_wire_is_never_sent_twice(daemon: KilledDaemon, step: str) -> None:
    daemon.run(asking(daemon), dies_at=step)
    assert list(posts(daemon).values()) == [1]
    daemon.run(sending)
    assert list(posts(daemon).values()) == [1]
    daemon.world.clock.set_insurers_ahead(3600)
    assert daemon.run(fetching) == "succeeded"
    assert daemon.run(statuses)[0] in {"accepted", "partially_accepted"}
    assert list(posts(daemon).values()) == [1]


@pytest.mark.parametrize("step", steps(FETCHING))
def test_rpl_06_killed_while_fetching_loses_nothing(daemon: KilledDaemon, step: str) -> None:
    daemon.run(asking(daemon))
    daemon.world.clock.set_insurers_ahead(3600)
    daemon.run(fetching, dies_at=step)
    service = daemon.world.services[GENASYNC_MEMBERDATA_PATH]
    assert isinstance(service, GenAsyncService)
    assert daemon.run(fetching) == "succeeded"
    assert daemon.run(statuses)[0] in {"accepted", "partially_accepted"}
    assert service.mailboxes.count() == 0
    assert list(posts(daemon).values()) == [1]
