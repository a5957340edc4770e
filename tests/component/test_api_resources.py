"""Resources over HTTP: pages, languages, caching, preferences, keys, health, the document."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from bridge.i18n import LANGUAGES, PROBLEMS
from bridge.service.tokens import Client
from tests.support.api_services import UNLIMITED
from tests.support.daemon import BASE_URL, PORT, running_daemon

KEY = "01JD3WDQ5W3T2M8Q9V5N7B6C"
WAIT = {"Prefer": "wait=30"}


async def open_session(http) -> dict:
    answer = await http.post("/v1/ehealth-sessions", json={}, headers=WAIT)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def ask(http, number: int, **headers):
    people = (await http.get("/v1/simulator/people")).json()["items"]
    body = {"patient": {"niss": people[number % 6]["niss"]}}
    return await http.post(
        "/v1/insurability-checks",
        json=body,
        headers={"Idempotency-Key": f"{KEY}{number:02}", **headers},
    )


async def test_api_60_lists_are_paged_by_cursor_newest_first(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await open_session(http)
        made = [(await ask(http, number, **WAIT)).json()["id"] for number in range(5)]
        seen: list[str] = []
        path: str | None = "/v1/insurability-checks?limit=2"
        while path is not None:
            answer = await http.get(path)
            body = answer.json()
            assert body["page"]["total"] == 5
            assert body["page"]["prev_cursor"] is None
            assert body["query"]["sort"] == ["-id"]
            seen += [item["id"] for item in body["items"]]
            links = answer.links
            assert ("next" in links) == (body["page"]["next_cursor"] is not None)
            path = links["next"]["url"] if "next" in links else None
        assert seen == made[::-1]
        operations = (await http.get("/v1/operations")).json()
        assert operations["page"]["total"] == 6
        assert {item["object"] for item in operations["items"]} == {"operation"}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        pytest.param("cursor=x", 400, "cursor_invalid", id="unreadable"),
        pytest.param("limit=0", 400, "parameter_invalid", id="limit-too-small"),
        pytest.param("limit=201", 400, "parameter_invalid", id="limit-too-large"),
        pytest.param("limit=many", 400, "parameter_invalid", id="limit-is-no-number"),
        pytest.param("limit=1&limit=2", 400, "parameter_invalid", id="twice"),
        pytest.param("status=refused", 400, "parameter_unknown", id="unknown-filter"),
        pytest.param("niss=00000000097", 400, "parameter_unknown", id="person-in-the-address"),
    ],
)
async def test_api_61_bad_parameters_are_named_and_not_repeated(tmp_path, query, status, code):
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.get(f"/v1/operations?{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "00000000097" not in answer.text
        assert "many" not in answer.text


async def test_api_61_cursors_belong_to_one_list_and_one_day(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await open_session(http)
        for number in range(2):
            await ask(http, number, **WAIT)
        page = (await http.get("/v1/insurability-checks?limit=1")).json()["page"]
        other = await http.get(f"/v1/operations?cursor={page['next_cursor']}")
        assert other.json()["code"] == "cursor_mismatch"
        daemon.clock.advance(hours=25)
        async with daemon.http() as later:
            old = await later.get(f"/v1/insurability-checks?cursor={page['next_cursor']}")
        assert (old.status_code, old.json()["code"]) == (410, "cursor_expired")


async def test_api_68_unchanged_resources_are_not_sent_again(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        for path in ("/v1/instance", "/v1/operations", "/v1/simulator/scenario"):
            first = await http.get(path)
            tag = first.headers["etag"]
            again = await http.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        await http.put("/v1/simulator/scenario", json={"name": "clock_skew"})
        changed = await http.get("/v1/simulator/scenario", headers={"If-None-Match": tag})
        assert changed.status_code == 200


async def test_api_18_a_minimal_answer_has_no_body(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        headers = {"Prefer": "wait=10, return=minimal"}
        made = await http.post("/v1/ehealth-sessions", json={}, headers=headers)
        assert (made.status_code, made.content) == (201, b"")
        assert made.headers["preference-applied"] == "wait=10, return=minimal"
        path = made.headers["location"]
        gone = await http.delete(path, headers={"Prefer": "return=minimal"})
        assert (gone.status_code, gone.content) == (204, b"")
        assert (await http.get(path)).json()["state"] == "ended"
        again = await http.delete(path)
        assert (again.status_code, again.json()["state"]) == (200, "ended")


async def test_d11_a_session_may_have_a_key_and_then_opens_once(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        headers = {"Idempotency-Key": f'"{KEY}"'}
        first = await http.post("/v1/ehealth-sessions", json={}, headers=headers)
        second = await http.post("/v1/ehealth-sessions", json={}, headers=headers)
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json()["id"] == second.json()["id"]
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        body = {"registration_id": "reg_other"}
        reused = await http.post("/v1/ehealth-sessions", json=body, headers=headers)
        assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


async def test_api_33_two_requests_at_once_send_once(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await open_session(http)
        answers = await asyncio.gather(*(ask(http, 1, **WAIT) for _ in range(4)))
        accepted = [answer for answer in answers if answer.status_code == 201]
        waiting = [answer.json()["code"] for answer in answers if answer.status_code == 409]
        assert len({answer.json()["id"] for answer in accepted}) == 1
        assert set(waiting) <= {"idempotency_key_in_progress"}
        ledger = (await http.get("/v1/simulator/ledger")).json()["items"]
        assert [entry["service"] for entry in ledger].count("memberdata") == 1


async def test_api_43_what_is_over_cannot_be_cancelled(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await open_session(http)
        operation = (await http.get("/v1/operations")).json()["items"][0]
        assert operation["links"]["cancellation"] is None
        path = f"/v1/operations/{operation['id']}/cancellation"
        answer = await http.post(path, json={})
        assert answer.status_code == 409
        assert answer.json()["code"] in {"operation_final", "already_sent"}
        extra = await http.post(path, json={"now": True})
        assert extra.json()["errors"][0]["code"] == "member_unknown"


async def test_other_clients_operations_and_checks_do_not_exist(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        await open_session(http)
        check = (await ask(http, 0, **WAIT)).json()
        other = Client(
            id="other",
            display_name="Other",
            scopes=frozenset({"status:read", "insurability:check"}),
        )
        token = daemon.services.tokens.issue(other, lifetime=timedelta(hours=1))
        async with daemon.http(token) as stranger:
            for path in (check["links"]["self"], check["links"]["operation"]):
                answer = await stranger.get(path)
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
            assert (await stranger.get("/v1/insurability-checks")).json()["items"] == []


@pytest.mark.parametrize(
    ("minimum", "status", "code"),
    [
        pytest.param("1.0", 200, None, id="older"),
        pytest.param("1.9", 200, None, id="this-one"),
        pytest.param("1.999", 409, "daemon_too_old", id="newer"),
        pytest.param("2.0", 400, "parameter_invalid", id="other-major"),
        pytest.param("new", 400, "parameter_invalid", id="nonsense"),
    ],
)
async def test_api_23_an_older_daemon_says_please_update(tmp_path, minimum, status, code):
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.get("/v1/instance", headers={"API-Minimum": minimum})
        assert answer.status_code == status
        assert answer.json().get("code") == code
        assert answer.headers["api-version"] == "1.9"


@pytest.mark.parametrize(
    ("accept", "path", "status"),
    [
        ("application/json", "/v1/instance", 200),
        ("application/*", "/v1/instance", 200),
        ("text/html, */*;q=0.1", "/v1/instance", 200),
        ("text/html", "/v1/instance", 406),
        ("application/json;q=0", "/v1/instance", 406),
        ("application/health+json", "/v1/health", 200),
        ("text/plain", "/v1/health", 200),
        ("image/png", "/v1/health", 406),
    ],
)
async def test_only_offered_forms_are_answered(tmp_path, accept, path, status):
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.get(path, headers={"Accept": accept})
        assert answer.status_code == status
        if status == 406:
            assert answer.json()["code"] == "not_acceptable"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_health_as_lines_to_read_on_the_phone(tmp_path: Path, language: str) -> None:
    """API-80 to API-84: from memory, with shared codes, without identities."""
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        headers = {"Accept": "text/plain", "Accept-Language": language}
        lines = (await http.get("/v1/health", headers=headers)).text.splitlines()
        assert 4 <= len(lines) <= 10
        assert lines[0].startswith("Carebridge")
        report = (await http.get("/v1/health")).json()
        assert report["status"] == "warn"
        for (entry,) in report["checks"].values():
            assert (entry["output"] is None) == (entry["status"] == "pass")
            assert entry["output"] is None or entry["output"] in PROBLEMS
        text = json.dumps(report)
        holder = daemon.world.nurse.registration.holder
        assert holder.niss.digits not in text
        assert holder.last_name not in text


async def test_a_daemon_that_stops_says_so(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        daemon.services.health.set_ready(is_ready=False)
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"status": "fail"})
        assert (await http.get("/livez")).json() == {"status": "pass"}
        health = await http.get("/v1/health")
        assert (health.status_code, health.json()["status"]) == (503, "fail")


async def test_api_73_the_whole_catalogue_in_four_languages(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.get("/v1/problem-types")
        items = answer.json()["items"]
        assert [item["code"] for item in items] == sorted(PROBLEMS)
        assert all(set(item["texts"]) == set(LANGUAGES) for item in items)
        assert answer.headers["cache-control"] == "private, max-age=3600"
        again = await http.get(
            "/v1/problem-types",
            headers={"If-None-Match": answer.headers["etag"]},
        )
        assert again.status_code == 304
        one = await http.get("/v1/problem-types/card_missing")
        assert one.json() in items
        assert (await http.get("/v1/problem-types/unknown")).status_code == 404


async def test_the_help_of_every_problem_leads_to_its_entry(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        problem = (await http.get("/v1/operations/op_unknown")).json()
        entry = (await http.get(problem["help"])).json()
        assert entry["code"] == problem["code"] == "not_found"
        assert entry["texts"]["en"]["title"] == problem["title"]


async def test_the_document_needs_a_token_and_names_what_this_build_has(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        assert (await http.get("/openapi.json", headers={"Authorization": ""})).status_code == 401
        document = (await http.get("/openapi.json")).json()
        assert "/v1/simulator/people" in document["paths"]


async def test_d2_without_a_simulator_its_routes_do_not_exist(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon:
        services = replace(daemon.services, simulator=None)
        app = create_app(services, port=PORT, rates=UNLIMITED)
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {daemon.token()}"}
        async with httpx.AsyncClient(
            transport=transport,
            base_url=BASE_URL,
            headers=headers,
        ) as http:
            for path in ("people", "scenario", "clock", "ledger"):
                answer = await http.get(f"/v1/simulator/{path}")
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
                assert "carebridge-simulator" not in answer.headers
            document = (await http.get("/openapi.json")).json()
            assert not [path for path in document["paths"] if "simulator" in path]


async def test_a_person_can_be_added_with_all_members(tmp_path: Path) -> None:
    person = {
        "niss": "00000000097",
        "last_name": "Voorbeeld",
        "first_name": "Zoë",
        "born_on": "1990-02-28",
        "gender": "female",
        "mutuality": "134",
        "membership_number": "12 34",
        "purpose": "a test",
        "is_known": True,
        "deceased_on": "2026-11-01",
        "palliative_since": "2026-10-01",
        "insurer_pays_provider": True,
        "periods": [
            {
                "from_on": "2020-01-01",
                "to_on": "2026-12-31",
                "mutuality": "134",
                "membership_number": "12 34",
                "ct1": "111",
                "ct2": "110",
            },
        ],
        "medical_house": {"nihii": "80000155000", "kind": "Nurse", "started_on": "2024-01-01"},
        "hospital_stay": {
            "hospital_nihii": "71000139000",
            "service": "450",
            "admitted_on": "2026-10-01",
        },
    }
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        headers = {"Idempotency-Key": KEY}
        made = await http.post("/v1/simulator/people", json=person, headers=headers)
        assert made.status_code == 201, made.text
        assert person.items() <= made.json().items()
        again = await http.post("/v1/simulator/people", json=person, headers=headers)
        assert again.headers["idempotency-replayed"] == "true"
        listed = (await http.get(made.headers["location"])).json()
        assert made.json() in listed["items"]
        wrong = await http.post(
            "/v1/simulator/people",
            json={"niss": "00000000097", "periods": [{"from_on": "2026-02-30"}]},
        )
        assert [(each["pointer"], each["code"]) for each in wrong.json()["errors"]] == [
            ("/periods/0/from_on", "date_invalid"),
        ]


async def test_the_people_are_paged_without_numbers_in_the_address(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        everybody = (await http.get("/v1/simulator/people")).json()["items"]
        seen, path = [], "/v1/simulator/people?limit=5"
        while path:
            answer = await http.get(path)
            seen += answer.json()["items"]
            path = answer.links.get("next", {}).get("url")
        assert seen == everybody


async def test_the_clock_takes_whole_seconds_only(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        answer = await http.put("/v1/simulator/clock", json={"offset_s": -90})
        assert answer.json()["offset_s"] == -90
        assert (await http.get("/v1/simulator/clock")).json()["offset_s"] == -90
        for value, code in ((1.5, "type_wrong"), ("1", "type_wrong"), (10**12, "out_of_range")):
            wrong = await http.put("/v1/simulator/clock", json={"offset_s": value})
            found = wrong.json()["errors"][0]
            assert found["pointer"] == "/offset_s"
            assert found["code"] in {code, "value_invalid"}


async def test_every_resource_has_the_common_members_api_12(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        session = await open_session(http)
        check = (await ask(http, 0, **WAIT)).json()
        paths = [
            "/v1/instance",
            session["links"]["self"],
            "/v1/ehealth-sessions/current",
            check["links"]["self"],
            check["links"]["operation"],
            "/v1/problem-types/not_found",
            "/v1/simulator/scenario",
            "/v1/simulator/clock",
        ]
        for path in paths:
            resource = (await http.get(path)).json()
            assert {"id", "object", "created_at", "updated_at", "links"} <= set(resource), path
            own = resource["links"]["self"]
            assert (await http.get(own)).json()["id"] == resource["id"]
        for path in ("people", "ledger"):
            (first, *_) = (await http.get(f"/v1/simulator/{path}")).json()["items"]
            assert {"id", "object", "created_at", "updated_at", "links"} <= set(first)
