"""The practice setting `insurability_required`: without an answered check nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.invoices import InvoiceBatch
from tests.support.daemon import CLIENT, running_daemon
from tests.support.invoicemonth import Practice

pytestmark = pytest.mark.timeout(60)
CODE = "insurability_unchecked"


async def requires(http: Any, path: str, *, value: bool | None) -> None:
    current = await http.get(path)
    changed = await http.patch(
        path,
        json={"insurability_required": value},
        headers={
            "If-Match": current.headers["etag"],
            "Content-Type": "application/merge-patch+json",
        },
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["insurability_required"] is value
    assert changed.json()["name"] == "Praktijk"


async def errors_of(practice: Practice, batch: InvoiceBatch) -> list[str]:
    service = practice.daemon.services.invoice_batches
    found = await service.validate(batch.id, client=CLIENT, limit=9)
    return [each.code for claim in found.claims for each in claim.findings if not each.is_warning]


async def test_a_claim_needs_an_answered_check_where_the_practice_says_so(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        practice = Practice(daemon)
        await practice.begin()
        path = (await http.post("/v1/practices", json={"name": "Praktijk"})).headers["location"]
        assert (await http.get(path)).json()["insurability_required"] is None
        anna = practice.person("Anna")
        drafted = await practice.draft("300", practice.claim(anna, practice.injection("A5", 5)))
        batch = replace(drafted, practice_id=path.rpartition("/")[2])
        await practice.store.write(lambda unit: unit.invoice_batches.put(batch))

        async def submitted(key: str) -> Any:
            return await http.post(
                f"/v1/invoice-batches/{batch.id}/submission",
                json={},
                headers={"Idempotency-Key": f"submission-{key}"},
            )

        assert await errors_of(practice, batch) == []
        await requires(http, path, value=True)
        assert await errors_of(practice, batch) == [CODE]
        refused = await submitted("refused")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_submittable")
        assert CODE in {each["code"] for each in refused.json()["errors"]}
        await requires(http, path, value=False)
        assert await errors_of(practice, batch) == []

        await requires(http, path, value=True)
        for period, expected in (
            ({"from_on": "2026-10-06", "to_on": "2026-10-31"}, [CODE]),
            ({"from_on": "2026-10-01", "to_on": "2026-10-05"}, []),
        ):
            asked = await http.post(
                "/v1/insurability-checks",
                json={"patient": {"niss": anna.niss.digits}, "period": period},
                headers={"Idempotency-Key": f"check-from-{period['from_on']}", "Prefer": "wait=30"},
            )
            assert (asked.status_code, asked.json()["is_insured"]) == (201, True), asked.text
            assert await errors_of(practice, batch) == expected
        assert (await submitted("accepted")).status_code == 202
        await requires(http, path, value=None)
