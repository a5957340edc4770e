"""Connecting software over the interface, from the request to the end of its token."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from api.app import create_app
from api.routes import events as events_route
from api.routes import instance, pairings, practices, tickets
from bridge.crypto.instanceproof import ProofSubject, verify_proof
from bridge.domain.knownsoftware import KnownSoftware
from bridge.service.overviews import OverviewReader
from bridge.service.pairingdesk import COMMAND_LINE
from tests.component.test_event_stream import events, serving
from tests.support.api_services import UNLIMITED
from tests.support.daemon import BASE_URL, PORT, TestDaemon, running_daemon
from tests.support.pairing import EVIL, GOOD, ProofMaker

PATH = "/v1/pairings"
SCOPES = ["status:read", "events:read"]
WEB = {"client_kind": "web", "display_name": "Zorg", "scopes": SCOPES}
NATIVE = {**WEB, "client_kind": "native"}
OWN = f"http://127.0.0.1:{PORT}"
# Mounting every endpoint for each test would take most of its time.
OFFERED = (
    *instance.ENDPOINTS, *pairings.ENDPOINTS, *tickets.ENDPOINTS, *events_route.ENDPOINTS,
    *practices.ENDPOINTS,
)  # fmt: skip


@asynccontextmanager
async def front_end(daemon: TestDaemon, origin: str | None = GOOD):
    """A front end without a token, which is a page of ``origin`` or native software."""
    app = create_app(daemon.services, port=PORT, endpoints=OFFERED, rates=UNLIMITED)
    headers = {} if origin is None else {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as http:
        yield http


def shown(secret: str) -> dict[str, str]:
    return {"Authorization": f"Pairing {secret}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def approve(daemon: TestDaemon, offer: dict, **options) -> None:
    await daemon.services.pairing_desk.approve(offer["pairing_id"], where=COMMAND_LINE, **options)


async def token_of(daemon: TestDaemon, http: httpx.AsyncClient, **wanted) -> dict:
    offer = (await http.post(PATH, json={**WEB, **wanted})).json()
    await approve(daemon, offer)
    answer = await http.get(offer["links"]["self"], headers=shown(offer["pairing_secret"]))
    return answer.json()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_page_is_connected_and_its_token_given_once_pair_01_03_04(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        refused = await http.get("/v1/instance")
        assert code_of(refused) == (403, "origin_not_allowed")
        answer = await http.post(PATH, json=WEB)
        assert answer.status_code == 202
        assert answer.headers["access-control-allow-origin"] == GOOD
        offer = answer.json()
        path, secret = offer["links"]["self"], offer["pairing_secret"]
        assert answer.headers["location"] == path
        assert (len(secret), offer["expires_in"], offer["links"]["code"]) == (43, 120, None)
        assert len(offer["comparison_code"]) == 6

        waiting = await http.get(path, headers=shown(secret))
        assert (waiting.status_code, waiting.json()["state"]) == (202, "pending")
        for wrong in ({}, shown("x" * 43), bearer(secret)):
            denied = await http.get(path, headers=wrong)
            assert code_of(denied) == (401, "token_invalid")
            assert denied.headers["www-authenticate"] == 'Pairing realm="carebridge"'
        elsewhere = await http.get(path, headers={**shown(secret), "Origin": EVIL})
        assert code_of(elsewhere) == (403, "token_origin_mismatch")

        await approve(daemon, offer)
        given = await http.get(path, headers=shown(secret))
        assert given.status_code == 200
        assert "etag" not in given.headers
        grant = given.json()
        assert (grant["token_type"], grant["scopes"]) == ("Bearer", sorted(SCOPES))
        assert code_of(await http.get(path, headers=shown(secret))) == (410, "pairing_consumed")

        current = await http.get(f"{PATH}/current", headers=bearer(grant["token"]))
        assert current.json()["origin"] == GOOD
        assert (await http.get("/v1/health", headers=bearer(grant["token"]))).status_code == 200
        assert (await http.get("/v1/instance")).status_code == 200
        poor = await http.get("/v1/practices", headers=bearer(grant["token"]))
        assert code_of(poor) == (403, "insufficient_scope")


async def test_pair_02_the_second_request_and_a_repetition_of_the_first(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        key = {"Idempotency-Key": "the-same-key-as-before"}
        assert (await http.post(PATH, json=WEB, headers=key)).status_code == 202
        for headers in (key, {}):
            again = await http.post(PATH, json=WEB, headers=headers)
            assert code_of(again) == (409, "pairing_pending")
            assert again.headers["access-control-allow-origin"] == GOOD
        for number in range(2):
            await http.post(PATH, json=WEB, headers={"Origin": f"https://site{number}.example"})
        flood = await http.post(PATH, json=WEB, headers={"Origin": EVIL})
        assert code_of(flood) == (429, "rate_limited")
        assert flood.headers["retry-after"] == "600"


async def test_pair_05_a_request_cannot_be_changed(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        grant = await token_of(daemon, http)
        path = f"{PATH}/{grant['pairing_id']}"
        for method, kind in (("PUT", "json"), ("PATCH", "merge-patch+json")):
            headers = bearer(grant["token"]) | {"Content-Type": f"application/{kind}"}
            answer = await http.request(method, path, content=b"{}", headers=headers)
            assert code_of(answer) == (405, "method_not_allowed")
        ended = await http.delete(path, headers=bearer(grant["token"]))
        assert code_of(ended) == (403, "insufficient_scope")  # its own is ``/current``
        wide = await http.post(PATH, json={**WEB, "scopes": ["console"]})
        assert code_of(wide) == (422, "validation_failed")
        assert wide.json()["errors"][0]["pointer"] == "/scopes/0"


async def test_pair_08_a_blocked_site_can_read_that_it_is(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        offer = (await http.post(PATH, json=WEB)).json()
        await daemon.services.pairing_desk.block(offer["pairing_id"], where=COMMAND_LINE)
        poll = await http.get(offer["links"]["self"], headers=shown(offer["pairing_secret"]))
        for answer in (poll, await http.post(PATH, json=WEB)):
            assert code_of(answer) == (403, "pairing_blocked")
            assert answer.headers["access-control-allow-origin"] == GOOD


async def test_pair_09_native_software_types_the_code(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon, None) as http:
        offer = (await http.post(PATH, json=NATIVE)).json()
        assert offer["comparison_code"] is None
        path, headers = offer["links"]["self"], shown(offer["pairing_secret"])
        code = daemon.services.pairing_desk.get(offer["pairing_id"]).code
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        without = await http.post(offer["links"]["code"], json={"code": code})
        assert code_of(without) == (401, "token_invalid")
        refused = await http.post(offer["links"]["code"], json={"code": wrong}, headers=headers)
        assert code_of(refused) == (422, "pairing_code_wrong")
        assert refused.json()["params"] == {"tries_left": 4}
        await approve(daemon, offer)
        assert (await http.get(path, headers=headers)).json()["is_approved"] is True
        right = await http.post(offer["links"]["code"], json={"code": code}, headers=headers)
        assert right.json()["is_code_confirmed"] is True
        token = (await http.get(path, headers=headers)).json()["token"]
        assert (await http.get("/v1/health", headers=bearer(token))).status_code == 200
        with_origin = await http.get("/v1/health", headers={**bearer(token), "Origin": OWN})
        assert code_of(with_origin) == (403, "token_origin_mismatch")


@pytest.mark.parametrize(
    ("origin", "body", "more"),
    [
        pytest.param(GOOD, NATIVE, {}, id="native-with-origin"),
        pytest.param(None, WEB, {}, id="web-without-origin"),
        pytest.param(None, NATIVE, {"Sec-Fetch-Site": "none"}, id="native-from-a-browser"),
    ],
)
async def test_pair_10_software_must_be_what_it_says(origin, body, more, tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon, origin) as http:
        answer = await http.post(PATH, json=body, headers=more)
        assert code_of(answer) == (403, "client_kind_mismatch")


async def test_tok_03_tok_04_a_token_works_from_its_own_place_until_it_ends(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        token = bearer((await token_of(daemon, http))["token"])
        await token_of(daemon, http, display_name="Other")
        other = (await http.post(PATH, json=WEB, headers={"Origin": EVIL})).json()
        await approve(daemon, other)
        foreign = await http.get("/v1/health", headers={**token, "Origin": EVIL})
        assert code_of(foreign) == (403, "token_origin_mismatch")
        async with front_end(daemon, None) as native:
            bare = await native.get("/v1/health", headers=token)
            assert code_of(bare) == (403, "token_origin_mismatch")
        daemon.clock.advance(days=31)
        assert code_of(await http.get("/v1/health", headers=token)) == (401, "token_expired")


async def test_tok_03_software_replaces_and_gives_up_its_token(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        old = bearer((await token_of(daemon, http))["token"])
        path = f"{PATH}/current/token"
        key = {"Idempotency-Key": "the-same-key-as-before"}
        answer = await http.post(path, json={}, headers=old | key)
        assert answer.status_code == 200
        new = bearer(answer.json()["token"])
        assert code_of(await http.post(path, json={}, headers=old)) == (401, "token_revoked")
        again = await http.post(path, json={}, headers=new | key)
        assert code_of(again) == (410, "pairing_consumed")
        assert (await http.delete(f"{PATH}/current", headers=new)).status_code == 204
        assert code_of(await http.get("/v1/health", headers=new)) == (403, "origin_not_allowed")


async def test_the_printed_token_lists_all_and_is_no_pairing_itself(tmp_path: Path) -> None:
    async with (
        running_daemon(tmp_path) as daemon,
        front_end(daemon) as page,
        front_end(daemon, None) as http,
    ):
        http.headers.update(bearer(daemon.token()))
        await token_of(daemon, page)
        await page.post(PATH, json=WEB, headers={"Origin": EVIL})
        listed = (await http.get(PATH)).json()
        assert [each["state"] for each in listed["items"]] == ["pending", "approved"]
        assert [each["origin"] for each in listed["items"]] == [EVIL, GOOD]
        assert code_of(await http.get(f"{PATH}/current")) == (404, "not_found")
        assert code_of(await http.delete(f"{PATH}/current")) == (404, "not_found")


async def test_sec_82_the_user_is_told_which_software_sent_a_pin(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        token = bearer((await token_of(daemon, http))["token"])
        (pairing,) = daemon.services.pairing_desk.all()
        heard = daemon.services.events.subscribe(pairing.id)
        refused = await http.post("/v1/event-tickets", json={"pin": "7391846205"}, headers=token)
        assert code_of(refused) == (422, "secret_in_request")
        event = await heard.next(within_s=1)
        assert (event.type, event.status) == ("pairing.warned", "secret_in_request")
        health = (await http.get("/v1/health", headers=token)).json()
        (check,) = health["checks"]["pairing:secret"]
        assert (check["status"], check["about"]) == ("warn", "Zorg")
        overview = await OverviewReader(daemon.services, daemon.parts.store).read()
        assert overview.pin_senders == ("Zorg",)  # what the tray shows a notice of
        assert "7391846205" not in str(health) + repr(event)


@pytest.mark.timeout(30)
async def test_tok_06_a_withdrawn_token_ends_its_streams_within_a_second(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon, OFFERED) as client:
        page = {"Origin": GOOD}
        offer = (await client.post(PATH, json=WEB, headers=page)).json()
        await approve(daemon, offer)
        path = offer["links"]["self"]
        given = await client.get(path, headers=page | shown(offer["pairing_secret"]))
        token = bearer(given.json()["token"])
        async with client.stream("GET", "/v1/events", headers=page | token) as stream:
            assert stream.status_code == 200
            source = events(stream)
            # Not with the next sign of life.
            async with asyncio.timeout(events_route.KEEP_ALIVE_S - 1):
                await daemon.services.pairing_desk.revoke(offer["pairing_id"], where=COMMAND_LINE)
                assert [each["event"] async for each in source] in ([], ["pairing.changed"])
        refused = await client.get("/v1/events", headers=page | token)
        assert code_of(refused) == (403, "origin_not_allowed")


@pytest.mark.timeout(30)
async def test_tok_03_a_stream_ends_with_the_time_of_its_token(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon, OFFERED) as client:
        page = {"Origin": GOOD}
        offer = (await client.post(PATH, json=WEB, headers=page)).json()
        await approve(daemon, offer)
        given = await client.get(
            offer["links"]["self"], headers=page | shown(offer["pairing_secret"])
        )
        token = bearer(given.json()["token"])
        async with client.stream("GET", "/v1/events", headers=page | token) as stream:
            source = events(stream)
            daemon.services.events.publish("health.changed", object="health")
            assert (await anext(source))["event"] == "health.changed"
            daemon.clock.advance(days=30)
            daemon.services.events.publish("health.changed", object="health")
            assert [each async for each in source] == []


@pytest.mark.timeout(30)
async def test_api_50_a_ticket_opens_one_stream_from_its_origin_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon, OFFERED) as client:
        path = "/v1/event-tickets"
        ticket = (await client.post(path, json={})).json()["ticket"]
        for wrong in ("/v1/health", "/v1/practices"):
            used = await client.get(f"{wrong}?ticket={ticket}", headers={"Authorization": ""})
            assert used.status_code == 401
        address, none = f"/v1/events?ticket={ticket}", {"Authorization": ""}
        del client.headers["authorization"]
        async with client.stream("GET", address) as stream:
            assert stream.status_code == 200
        assert code_of(await client.get(address)) == (401, "token_invalid")
        assert code_of(await client.get("/v1/events?ticket=x")) == (401, "token_invalid")
        assert code_of(await client.get(address, headers=none)) == (401, "authentication_required")

        late = (await client.post(path, json={}, headers=bearer(daemon.token()))).json()["ticket"]
        daemon.clock.advance(seconds=30)
        gone = await client.get(f"/v1/events?ticket={late}")
        assert code_of(gone) == (401, "token_expired")


async def test_sec_48_the_console_signs_in_once_from_its_own_page(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, front_end(daemon, None) as http:
        path, console = "/v1/console-sessions", daemon.services.console

        def headers(ticket: str, origin: str = OWN) -> dict[str, str]:
            return {"Authorization": f"Ticket {ticket}", "Origin": origin}

        bare = await http.post(path, json={}, headers={"Origin": OWN})
        assert code_of(bare) == (401, "token_invalid")
        assert bare.headers["www-authenticate"] == 'Ticket realm="carebridge"'
        ticket = console.ticket().text
        stranger = await http.post(path, json={}, headers=headers(ticket, EVIL))
        assert code_of(stranger) == (403, "origin_not_allowed")
        native = await http.post(path, json={}, headers={"Authorization": f"Ticket {ticket}"})
        assert code_of(native) == (403, "token_origin_mismatch")
        answer = await http.post(path, json={}, headers=headers(ticket))
        assert answer.status_code == 200
        again = await http.post(path, json={}, headers=headers(ticket))
        assert code_of(again) == (401, "token_invalid")
        late = console.ticket().text
        daemon.clock.advance(seconds=30)
        gone = await http.post(path, json={}, headers=headers(late))
        assert code_of(gone) == (401, "token_expired")

        token = bearer(answer.json()["token"])
        from_page = token | {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
        assert (await http.get(PATH, headers=from_page)).status_code == 200
        assert (await http.get(PATH, headers=token | {"Origin": OWN})).status_code == 200
        stolen = await http.get(PATH, headers=token)
        assert code_of(stolen) == (403, "token_origin_mismatch")


async def test_rpl_01_rpl_02_a_bound_token_over_the_interface(tmp_path: Path) -> None:
    maker = ProofMaker()
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        grant = await token_of(daemon, http, dpop_jwk=maker.jwk)
        assert grant["token_type"] == "DPoP"
        token, now = grant["token"], daemon.clock.now().timestamp()
        plain = await http.get("/v1/health", headers=bearer(token))
        assert code_of(plain) == (401, "dpop_required")
        assert plain.headers["www-authenticate"].startswith("DPoP ")
        url = f"{OWN}/v1/health"
        proof = maker.proof(maker.claims(token, "GET", url, now))
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
        assert (await http.get("/v1/health?x=1", headers=headers)).status_code == 400
        assert code_of(await http.get("/v1/health", headers=headers)) == (
            401,
            "dpop_proof_replayed",
        )
        bad = [
            maker.proof(maker.claims(token, "GET", url, now - 61)),
            maker.proof(maker.claims(token, "POST", url, now)),
            maker.proof(maker.claims(token, "GET", f"{OWN}/v1/practices", now)),
            maker.proof(maker.claims("cbr_other", "GET", url, now)),
            ProofMaker().proof(maker.claims(token, "GET", url, now)),
        ]
        for number, wrong in enumerate(bad):
            refused = await http.get("/v1/health", headers={**headers, "DPoP": wrong})
            assert code_of(refused) == (401, "dpop_proof_invalid"), number
        missing = await http.get("/v1/health", headers={"Authorization": f"DPoP {token}"})
        assert code_of(missing) == (401, "dpop_proof_invalid")
        lower = maker.proof(maker.claims(token, "GET", url, now))
        fresh = {"Authorization": f"dpop {token}", "DPoP": lower}
        assert (await http.get("/v1/health", headers=fresh)).status_code == 200
        unbound = bearer(daemon.token())["Authorization"].replace("Bearer", "DPoP")
        as_dpop = await http.get("/v1/health", headers={"Authorization": unbound, "DPoP": lower})
        assert code_of(as_dpop) == (401, "dpop_proof_invalid")


async def test_sq_02_sq_03_a_front_end_checks_the_daemon_before_it_shows_its_token(
    tmp_path: Path,
) -> None:
    challenge = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        await token_of(daemon, http)
        instance = (await http.get("/v1/instance")).json()
        answer = await http.post("/v1/instance/proof", json={"challenge": challenge})
        proof = answer.json()
        subject = ProofSubject(
            challenge=challenge, port=PORT, origin=GOOD, instance_id=instance["id"]
        )
        verify_proof(instance["public_key"]["spki"], subject, proof["signature"])
        assert proof["instance_id"] == instance["id"]
        stranger = {"Origin": EVIL}
        refused = await http.post(
            "/v1/instance/proof", json={"challenge": challenge}, headers=stranger
        )
        assert code_of(refused) == (403, "origin_not_allowed")


async def test_the_simulator_may_connect_pages_under_development_and_production_not(
    tmp_path: Path,
) -> None:
    for name in ("simulator", "production"):
        (tmp_path / name).mkdir()
    async with running_daemon(tmp_path / "simulator") as daemon:
        local = "http://localhost:5173"
        async with front_end(daemon, local) as http:
            assert (await http.post(PATH, json=WEB)).status_code == 202
    production = running_daemon(tmp_path / "production", simulator=None)
    async with production as daemon, front_end(daemon, local) as http:
        assert code_of(await http.post(PATH, json=WEB)) == (403, "origin_not_allowed")
        assert code_of(await http.get("/livez")) == (403, "origin_not_allowed")


async def test_pair_11_health_warns_of_a_list_that_is_forged(tmp_path: Path) -> None:
    known = KnownSoftware(refused=1)
    async with running_daemon(tmp_path, known_software=known) as daemon:
        (check,) = [each for each in daemon.services.health.report() if "lists" in each.name]
        assert (check.code, check.status.value) == ("signed_list_refused", "warn")
        assert daemon.parts.known_software.of(GOOD) is None


def contents(folder: Path) -> list[bytes]:
    return [each.read_bytes() for each in folder.rglob("*") if each.is_file()]


async def test_tok_07_nothing_secret_is_logged(tmp_path: Path) -> None:
    structlog.reset_defaults()
    async with running_daemon(tmp_path) as daemon, front_end(daemon) as http:
        with capture_logs() as logs:
            offer = (await http.post(PATH, json=WEB)).json()
            await approve(daemon, offer)
            secret = offer["pairing_secret"]
            grant = (await http.get(offer["links"]["self"], headers=shown(secret))).json()
            await http.get("/v1/health", headers=bearer(grant["token"]))
    written = repr(logs)
    assert "GET /v1/health" in written
    for word in (secret, grant["token"], f"'{offer['comparison_code']}'", "Zorg"):
        assert word not in written
    files = contents(tmp_path)
    assert any(b"pairing_collected" in content for content in files), "the audit log has it"
    for content in files:
        assert grant["token"].encode() not in content
        assert secret.encode() not in content
