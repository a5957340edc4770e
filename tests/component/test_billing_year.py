"""A hundred invoices and a simulated year: every state is what the service decided.

The demonstration of the requirement: through the interface and by events, with an outage.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.billing import SYMBOLS, BillingState
from bridge.sandbox.billing_fates import FATES
from tests.support.billingfront import INVOICES, Front
from tests.support.daemon import CLIENT, running_daemon

pytestmark = pytest.mark.timeout(300)

PDFS = 100
DATES = ("loss_on", "paid_on", "cancelled_on")


class Hearing:
    """Listens to the events about invoices."""

    def __init__(self, front: Front) -> None:
        events = front.daemon.services.events
        self._listener = events.subscribe(CLIENT.id, topics=frozenset({"billing"}))
        self.told: dict[str, list[str]] = {}

    async def take(self) -> None:
        """Take what has been told so far."""
        while True:
            event = await self._listener.next(within_s=0.002)
            if event is None:
                return
            if event.object == "billing_invoice":
                self.told.setdefault(event.object_id, []).append(event.status)


async def send(front: Front, number: int, hearing: Hearing) -> dict[str, Any]:
    front.daemon.clock.advance(seconds=1)  # a front end is allowed so many requests a second
    reply = await front.send(number)
    assert reply.status_code == 201, reply.text
    await hearing.take()
    sent: dict[str, Any] = reply.json()
    return sent


async def live_a_year(front: Front, hearing: Hearing) -> int:
    """Let a year pass with an outage of four weeks; gives the requests that it took."""
    scenario = front.daemon.world.scenario
    requests = await front.daemon.services.billing_sync.turn()
    for step in range(14):
        if step in (4, 5):
            scenario.choose("billing_down" if step == 4 else "normal")
        front.pass_days(28)
        requests += await front.daemon.services.billing_sync.turn()
        await hearing.take()
    return requests


async def every_invoice(front: Front) -> list[dict[str, Any]]:
    found, query = [], {"limit": 40}
    while True:
        listed = await front.get(INVOICES, **query)
        found += listed["items"]
        if listed["page"]["next_cursor"] is None:
            return found
        query = {"limit": 40, "cursor": listed["page"]["next_cursor"]}


def judge(item: dict[str, Any], truth: dict[str, Any]) -> None:
    """Compare an invoice as shown with what the service decided."""
    assert item["state"]["code"] == truth["state"]
    assert item["state"]["symbol"] == SYMBOLS[BillingState(truth["state"])]
    assert item["reminders"] == truth["reminders"]
    assert item["paid_cents"] == truth["paid_cents"]
    assert {name: item[name] for name in DATES} == {name: truth[name] for name in DATES}
    shown, plan = item["instalments"], truth["instalments"]
    assert (shown is None) == (plan is None)
    if shown is not None and plan is not None:
        assert (shown["agreed_on"], shown["items"]) == (plan["agreed_on"], plan["items"])


def judge_life(detail: dict[str, Any], told: list[str], fate: str) -> None:
    """Compare history, events and findings of an invoice with its fate."""
    lived = list(dict.fromkeys(line["state"]["code"] for line in detail["history"]))
    assert [state for state in dict.fromkeys(told) if state != "prepared"] == lived
    assert told[-1] == detail["state"]["code"]
    found = {finding["code"] for finding in detail["findings"]}
    assert ("billing_move_impossible" in found) == (fate == "contradicted")
    assert ("billing_state_unknown" in found) == (fate == "disputed")


async def test_every_invoice_shows_what_the_service_decided(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await daemon.services.billing_sync.close()
        front = Front(daemon, http)
        await front.register()
        hearing = Hearing(front)
        sent = [await send(front, number, hearing) for number in range(1, PDFS + 1)]
        requests = await live_a_year(front, hearing)
        played = daemon.world.billing
        for item in await every_invoice(front):
            judge(item, played.truth(item["id"]))
        for each in sent:
            daemon.clock.advance(seconds=1)
            detail = await front.get(each["links"]["self"])
            judge_life(detail, hearing.told[each["id"]], played.fate(each["id"]))
        totals = await front.get(f"{INVOICES}/totals")
        expected = Counter(played.truth(each["id"])["state"] for each in sent)
        counted = {each["state"]["code"]: each["count"] for each in totals["states"]}
        assert {state: count for state, count in counted.items() if count} == expected
        assert set(expected) == {"open", "loss", "paid", "cancelled"}
        assert {played.fate(each["id"]) for each in sent} == {fate.name for fate in FATES}
        ledger = [each for each in daemon.world.ledger.entries() if each.service == "billing"]
        uploads = Counter(each.reference for each in ledger if each.operation == "upload")
        assert uploads == {each["id"]: 1 for each in sent}
        # Losses are asked for at each look, four weeks apart, and silent ones now and then.
        assert requests < 14 * 40
