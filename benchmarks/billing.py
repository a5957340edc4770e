"""Keeping 10 000 open invoices in step with a billing service: requests, time, memory.

The service answers at once from memory, so that what is measured is ours: reading a page, the
moves, the invoices, their rows of the history, the events.
Beside it: the same pages decoded and nothing kept.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.table import Row, quiet, row, show
from bridge.adapters.billing.contract import decode_page
from bridge.adapters.billing.installed import InstalledConnectors
from bridge.daemon.parts import BillingParts
from bridge.domain.billing import BillingState
from bridge.domain.billingservices import BillingSettings
from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.ports.rest import RestReply, RestRequest
from tests.support import billing
from tests.support.daemon import TestDaemon, running_daemon

INVOICES: Final = 10_000
PAGE: Final = 500
AT_ONCE: Final = 1_000
_MEBIBYTE: Final = 2**20
_HOUR_S: Final = 3_600
SETTINGS: Final = BillingSettings(page_items=PAGE, requests_per_minute=100_000)


class Service:
    """Says what a run is to hear, in pages, and counts what it is asked."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self.pages: list[bytes] = []
        self.requests = 0

    def __call__(self, identity: object) -> Service:
        """Open it."""
        del identity
        return self

    def will_say(self, numbers: range, state: BillingState, day: int) -> None:
        """Prepare the pages of a run; the last one is empty when there is nothing to say."""
        items = [_item(number, state, day) for number in numbers]
        parts = [items[at : at + PAGE] for at in range(0, len(items), PAGE)] or [[]]
        self.pages = [
            json.dumps(
                {
                    "items": part,
                    "next_cursor": f"{day}-{place}",
                    "has_more": place < len(parts) - 1,
                }
            ).encode()
            for place, part in enumerate(parts)
        ]

    async def send(self, request: RestRequest) -> RestReply:
        """Answer the next page, or a token."""
        if request.url.endswith("/token"):
            token = {"access_token": "t", "token_type": "bearer", "expires_in": 10**6}
            return RestReply(status=200, body=json.dumps(token).encode())
        self.requests += 1
        return RestReply(status=200, body=self.pages.pop(0))

    async def close(self) -> None:
        """Close nothing."""


def _item(number: int, state: BillingState, day: int) -> dict[str, Any]:
    invoice = billing.invoice(number)
    is_paid = state is BillingState.PAID
    return {
        "reference": invoice.id,
        "service_ref": invoice.service_ref,
        "state": state.value,
        "changed_at": f"2026-12-{day:02d}T10:00:00Z",
        "amount_cents": invoice.amounts.total,
        "paid_cents": invoice.amounts.total if is_paid else 0,
        "reminders": {"count": day if state is BillingState.REMINDED else 0, "last_on": None},
        "has_instalments": False,
    }


async def _fill(daemon: TestDaemon) -> None:
    store = daemon.parts.store
    account = billing.account()
    await store.write(lambda unit: unit.billing_accounts.put(account))
    for first in range(1, INVOICES + 1, AT_ONCE):
        await store.write(partial(_put, range(first, first + AT_ONCE)))


def _put(numbers: range, unit: Any) -> None:
    for number in numbers:
        invoice = billing.invoice(number)
        unit.billing_invoices.put(invoice)
        unit.exchanges.add(_message(invoice.id, invoice.exchange_id))


def _message(invoice_id: str, exchange_id: str) -> Exchange:
    return Exchange(
        id=exchange_id,
        client_id="test",
        practice_id="",
        registration_id="",
        service="billing",
        kind="billing_invoice",
        insurer="",
        input_reference=invoice_id,
        content_digest=invoice_id,
        subject_id=invoice_id,
        status=ExchangeStatus.RECEIVED,
        created_at=billing.NOW,
        updated_at=billing.NOW,
        sent_at=billing.NOW,
        has_tack=True,
    )


async def _run(daemon: TestDaemon, service: Service) -> tuple[float, int]:
    """Take one look; gives milliseconds and requests."""
    daemon.clock.advance(seconds=_HOUR_S)
    before = service.requests
    begun = time.perf_counter()
    await daemon.services.billing_sync.turn()
    return (time.perf_counter() - begun) * 1000, service.requests - before


async def measure() -> tuple[list[Row], list[Row], list[Row]]:
    """Measure runs in which everything, one in a hundred, and nothing changed."""
    process, service = psutil.Process(), Service()
    parts = BillingParts(connectors=InstalledConnectors(()), opener=service, settings=SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        async with running_daemon(Path(folder), billing=parts) as daemon:
            await daemon.services.billing_sync.close()
            daemon.parts.secrets.put("billing-bsv_1-0", b"secret")
            await _fill(daemon)
            everything = range(1, INVOICES + 1)
            idle = process.memory_info().rss / _MEBIBYTE
            times, requests = [], []
            days = count(1)
            service.will_say(everything, BillingState.OPEN, next(days))
            await _run(daemon, service)  # the first look, which asks for everything
            for name, looks in (
                ("everything changed", [everything] * 3),
                ("one in a hundred changed", [everything[first::100] for first in range(5)]),
                ("nothing changed", [everything[:0]] * 5),
            ):
                took, plain, asked = await _looks(daemon, service, looks, days)
                times += [
                    row(name, took, unit="ms"),
                    row(f"{name}: pages decoded, nothing kept", plain, unit="ms"),
                ]
                requests.append(row(name, [asked], unit=""))
            peak = process.memory_info().rss / _MEBIBYTE
    memory = [row("idle", [idle], unit="MiB"), row("after all looks", [peak], unit="MiB")]
    return times, requests, memory


async def _looks(
    daemon: TestDaemon, service: Service, looks: list[range], days: Iterator[int]
) -> tuple[list[float], list[float], float]:
    """Take looks; gives the milliseconds of each, of decoding alone, and requests of one."""
    took, plain, before = [], [], service.requests
    for numbers in looks:
        service.will_say(numbers, BillingState.REMINDED, next(days))
        plain.append(_decoded(service.pages))
        took.append((await _run(daemon, service))[0])
    return took, plain, (service.requests - before) / len(looks)


def _decoded(pages: list[bytes]) -> float:
    begun = time.perf_counter()
    for page in pages:
        decode_page(page)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Print the tables."""
    quiet()
    times, requests, memory = asyncio.run(measure())
    number = f"{INVOICES:,}".replace(",", " ")
    show(f"Keeping {number} open invoices in step", times)
    show("Requests, in pages of 500", requests)
    show("Memory", memory)


if __name__ == "__main__":
    main()
