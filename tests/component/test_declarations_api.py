"""Declarations of care over the interface before they are sent: drafts, findings, releases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.operations import OperationStatus
from bridge.ports.store import Store, UnitOfWork
from bridge.service.history import READ_ALL
from bridge.service.tokens import SCOPES, Client
from tests.support import stores
from tests.support.careapi import (
    KATZ,
    PALLIATIVE,
    SCORES_B,
    SUBMISSIONS,
    TECHNICAL,
    again,
    change,
    create,
    katz,
    key,
    palliative,
    patient,
    sent,
    submit,
    technical,
)
from tests.support.daemon import TestDaemon, running_daemon

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def daemon(tmp_path: Path) -> Any:
    async with running_daemon(tmp_path) as running:
        await running.open_session()
        yield running


BODIES = {KATZ: katz, PALLIATIVE: palliative, TECHNICAL: technical}
KINDS = pytest.mark.parametrize("path", list(BODIES), ids=lambda path: path[4:-13])


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def findings(answer: Any) -> list[tuple[str, str]]:
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


class TestDrafts:
    @KINDS
    async def test_a_draft_is_kept_as_it_was_sent(self, daemon: TestDaemon, path: str) -> None:
        body = BODIES[path](daemon, "Aram", client_ref="p-1")
        async with daemon.http() as http:
            made = await create(http, path, body)
            shown = await again(http, made)
        assert shown == made
        assert (shown["status"], shown["is_submittable"]) == ("draft", True)
        assert shown["object"] == path[4:-1].replace("-", "_")
        for member, value in body.items():
            kept = shown[member]
            if isinstance(value, dict):
                kept = {name: kept[name] for name in value}
            assert kept == value, member

    @KINDS
    async def test_a_draft_can_be_changed_and_deleted(self, daemon: TestDaemon, path: str) -> None:
        async with daemon.http() as http:
            made = await create(http, path, BODIES[path](daemon, "Aram"))
            changed = await change(http, made, {"client_ref": "p-2"})
            assert changed.status_code == 200, changed.text
            same = {**changed.json(), "client_ref": None, "updated_at": made["updated_at"]}
            assert same == made
            gone = await http.delete(made["links"]["self"])
            assert gone.status_code == 204
            assert problem(await http.get(made["links"]["self"])) == (404, "not_found")

    async def test_a_stale_version_is_not_changed_api_17(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            made = await create(http, KATZ, katz(daemon, "Aram"))
            headers = {"Content-Type": "application/merge-patch+json"}
            bare = await http.patch(made["links"]["self"], json={"care_kind": "A"}, headers=headers)
            assert problem(bare) == (428, "precondition_required")
            headers["If-Match"] = '"00000000000000000000000000000000"'
            stale = await http.patch(
                made["links"]["self"], json={"care_kind": "A"}, headers=headers
            )
            assert problem(stale) == (412, "precondition_failed")

    async def test_members_merge_and_null_removes(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            place = {"name": "Rusthuis", "address": "Kerkstraat 1", "postal_code": "9000"}
            made = await create(http, KATZ, katz(daemon, "Aram", place=place))
            changed = await change(
                http, made, {"place": None, "scores": {"eating": 3}, "period": {"end_on": None}}
            )
            shown = changed.json()
        assert shown["place"] is None
        assert shown["scores"] == {**SCORES_B, "eating": 3}
        assert shown["period"] == {"start_on": "2026-11-23", "end_on": None}

    async def test_a_change_is_read_as_strictly_as_a_new_one(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            made = await create(http, KATZ, katz(daemon, "Aram"))
            wrong = await change(http, made, {"scores": {"eating": 9}})
            assert findings(wrong) == [("/scores/eating", "out_of_range")]
            unknown = await change(http, made, {"care_kinds": "A"})
            assert findings(unknown) == [("/care_kinds", "member_unknown")]

    @KINDS
    async def test_an_identifier_of_another_kind_is_not_found(
        self, daemon: TestDaemon, path: str
    ) -> None:
        other = TECHNICAL if path != TECHNICAL else KATZ
        async with daemon.http() as http:
            made = await create(http, other, BODIES[other](daemon, "Aram"))
            strange = f"{path}/{made['id']}"
            assert problem(await http.get(strange)) == (404, "not_found")
            assert problem(await http.delete(strange)) == (404, "not_found")
            marked = await http.post(
                f"{path}/marks", json={"declaration_ids": [made["id"]], "mark": "read"}
            )
            assert problem(marked) == (404, "not_found")

    async def test_a_key_makes_one_draft_api_33(self, daemon: TestDaemon) -> None:
        headers = key()
        async with daemon.http() as http:
            first = await http.post(KATZ, json=katz(daemon, "Aram"), headers=headers)
            second = await http.post(KATZ, json=katz(daemon, "Aram"), headers=headers)
            other = await http.post(KATZ, json=katz(daemon, "Bea"), headers=headers)
        assert second.json()["id"] == first.json()["id"]
        assert problem(other) == (422, "idempotency_key_reused")


class TestRefusedRequests:
    async def test_every_wrong_number_is_told_at_once(self, daemon: TestDaemon) -> None:
        niss = patient(daemon, "Aram")["niss"]
        wrong = f"{niss[:-1]}{(int(niss[-1]) + 1) % 10}"
        body = palliative(
            daemon,
            "Aram",
            patient={**patient(daemon, "Aram"), "niss": wrong},
            usual_doctor="10007199",
            nurse="40000099",
        )
        async with daemon.http() as http:
            answer = await http.post(PALLIATIVE, json=body)
        assert problem(answer) == (422, "validation_failed")
        assert findings(answer) == [
            ("/patient/niss", "niss_invalid"),
            ("/usual_doctor", "nihii_invalid"),
            ("/nurse", "nihii_invalid"),
        ]
        assert wrong not in answer.text

    @pytest.mark.parametrize(
        ("changes", "finding"),
        [
            ({"score": 1}, ("/score", "member_unknown")),
            ({"care_kind": "D"}, ("/care_kind", "value_not_allowed")),
            ({"scores": {**SCORES_B, "eating": 5}}, ("/scores/eating", "out_of_range")),
            ({"frequency": {"toilets": 8}}, ("/frequency/toilets", "out_of_range")),
            ({"period": {"start_on": "2026-02-30"}}, ("/period/start_on", "date_invalid")),
            ({"prescriber": "1"}, ("/prescriber", "format_wrong")),
            ({"dementia": {"severity": "light", "doctor": "10007199"}},
             ("/dementia/doctor", "nihii_invalid")),
            ({"place": {"name": "x", "address": "y", "postal_code": "90"}},
             ("/place/postal_code", "format_wrong")),
        ],
        ids=["unknown", "kind", "score", "toilets", "day", "format", "doctor", "postal_code"],
    )  # fmt: skip
    async def test_what_cannot_be_read_is_refused_where_it_stands(
        self, daemon: TestDaemon, changes: dict[str, Any], finding: tuple[str, str]
    ) -> None:
        async with daemon.http() as http:
            answer = await http.post(KATZ, json=katz(daemon, "Aram", **changes))
        assert problem(answer) == (422, "validation_failed")
        assert findings(answer) == [finding]


class TestFindings:
    async def test_what_speaks_against_sending_stands_with_the_draft(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            often = {"days_per_week": 7, "visits_per_day": 2}
            strong = await create(http, KATZ, katz(daemon, "Aram", care_kind="C", frequency=often))
        (found,) = strong["findings"]
        assert (found["pointer"], found["code"]) == ("/care_kind", "care_kind_too_strong")
        assert (found["is_warning"], strong["is_submittable"]) == (False, False)
        assert strong["verdict"]["care_kind"] == "B"
        assert strong["verdict"]["is_requested_kind_allowed"] is False

    async def test_a_warning_does_not_keep_it_from_leaving_d18(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            weak = await create(http, KATZ, katz(daemon, "Aram", care_kind="A"))
            assert [each["is_warning"] for each in weak["findings"]] == [True]
            assert weak["is_submittable"] is True
            assert (await submit(http, weak)).status_code == 201

    async def test_lost_days_are_told(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            period = {"start_on": "2026-11-01", "end_on": "2027-01-31"}
            late = await create(http, KATZ, katz(daemon, "Aram", period=period))
        assert late["lost_period"] == {"start_on": "2026-11-01", "end_on": "2026-11-23"}
        assert "sent_late" in [each["code"] for each in late["findings"]]

    async def test_findings_are_told_in_the_callers_language(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            made = await create(http, KATZ, katz(daemon, "Aram", care_kind="C"))
            said = set()
            for language in ("fr", "nl", "de", "en"):
                answer = await http.get(
                    made["links"]["self"], headers={"Accept-Language": language}
                )
                said.add(answer.json()["findings"][0]["message"])
        assert len(said) == 4


class TestLists:
    async def test_lists_page_newest_first_and_are_filtered(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            made = [await create(http, KATZ, katz(daemon, name)) for name in ("Aram", "Bea", "Cas")]
            await create(http, TECHNICAL, technical(daemon, "Dora"))
            assert (await submit(http, made[0])).status_code == 201
            first = (await http.get(f"{KATZ}?limit=2")).json()
            assert [each["id"] for each in first["items"]] == [made[2]["id"], made[1]["id"]]
            assert first["page"]["total"] == 3
            cursor = first["page"]["next_cursor"]
            second = (await http.get(f"{KATZ}?limit=2&cursor={cursor}")).json()
            assert [each["id"] for each in second["items"]] == [made[0]["id"]]
            drafts = (await http.get(f"{KATZ}?status=draft&is_read=false")).json()
            assert drafts["page"]["total"] == 2
            assert drafts["query"]["filters"] == {"status": ["draft"], "is_read": ["false"]}
            sent_ones = (await http.get(f"{KATZ}?status=sent,received")).json()
            assert [each["id"] for each in sent_ones["items"]] == [made[0]["id"]]

    async def test_a_cursor_fits_its_filters_only_api_61(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            for name in ("Aram", "Bea"):
                await create(http, KATZ, katz(daemon, name))
            cursor = (await http.get(f"{KATZ}?limit=1")).json()["page"]["next_cursor"]
            answer = await http.get(f"{KATZ}?limit=1&status=draft&cursor={cursor}")
            assert problem(answer) == (400, "cursor_mismatch")

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("niss=00000000097", "parameter_unknown"),
            ("is_read=1", "parameter_invalid"),
            ("limit=0", "parameter_invalid"),
        ],
        ids=["person_number", "boolean", "limit"],
    )
    async def test_a_filter_that_is_not_one_is_refused_api_62(
        self, daemon: TestDaemon, query: str, code: str
    ) -> None:
        async with daemon.http() as http:
            assert problem(await http.get(f"{KATZ}?{query}")) == (400, code)


class TestOwners:
    async def test_another_pairing_sees_and_changes_nothing_d13(self, daemon: TestDaemon) -> None:
        other = Client(id="other", display_name="Other", scopes=SCOPES - READ_ALL)
        token = daemon.services.tokens.issue(other, lifetime=timedelta(days=1))
        async with daemon.http() as http, daemon.http(token) as theirs:
            made = await create(http, KATZ, katz(daemon, "Aram"))
            path = made["links"]["self"]
            assert (await theirs.get(KATZ)).json()["page"]["total"] == 0
            assert problem(await theirs.get(path)) == (404, "not_found")
            assert problem(await theirs.delete(path)) == (404, "not_found")
            assert problem(await submit(theirs, made)) == (404, "not_found")
            own = await theirs.post(SUBMISSIONS, json={}, headers=key())
            assert findings(own) == [("/declarations", "nothing_to_send")]
            assert (await again(http, made)) == made

    async def test_the_scope_is_needed_d12(self, daemon: TestDaemon) -> None:
        reader = Client(id="reader", display_name="R", scopes=frozenset({"responses:read"}))
        token = daemon.services.tokens.issue(reader, lifetime=timedelta(days=1))
        async with daemon.http(token) as http:
            assert problem(await http.get(KATZ)) == (403, "insufficient_scope")
            assert (await http.get("/v1/care-agreements")).status_code == 200
            marked = await http.post(f"{KATZ}/marks", json={})
            assert problem(marked) == (403, "insufficient_scope")

    async def test_what_is_released_for_two_pairings_leaves_in_two_messages_d13(
        self, daemon: TestDaemon
    ) -> None:
        other = Client(id="other", display_name="Other", scopes=SCOPES - READ_ALL)
        token = daemon.services.tokens.issue(other, lifetime=timedelta(days=1))
        async with daemon.http() as http, daemon.http(token) as theirs:
            mine = await create(http, KATZ, katz(daemon, "Aram"))
            yours = await create(theirs, KATZ, katz(daemon, "Dora"))
            answer = await http.post(SUBMISSIONS, json={}, headers=key())
            assert len(answer.json()["declarations"]) == 2
            mine, yours = await again(http, mine), await again(theirs, yours)
            assert (await theirs.get(yours["links"]["exchange"])).status_code == 200
            hidden = await theirs.get(mine["links"]["exchange"])
            assert problem(hidden) == (404, "not_found")


class InterruptedStore:
    """A store in which something happens right after a reading, once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.then: Callable[[], Awaitable[None]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def read(self, work: Callable[[UnitOfWork], Any]) -> Any:
        found = await self._store.read(work)
        then = self.then
        if then is not None and isinstance(found, list) and found:
            self.then = None
            await then()
        return found


class TestRaces:
    async def test_what_leaves_is_the_latest_version(self, tmp_path: Path) -> None:
        (tmp_path / "kept").mkdir()
        async with stores.opened(tmp_path / "kept") as kept:
            store = InterruptedStore(kept)
            async with running_daemon(tmp_path, store=lambda _: store) as daemon:
                nurse = daemon.world.nurse.registration
                await kept.write(lambda unit: unit.registrations.put(nurse))
                await daemon.open_session()
                async with daemon.http() as http:
                    draft = await create(http, KATZ, katz(daemon, "Aram"))

                    async def meanwhile() -> None:
                        patch = {"frequency": {"days_per_week": 5}}
                        assert (await change(http, draft, patch)).status_code == 200

                    store.then = meanwhile
                    assert (await submit(http, draft)).status_code == 201
                    now = await again(http, draft)
                    assert now["frequency"]["days_per_week"] == 5
                    pieces = await kept.read(
                        lambda unit: unit.evidence.of_subject(now["exchange_id"])
                    )
                    assert any(b">5</CareDaysByWeek>" in each.content for each in pieces)


class TestTellings:
    async def test_an_event_says_what_changed_and_never_about_whom_api_51(
        self, daemon: TestDaemon
    ) -> None:
        listener = daemon.services.events.subscribe("test", topics=frozenset({"declarations"}))
        async with daemon.http() as http:
            made = await create(http, KATZ, katz(daemon, "Aram"))
        event = await listener.next(within_s=1)
        listener.close()
        assert event is not None
        assert (event.type, event.object) == ("declaration.updated", "katz_declaration")
        assert (event.status, event.path) == ("draft", made["links"]["self"])
        assert made["patient"]["niss"] not in repr(event)

    async def test_a_caller_may_do_without_the_body_api_18(self, daemon: TestDaemon) -> None:
        minimal = {"Prefer": "return=minimal"}
        async with daemon.http() as http:
            answer = await http.post(KATZ, json=katz(daemon, "Aram"), headers=minimal)
            assert (answer.status_code, answer.content) == (201, b"")
            made = await http.get(answer.headers["Location"])
            headers = {
                **minimal,
                "If-Match": made.headers["ETag"],
                "Content-Type": "application/merge-patch+json",
            }
            changed = await http.patch(
                answer.headers["Location"], json={"care_kind": "A"}, headers=headers
            )
            assert (changed.status_code, changed.content) == (204, b"")


class TestReleasing:
    async def test_a_release_answers_with_what_was_sent(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram"))
            answer = await submit(http, draft)
            assert answer.status_code == 201, answer.text
            submission = answer.json()
            assert answer.headers["Location"] == submission["links"]["self"]
            (line,) = submission["declarations"]
            assert (line["id"], line["status"]) == (draft["id"], "sent")
            now = await again(http, draft)
            assert now["links"]["submission"] == submission["links"]["self"]
            exchange = (await http.get(now["links"]["exchange"])).json()
            assert exchange["links"]["subject"] == submission["links"]["self"]
            assert (exchange["service"], exchange["kind"]) == ("medadmin", "care_request")
            operation = (await http.get(submission["links"]["operation"])).json()
            assert operation["status"] == "succeeded"
            assert operation["result"]["object"] == "declaration_submission"
            assert (await again(http, submission))["id"] == submission["id"]

    async def test_what_left_is_no_draft_any_more(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            left = await sent(http, KATZ, katz(daemon, "Aram"))
            assert problem(await submit(http, left)) == (409, "already_sent")
            assert problem(await change(http, left, {"care_kind": "A"})) == (409, "already_sent")
            assert problem(await http.delete(left["links"]["self"])) == (409, "already_sent")

    async def test_a_row_with_findings_stays_a_draft_d18(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram", care_kind="C"))
            refused = await submit(http, draft)
            assert problem(refused) == (409, "not_submittable")
            assert findings(refused) == [("/declarations/0/care_kind", "care_kind_too_strong")]
            assert (await again(http, draft))["status"] == "draft"
        assert all(each.operation != "post" for each in daemon.world.ledger.entries())

    async def test_rpl_03_the_same_key_releases_once_api_33(self, daemon: TestDaemon) -> None:
        headers = key()
        async with daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram"))
            path = f"{draft['links']['self']}/submission"
            first = await http.post(path, json={}, headers=headers)
            second = await http.post(path, json={}, headers=headers)
        assert second.headers["Idempotency-Replayed"] == "true"
        assert second.json()["id"] == first.json()["id"]

    async def test_rpl_07_without_a_key_nothing_is_released_api_30_sec_15(
        self, daemon: TestDaemon
    ) -> None:
        async with daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram"))
            answer = await http.post(f"{draft['links']['self']}/submission", json={})
            assert problem(answer) == (400, "idempotency_key_missing")

    async def test_the_same_content_twice_needs_a_word_api_36(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            first = await sent(http, TECHNICAL, technical(daemon, "Aram"))
            draft = await create(http, TECHNICAL, technical(daemon, "Aram"))
            refused = await submit(http, draft)
            assert problem(refused) == (409, "duplicate_suspected")
            assert refused.json()["params"]["exchange_id"] == first["exchange_id"]
            answer = await submit(http, draft, duplicate_of_confirmed=first["exchange_id"])
            assert answer.status_code == 201, answer.text

    async def test_all_that_can_be_sent_leaves_by_insurer(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            for name in ("Aram", "Dora", "Bea"):
                await create(http, KATZ, katz(daemon, name))
            stays = await create(http, KATZ, katz(daemon, "Cas", care_kind="C"))
            other = await create(http, TECHNICAL, technical(daemon, "Emiel"))
            answer = await http.post(SUBMISSIONS, json={"kind": "katz"}, headers=key())
            assert answer.status_code == 201, answer.text
            submission = answer.json()
            assert len(submission["declarations"]) == 3
            assert len(submission["exchange_ids"]) == 2, "insurers 300 and 500"
            assert (await again(http, stays))["status"] == "draft"
            assert (await again(http, other))["status"] == "draft"

    async def test_named_ones_leave_together_or_not_at_all(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            good = await create(http, KATZ, katz(daemon, "Aram"))
            bad = await create(http, KATZ, katz(daemon, "Bea", care_kind="C"))
            body = {"declaration_ids": [good["id"], bad["id"]]}
            refused = await http.post(SUBMISSIONS, json=body, headers=key())
            assert findings(refused) == [("/declarations/1/care_kind", "care_kind_too_strong")]
            assert (await again(http, good))["status"] == "draft"
            both = {"declaration_ids": [good["id"]], "kind": "katz"}
            unclear = await http.post(SUBMISSIONS, json=both, headers=key())
            assert findings(unclear) == [("/kind", "value_invalid")]

    async def test_nothing_to_send_is_said(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            answer = await http.post(SUBMISSIONS, json={}, headers=key())
            assert problem(answer) == (409, "not_submittable")
            assert findings(answer) == [("/declarations", "nothing_to_send")]

    async def test_the_words_for_a_release_are_in_the_operation(self, daemon: TestDaemon) -> None:
        async with daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram"))
            answer = await submit(http, draft)
            path = answer.json()["links"]["operation"]
            said = (await http.get(path, headers={"Accept-Language": "nl"})).json()
            assert said["progress"]["label"] == "De aangiften zijn verstuurd"


class TestWithoutASession:
    async def test_it_is_refused_or_waits_api_45(self, tmp_path: Path) -> None:
        async with running_daemon(tmp_path) as daemon, daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram"))
            refused = await submit(http, draft)
            assert problem(refused) == (409, "ehealth_session_required")
            headers = {"Idempotency-Key": key()["Idempotency-Key"]}
            waiting = await http.post(
                f"{draft['links']['self']}/submission",
                json={"hold_until_session": True},
                headers=headers,
            )
            assert waiting.status_code == 202, waiting.text
            assert (await again(http, draft))["status"] == "to_send"
            cancelled = await http.post(waiting.json()["links"]["cancellation"], json={})
            assert cancelled.json()["status"] == OperationStatus.CANCELLED.value
            back = await again(http, draft)
            assert (back["status"], back["submission_id"]) == ("draft", None)

    async def test_a_repeated_request_does_not_release_what_was_cancelled_api_33(
        self, tmp_path: Path
    ) -> None:
        headers = {"Idempotency-Key": key()["Idempotency-Key"], "Prefer": "wait=1"}
        async with running_daemon(tmp_path) as daemon, daemon.http() as http:
            draft = await create(http, KATZ, katz(daemon, "Aram"))
            path, body = f"{draft['links']['self']}/submission", {"hold_until_session": True}
            waiting = await http.post(path, json=body, headers=headers)
            await http.post(waiting.json()["links"]["cancellation"], json={})
            repeated = await http.post(path, json=body, headers=headers)
            assert (repeated.status_code, repeated.json()["status"]) == (202, "cancelled")
            assert repeated.headers["Idempotency-Replayed"] == "true"
            assert (await again(http, draft))["status"] == "draft"
