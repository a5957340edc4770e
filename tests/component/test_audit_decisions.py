"""Each decision about security is one record, and no record knows a patient (AUD-03)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from bridge.domain.rights import OWNER_ID
from bridge.service.tokens import Client
from tests.support.api_services import EVIL_ORIGIN
from tests.support.audit import records_of
from tests.support.daemon import CLIENT, TestDaemon, running_daemon

KEY = {"Idempotency-Key": "a2b1c0d9e8f7a6b5"}
CHECKS = "/v1/insurability-checks"


def decisions(folder: Path) -> list[tuple[str, str, str | None]]:
    return [
        (record["action"], record["result"], record["client"])
        for record in records_of(folder)
        if record["action"] != "token_issued"
    ]


def patient_of(daemon: TestDaemon) -> str:
    return next(iter(daemon.world.people.people())).niss.digits


async def test_aud_03_each_refusal_is_exactly_one_record(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        poor = Client(id="poor", display_name="Poor", scopes=frozenset({"status:read"}))
        poor_token = daemon.services.tokens.issue(poor, lifetime=timedelta(hours=1))
        niss = patient_of(daemon)
        async with daemon.http() as http:
            await http.get("/livez", headers={"Origin": EVIL_ORIGIN})
            await http.get("/v1/health", headers={"Sec-Fetch-Site": "cross-site"})
            await http.get("/v1/health", headers={"Authorization": f"Bearer {niss}"})
            await http.get(CHECKS, headers={"Authorization": f"Bearer {poor_token}"})
            await http.post(CHECKS, json={"pin": niss}, headers=KEY)
            await http.post(CHECKS, content=b"{}", headers={**KEY, "Content-Type": "text/plain"})
            await http.get(f"/v1/{niss}?patient={niss}", headers={niss: niss})
            await http.get("/v1/health")
        assert decisions(tmp_path) == [
            ("request_refused", "origin_not_allowed", None),
            ("request_refused", "fetch_metadata_rejected", None),
            ("request_refused", "token_invalid", None),
            ("request_refused", "insufficient_scope", "poor"),
            ("request_refused", "secret_in_request", CLIENT.id),
            ("request_refused", "unsupported_media_type", None),
            ("request_refused", "not_found", None),
        ]
        routes = [record["object_id"] for record in records_of(tmp_path) if record["object_id"]]
        assert routes == [
            "unknown",
            "unknown",
            "GET:/v1/health",
            f"GET:{CHECKS}",
            f"POST:{CHECKS}",
            f"POST:{CHECKS}",
            "unknown",
        ]
        assert niss not in (tmp_path / "audit" / "audit.jsonl").read_text()


async def test_aud_03_session_pin_and_message_are_records(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        niss = patient_of(daemon)
        daemon.world.scenario.choose("pin_wrong")
        await daemon.open_session()
        daemon.world.scenario.choose("normal")
        await daemon.open_session()
        question = {"patient": {"niss": niss}, "purpose": "information", "contact_type": "other"}
        async with daemon.http() as http:
            for _ in range(2):
                answer = await http.post(CHECKS, json=question, headers=KEY)
            await daemon.services.operations.wait(answer.json()["id"], seconds=40)
            other = {**question, "purpose": "invoicing"}
            await http.post(CHECKS, json=other, headers=KEY)
            await http.delete("/v1/ehealth-sessions/current")
        assert decisions(tmp_path) == [
            ("pin_asked", "done", CLIENT.id),
            ("pin_failed", "pin_wrong", CLIENT.id),
            ("session_failed", "pin_wrong", CLIENT.id),
            ("pin_asked", "done", CLIENT.id),
            ("session_opened", "done", CLIENT.id),
            ("actor_allowed", "ask:insurability", CLIENT.id),
            ("message_sent", "done", CLIENT.id),
            ("message_answered", "accepted", CLIENT.id),
            ("request_refused", "idempotency_key_reused", CLIENT.id),
            ("session_ended", "done", CLIENT.id),
        ]
        records = records_of(tmp_path)
        text = json.dumps(records)
        nurse = daemon.world.nurse
        assert niss not in text
        assert nurse.pin.decode() not in [value for record in records for value in record.values()]
        assert nurse.registration.holder.niss.digits not in text
        actors = {record["actor"] for record in records if record["actor"]}
        assert actors - {OWNER_ID} == {each for each in actors if each.startswith("nurse_")}
        assert len(actors) == len(("the owner", "the nurse"))
        assert len({record["patient"] for record in records if record["patient"]}) == 1


async def test_aud_03_health_tells_a_gap_and_the_daemon_goes_on(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        for _ in range(3):
            daemon.token()
        path = tmp_path / "audit" / "audit.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([lines[0], *lines[2:]]))
        daemon.services.audit.verify()
        async with daemon.http() as http:
            health = (await http.get("/v1/health")).json()
        (check,) = health["checks"]["audit_log:chain"]
        assert (check["status"], check["output"]) == ("warn", "audit_log_broken")
        assert (await daemon.open_session()).problem is None
