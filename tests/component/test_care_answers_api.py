"""What insurers answer about care, over the interface: decisions, errors, changes, the register."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.ports.store import UnitOfWork
from tests.support.careapi import (
    DAY_S,
    KATZ,
    PALLIATIVE,
    TECHNICAL,
    again,
    change,
    create,
    days_pass,
    fetch,
    katz,
    palliative,
    patient,
    sent,
    submit,
    technical,
)
from tests.support.daemon import TestDaemon, running_daemon

pytestmark = pytest.mark.timeout(60)
AGREEMENTS = "/v1/care-agreements"
UPDATES = "/v1/care-updates"
UNKNOWN_DOCTOR = "10000007004"


@pytest.fixture
async def daemon(tmp_path: Path) -> Any:
    async with running_daemon(tmp_path) as running:
        await running.open_session()
        yield running


async def listed(http: Any, path: str) -> list[dict[str, Any]]:
    answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def accepted(daemon: TestDaemon, http: Any, first_name: str) -> dict[str, Any]:
    """Give a Katz declaration an insurer agreed to."""
    declaration = await sent(http, KATZ, katz(daemon, first_name))
    await days_pass(daemon, http, 3)
    now = await again(http, declaration)
    assert now["status"] == "accepted", now
    return now


async def mark(http: Any, path: str, identifier: str, name: str, *, of: str) -> Any:
    return await http.post(f"{path}/marks", json={of: [identifier], "mark": name})


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestAgreement:
    async def test_an_agreement_is_handed_over_and_stands_in_the_register(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            declaration = await accepted(daemon, http, "Aram")
            (decision,) = declaration["decisions"]
            assert (decision["result"], decision["extent"]) == ("agreement", "full")
            assert declaration["handover"] == {
                "status": "accepted",
                "start_on": "2026-11-23",
                "end_on": "2027-02-22",
                "agreement_number": decision["agreement_number"],
                "care_kind": "B",
                "extent": "full",
                "invoice_start_on": None,
            }
            assert declaration["advice"] is None
            (agreement,) = await listed(http, f"{AGREEMENTS}?fields=*,patient")
            assert agreement["agreement_number"] == decision["agreement_number"]
            assert agreement["links"]["declaration"] == declaration["links"]["self"]
            assert agreement["links"]["closure"] == declaration["links"]["closure"]
            assert agreement["state"] == "current"
            assert await again(http, agreement) == agreement

    async def test_medical_grounds_only_are_told(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            declaration = await accepted(daemon, http, "Vera")
        assert declaration["handover"]["extent"] == "medical_only"

    async def test_a_closure_ends_the_agreement(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            declaration = await accepted(daemon, http, "Bea")
            answer = await http.post(declaration["links"]["closure"], json={"end_on": "2026-12-01"})
            assert answer.status_code == 201, answer.text
            closure = answer.json()
            number = declaration["handover"]["agreement_number"]
            assert (closure["request"], closure["agreement_number"]) == ("close", number)
            assert closure["closes_id"] == declaration["id"]
            assert (await submit(http, closure)).status_code == 201
            await days_pass(daemon, http, 1)
            closed = await again(http, closure)
            assert closed["handover"]["end_on"] == "2026-12-01"
            assert closed["handover"]["agreement_number"] == number
            (agreement,) = await listed(http, AGREEMENTS)
            assert (agreement["end_on"], agreement["end_reason"]) == (
                "2026-12-01",
                "closed_by_nurse",
            )
            assert agreement["granted_end_on"] == "2027-02-22"

    async def test_without_an_answer_for_30_days_a_person_has_to_look(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            declaration = await sent(http, KATZ, katz(daemon, "Aram"))
        daemon.clock.advance(days=30)
        assert await daemon.services.poller.look_daily()
        async with daemon.http() as http:
            assert (await again(http, declaration))["status"] == "sent"
        daemon.clock.advance(days=1)
        assert await daemon.services.poller.look_daily()
        assert not await daemon.services.poller.look_daily()
        async with daemon.http() as http:
            overdue = await again(http, declaration)
            wanted = "status=manual_action_required&is_processed=false"
            rows = await listed(http, f"/v1/exchanges?{wanted}")
        assert (overdue["status"], overdue["problem"]["code"]) == (
            "manual_action_required",
            "answer_overdue",
        )
        assert [row["id"] for row in rows] == [overdue["exchange_id"]]

    async def test_what_has_no_agreement_cannot_be_closed(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Bea"))
            assert draft["links"]["closure"] is None
            path = f"{draft['links']['self']}/closure"
            refused = await http.post(path, json={"end_on": "2026-12-01"})
            assert problem(refused) == (409, "agreement_missing")

    async def test_archiving_needs_the_mark_processed_d20(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            declaration = await accepted(daemon, http, "Cas")
            name = declaration["id"]
            early = await mark(http, KATZ, name, "archived", of="declaration_ids")
            assert problem(early) == (409, "not_processed")
            for step in ("processed", "archived"):
                marked = await mark(http, KATZ, name, step, of="declaration_ids")
                assert marked.json()["items"][0][f"{step}_at"] is not None
            again_ = await mark(http, KATZ, name, "archived", of="declaration_ids")
            assert again_.json()["items"] == []
            exchange = (await http.get(declaration["links"]["exchange"])).json()
            assert exchange["processed_at"] is not None


class TestRegister:
    async def test_it_is_filtered_by_kind_day_and_state(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await accepted(daemon, http, "Aram")
            await sent(http, TECHNICAL, technical(daemon, "Bea"))
            await days_pass(daemon, http, 1)
            expected = {
                "kind=katz": ["katz"],
                "kind=katz,technical_act": ["technical_act", "katz"],
                "state=current": ["technical_act", "katz"],
                "state=expiring": ["technical_act"],
                "state=ended": [],
                "covers_on=2027-01-15": ["katz"],
                "covers_on=2026-11-22": [],
            }
            for query, kinds in expected.items():
                found = await listed(http, f"{AGREEMENTS}?{query}")
                assert [each["kind"] for each in found] == kinds, query

    @pytest.mark.parametrize(
        "query",
        ["state=future", "state=current&covers_on=2026-11-23", "covers_on=2026-11-31"],
        ids=["state", "both", "day"],
    )
    async def test_a_filter_that_cannot_be_read_is_refused(
        self, daemon: TestDaemon, query: str
    ) -> None:
        async with daemon.http() as http:
            assert problem(await http.get(f"{AGREEMENTS}?{query}")) == (400, "parameter_invalid")

    async def test_a_person_is_looked_for_in_a_body_api_63(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await accepted(daemon, http, "Aram")
            for name, count in (("Aram", 1), ("Bea", 0)):
                asked = {"patient": {"niss": patient(daemon, name)["niss"]}, "state": "current"}
                found = await http.post(f"{AGREEMENTS}/search", json=asked)
                assert len(found.json()["items"]) == count
            wrong = await http.post(
                f"{AGREEMENTS}/search", json={"patient": {"niss": "12345678901"}}
            )
            assert problem(wrong) == (422, "validation_failed")
            assert wrong.json()["errors"][0]["pointer"] == "/patient/niss"


class TestCorrection:
    async def test_an_error_says_where_and_is_corrected_and_resent(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            wrong = await sent(http, KATZ, katz(daemon, "Dora", prescriber=UNKNOWN_DOCTOR))
            await days_pass(daemon, http, 1)
            wrong = await again(http, wrong)
            assert (wrong["status"], wrong["advice"]) == ("error", "correct_and_resend")
            assert wrong["fault"]["member"] == "/prescriber"
            assert wrong["problem"]["code"] == "remote_refused"
            made = (await http.post(wrong["links"]["correction"], json={})).json()
            assert made["corrects_id"] == wrong["id"]
            assert made["nurse_reference"] != wrong["nurse_reference"]
            second = await http.post(f"{wrong['links']['self']}/correction", json={})
            assert problem(second) == (409, "correction_exists")
            exchange = (await again(http, wrong))["links"]["exchange"]
            resending = await http.post(
                f"{exchange}/resending", json={}, headers={"Idempotency-Key": "once-more-please"}
            )
            assert problem(resending) == (409, "correction_exists")
            right = await change(http, made, {"prescriber": katz(daemon, "Dora")["prescriber"]})
            assert (await submit(http, right.json())).status_code == 201
            await days_pass(daemon, http, 3)
            assert (await again(http, made))["status"] == "accepted"
            old = await again(http, wrong)
            assert (old["corrected_by_id"], old["advice"]) == (made["id"], None)
            assert old["links"]["correction"] is None
            assert old["processed_at"] is not None

    async def test_another_nurse_is_said_and_taken_over_from(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            refused = await sent(http, KATZ, katz(daemon, "Stan"))
            await days_pass(daemon, http, 3)
            refused = await again(http, refused)
            assert refused["status"] == "refused"
            assert refused["advice"] == "resend_as_reference_provider"
            (decision,) = refused["decisions"]
            assert decision["extent"] is None
            assert decision["reason_text"]
            made = await http.post(
                refused["links"]["correction"], json={"as_reference_provider": True}
            )
            assert made.json()["as_reference_provider"] is True
            assert (await submit(http, made.json())).status_code == 201
            await days_pass(daemon, http, 3)
            assert (await again(http, made.json()))["status"] == "accepted"

    async def test_a_deleted_correction_may_be_made_again(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            wrong = await sent(http, TECHNICAL, technical(daemon, "Bea", prescriber=UNKNOWN_DOCTOR))
            await days_pass(daemon, http, 1)
            wrong = await again(http, wrong)
            made = (await http.post(wrong["links"]["correction"], json={})).json()
            during = await again(http, wrong)
            assert (during["corrected_by_id"], during["links"]["correction"]) == (made["id"], None)
            assert (await http.delete(made["links"]["self"])).status_code == 204
            now = await again(http, wrong)
            assert (now["corrected_by_id"], now["advice"]) == (None, "correct_and_resend")
            assert now["links"]["correction"] == wrong["links"]["correction"]
            assert (await http.post(now["links"]["correction"], json={})).status_code == 201

    async def test_what_is_in_order_is_not_corrected(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram"))
            answer = await http.post(f"{draft['links']['self']}/correction", json={})
            assert problem(answer) == (409, "state_not_allowed")


class TestPalliative:
    async def test_a_refusal_for_now_says_wait_and_a_second_answer_changes_it(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            declaration = await sent(http, PALLIATIVE, palliative(daemon, "Quinten"))
            await days_pass(daemon, http, 3)
            refused = await again(http, declaration)
            assert (refused["status"], refused["advice"]) == ("refused", "wait")
            assert refused["links"]["correction"] is None
            path = f"{refused['links']['self']}/correction"
            assert problem(await http.post(path, json={})) == (409, "wait_do_not_resend")
            for name in ("processed", "archived"):
                await mark(http, PALLIATIVE, refused["id"], name, of="declaration_ids")
            await days_pass(daemon, http, 7)
            later = await again(http, declaration)
            assert later["status"] == "accepted"
            assert [each["status"] for each in later["decisions"]] == ["refused", "accepted"]
            assert (later["processed_at"], later["archived_at"]) == (None, None)
            assert later["handover"]["invoice_start_on"] is not None


class TestTechnicalActs:
    async def test_a_notification_is_acknowledged(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            declaration = await sent(http, TECHNICAL, technical(daemon, "Emiel"))
            await days_pass(daemon, http, 1)
            now = await again(http, declaration)
        assert (now["status"], now["decisions"]) == ("acknowledged", [])
        assert now["handover"]["end_on"] == "2026-12-07"
        assert now["handover"]["agreement_number"] is None


class TestUpdates:
    async def test_a_descoring_is_worked_off_step_by_step(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            declaration = await accepted(daemon, http, "Pia")
            await days_pass(daemon, http, 25)
            (update,) = await listed(http, f"{UPDATES}?is_processed=false")
            assert (update["nature"], update["status"]) == ("visit", "manual_action_required")
            assert update["declaration_id"] == declaration["id"]
            assert update["previous"]["care_kind"] == "B"
            assert update["new"]["care_kind"] == "A"
            assert {"care_kind", "scores"} <= set(update["changes"])
            done = {each["kind"]: each["done_by"] for each in update["steps"]}
            assert done == {
                "end_previous_agreement": "daemon",
                "record_new_agreement": "daemon",
                "credit_and_reinvoice": None,
            }
            early = await mark(http, UPDATES, update["id"], "processed", of="update_ids")
            assert problem(early) == (409, "steps_open")
            steps = f"{update['links']['self']}/steps"
            ticked = await http.post(steps, json={"kinds": ["credit_and_reinvoice"]})
            assert ticked.json()["processed_at"] is not None
            assert await listed(http, f"{UPDATES}?is_processed=false") == []
            exchange = (await http.get(update["links"]["exchange"])).json()
            assert exchange["processed_at"] is not None
            archived = await mark(http, UPDATES, update["id"], "archived", of="update_ids")
            assert archived.json()["items"][0]["archived_at"] is not None
            new, old = await listed(http, f"{AGREEMENTS}?kind=katz")
            assert (new["care_kind"], old["end_reason"]) == ("A", "replaced")

    async def test_a_link_is_made_once(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            declaration = await accepted(daemon, http, "Pia")
            other = await create(http, KATZ, katz(daemon, "Aram"))
            await days_pass(daemon, http, 25)
            (update,) = await listed(http, UPDATES)
            path = f"{update['links']['self']}/declaration"
            same = await http.put(path, json={"declaration_id": declaration["id"]})
            assert same.json()["steps"] == update["steps"]
            refused = await http.put(path, json={"declaration_id": other["id"]})
            assert problem(refused) == (409, "already_linked")
            missing = await http.put(path, json={"declaration_id": "ktz_none"})
            assert problem(missing) == (404, "not_found")

    async def test_it_is_linked_to_a_katz_of_the_same_person_only(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await accepted(daemon, http, "Pia")
            await days_pass(daemon, http, 25)
            (update,) = await listed(http, UPDATES)

            def unlink(unit: UnitOfWork) -> None:
                found = unit.care_updates.get(update["id"], client_id=None)
                assert found is not None
                unit.care_updates.put(replace(found, declaration_id=None))

            await daemon.parts.store.write(unlink)
            for path, body in (
                (KATZ, katz(daemon, "Bea")),
                (PALLIATIVE, palliative(daemon, "Pia")),
            ):
                other = await create(http, path, body)
                answer = await http.put(
                    f"{update['links']['self']}/declaration",
                    json={"declaration_id": other["id"]},
                )
                assert answer.status_code == 422, answer.text
                (finding,) = answer.json()["errors"]
                assert finding["pointer"] == "/declaration_id"

    async def test_a_step_it_does_not_have_is_not_found(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await accepted(daemon, http, "Xenia")
            await days_pass(daemon, http, 12)
            (update,) = await listed(http, UPDATES)
            assert update["nature"] == "agreement_closure"
            steps = f"{update['links']['self']}/steps"
            answer = await http.post(steps, json={"kinds": ["look_at_it"]})
            assert problem(answer) == (404, "not_found")


class TestFetching:
    async def test_the_receipt_alone_says_received_d19(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            declaration = await sent(http, KATZ, katz(daemon, "Fien"))
            daemon.world.clock.set_insurers_ahead(DAY_S // 24)
            await fetch(http)
            assert (await again(http, declaration))["status"] == "received"
