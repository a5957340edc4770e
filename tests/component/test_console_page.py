"""Our own page over the wire: headers, parts, the ticket, and what it may do to software."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.console.parts import parts
from api.routes import events as events_route
from api.routes import instance, pairings, tickets
from api.routes import readers as readers_route
from bridge.service.pairingdesk import COMMAND_LINE
from tests.component.test_event_stream import events, serving
from tests.support.api_services import UNLIMITED
from tests.support.daemon import BASE_URL, PORT, TestDaemon, running_daemon
from tests.support.pairing import GOOD

# Mounting every endpoint for each test would take most of its time.
OFFERED = (
    *instance.ENDPOINTS, *pairings.ENDPOINTS, *tickets.ENDPOINTS, *events_route.ENDPOINTS,
    *readers_route.ENDPOINTS,
)  # fmt: skip
SESSIONS = "/v1/console-sessions"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
OPENED = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
LOADED = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "script"}
FROM_US = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}


@asynccontextmanager
async def browser(daemon: TestDaemon, *, rates=UNLIMITED, endpoints=OFFERED):
    """The wire to a daemon, without any header of its own."""
    app = create_app(daemon.services, port=PORT, endpoints=endpoints, rates=rates)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        yield http


def ticket_of(daemon: TestDaemon) -> dict[str, str]:
    return {"Authorization": f"Ticket {daemon.services.console.ticket().text}"}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def signed_in(daemon: TestDaemon, http: httpx.AsyncClient) -> dict[str, str]:
    """Sign in as the page does; gives the headers of what it asks."""
    headers = {"Origin": BASE_URL, **FROM_US, **ticket_of(daemon)}
    answer = await http.post(SESSIONS, json={}, headers=headers)
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_sec_48_the_page_has_its_headers_and_needs_no_token(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, browser(daemon) as http:
        shown = await http.get("/", headers={**OPENED, "Accept-Language": "de-BE"})
        assert shown.status_code == 200
        assert shown.headers["content-type"] == "text/html; charset=utf-8"
        assert shown.headers["content-security-policy"] == POLICY
        assert shown.headers["cross-origin-opener-policy"] == "same-origin"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["cache-control"] == "no-store"
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert shown.headers["cross-origin-resource-policy"] == "same-origin"
        denied = shown.headers["permissions-policy"].split(", ")
        assert all(re.fullmatch(r"[a-z-]+=\(\)", each) for each in denied)
        assert {"camera=()", "geolocation=()", "usb=()", "clipboard-read=()"} <= set(denied)
        assert shown.headers["carebridge-simulator"] == "true"
        assert '<html lang="de">' in shown.text
        assert "set-cookie" not in shown.headers
        await _its_parts_are_there(http, shown.text)
        for spoilt in ({"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Site": "cross-site"}):
            refused = await http.get("/", headers={**OPENED, **spoilt})
            assert code_of(refused) == (403, "fetch_metadata_rejected")
        assert code_of(await http.get("/?ticket=x", headers=OPENED)) == (400, "parameter_unknown")
        foreign = await http.get("/", headers={"Origin": GOOD})
        assert code_of(foreign) == (403, "origin_not_allowed")


async def _its_parts_are_there(http: httpx.AsyncClient, page: str) -> None:
    """Load what the page names, and everything else there is, from this run's place alone."""
    (place,) = set(re.findall(r"/console/([0-9a-f]+)/", page))
    for name, part in parts().items():
        loaded = await http.get(f"/console/{place}/{name}", headers=LOADED)
        assert (loaded.status_code, loaded.content) == (200, part.content)
        assert loaded.headers["content-type"] == part.media_type
        assert loaded.headers["x-content-type-options"] == "nosniff"
    for path in (f"/console/{place}/index.html", f"/console/{place}/none.js"):
        assert code_of(await http.get(path)) == (404, "not_found")
    assert code_of(await http.get(f"/console/{'0' * len(place)}/main.js")) == (404, "not_found")
    opened = await http.get(f"/console/{place}/main.js", headers=OPENED)
    assert code_of(opened) == (403, "fetch_metadata_rejected")


async def test_parts_move_with_each_start_and_leave_other_limits_alone(tmp_path: Path) -> None:
    """What somebody else served on this port before is never taken for ours from a cache."""
    async with running_daemon(tmp_path) as daemon, browser(daemon, rates=None) as http:
        page = (await http.get("/", headers=OPENED)).text
        for name in [*parts(), *parts()]:  # the page opened twice in a moment
            path = re.sub(r".*(/console/[0-9a-f]+)/.*", rf"\1/{name}", page, flags=re.DOTALL)
            assert (await http.get(path, headers=LOADED)).status_code == 200
        assert (await http.get("/livez")).status_code == 200
        async with browser(daemon) as other:
            assert (await other.get("/", headers=OPENED)).text != page


