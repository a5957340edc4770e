"""A real SIGKILL while an invoice goes to a billing service: never lost, never sent twice (D27).

The oracle is what the played service received, not the client's database.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bridge.adapters.http import HttpRest
from bridge.domain.billing import BillingState
from bridge.ports.billing import BillingFilter
from bridge.ports.rest import RestReply, RestRequest
from bridge.service.facade import Services
from tests.support import billing
from tests.support.killed import CLIENT, KilledDaemon

pytestmark = pytest.mark.timeout(180)

AFTER_WIRE = ("billing.answered", "billing.before_receipt", "billing.after_receipt")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[KilledDaemon]:
    killed = KilledDaemon(tmp_path)
    yield killed
    killed.close()


def sending(daemon: KilledDaemon) -> Any:
    """Give the story of one invoice that is sent."""
    url = daemon.billing_url
    account = billing.account(base_url=url, token_url=f"{url}/token")
    daemon.register(account)

    async def story(services: Services) -> None:
        asked = billing.wanted(account.id)
        accepted = await services.billing_invoices.send(asked, client=CLIENT, claim=billing.claim())
        await services.operations.wait(accepted.operation.id, seconds=30)

    return story


async def going_on(services: Services) -> tuple[str, str]:
    """Do all that the daemon would do by itself, and say where the invoice stands."""
    await services.billing_outbox.send_due()
    await services.billing_sync.turn()
    found, _ = await services.billing_invoices.page(
        BillingFilter(), client=CLIENT, limit=5, before_id=None
    )
    (invoice,) = found
    return invoice.status.value, invoice.state.value


async def sent_again(services: Services) -> None:
    """Let a person send again what nobody knows of."""
    found, _ = await services.billing_invoices.page(
        BillingFilter(), client=CLIENT, limit=5, before_id=None
    )
    await services.outbox.resend(found[0].exchange_id, client=CLIENT)


def uploads(daemon: KilledDaemon) -> list[int]:
    entries = daemon.world.ledger.entries()
    return list(Counter(each.reference for each in entries if each.operation == "upload").values())


@pytest.mark.slow  # the next one speaks for it in the fast tier
def test_killed_before_the_row_says_sent_it_goes_once(daemon: KilledDaemon) -> None:
    daemon.run(sending(daemon), dies_at="billing.before_row")
    assert uploads(daemon) == []
    assert daemon.run(going_on) == ("received", "sent")
    assert uploads(daemon) == [1]


def test_killed_between_row_and_wire_a_person_decides(daemon: KilledDaemon) -> None:
    daemon.run(sending(daemon), dies_at="billing.after_row")
    assert uploads(daemon) == []
    assert daemon.run(going_on) == ("outcome_unknown", "prepared")
    assert uploads(daemon) == []
    daemon.run(sent_again)
    assert daemon.run(going_on) == ("received", "sent")
    assert uploads(daemon) == [1]


@pytest.mark.parametrize(
    "step",
    [AFTER_WIRE[0], *(pytest.param(step, marks=pytest.mark.slow) for step in AFTER_WIRE[1:])],
)
def test_killed_after_the_wire_it_is_found_and_never_sent_twice(
    daemon: KilledDaemon, step: str
) -> None:
    daemon.run(sending(daemon), dies_at=step)
    assert uploads(daemon) == [1]
    assert daemon.run(going_on) == ("received", "sent")
    assert uploads(daemon) == [1]


class DyingRest:
    """Carries everything until an upload, and dies in the middle of that."""

    def __init__(self, inner: HttpRest, *, after_answer: bool) -> None:
        self._inner = inner
        self._after_answer = after_answer

    async def send(self, request: RestRequest) -> RestReply:
        if request.method != "PUT":
            return await self._inner.send(request)
        address = urlsplit(request.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        body = request.body or b""
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        head = "\r\n".join(
            [
                f"PUT {address.path} HTTP/1.1",
                f"Host: {address.netloc}",
                f"Content-Length: {len(body)}",
                *lines,
                "",
                "",
            ]
        )
        whole = head.encode() + body
        writer.write(whole if self._after_answer else whole[: len(whole) // 2])
        await writer.drain()
        if self._after_answer:
            await reader.read(64)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("survived")

    async def close(self) -> None:
        await self._inner.close()


@pytest.mark.slow
@pytest.mark.parametrize("after_answer", [False, True], ids=["half of it left", "answer began"])
def test_killed_in_the_middle_of_the_wire(daemon: KilledDaemon, *, after_answer: bool) -> None:
    def opener(_identity: object) -> DyingRest:
        return DyingRest(HttpRest(program="carebridge/test"), after_answer=after_answer)

    daemon.billing_opener = opener
    daemon.run(sending(daemon), dies_at="wire")
    daemon.billing_opener = None
    assert uploads(daemon) == [1] * after_answer
    expected = ("received", BillingState.SENT.value) if after_answer else (
        "outcome_unknown", BillingState.PREPARED.value,
    )  # fmt: skip
    assert daemon.run(going_on) == expected
    assert uploads(daemon) == [1] * after_answer


@pytest.mark.slow
def test_killed_between_two_pages_the_list_goes_on(daemon: KilledDaemon) -> None:
    daemon.run(sending(daemon))
    daemon.world.clock.set_insurers_ahead(30 * 86_400)

    async def looking(services: Services) -> None:
        await services.billing_sync.turn()

    daemon.run(looking, dies_at="billing.page_kept")
    assert daemon.run(going_on) == ("settled", "paid")
    assert uploads(daemon) == [1]
