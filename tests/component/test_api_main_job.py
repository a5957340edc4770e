"""The main job over HTTP, as a front end does it; and what it is told when it does it wrong."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.service.tokens import Client
from tests.support.daemon import BASE_URL, running_daemon

KEY = "0123456789abcdef"
JSON = {"Content-Type": "application/json"}
WAIT = {"Prefer": "wait=30"}


async def opened(http) -> dict:
    answer = await http.post("/v1/ehealth-sessions", json={}, headers=WAIT)
    assert answer.status_code == 201, answer.text
    return answer.json()


def person(daemon, **members) -> dict:
    return daemon.parts.simulator.add_person({"niss": "60010100172", **members})


async def asked(http, body, key: str = KEY, **headers):
    return await http.post(
        "/v1/insurability-checks", json=body, headers={"Idempotency-Key": key, **WAIT, **headers}
    )


async def test_a_session_by_operation_then_an_answer(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        started = await http.post("/v1/ehealth-sessions", json={})
        assert started.status_code == 202
        operation = started.json()
        assert started.headers["location"] == operation["links"]["self"]
        while operation["status"] not in {"succeeded", "failed"}:
            await asyncio.sleep(0.02)
            operation = (await http.get(operation["links"]["self"])).json()
        session = (await http.get(operation["result"]["links"]["self"])).json()
        assert session["state"] == "open"
        assert (await http.get("/v1/ehealth-sessions/current")).json()["id"] == session["id"]
        answer = await asked(http, {"patient": {"niss": person(daemon)["niss"]}})
        assert answer.status_code == 201
        assert answer.json()["is_insured"] is True


async def test_by_mutuality_and_membership_number(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await opened(http)
        known = person(daemon, mutuality="319")
        body = {name: known[name] for name in ("mutuality", "membership_number")}
        answer = (await asked(http, {"patient": body})).json()
        assert (answer["is_insured"], answer["patient"]["niss"]) == (True, known["niss"])


async def test_without_a_session_the_problem_says_what_to_do(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await asked(
            http, {"patient": {"niss": "60010100172"}}, **{"Accept-Language": "nl"}
        )
        assert answer.status_code == 409
        problem = answer.json()
        assert problem["code"] == "ehealth_session_required"
        assert problem["user_action"] == "open_session"
        assert answer.headers["content-language"] == "nl"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("patient", "code"),
    [
        pytest.param([{"niss": "60010100172"}, {"niss": "85123149853"}], "single_patient_only",
                     id="two-patients"),
        pytest.param({"niss": "60010100173"}, "validation_failed", id="check-digits"),
        pytest.param({"niss": "60010100172", "mutuality": "319", "membership_number": "1"},
                     None, id="both-ways-at-once"),
        pytest.param({"mutuality": "319"}, "validation_failed", id="half-a-membership"),
        pytest.param({}, "validation_failed", id="nobody"),
    ],
)  # fmt: skip
async def test_a_wrong_patient_is_422_and_never_echoed(tmp_path: Path, patient, code) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await opened(http)
        sent = len(daemon.world.ledger.entries())
        answer = await asked(http, {"patient": patient})
        assert answer.status_code == 422
        assert code in {None, answer.json()["code"]}
        assert "6001010017" not in answer.text
        assert len(daemon.world.ledger.entries()) == sent


async def test_a_typing_mistake_in_a_member_is_named_but_its_value_is_not(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await opened(http)
        body = {"patient": {"niss": "60010100172"}, "perod": "85123149853"}
        answer = await asked(http, body)
        assert answer.status_code == 422
        found = answer.json()["errors"]
        assert [(each["pointer"], each["code"]) for each in found] == [("/perod", "member_unknown")]
        assert "85123149853" not in answer.text


async def test_rpl_03_idempotency_keys_follow_api_33(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await opened(http)
        body = {"patient": {"niss": person(daemon)["niss"]}}
        missing = await http.post("/v1/insurability-checks", json=body)
        assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
        malformed = await asked(http, body, key="short")
        assert (malformed.status_code, malformed.json()["code"]) == (400, "idempotency_key_invalid")
        first = await asked(http, body)
        again = await asked(http, body)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == first.json()
        received = [entry.operation for entry in daemon.world.ledger.entries()]
        assert received.count("consult") == 1
        other = await asked(http, {**body, "purpose": "invoicing"})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_an_unknown_patient_is_refused_in_the_resource(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await opened(http)
        answer = await asked(http, {"patient": {"niss": "36121015396"}})
        assert answer.status_code == 201
        check = answer.json()
        assert check["status"] == "refused"
        assert check["refusals"][0]["remote_code"] == "UNKNOWN_NISS_ROUTING"


async def test_sec_04_a_token_is_needed_and_must_be_right(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        for token, code in (("cbr_" + "A" * 49, "token_invalid"), (None, None)):
            async with daemon.http(token) as http:
                answer = await http.get("/v1/operations")
                assert answer.status_code == (401 if token else 200)
                assert code is None or answer.json()["code"] == code
                assert not token or "WWW-Authenticate" in answer.headers


async def test_sec_05_pin_09_a_token_does_only_what_its_scopes_say(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        client = Client(id="reader", display_name="Reader", scopes=frozenset({"status:read"}))
        token = daemon.services.tokens.issue(client, lifetime=timedelta(minutes=5))
        async with daemon.http(token) as http:
            refused = await http.post("/v1/ehealth-sessions", json={})
            assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
            assert (await http.get("/v1/health")).status_code in {200, 503}
        assert daemon.world.prompt.asked == 0


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        pytest.param({"Host": "evil.example"}, 421, "host_not_allowed", id="sec-02-other-host"),
        pytest.param({"Host": "127.0.0.1:1"}, 421, "host_not_allowed", id="sec-02-other-port"),
        pytest.param({"Host": "127.0.0.1"}, 421, "host_not_allowed", id="sec-02-no-port"),
        pytest.param({"Origin": "https://evil.example"}, 403, "origin_not_allowed",
                     id="sec-03-unpaired-origin"),
        pytest.param({"Origin": "null"}, 403, "origin_not_allowed", id="sec-03-null-origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, "fetch_metadata_rejected",
                     id="guard-10-cross-site"),
        pytest.param({"Sec-Fetch-Mode": "no-cors"}, 403, "fetch_metadata_rejected",
                     id="guard-10-no-cors"),
        pytest.param({"Content-Type": "text/plain"}, 415, "unsupported_media_type",
                     id="sec-08-text-plain"),
        pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, 415,
                     "unsupported_media_type", id="sec-08-form"),
        pytest.param({"Upgrade": "websocket", "Connection": "upgrade"}, 404, "not_found",
                     id="guard-7-upgrade"),
    ],
)  # fmt: skip
async def test_the_guard_refuses_before_any_handler(
    tmp_path: Path, headers, status: int, code: str
) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.post("/v1/ehealth-sessions", content=b"{}", headers={**JSON, **headers})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert daemon.world.card.pins_verified == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"{", 400, "json_invalid", id="not-json"),
        pytest.param(b'{"a":1,"a":2}', 400, "json_invalid", id="doubled-member"),
        pytest.param(b'{"a":NaN}', 400, "json_invalid", id="nan"),
        pytest.param(b'{"a":9007199254740993}', 400, "json_invalid", id="too-large-integer"),
        pytest.param(b"[" * 40 + b"]" * 40, 400, "json_invalid", id="too-deep"),
        pytest.param(b'"\xff"', 400, "json_invalid", id="not-utf-8"),
        pytest.param(b'{"pin":"1234"}', 422, "secret_in_request", id="PIN-01-pin"),
        pytest.param(b'{"a":{"PUK":1}}', 422, "secret_in_request", id="PIN-01-nested-puk"),
        pytest.param(b"x" * 1_100_000, 413, "content_too_large", id="too-large"),
    ],
)
async def test_bodies_that_cannot_be_taken(tmp_path: Path, body, status: int, code: str) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.post("/v1/ehealth-sessions", content=body, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "1234" not in answer.text


async def test_sec_20_no_interactive_pages(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
            assert (await http.get(path)).status_code == 404


async def test_sec_94_no_assertion_leaves_through_the_api(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        session = await opened(http)
        texts = [(await http.get(path)).text for path in (
            "/v1/ehealth-sessions", "/v1/ehealth-sessions/current", "/v1/operations", "/v1/health",
        )]  # fmt: skip
        kept = daemon.services.sessions.require(session["registration_id"])
        assert all(kept.assertion.id not in text for text in texts)
        assert all("Assertion" not in text for text in texts)


async def test_ending_the_session_over_http(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        session = await opened(http)
        ended = await http.delete(f"/v1/ehealth-sessions/{session['id']}")
        assert ended.status_code in {200, 204}
        assert (await http.get("/v1/ehealth-sessions/current")).status_code == 404


async def test_the_simulator_is_steered_over_http(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        people = (await http.get("/v1/simulator/people")).json()["items"]
        assert {"niss", "mutuality", "membership_number", "purpose"} <= set(people[0])
        chosen = await http.put("/v1/simulator/scenario", json={"name": "pin_wrong"})
        assert chosen.json()["name"] == "pin_wrong"
        assert chosen.headers["carebridge-simulator"] == "true"
        failed = await http.post("/v1/ehealth-sessions", json={}, headers=WAIT)
        assert failed.json()["problem"]["code"] == "pin_wrong"
        assert failed.json()["problem"]["params"] == {"tries_left": 2}
        await http.put("/v1/simulator/scenario", json={"name": "normal"})
        moved = await http.put("/v1/simulator/clock", json={"offset_s": 3600})
        assert moved.json()["offset_s"] == 3600
        failed = await http.post("/v1/ehealth-sessions", json={}, headers=WAIT)
        assert failed.json()["problem"]["code"] == "clock_skew"
        ledger = (await http.get("/v1/simulator/ledger")).json()["items"]
        assert ledger[-1]["is_accepted"] is False


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
async def test_problems_speak_four_languages(tmp_path: Path, language: str) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.get("/v1/nothing", headers={"Accept-Language": language})
        assert answer.headers["content-language"] == language
        types = (await http.get("/v1/problem-types")).json()["items"]
        entry = next(each for each in types if each["code"] == "pin_wrong")
        assert entry["texts"][language]["title"]


async def test_livez_and_readyz_need_no_token(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        del http.headers["authorization"]
        for path in ("/livez", "/readyz"):
            answer = await http.get(BASE_URL + path)
            assert (answer.status_code, answer.json()) == (200, {"status": "pass"})
        instance = (await http.get("/v1/instance")).json()
        assert "simulator" in instance["features"]
        assert (await http.get("/v1/health")).status_code == 401