async def test_sec_48_a_ticket_signs_in_once_and_from_our_own_page_only(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, browser(daemon) as http:
        ticket, page = ticket_of(daemon), {"Origin": BASE_URL, **FROM_US}
        given = await http.post(SESSIONS, json={}, headers={**page, **ticket})
        assert given.status_code == 200
        assert "console" in given.json()["scopes"]
        again = await http.post(SESSIONS, json={}, headers={**page, **ticket})
        assert code_of(again) == (401, "token_invalid")
        native = await http.post(SESSIONS, json={}, headers=ticket_of(daemon))
        assert code_of(native) == (403, "token_origin_mismatch")
        late = ticket_of(daemon)
        daemon.clock.advance(seconds=31)
        expired = await http.post(SESSIONS, json={}, headers={**page, **late})
        assert code_of(expired) == (401, "token_expired")
        token = {"Authorization": f"Bearer {given.json()['token']}"}
        assert (await http.get("/v1/readers", headers={**FROM_US, **token})).status_code == 200
        published = await http.get("/openapi.json", headers={**FROM_US, **token})
        assert set(published.json()["paths"]) == {each.path for each in OFFERED}
        stolen = await http.get("/v1/readers", headers=token)
        assert code_of(stolen) == (403, "token_origin_mismatch")


@pytest.mark.timeout(30)
async def test_the_page_opens_its_stream_though_browsers_send_no_origin_then(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path) as daemon, serving(daemon, OFFERED) as client:
        own = str(client.base_url).rstrip("/")
        headers = {"Origin": own, **FROM_US, **ticket_of(daemon)}
        given = (await client.post(SESSIONS, json={}, headers=headers)).json()
        token = {"Authorization": f"Bearer {given['token']}"}
        asked = {"Origin": own, **FROM_US, **token}
        ticket = (await client.post("/v1/event-tickets", json={}, headers=asked)).json()["ticket"]
        address = f"/v1/events?ticket={ticket}"
        async with client.stream("GET", address, headers=FROM_US) as stream:
            assert stream.status_code == 200
            daemon.services.events.publish("health.changed", object="health")
            assert (await anext(events(stream)))["event"] == "health.changed"


async def test_the_console_pauses_resumes_and_disconnects_software(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, browser(daemon) as http:
        page = {"Origin": BASE_URL, **FROM_US, **await signed_in(daemon, http)}
        wanted = {"client_kind": "web", "display_name": "Zorg", "scopes": ["status:read"]}
        offer = (await http.post("/v1/pairings", json=wanted, headers={"Origin": GOOD})).json()
        path = offer["links"]["self"]
        assert code_of(await http.put(f"{path}/pause", json={}, headers=page)) == (
            409,
            "state_not_allowed",
        )
        await daemon.services.pairing_desk.approve(offer["pairing_id"], where=COMMAND_LINE)
        shown = {"Authorization": f"Pairing {offer['pairing_secret']}", "Origin": GOOD}
        token = (await http.get(path, headers=shown)).json()["token"]
        software = {"Authorization": f"Bearer {token}", "Origin": GOOD}

        paused = await http.put(f"{path}/pause", json={}, headers=page)
        assert paused.json()["is_paused"]
        refused = await http.get("/v1/readers", headers=software)
        assert code_of(refused) == (403, "pairing_paused")
        assert (await http.delete(f"{path}/pause", headers=page)).status_code == 204
        assert (await http.get("/v1/readers", headers=software)).status_code == 200

        await http.put(f"{path}/pause", json={}, headers=page)
        own = await http.delete(path, headers=software)
        assert code_of(own) == (403, "pairing_paused")
        await http.delete(f"{path}/pause", headers=page)
        own = await http.delete(path, headers=software)
        assert code_of(own) == (403, "insufficient_scope")
        await http.put(f"{path}/pause", json={}, headers=page)
        assert (await http.delete(path, headers=page)).status_code == 204
        gone = await http.get("/v1/readers", headers=software)
        assert code_of(gone) == (403, "origin_not_allowed")
        listed = (await http.get("/v1/pairings", headers=page)).json()["items"]
        assert [(each["state"], each["is_paused"]) for each in listed] == [("revoked", False)]
        assert code_of(await http.delete(path, headers=page)) == (409, "state_not_allowed")
        missing = await http.delete("/v1/pairings/pair_none", headers=page)
        assert code_of(missing) == (404, "not_found")
