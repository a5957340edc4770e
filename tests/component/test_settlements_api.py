"""Settlements over the interface: listed, opened invoice by invoice, worked off, marked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import running_daemon
from tests.support.invoicemonth import PRICE, TOO_MUCH, Practice

pytestmark = pytest.mark.timeout(60)
SETTLEMENTS = "/v1/settlements"


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with running_daemon(tmp_path) as daemon:
        found = Practice(daemon)
        await found.begin()
        yield found


async def settled(practice: Practice, http: Any) -> dict[str, Any]:
    """Give the settlement of a batch of two invoices, one of whose acts was too dear."""
    anna = practice.person("Anna")
    claims = [
        practice.claim(
            anna,
            *(
                practice.injection(f"A{day}", day, TOO_MUCH if day == 7 else PRICE)
                for day in range(first, first + 10)
            ),
            client_ref=f"from-{first}",
        )
        for first in (1, 11)
    ]
    await practice.send(await practice.draft("300", *claims))
    await practice.days_pass(6)
    answer = await http.get(SETTLEMENTS, params={"answer": "920900"})
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    found: dict[str, Any] = item
    return found


async def test_a_settlement_opens_into_its_invoices(practice: Practice) -> None:
    async with practice.daemon.http() as http:
        item = await settled(practice, http)
        assert (item["answer"], item["is_applied"], item["findings"]) == ("920900", True, [])
        (payment,) = item["payments"]
        assert payment["accepted_cents"] == 19 * PRICE
        assert payment["refused_cents"] == TOO_MUCH
        assert (await http.get(item["links"]["self"])).json() == item
        path = item["links"]["invoices"]
        page = (await http.get(path, params={"limit": 1})).json()
        assert page["page"]["total"] == 2
        (first,) = page["items"]
        assert (first["client_ref"], first["paid_cents"]) == ("from-1", 9 * PRICE)
        assert [day["result"] for day in first["days"]].count("refused") == 1
        assert first["handover"] == {
            "result": "partly_paid",
            "paid_cents": 9 * PRICE,
            "refused_cents": TOO_MUCH,
            "mutuality": payment["mutuality"],
            "payment_reference": payment["payment_reference"],
        }
        error = first["errors"][0]
        assert (error["record"], error["zone"], error["letter"]) == ("50", "19", "R")
        assert error["meaning"]
        assert error["zone_title"]
        cursor = page["page"]["next_cursor"]
        rest = (await http.get(path, params={"limit": 1, "cursor": cursor})).json()
        assert [each["client_ref"] for each in rest["items"]] == ["from-11"]
        assert rest["page"]["next_cursor"] is None
        assert rest["items"][0]["handover"]["result"] == "paid"
        accepted = await http.get(SETTLEMENTS, params={"answer": "920098"})
        (earlier,) = accepted.json()["items"]
        page = (await http.get(earlier["links"]["invoices"])).json()
        assert [each["handover"] for each in page["items"]] == [None, None]


async def test_working_off_twice_gives_the_same(practice: Practice) -> None:
    async with practice.daemon.http() as http:
        item = await settled(practice, http)
        path = f"{item['links']['self']}/processing"
        first, second = [(await http.post(path, json={})).json() for _ in range(2)]
        assert first == second
        assert first["carried_to_id"].startswith("inv_")
        assert first["processed_at"] is not None
        open_ones = await http.get(SETTLEMENTS, params={"is_processed": "false"})
        assert [each["answer"] for each in open_ones.json()["items"]] == ["920098"]


async def test_marks_need_processing_before_archiving(practice: Practice) -> None:
    async with practice.daemon.http() as http:
        item = await settled(practice, http)
        asked = {"settlement_ids": [item["id"]], "mark": "archived"}
        refused = await http.post(f"{SETTLEMENTS}/marks", json=asked)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_processed")
        for mark in ("processed", "archived"):
            done = await http.post(f"{SETTLEMENTS}/marks", json={**asked, "mark": mark})
            assert done.status_code == 200
        (marked,) = done.json()["items"]
        assert marked["archived_at"] is not None


async def test_nothing_is_found_under_another_name(practice: Practice) -> None:
    async with practice.daemon.http() as http:
        for path in ("set_nobody", "set_nobody/invoices"):
            assert (await http.get(f"{SETTLEMENTS}/{path}")).status_code == 404
        processing = await http.post(f"{SETTLEMENTS}/set_nobody/processing", json={})
        assert processing.status_code == 404
        wrong = await http.get(SETTLEMENTS, params={"is_processed": "maybe"})
        assert wrong.status_code == 400
