"""The list of changes: read in pages, resumed, limited, and from an undisciplined service."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bridge.adapters.billing.installed import InstalledConnectors
from bridge.daemon.parts import BillingParts
from bridge.domain.billing import BillingPosition, BillingState, is_reachable
from bridge.domain.billingservices import BillingSettings, SyncProgress
from bridge.errors import OutcomeUnknown
from bridge.ports.rest import RestReply
from bridge.service.billingvisit import RequestBudget
from tests.support import billing, contractserver
from tests.support.contractserver import ScriptedRest, page
from tests.support.daemon import TestDaemon, running_daemon

SETTINGS = BillingSettings(requests_per_minute=3, page_items=2)


@dataclass
class Desk:
    daemon: TestDaemon
    rest: ScriptedRest
    asked: list[str] = field(default_factory=list)

    async def begin(self, *invoices) -> None:
        """Forget what was, and keep some invoices."""

        def work(unit):
            unit.billing_accounts.put(billing.account())
            unit.billing_accounts.advance("bsv_1", SyncProgress())
            for each in invoices:
                unit.billing_invoices.put(each)

        await self.daemon.parts.store.write(work)

    async def turn(self, *script, advance_s: float = 3600) -> list[str]:
        """Take one turn with these answers; gives what was asked."""
        self.daemon.clock.advance(seconds=advance_s)
        self.rest.script[:] = script
        before = len(self.rest.asked)
        await self.daemon.services.billing_sync.turn()
        return [each.url.removeprefix(billing.BASE_URL) for each in self.rest.asked[before:]]

    async def states(self, *numbers) -> list[str]:
        def work(unit):
            return [
                unit.billing_invoices.get(billing.invoice(each).id, client_id=None).state.value
                for each in numbers
            ]

        return await self.daemon.parts.store.read(work)

    async def progress(self) -> SyncProgress:
        return await self.daemon.parts.store.read(
            lambda unit: unit.billing_accounts.progress("bsv_1")
        )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    rest = ScriptedRest()
    parts = BillingParts(connectors=InstalledConnectors(()), opener=rest, settings=SETTINGS)
    async with running_daemon(tmp_path, billing=parts) as daemon:
        await daemon.services.billing_sync.close()
        # A secret must be there before the account is used.
        daemon.parts.secrets.put("billing-bsv_1-0", b"secret")
        yield Desk(daemon, rest)


def said(number, state, day=1, **more):
    invoice = billing.invoice(number)
    return {
        "reference": invoice.id,
        "service_ref": invoice.service_ref,
        "state": state,
        "changed_at": f"2026-12-{day:02d}T10:00:00Z",
        **more,
    }


OPEN = BillingPosition(state=BillingState.OPEN)


async def test_pages_follow_each_other_and_the_next_look_begins_where_the_last_ended(desk):
    await desk.begin(*(billing.invoice(number, position=OPEN) for number in (1, 2, 3)))
    asked = await desk.turn(
        page([said(1, "reminded"), said(2, "paid")], "c1", has_more=True),
        page([said(3, "cancelled")], "c2"),
    )
    assert asked == ["/changes?limit=2", "/changes?limit=2&cursor=c1"]
    assert await desk.states(1, 2, 3) == ["reminded", "paid", "cancelled"]
    assert await desk.turn(page([], "c3")) == ["/changes?limit=2&cursor=c2"]
    progress = await desk.progress()
    assert (progress.cursor, progress.requests) == ("c3", 3)
    assert progress.last_run_at == desk.daemon.clock.now()


async def test_out_of_requests_it_goes_on_where_it_stopped(desk):
    await desk.begin(*(billing.invoice(number, position=OPEN) for number in range(1, 6)))
    pages = [page([said(n, "paid")], f"c{n}", has_more=n < 5) for n in range(1, 6)]
    assert len(await desk.turn(*pages[:3])) == 3
    assert await desk.states(1, 2, 3, 4, 5) == ["paid"] * 3 + ["open"] * 2
    assert (await desk.progress()).has_more
    assert await desk.turn(*pages[3:], advance_s=19) == []  # a third of a minute gives one
    assert await desk.turn(*pages[3:], advance_s=41) == [
        f"/changes?limit=2&cursor=c{n}" for n in (3, 4)
    ]
    assert await desk.states(4, 5) == ["paid", "paid"]


async def test_what_was_read_before_trouble_is_kept(desk):
    await desk.begin(*(billing.invoice(number, position=OPEN) for number in (1, 2)))
    await desk.turn(page([said(1, "paid")], "c1", has_more=True), OutcomeUnknown())
    assert await desk.states(1, 2) == ["paid", "open"]
    progress = await desk.progress()
    assert (progress.cursor, progress.failures, progress.problem_code) == (
        "c1", 1, "remote_timeout",
    )  # fmt: skip
    assert await desk.turn(page([said(2, "paid")], "c2")) == ["/changes?limit=2&cursor=c1"]
    assert (await desk.progress()).failures == 0


async def test_a_forgotten_cursor_begins_again_and_asks_about_what_the_list_lacks(desk):
    await desk.begin(*(billing.invoice(number, position=OPEN) for number in (1, 2)))
    await desk.turn(page([], "old"))
    gone = RestReply(status=410, body=b'{"code": "cursor_expired"}')
    asked = await desk.turn(
        gone, page([said(1, "reminded")], "new"), contractserver.as_json(said(2, "paid"))
    )
    assert asked == [
        "/changes?limit=2&cursor=old",
        "/changes?limit=2",
        f"/invoices/{billing.invoice(2).id}",
    ]
    assert await desk.states(1, 2) == ["reminded", "paid"]


async def test_a_list_that_does_not_end_is_trouble_and_not_read_for_ever(desk):
    await desk.begin(billing.invoice(1, position=OPEN))
    same = page([said(1, "open")], "c1", has_more=True)
    assert len(await desk.turn(same, same, same)) == 2
    assert (await desk.progress()).problem_code == "remote_invalid_answer"


async def test_one_answer_that_cannot_be_read_keeps_no_other_from_being_asked_for(desk):
    due = {"position": BillingPosition(state=BillingState.LOSS), "ask_at": billing.NOW}
    await desk.begin(billing.invoice(1, **due), billing.invoice(2, **due))
    nonsense = RestReply(status=200, body=b"nonsense")
    asked = await desk.turn(page([], "c"), nonsense, contractserver.as_json(said(2, "paid")))
    assert [each.partition("?")[0] for each in asked] == [
        "/changes",
        f"/invoices/{billing.invoice(1).id}",
        f"/invoices/{billing.invoice(2).id}",
    ]
    assert await desk.states(1, 2) == ["loss", "paid"]
    assert (await desk.progress()).problem_code == "remote_invalid_answer"


async def test_without_anything_to_keep_in_step_nothing_is_asked(desk):
    def work(unit):
        unit.billing_accounts.put(billing.account(is_synchronised=False))
        unit.billing_invoices.put(billing.invoice(1, is_synchronised=False, position=OPEN))

    await desk.daemon.parts.store.write(work)
    assert await desk.turn() == []


async def test_what_is_not_kept_in_step_is_left_alone_by_the_list(desk):
    await desk.begin(billing.invoice(1, is_synchronised=False, position=OPEN))
    await desk.turn(page([said(1, "paid")], "c"))
    assert await desk.states(1) == ["open"]


async def test_a_plan_the_list_does_not_say_is_fetched_with_the_next_question(desk):
    await desk.begin(billing.invoice(1, position=OPEN))
    plan = {"items": [{"number": 1, "due_on": "2027-01-01", "amount_cents": 5}]}
    asked = await desk.turn(
        page([said(1, "open", has_instalments=True)], "c"),
        contractserver.as_json(said(1, "open", has_instalments=True)),
        contractserver.as_json(plan),
    )
    assert asked[-1].endswith("/instalments")
    found = await desk.daemon.parts.store.read(
        lambda unit: unit.billing_invoices.get(billing.invoice(1).id, client_id=None)
    )
    assert found.position.plan.total == 5


async def test_unknown_invoices_are_kept_as_they_came_and_without_people(desk):
    await desk.begin()
    stray = said(9, "open", patient={"name": "Pruikenmaker"}) | {"reference": "elsewhere"}
    await desk.turn(page([stray], "c"))
    strays, total = await desk.daemon.services.billing_desk.strays("bsv_1", limit=5, after=None)
    assert total == 1
    assert json.loads(strays[0].raw)["reference"] == "elsewhere"
    assert "Pruikenmaker" not in strays[0].raw


FEW = settings(
    max_examples=12,
    phases=(Phase.generate,),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@FEW
@given(contractserver.items_about(billing.invoice(1).id), st.integers(1, 3))
async def test_a_service_without_discipline_never_makes_a_life_that_cannot_be(desk, items, cuts):
    """Reordered, repeated, impossible and missing states, in pages cut anywhere."""
    await desk.begin(billing.invoice(1, position=BillingPosition(state=BillingState.SENT)))
    step = max(1, len(items) // cuts)
    parts = [items[at : at + step] for at in range(0, len(items), step)][:3]
    script = [
        page(each, f"c{place}", has_more=place < len(parts) - 1) for place, each in enumerate(parts)
    ]
    await desk.turn(*script)
    invoice = await desk.daemon.parts.store.read(
        lambda unit: unit.billing_invoices.get(billing.invoice(1).id, client_id=None)
    )
    lived = [BillingState.SENT, *(each.state for each in invoice.position.changes)]
    assert all(is_reachable(a, b) for a, b in itertools.pairwise(lived))
    assert lived[-1] is invoice.state
    assert (await desk.progress()).problem_code is None


def test_a_budget_lets_a_minute_through_and_fills_again():
    budget = RequestBudget(3)
    assert [budget.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert not budget.take(19.0)
    assert budget.take(21.0)
    assert [budget.take(1000.0) for _ in range(4)] == [True, True, True, False]
