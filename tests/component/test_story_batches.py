"""Insurability of many patients: one call, a message per union, answers matched back."""

from __future__ import annotations

import base64
import uuid
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.registrations import InsurabilityService
from bridge.ehealth.endpoints import GENASYNC_MEMBERDATA_PATH
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.genasync import GenAsyncService
from bridge.sandbox.transport import SandboxTransport
from bridge.soap import xml
from bridge.soap.mtom import XOP
from bridge.soap.names import q
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.registrations import set_registrations

HOUR_S = 3600
MOST_STEPS = 200


def request_about(daemon: TestDaemon, **other: Any) -> dict[str, Any]:
    patients = [
        {
            "patient": {"niss": person.niss.digits},
            "insurer": person.mutuality.insurer,
            "client_ref": f"p-{place}",
        }
        for place, person in enumerate(daemon.world.people.people())
    ]
    return {"purpose": "new_patients", "patients": patients, **other}


async def ask(http: Any, body: dict[str, Any], *, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Prefer": "wait=30"}
    return await http.post("/v1/insurability-batches", json=body, headers=headers)


async def fetch(http: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}
    answer = await http.post("/v1/response-fetches", json={}, headers=headers)
    assert answer.status_code == 202, answer.text
    operation: dict[str, Any] = answer.json()
    return operation


async def all_items(http: Any, batch_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    path = f"/v1/insurability-batches/{batch_id}/items?limit=7"
    while path:
        answer = await http.get(path)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items.extend(page["items"])
        cursor = page["page"]["next_cursor"]
        path = cursor and f"/v1/insurability-batches/{batch_id}/items?limit=7&cursor={cursor}"
    return items


@pytest.fixture
async def daemon(tmp_path: Any) -> Any:
    async with running_daemon(tmp_path) as running:
        await running.open_session()
        yield running


class TestManyPatients:
    async def test_every_patient_gets_an_answer(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            asked = await ask(http, request_about(daemon))
            assert asked.status_code == 201, asked.text
            batch = asked.json()
            assert batch["status"] == "sent"
            unions = {person.mutuality.insurer for person in daemon.world.people.people()}
            assert len(batch["exchange_ids"]) == len(unions)
            posts = [each for each in daemon.world.ledger.entries() if each.operation == "post"]
            assert [each.accepted for each in posts] == [True] * len(unions)
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            operation = await fetch(http)
            assert operation["status"] == "succeeded", operation
            items = await all_items(http, batch["id"])
            assert [item["client_ref"] for item in items] == [
                f"p-{place}" for place in range(len(items))
            ]
            states = Counter(item["status"] for item in items)
            assert set(states) <= {"accepted", "partially_accepted", "refused"}
            assert states["accepted"] > 0
            insured = [item for item in items if item["is_insured"]]
            assert insured
            assert all(item["handover"]["mutuality"] for item in insured)
            assert all(item["handover"] is None for item in items if not item["is_insured"])

    async def test_what_was_stored_is_confirmed_and_never_comes_back(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            await ask(http, request_about(daemon))
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            service = daemon.world.services[GENASYNC_MEMBERDATA_PATH]
            assert isinstance(service, GenAsyncService)
            assert service.mailboxes.count() == 0
            history = (await http.get("/v1/exchanges")).json()
            assert all(row["send_status"] == [] for row in history["items"])
            detail = (await http.get(history["items"][0]["links"]["self"])).json()
            assert {each["kind"] for each in detail["responses"]} == {"receipt", "message"}
            assert all(each["confirmed_at"] for each in detail["responses"])

    async def test_receipt_does_not_answer_a_patient(self, daemon: TestDaemon) -> None:
        daemon.world.scenario.choose("genasync_partial")
        async with daemon.http() as http:
            batch = (await ask(http, request_about(daemon))).json()
            assert batch["counts"]["accepted"] == 0
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            after = (await http.get(f"/v1/insurability-batches/{batch['id']}")).json()
            assert after["counts"]["to_send"] == after["counts"]["sent"] == 0
            assert after["counts"]["received"] == 0


class TestBeforeSending:
    async def test_finding_per_patient_and_the_others_are_sent(self, daemon: TestDaemon) -> None:
        people = daemon.world.people.people()
        good = {"patient": {"niss": people[0].niss.digits}, "insurer": people[0].mutuality.insurer}
        digits = people[1].niss.digits
        wrong = f"{digits[:9]}{(int(digits[9:]) + 1) % 97:02}"
        body = {
            "purpose": "new_patients",
            "patients": [
                good,
                good,
                {"patient": {"niss": wrong}, "insurer": "100"},
                {"patient": {"niss": digits}},
            ],
        }
        async with daemon.http() as http:
            batch = (await ask(http, body)).json()
            items = await all_items(http, batch["id"])
        found = [[finding["code"] for finding in item["findings"]] for item in items]
        assert found == [[], ["patient_twice"], ["niss_invalid"], ["patient_insurer_missing"]]
        assert [item["status"] for item in items] == ["sent", "draft", "draft", "draft"]

    async def test_nothing_sendable_is_refused(self, daemon: TestDaemon) -> None:
        body = {
            "purpose": "new_patients",
            "patients": [{"patient": {"niss": daemon.world.people.people()[0].niss.digits}}],
        }
        async with daemon.http() as http:
            answer = await ask(http, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_submittable")
        assert answer.json()["errors"][0]["code"] == "patient_insurer_missing"

    async def test_rpl_03_same_key_same_batch_and_same_content_is_suspected(
        self, daemon: TestDaemon
    ) -> None:
        body = request_about(daemon)
        async with daemon.http() as http:
            first = await ask(http, body, key="a" * 20)
            again = await ask(http, body, key="a" * 20)
            assert again.headers["Idempotency-Replayed"] == "true"
            assert again.json()["id"] == first.json()["id"]
            other = await ask(http, body)
        assert (other.status_code, other.json()["code"]) == (409, "duplicate_suspected")
        posts = [each for each in daemon.world.ledger.entries() if each.operation == "post"]
        assert len({each.reference for each in posts}) == len(posts)

    async def test_another_patient_of_the_same_insurer_is_no_duplicate(
        self, daemon: TestDaemon
    ) -> None:
        people = daemon.world.people.people()
        insurer = people[0].mutuality.insurer
        first, second = [each for each in people if each.mutuality.insurer == insurer][:2]
        named = [
            {"niss": first.niss.digits},
            {"niss": second.niss.digits},
            *(
                {"mutuality": "319", "membership_number": number}
                for number in ("1234567890123", "1234567890124")
            ),
        ]
        async with daemon.http() as http:
            for patient in named:
                asked = {"patient": patient, "insurer": insurer}
                body = {"purpose": "new_patients", "patients": [asked]}
                assert (await ask(http, body)).status_code == 201
                again = await ask(http, body)
                assert (again.status_code, again.json()["code"]) == (409, "duplicate_suspected")

    async def test_without_a_session_it_waits_or_is_refused(self, tmp_path: Any) -> None:
        async with running_daemon(tmp_path) as running, running.http() as http:
            refused = await ask(http, request_about(running))
            assert refused.json()["code"] == "ehealth_session_required"
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            body = request_about(running, hold_until_session=True)
            held = await http.post("/v1/insurability-batches", json=body, headers=headers)
            assert (held.status_code, held.json()["status"]) == (202, "queued")
            assert not [e for e in running.world.ledger.entries() if e.operation == "post"]
            await running.open_session()
            await running.services.operations.wait(held.json()["id"], seconds=40)
            operation = (await http.get(held.headers["Location"])).json()
            assert operation["status"] == "succeeded"

    async def test_cancelling_before_a_session(self, tmp_path: Any) -> None:
        async with running_daemon(tmp_path) as running, running.http() as http:
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            body = request_about(running, hold_until_session=True)
            held = await http.post("/v1/insurability-batches", json=body, headers=headers)
            path = held.headers["Location"]
            cancelled = await http.post(f"{path}/cancellation", json={})
            assert cancelled.json()["status"] == "cancelled"
            await running.open_session()
            await running.services.outbox.send_due()
            rows = (await http.get("/v1/exchanges")).json()["items"]
            assert {row["status"] for row in rows} == {"draft"}
            assert not [e for e in running.world.ledger.entries() if e.operation == "post"]


class TestTrouble:
    async def one(self, http: Any, daemon: TestDaemon) -> dict[str, Any]:
        person = daemon.world.people.people()[0]
        body = request_about(daemon)
        body["patients"] = [
            {"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}
        ]
        await ask(http, body)
        row: dict[str, Any] = (await http.get("/v1/exchanges")).json()["items"][0]
        return row

    async def test_lost_answer_is_unknown_and_resolved_by_evidence(
        self, daemon: TestDaemon
    ) -> None:
        daemon.world.scenario.choose("genasync_lost_answer")
        async with daemon.http() as http:
            row = await self.one(http, daemon)
            assert row["status"] == "outcome_unknown"
            assert len(row["send_status"]) == 1
            daemon.world.scenario.choose("normal")
            await daemon.services.outbox.send_due()
            posts = [e for e in daemon.world.ledger.entries() if e.operation == "post"]
            assert len(posts) == 1
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            after = (await http.get(row["links"]["self"])).json()
            assert after["status"] in {"accepted", "partially_accepted"}

    async def test_unreachable_is_sent_later_by_itself(self, daemon: TestDaemon) -> None:
        daemon.world.scenario.choose("genasync_down")
        async with daemon.http() as http:
            daemon_row = await self.one_without_waiting(http, daemon)
            assert daemon_row["status"] == "to_send"
            assert daemon_row["next_attempt_at"] is not None
            daemon.world.scenario.choose("normal")
            daemon.clock.advance(seconds=60)
            await daemon.services.outbox.send_due()
            after = (await http.get(daemon_row["links"]["self"])).json()
        assert (after["status"], after["attempts"]) == ("sent", 2)

    async def one_without_waiting(self, http: Any, daemon: TestDaemon) -> dict[str, Any]:
        person = daemon.world.people.people()[0]
        body = {
            "purpose": "new_patients",
            "patients": [
                {"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}
            ],
        }
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=1"}
        await http.post("/v1/insurability-batches", json=body, headers=headers)
        row: dict[str, Any] = (await http.get("/v1/exchanges")).json()["items"][0]
        return row

    @pytest.mark.parametrize(
        ("scenario", "status", "code"),
        [
            ("genasync_tack_failure", "error", "remote_refused"),
            ("genasync_fault", "error", "remote_refused"),
        ],
    )
    async def test_refused_post_is_an_error_and_one_click_resends(
        self, daemon: TestDaemon, scenario: str, status: str, code: str
    ) -> None:
        daemon.world.scenario.choose(scenario)
        async with daemon.http() as http:
            row = await self.one(http, daemon)
            assert (row["status"], row["problem"]["code"]) == (status, code)
            daemon.world.scenario.choose("normal")
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            path = f"{row['links']['self']}/resending"
            released = await http.post(path, json={}, headers=headers)
            assert released.status_code == 200, released.text
            await daemon.services.outbox.send_due()
            after = (await http.get(row["links"]["self"])).json()
            assert after["status"] == "sent"
            assert after["input_reference"] == row["input_reference"]

    async def test_only_who_may_send_such_messages_sends_one_again(
        self, daemon: TestDaemon
    ) -> None:
        daemon.world.scenario.choose("genasync_fault")
        async with daemon.http() as http:
            row = await self.one(http, daemon)
        reader = replace(CLIENT, scopes=frozenset({"history:read"}))
        token = daemon.services.tokens.issue(reader, lifetime=timedelta(days=1))
        async with daemon.http(token) as http:
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            path = f"{row['links']['self']}/resending"
            refused = await http.post(path, json={}, headers=headers)
            after = (await http.get(row["links"]["self"])).json()
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
        assert refused.json()["params"] == {"scope": "insurability:check"}
        assert after["status"] == "error"

    async def test_wrong_receipt_warns_and_never_resends(self, daemon: TestDaemon) -> None:
        daemon.world.scenario.choose("genasync_tack_wrong_hmac")
        async with daemon.http() as http:
            row = await self.one(http, daemon)
        assert row["status"] == "sent"
        assert [each["code"] for each in row["send_status"]] == ["receipt_mismatch"]

    async def test_duplicates_are_taken_once_and_strangers_need_a_person(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            daemon.world.scenario.choose("genasync_duplicate")
            row = await self.one(http, daemon)
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            detail = (await http.get(row["links"]["self"])).json()
            messages = [each for each in detail["responses"] if each["kind"] == "message"]
            assert [each["is_duplicate"] for each in messages] == [False, True]
            assert len(detail["decisions"]) == 1

    async def test_answer_to_an_unknown_request(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            daemon.world.scenario.choose("genasync_foreign")
            await self.one(http, daemon)
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
        unknown = await daemon.parts.store.read(
            lambda unit: unit.exchanges.with_status(ExchangeStatus.MANUAL_ACTION_REQUIRED.value)
        )
        assert [each.kind for each in unknown] == ["unsolicited"]

    async def test_reject_is_an_error(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            daemon.world.scenario.choose("genasync_reject")
            row = await self.one(http, daemon)
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            after = (await http.get(row["links"]["self"])).json()
        assert (after["status"], after["problem"]["code"]) == ("error", "remote_refused")

    async def test_damaged_answer_is_asked_again_before_a_person_looks(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            daemon.world.scenario.choose("genasync_wrong_hash")
            row = await self.one(http, daemon)
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            first = (await http.get(row["links"]["self"])).json()
            assert first["status"] == "received"
            assert [each["code"] for each in first["send_status"]] == ["answer_unreadable"]
            await fetch(http)
            await fetch(http)
            last = (await http.get(row["links"]["self"])).json()
        assert last["status"] == "manual_action_required"
        message = next(each for each in last["responses"] if each["kind"] == "message")
        assert message["deliveries"] == 3
        assert message["confirmed_at"] is not None


class TestHistory:
    async def test_archive_needs_processed(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await ask(http, request_about(daemon))
            rows = (await http.get("/v1/exchanges")).json()["items"]
            ids = [row["id"] for row in rows]
            body = {"exchange_ids": ids, "mark": "archived"}
            refused = await http.post("/v1/exchanges/marks", json=body)
            assert (refused.status_code, refused.json()["code"]) == (409, "not_processed")
            await http.post("/v1/exchanges/marks", json={**body, "mark": "processed"})
            done = await http.post("/v1/exchanges/marks", json=body)
            assert all(row["archived_at"] for row in done.json()["items"])
            left = (await http.get("/v1/exchanges?is_archived=false")).json()
            assert left["page"]["total"] == 0
            back = await http.post("/v1/exchanges/marks", json={**body, "mark": "unarchived"})
            assert back.status_code == 200

    async def test_filters_sort_and_pages(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await ask(http, request_about(daemon))
            everything = (await http.get("/v1/exchanges?sort=insurer")).json()
            insurers = [row["insurer"] for row in everything["items"]]
            assert insurers == sorted(insurers)
            paged: list[str] = []
            path = "/v1/exchanges?sort=-insurer&limit=2"
            while path:
                answer = await http.get(path)
                paged.extend(row["insurer"] for row in answer.json()["items"])
                path = answer.links.get("next", {}).get("url", "")
            assert paged == insurers[::-1]
            some = (await http.get("/v1/exchanges?insurer=100,300")).json()
            assert {row["insurer"] for row in some["items"]} <= {"100", "300"}
            unknown = await http.get("/v1/exchanges?colour=red")
            assert unknown.json()["code"] == "parameter_unknown"
            bad = await http.get("/v1/exchanges?sort=niss")
            assert bad.json()["code"] == "parameter_invalid"

    async def test_search_by_person_in_the_body(self, daemon: TestDaemon) -> None:
        person = daemon.world.people.people()[0]
        async with daemon.http() as http:
            await ask(http, request_about(daemon))
            body = {"niss": person.niss.digits}
            found = (await http.post("/v1/exchanges/search", json=body)).json()
        assert [row["insurer"] for row in found["items"]] == [person.mutuality.insurer]

    async def test_evidence_is_what_left(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            await ask(http, request_about(daemon))
            row = (await http.get("/v1/exchanges")).json()["items"][0]
            pieces = (await http.get(row["links"]["evidence"])).json()["items"]
        assert [piece["kind"] for piece in pieces] == ["content", "request", "answer"]


class TestOlderService:
    """The same batch through GenericInsurability, as a setting of the registration."""

    async def test_facts_are_the_same_as_from_memberdata(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            newer = await _answered(daemon, http)
            await _ask_generic_insurability(daemon)
            older = await _answered(daemon, http)
        assert [item["status"] for item in older] == [item["status"] for item in newer]
        assert Counter(item["is_insured"] for item in older)[True] > 0
        for one, other in zip(newer, older, strict=True):
            assert one["is_insured"] == other["is_insured"]
            if one["handover"] is not None:
                same = ("insurer", "mutuality", "ct1", "ct2", "has_preferential_rate")
                assert {n: one["handover"][n] for n in same} == {
                    n: other["handover"][n] for n in same
                }

    async def test_it_goes_to_a_mailbox_of_its_own(self, daemon: TestDaemon) -> None:
        await _ask_generic_insurability(daemon)
        async with daemon.http() as http:
            await _answered(daemon, http)
            history = (await http.get("/v1/exchanges")).json()["items"]
        assert {row["service"] for row in history} == {"generic_insurability"}
        used = {
            entry.service for entry in daemon.world.ledger.entries() if entry.operation == "get"
        }
        assert "genasync_insurability" in used
        assert "genasync_memberdata" not in used

    @pytest.mark.parametrize(
        ("scenario", "status"),
        [("genasync_reject", "error"), ("genasync_partial", None)],
    )
    async def test_bad_days_are_the_same(
        self, daemon: TestDaemon, scenario: str, status: str | None
    ) -> None:
        await _ask_generic_insurability(daemon)
        daemon.world.scenario.choose(scenario)
        async with daemon.http() as http:
            await _answered(daemon, http)
            history = (await http.get("/v1/exchanges")).json()["items"]
        if status is not None:
            assert {row["status"] for row in history} == {status}
        else:
            assert {row["status"] for row in history} <= {
                "accepted",
                "partially_accepted",
                "refused",
            }


def _add_palliative_person(daemon: TestDaemon) -> str:
    members = {"niss": "60010100172", "mutuality": "319", "palliative_since": "2026-01-05"}
    daemon.parts.simulator.add_person(members)
    return members["niss"]


async def _ask_generic_insurability(daemon: TestDaemon) -> None:
    chosen = InsurabilityService.GENERIC_INSURABILITY
    await set_registrations(daemon, insurability_service=chosen)


async def _answered(daemon: TestDaemon, http: Any) -> list[dict[str, Any]]:
    asked = await ask(http, request_about(daemon))
    if asked.status_code == 409:
        known = asked.json()["params"]["exchange_id"]
        asked = await ask(http, request_about(daemon, duplicate_of_confirmed=known))
    assert asked.status_code == 201, asked.text
    ahead = daemon.world.clock.insurers_ahead.total_seconds() + HOUR_S
    daemon.world.clock.set_insurers_ahead(int(ahead))
    await fetch(http)
    return await all_items(http, asked.json()["id"])


class TestOtherFacets:
    async def test_palliative_status_of_many_patients(self, daemon: TestDaemon) -> None:
        _add_palliative_person(daemon)
        people = daemon.world.people.people()
        async with daemon.http() as http:
            asked = await ask(http, request_about(daemon, facets=["palliative_status"]))
            assert asked.status_code == 201, asked.text
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            items = await all_items(http, asked.json()["id"])
        assert all(item["is_insured"] is None for item in items)
        told = {
            item["client_ref"]: item["facets"][0] for item in items if item["status"] == "accepted"
        }
        assert told
        for reference, facet in told.items():
            person = people[int(reference.removeprefix("p-"))]
            assert facet["facet"] == "palliative_status"
            assert facet["has_data"] is (person.palliative_since is not None)
            if person.palliative_since is not None:
                assert facet["members"] == {"startDate": person.palliative_since.isoformat()}
        assert any(facet["has_data"] for facet in told.values())

    async def test_a_facet_that_is_not_granted_spoils_its_question_only(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            asked = await ask(http, request_about(daemon, facets=["chronic_condition"]))
            daemon.world.clock.set_insurers_ahead(HOUR_S)
            await fetch(http)
            items = await all_items(http, asked.json()["id"])
            codes = {refusal["code"] for item in items for refusal in item["refusals"]}
            assert "data_not_authorised" in codes
            assert {item["status"] for item in items} == {"refused"}
            again = await ask(http, request_about(daemon))
            assert again.status_code == 201, again.text

    async def test_the_older_service_knows_insurability_only(self, daemon: TestDaemon) -> None:
        await _ask_generic_insurability(daemon)
        async with daemon.http() as http:
            refused = await ask(http, request_about(daemon, facets=["palliative_status"]))
            assert refused.status_code == 422
            assert [each["pointer"] for each in refused.json()["errors"]] == ["/facets"]

    async def test_one_patient_may_be_asked_about_too(self, daemon: TestDaemon) -> None:
        niss = _add_palliative_person(daemon)
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Prefer": "wait=30"}
        body = {"patient": {"niss": niss}, "facets": ["palliative_status"]}
        async with daemon.http() as http:
            check = (await http.post("/v1/insurability-checks", json=body, headers=headers)).json()
        assert check["question"]["facets"] == ["palliative_status"]
        assert [each["has_data"] for each in check["facets"]] == [True]


class InParts(SandboxTransport):
    """Gives answers of GenAsync in parts, as some of its servers do."""

    parts_sent = 0

    async def exchange(self, request: WireRequest) -> WireReply:
        reply = await super().exchange(request)
        document = xml.parse(reply.body)
        details = [each for each in document.iter() if xml.local_name(each) == "Detail"]
        details = [each for each in details if len(each) == 0 and each.text]
        if "GenAsync" not in request.url or not details:
            return reply
        body = b""
        for place, detail in enumerate(details):
            content = base64.b64decode(detail.text or "")
            body += (
                b"--part\r\nContent-ID: <%d@cin>\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                % place
            )
            body += content + b"\r\n"
            detail.text = None
            etree.SubElement(detail, q(XOP, "Include"), href=f"cid:{place}@cin")
        root = b"--part\r\nContent-Type: application/xop+xml\r\nContent-ID: <r@cin>\r\n\r\n"
        InParts.parts_sent += len(details)
        return replace(
            reply,
            body=root + xml.serialize(document) + b"\r\n" + body + b"--part--\r\n",
            content_type='multipart/related; start="<r@cin>"; boundary=part',
        )


async def test_answers_in_parts_are_read_stored_and_confirmed(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, transport=InParts) as daemon, daemon.http() as http:
        await daemon.open_session()
        items = await _answered(daemon, http)
        history = (await http.get("/v1/exchanges?expand=responses")).json()["items"]
    assert InParts.parts_sent >= len(history) > 0
    assert {item["status"] for item in items} <= {"accepted", "partially_accepted", "refused"}
    received = [each for row in history for each in row["responses"]]
    assert all(each["confirmed_at"] and each["is_readable"] for each in received)
