"""Work lists: pushed by front ends, sent by a person, left with the first answer."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from bridge.domain.identifiers import Niss
from bridge.domain.periods import brussels_day
from tests.component.test_story_batches import HOUR_S, fetch
from tests.support.daemon import TestDaemon, running_daemon

NEW = "/v1/work-lists/new_patients"
BILLING = "/v1/work-lists/billing_month"


@pytest.fixture
async def daemon(tmp_path: Any) -> Any:
    async with running_daemon(tmp_path) as running:
        await running.open_session()
        yield running


def row_about(daemon: TestDaemon, place: int, **other: Any) -> dict[str, Any]:
    person = daemon.world.people.people()[place]
    return {
        "client_ref": f"p-{place}",
        "patient": {"niss": person.niss.digits},
        "insurer": person.mutuality.insurer,
        **other,
    }


async def push(http: Any, path: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await http.post(f"{path}/rows", json={"rows": list(rows)})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def listed(http: Any, path: str, query: str = "") -> list[dict[str, Any]]:
    answer = await http.get(f"{path}/rows{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def submit(http: Any, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Prefer": "wait=30"}
    return await http.post(f"{path}/submission", json=body, headers=headers)


async def change(http: Any, row: dict[str, Any], body: dict[str, Any]) -> Any:
    current = await http.get(row["links"]["self"])
    headers = {
        "If-Match": current.headers["ETag"],
        "Content-Type": "application/merge-patch+json",
    }
    return await http.patch(row["links"]["self"], json=body, headers=headers)


class TestNewPatients:
    async def test_who_had_care_within_a_month_is_not_on_the_list(self, daemon: TestDaemon) -> None:
        today = brussels_day(daemon.services.clock.now())
        async with daemon.http() as http:
            await push(
                http,
                NEW,
                row_about(daemon, 0),
                row_about(daemon, 1, last_care_on=(today - timedelta(days=70)).isoformat()),
                row_about(daemon, 2, last_care_on=(today - timedelta(days=5)).isoformat()),
            )
            assert [row["client_ref"] for row in await listed(http, NEW)] == ["p-0", "p-1"]

    async def test_a_known_reference_renews_its_row(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            (first,) = await push(http, NEW, row_about(daemon, 0))
            (second,) = await push(http, NEW, row_about(daemon, 0, is_ticked=False))
            assert second["id"] == first["id"]
            assert second["is_ticked"] is False
            assert len(await listed(http, NEW)) == 1

    async def test_every_row_carries_its_practice(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            (row,) = await push(http, NEW, row_about(daemon, 0))
            practices = (await http.get("/v1/practices")).json()["items"]
            assert row["practice_id"] == practices[0]["id"]

    async def test_what_cannot_be_asked_is_kept_with_its_findings_and_no_tick(
        self, daemon: TestDaemon
    ) -> None:
        niss = daemon.world.people.people()[0].niss.digits
        wrong = f"{niss[:-1]}{(int(niss[-1]) + 1) % 10}"
        async with daemon.http() as http:
            (row,) = await push(http, NEW, row_about(daemon, 0, patient={"niss": wrong}))
            assert [each["code"] for each in row["findings"]] == ["niss_invalid"]
            assert (row["is_sendable"], row["is_ticked"]) == (False, False)
            refused = await submit(http, NEW, {"row_ids": [row["id"]]})
            assert (refused.status_code, refused.json()["code"]) == (409, "not_submittable")
            assert refused.json()["errors"][0]["pointer"] == "/row_ids/0/patient/niss"
            assert daemon.world.ledger.entries()[-1].operation != "post"

    async def test_a_corrected_row_can_be_sent(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            (row,) = await push(
                http, NEW, {"client_ref": "p", "patient": row_about(daemon, 0)["patient"]}
            )
            assert [each["code"] for each in row["findings"]] == ["patient_insurer_missing"]
            changed = await change(http, row, {"insurer": row_about(daemon, 0)["insurer"]})
            assert changed.status_code == 200, changed.text
            assert changed.json()["is_sendable"] is True

    async def test_sent_rows_stay_until_the_first_answer(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await push(http, NEW, *(row_about(daemon, place) for place in range(3)))
            sent = await submit(http, NEW, {})
            assert sent.status_code == 201, sent.text
            rows = await listed(http, NEW)
            assert [row["status"] for row in rows] == ["sent"] * 3
            assert not any(row["is_sendable"] or row["is_ticked"] for row in rows)
            await fetch(http)  # nothing but receipts so far
            assert len(await listed(http, NEW)) == 3
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            assert await listed(http, NEW) == []
            gone = (await http.get(rows[0]["links"]["self"])).json()
            assert gone["status"] in {"accepted", "partially_accepted", "refused"}
            assert gone["links"]["batch"] == sent.json()["links"]["self"]

    async def test_an_answered_patient_comes_back_only_after_newer_care(
        self, daemon: TestDaemon
    ) -> None:
        today = brussels_day(daemon.services.clock.now())
        long_ago = (today - timedelta(days=90)).isoformat()
        less_long_ago = (today - timedelta(days=60)).isoformat()
        async with daemon.http() as http:
            await push(http, NEW, row_about(daemon, 0, last_care_on=long_ago))
            await submit(http, NEW, {})
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            await push(http, NEW, row_about(daemon, 0, last_care_on=long_ago))
            assert await listed(http, NEW) == []
            await push(http, NEW, row_about(daemon, 0, last_care_on=less_long_ago))
            assert [row["status"] for row in await listed(http, NEW)] == ["to_send"]

    async def test_a_row_is_sent_once(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            (row,) = await push(http, NEW, row_about(daemon, 0))
            key = str(uuid.uuid4())
            first = await submit(http, NEW, {"row_ids": [row["id"]]}, key=key)
            again = await submit(http, NEW, {"row_ids": [row["id"]]}, key=key)
            assert again.json()["id"] == first.json()["id"]
            other = await submit(http, NEW, {"row_ids": [row["id"]]})
            assert (other.status_code, other.json()["code"]) == (409, "already_sent")
            posts = [each for each in daemon.world.ledger.entries() if each.operation == "post"]
            assert len(posts) == 1

    async def test_a_withdrawn_batch_gives_its_rows_back(self, tmp_path: Any) -> None:
        async with running_daemon(tmp_path) as daemon, daemon.http() as http:
            await push(http, NEW, row_about(daemon, 0))
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            held = await http.post(
                f"{NEW}/submission", json={"hold_until_session": True}, headers=headers
            )
            assert held.status_code == 202, held.text
            assert [row["status"] for row in await listed(http, NEW)] == ["sent"]
            cancelled = await http.post(f"{held.headers['Location']}/cancellation", json={})
            assert cancelled.status_code == 200, cancelled.text
            assert [row["is_sendable"] for row in await listed(http, NEW)] == [True]

    async def test_nothing_ticked_is_nothing_to_send(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await push(http, NEW, row_about(daemon, 0, is_ticked=False))
            answer = await submit(http, NEW, {})
            assert (answer.status_code, answer.json()["code"]) == (409, "not_submittable")


class TestPatientsToBill:
    async def test_a_list_for_each_month(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await push(
                http,
                BILLING,
                row_about(daemon, 0, month="2026-01"),
                row_about(daemon, 0, month="2026-02"),
                row_about(daemon, 1, month="2026-02"),
            )
            rows = await listed(http, BILLING, "?month=2026-02")
            assert [row["client_ref"] for row in rows] == ["p-0", "p-1"]
            mixed = await submit(
                http, BILLING, {"row_ids": [row["id"] for row in await listed(http, BILLING)]}
            )
            assert mixed.status_code == 409
            codes = {each["code"] for each in mixed.json()["errors"]}
            assert "rows_not_alike" in codes

    async def test_billed_elsewhere_leaves_the_list_asked_or_not(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            rows = await push(
                http,
                BILLING,
                row_about(daemon, 0, month="2026-01"),
                row_about(daemon, 1, month="2026-01"),
            )
            await submit(http, BILLING, {"row_ids": [rows[0]["id"]]})
            for row in rows:
                billed = await change(http, row, {"is_billed": True})
                assert billed.json()["billed_at"] is not None
            assert await listed(http, BILLING) == []

    async def test_billing_here_takes_the_patient_off_the_list_of_that_month(
        self, daemon: TestDaemon
    ) -> None:
        person = daemon.world.people.people()[0]
        niss = Niss.parse(person.niss.digits)
        async with daemon.http() as http:
            await push(
                http,
                BILLING,
                row_about(daemon, 0, month="2026-01"),
                row_about(daemon, 0, month="2026-02"),
            )
            now = daemon.services.clock.now()
            left = await daemon.parts.store.write(
                lambda unit: unit.work_lists.billed(niss, "2026-01", at=now)
            )
            assert left == 1
            assert [row["month"] for row in await listed(http, BILLING)] == ["2026-02"]

    @pytest.mark.parametrize(
        ("path", "more", "pointer"),
        [
            (BILLING, {}, "/rows/0/month"),
            (NEW, {"month": "2026-01"}, "/rows/0/month"),
            (BILLING, {"month": "2026-01", "last_care_on": "2026-01-02"}, "/rows/0/last_care_on"),
        ],
    )
    async def test_members_of_the_other_list_are_refused(
        self, daemon: TestDaemon, path: str, more: dict[str, Any], pointer: str
    ) -> None:
        async with daemon.http() as http:
            rows = {"rows": [row_about(daemon, 0, **more)]}
            answer = await http.post(f"{path}/rows", json=rows)
            assert answer.status_code == 422
            assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


class TestRows:
    async def test_a_row_can_be_taken_away(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            (row,) = await push(http, NEW, row_about(daemon, 0))
            assert (await http.delete(row["links"]["self"])).status_code == 204
            assert (await http.get(row["links"]["self"])).status_code == 404

    async def test_a_change_needs_the_version_that_is_there(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            (row,) = await push(http, NEW, row_about(daemon, 0))
            headers = {"Content-Type": "application/merge-patch+json"}
            path = row["links"]["self"]
            missing = await http.patch(path, json={"is_ticked": False}, headers=headers)
            assert missing.status_code == 428
            stale = await http.patch(
                path, json={"is_ticked": False}, headers={**headers, "If-Match": '"old"'}
            )
            assert stale.status_code == 412

    @pytest.mark.parametrize("path", ["/v1/work-lists/other/rows", f"{NEW}/rows/wrk_none"])
    async def test_unknown_lists_and_rows_are_not_found(
        self, daemon: TestDaemon, path: str
    ) -> None:
        async with daemon.http() as http:
            assert (await http.get(path)).status_code == 404

    async def test_pages_follow_each_other(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await push(http, NEW, *(row_about(daemon, place) for place in range(5)))
            first = (await http.get(f"{NEW}/rows?limit=3")).json()
            assert (len(first["items"]), first["page"]["total"]) == (3, 5)
            cursor = first["page"]["next_cursor"]
            second = (await http.get(f"{NEW}/rows?limit=3&cursor={cursor}")).json()
            ids = [row["id"] for row in (*first["items"], *second["items"])]
            assert len(set(ids)) == 5
            other = await http.get(f"{BILLING}/rows?cursor={cursor}")
            assert other.json()["code"] == "cursor_mismatch"
