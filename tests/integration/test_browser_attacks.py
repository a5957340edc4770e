"""Attacks as a real browser sends them: what leaves it, what the daemon says, what a page reads.

The judge of what was sent and answered is a relay between browser and daemon, and of what was done
the daemon's own access log and what it keeps.
Source: *Local API security* 21.1, 21.2, 21.7.
"""

from __future__ import annotations

import json
import socket

import psutil
import pytest

from api.simulated import ALL_ENDPOINTS
from tests.support.browsed import (
    EVIL,
    FAR_EVIL,
    FAR_GOOD,
    GOOD,
    Stage,
    staged,
)
from tests.support.browser import needs_browser, until
from tests.support.relays import Carried, told
from tests.support.websites import Page, WebSite

pytestmark = [needs_browser, pytest.mark.timeout(240)]
ORIGIN = "origin_not_allowed"
METADATA = "fetch_metadata_rejected"
FETCH = (
    "const answer = await fetch(given[0], given[1]); return [answer.status, await answer.text()];"
)
UNREADABLE = "failed: TypeError: Failed to fetch"
PATHS = [
    "/".join("some_id" if part.startswith("{") else part for part in endpoint.path.split("/"))
    for endpoint in ALL_ENDPOINTS
]
POSTED = sorted(
    {path for path, each in zip(PATHS, ALL_ENDPOINTS, strict=True) if each.method == "POST"}
)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
FRAME = """
  const frame = document.createElement("iframe");
  frame.src = given[0];
  const loaded = new Promise(resolve => { frame.onload = resolve; });
  document.body.append(frame);
  await loaded;
  try { return frame.contentWindow.document.body.innerText; } catch (error) { return error.name; }
"""
FORM = """
  const frame = document.createElement("iframe");
  frame.name = "target";
  document.body.append(frame);
  const form = document.createElement("form");
  Object.assign(form, {action: given[0], method: "post", target: "target"});
  document.body.append(form);
  const loaded = new Promise(resolve => { frame.onload = resolve; });
  form.submit();
  await loaded;
  return null;
"""
STREAM = """
  const stream = new EventSource(given[0]);
  await new Promise((resolve, reject) => { stream.onerror = resolve; stream.onopen = reject; });
  stream.close();
  return null;
"""
SOCKET = """
  const socket = new WebSocket(given[0].replace("http", "ws"));
  return await new Promise((resolve, reject) => {
    socket.onclose = event => resolve(event.code);
    socket.onopen = () => reject("open");
  });
"""
WORKER = "await navigator.serviceWorker.register('/worker.js'); return 'registered';"


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory):
    """Give the stage; whatever the tests did, the daemon keeps what it kept before."""
    with staged(tmp_path_factory.mktemp("browser")) as made:
        before = made.daemon.contents()
        yield made
        assert made.daemon.contents() == before


@pytest.fixture
def stage(whole_stage: Stage):
    yield whole_stage
    whole_stage.browser.close_others()


def refused(exchanges: list[Carried], code: str) -> list[Carried]:
    """Give the exchanges after checking that all were refused with a code, unreadable for pages."""
    assert exchanges
    assert {each.code for each in exchanges} == {code}, told(exchanges)
    assert not [each for each in exchanges if each.has_cors]
    return exchanges


def rebound(stage: Stage) -> Stage:
    """Show the attacker's page, then lead its name to the daemon."""
    stage.name.target = stage.attacker.port
    stage.browser.open(stage.rebound + "/")
    stage.name.target = stage.daemon.port
    stage.name.forget()
    return stage


def test_bind_02_the_process_listens_on_loopback_and_nowhere_else(stage):
    """SEC-01; the other port is that of the played platform."""
    urls = (stage.daemon.url, stage.daemon.sandbox_url)
    ports = {int(url.rpartition(":")[2]) for url in urls}
    listening = {
        (each.laddr.ip, each.laddr.port)
        for each in psutil.Process(stage.daemon.pid).net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    }
    addresses = {address for address, _ in listening}
    assert {"127.0.0.1"} <= addresses <= {"127.0.0.1", "::1"}
    assert listening == {(address, port) for address in addresses for port in ports}


# -- names led to this computer ------------------------------------------------------------------


def test_reb_01_a_name_led_to_the_daemon_reads_nothing_but_its_refusal(stage):
    there = rebound(stage)
    status, text = there.browser.run(FETCH, "/v1/instance", {})
    assert status == 421
    assert "inst_" not in text
    exchange = refused(there.name.carried("/v1/instance"), "host_not_allowed")[0]
    assert exchange.sent("host") == there.rebound.removeprefix("http://")
    assert exchange.sent("sec-fetch-site") == "same-origin"


@pytest.mark.parametrize(
    ("script", "path"),
    [
        pytest.param(FRAME, "/v1/instance", id="REB-02-iframe"),
        pytest.param(FORM, "/v1/ehealth-sessions", id="REB-02-form"),
        pytest.param(STREAM, "/v1/events", id="REB-02-event-source"),
        pytest.param(SOCKET, "/v1/events", id="REB-02-websocket"),
        pytest.param(WORKER, "/worker.js", id="REB-02-service-worker"),
    ],
)
def test_reb_02_nor_does_it_in_any_other_way(stage, script, path):
    there = rebound(stage)
    got = there.browser.run(script, there.rebound + path)
    seen = until(lambda: there.name.carried(path), what="a request")
    refused(seen, "host_not_allowed")
    if script is WORKER:
        assert "registered" not in got
        assert seen[0].sent("service-worker") == "script"


def test_reb_03_with_its_own_origin_and_a_stolen_token(stage):
    there = rebound(stage)
    headers = {"Authorization": f"Bearer {there.token}", "Content-Type": "application/json"}
    wanted = {"method": "POST", "headers": headers, "body": "{}"}
    status, _ = there.browser.run(FETCH, "/v1/ehealth-sessions", wanted)
    assert status == 421
    seen = there.name.carried("/v1/ehealth-sessions")
    exchange = refused(seen, "host_not_allowed")[0]  # the browser tries once more by itself
    assert exchange.sent("origin") == there.rebound
    assert exchange.sent("authorization") == f"Bearer {there.token}"


# -- other origins -------------------------------------------------------------------------------

EVERYWHERE = """
  const [api, paths, options] = given;
  const asked = paths.map(path => fetch(api + path, options).then(() => 1, () => 0));
  return (await Promise.all(asked)).reduce((sum, each) => sum + each, 0);
"""


def test_orig_01_a_foreign_page_with_a_good_token_reaches_nothing(stage):
    stage.at(EVIL)
    wanted = {"headers": {"Authorization": f"Bearer {stage.token}"}}
    paths = [path for path in PATHS if not path.startswith("/v1/pairings")]
    assert stage.browser.run(EVERYWHERE, stage.api, paths, wanted) == 0
    seen = refused(stage.carried(), ORIGIN)
    assert {each.path for each in seen} == set(paths)
    assert {each.method for each in seen} == {"OPTIONS"}  # so the token never left the browser


def test_orig_02_preflights_of_a_foreign_page_are_refused(stage):
    stage.at(EVIL)
    wanted = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": "{}"}
    assert stage.browser.run(FETCH, f"{stage.api}/v1/ehealth-sessions", wanted) == UNREADABLE
    (exchange,) = refused(stage.carried(), ORIGIN)
    assert (exchange.method, exchange.sent("origin")) == ("OPTIONS", EVIL)


SANDBOXED = """
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.srcdoc = `<script>
    fetch("${given[0]}/livez").then(() => "read", error => "failed").then(
      told => parent.postMessage(told, "*"));
  </${"script"}>`;
  const told = new Promise(resolve => { onmessage = event => resolve(event.data); });
  document.body.append(frame);
  return await told;
"""


@pytest.mark.parametrize("way", ["sandboxed-frame", "redirection"])
def test_orig_03_pages_without_an_origin_are_foreign(stage, way):
    stage.at(GOOD)
    if way == "sandboxed-frame":
        got = stage.browser.run(SANDBOXED, stage.api)
    else:
        got = stage.browser.run(FETCH, f"{EVIL}/redirect?{stage.api}/livez")
    assert got.startswith("failed")
    (exchange,) = refused(stage.carried(), ORIGIN)
    assert exchange.sent("origin") == "null"


def test_orig_03_a_data_page_is_kept_back_by_this_browser_itself(stage):
    stage.at(GOOD)
    stage.browser.open("data:text/html,<title>page</title>")
    assert stage.browser.run(FETCH, f"{stage.api}/livez") == UNREADABLE
    assert stage.carried() == []


def test_orig_06_a_connected_page_asks_and_is_answered(stage):
    stage.at(GOOD)
    wanted = {"headers": {"Authorization": f"Bearer {stage.token}"}}
    status, _ = stage.browser.run(FETCH, f"{stage.api}/v1/health", wanted)
    assert status in {200, 503}
    asked, answered = stage.carried()
    assert (asked.method, asked.status) == ("OPTIONS", 204)
    for exchange in (asked, answered):
        assert exchange.got("access-control-allow-origin") == GOOD
        assert exchange.got("access-control-allow-credentials") is None
    assert asked.got("access-control-max-age") == "600"


def test_orig_07_a_header_that_is_not_listed_stays_in_the_browser(stage):
    stage.at(GOOD)
    wanted = {"headers": {"Authorization": f"Bearer {stage.token}", "X-Anything": "1"}}
    assert stage.browser.run(FETCH, f"{stage.api}/v1/operations", wanted) == UNREADABLE
    (exchange,) = stage.carried()
    assert (exchange.method, exchange.status) == ("OPTIONS", 204)
    assert "x-anything" in exchange.sent("access-control-request-headers")
    assert "x-anything" not in exchange.got("access-control-allow-headers")


def test_orig_08_this_browser_asks_the_user_and_no_longer_the_daemon(stage):
    """*Local API security* 6.1: the header may come from older ones and is never demanded."""
    stage.at(GOOD)
    wanted = {"headers": {"Authorization": f"Bearer {stage.token}"}}
    stage.browser.run(FETCH, f"{stage.api}/v1/practices", wanted)
    (asked, *_) = stage.carried()
    assert asked.sent("access-control-request-private-network") is None
    assert asked.status == 204


LOADED = """
  const [kind, address] = given;
  const part = document.createElement(kind);
  if (kind === "link") { part.rel = "stylesheet"; part.href = address; } else part.src = address;
  const settled = new Promise(resolve => {
    part.onload = () => resolve("load"); part.onerror = () => resolve("error");
  });
  document.head.append(part);
  return await settled;
"""


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("img", "image"), ("script", "script"), ("link", "style")],
    ids=["image", "script", "style"],
)
def test_orig_11_parts_of_a_foreign_page_are_refused(stage, kind, wanted):
    stage.at(EVIL)
    assert stage.browser.run(LOADED, kind, f"{stage.api}/v1/instance") == "error"
    (exchange,) = refused(stage.carried(), METADATA)
    assert exchange.sent("origin") is None
    assert exchange.sent("sec-fetch-dest") == wanted
    assert exchange.sent("sec-fetch-site") == "cross-site"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_orig_12_blind_calls_of_a_connected_page_are_refused(stage, method):
    stage.at(GOOD)
    stage.browser.run(FETCH, f"{stage.api}/v1/instance", {"mode": "no-cors", "method": method})
    (exchange,) = refused_of(stage.carried(), METADATA)
    assert exchange.sent("sec-fetch-mode") == "no-cors"
    assert exchange.sent("origin") == (GOOD if method == "POST" else None)


def refused_of(exchanges: list[Carried], code: str) -> list[Carried]:
    """As ``refused``, for connected pages, which may read why."""
    assert exchanges
    assert {each.code for each in exchanges} == {code}, told(exchanges)
    return exchanges


LINK = """
  const link = Object.assign(document.createElement("a"), {href: given[0], id: "way"});
  link.textContent = "way";
  document.body.append(link);
"""


@pytest.mark.parametrize("path", ["/", "/v1/exchanges"])
@pytest.mark.parametrize("way", ["link", "window"])
def test_orig_13_a_foreign_page_cannot_lead_the_user_there(stage, way, path):
    stage.at(EVIL)
    if way == "link":
        stage.browser.run(LINK, stage.api + path)
        stage.browser.click("#way")
    else:
        stage.browser.run("window.open(given[0]);", stage.api + path)
    seen = until(lambda: stage.carried(path), what="a request")
    refused(seen, METADATA)
    assert seen[0].sent("sec-fetch-mode") == "navigate"


def test_orig_14_a_foreign_page_cannot_learn_that_the_program_is_here(stage):
    stage.at(EVIL)
    for path in ("/livez", "/readyz", "/v1/instance"):
        assert stage.browser.run(FETCH, stage.api + path) == UNREADABLE
    assert len(refused(stage.carried(), ORIGIN)) == 3


# -- requests in the user's name -----------------------------------------------------------------

FORMS_EVERYWHERE = """
  const [api, paths, encodings] = given;
  const left = [...paths.entries()];
  const submitAll = async name => {
    const frame = Object.assign(document.createElement("iframe"), {name});
    document.body.append(frame);
    for (let next = left.pop(); next; next = left.pop()) {
      const form = document.createElement("form");
      const enctype = encodings[next[0] % encodings.length];
      Object.assign(form, {action: api + next[1], method: "post", enctype, target: name});
      form.append(Object.assign(document.createElement("input"), {name: '{"a', value: '": 1}'}));
      document.body.append(form);
      const loaded = new Promise(resolve => { frame.onload = resolve; });
      form.submit();
      await loaded;
    }
  };
  await Promise.all(["one", "two", "three", "four"].map(submitAll));
"""


def test_csrf_01_forms_of_a_foreign_page_change_nothing(stage):
    stage.at(EVIL)
    assert stage.browser.run(FORMS_EVERYWHERE, stage.api, POSTED, FORMS) is None
    seen = [each for each in stage.carried() if each.method == "POST"]
    assert {each.path for each in seen} == set(POSTED)
    assert {each.sent("content-type").split(";")[0] for each in seen} == set(FORMS)
    # Chromium hides the origin of a page over TLS from an address without TLS.
    assert {each.sent("origin") for each in seen} <= {EVIL, "null"}
    refused(seen, ORIGIN)
    assert stage.daemon.waiting() == []


BEACON = "return navigator.sendBeacon(given[0], new Blob([given[1]], {type: 'text/plain'}));"
PLAIN_TEXT = {"method": "POST", "body": "{}", "headers": {"Content-Type": "text/plain"}}


def test_csrf_02_plain_text_is_no_way_around_the_question(stage):
    address = f"{stage.api}/v1/ehealth-sessions"
    ways = [
        (FETCH, {**PLAIN_TEXT, "mode": "no-cors"}),
        (FETCH, {"method": "POST", "mode": "no-cors"}),
        (BEACON, "{}"),
    ]
    for origin, code in ((EVIL, ORIGIN), (GOOD, METADATA)):
        stage.at(origin)
        for script, wanted in ways:
            stage.browser.run(script, address, wanted)
        seen = until(lambda: len(stage.carried()) == 3 and stage.carried(), what="three requests")
        refused_of(seen, code)
        assert {each.sent("origin") for each in seen} == {origin}
    stage.at(GOOD)
    status, _ = stage.browser.run(FETCH, address, PLAIN_TEXT)
    assert status == 415
    refused_of(stage.carried(), "unsupported_media_type")


def test_csrf_03_calls_without_a_body_change_nothing(stage):
    stage.at(EVIL)
    ours = [path for path in POSTED if path != "/v1/pairings"]
    assert stage.browser.run(EVERYWHERE, stage.api, ours, {"method": "POST"}) == 0
    assert {each.path for each in refused(stage.carried(), ORIGIN)} == set(ours)
    stage.at(GOOD)
    assert stage.browser.run(EVERYWHERE, stage.api, ours, {"method": "POST"}) == len(ours)
    seen = refused_of(stage.carried(), "unsupported_media_type")
    assert {each.path for each in seen} == set(ours)


# -- frames, windows, sockets --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/v1/instance"])
def test_frame_01_nothing_of_ours_is_shown_in_a_foreign_page(stage, path):
    stage.at(EVIL)
    assert stage.browser.run(FRAME, stage.api + path) in {"TypeError", "SecurityError"}
    (exchange, *_) = refused(stage.carried(), METADATA)
    assert exchange.sent("sec-fetch-dest") == "iframe"


HELD = """
  const held = window.open(given[0], "held");
  const isBlank = () => { try { return Boolean(held.document); } catch { return false; } };
  while (isBlank()) await new Promise(resolve => setTimeout(resolve, 20));
  const reads = [() => held.document.title, () => held.location.href, () => held.name];
  return reads.map(read => { try { return read(); } catch (error) { return error.name; } });
"""


def test_frame_02_a_window_that_is_held_shows_nothing_of_ours(stage):
    """Our answers are data; what becomes a page must set itself apart from who opened it."""
    stage.at(EVIL)
    assert stage.browser.run(HELD, f"{stage.api}/") == ["SecurityError"] * 3
    refused(stage.carried(), METADATA)
    stage.browser.close_others()
    stage.browser.open(f"{stage.api}/")
    for exchange in stage.carried():
        is_page = (exchange.got("content-type") or "").startswith("text/html")
        isolated = exchange.got("cross-origin-opener-policy") == "same-origin"
        framed = "frame-ancestors 'none'" in (exchange.got("content-security-policy") or "")
        assert not is_page or (isolated and framed)
        assert exchange.got("cross-origin-resource-policy") == "same-origin"


@pytest.mark.parametrize("origin", [GOOD, EVIL], ids=["WS-01-good", "WS-01-evil"])
def test_ws_01_no_page_gets_a_socket(stage, origin):
    stage.at(origin)
    assert stage.browser.run(SOCKET, f"{stage.api}/v1/events") == 1006
    (exchange,) = refused_of(stage.carried(), "not_found")
    assert exchange.sent("upgrade") == "websocket"
    assert exchange.sent("origin") == origin
    assert exchange.got("connection") == "close"


# -- the browser's own permission ----------------------------------------------------------------


def test_lna_02_the_users_permission_opens_no_door_of_ours(stage):
    stage.browser.permit(FAR_EVIL, "granted")
    stage.at(FAR_EVIL)
    assert stage.browser.run(FETCH, f"{stage.api}/v1/instance") == UNREADABLE
    (exchange,) = refused(stage.carried(), ORIGIN)
    assert exchange.sent("origin") == FAR_EVIL


def test_lna_02_without_permission_the_daemon_is_not_even_asked(stage):
    stage.browser.permit(FAR_EVIL, "denied")
    stage.at(FAR_EVIL)
    assert stage.browser.run(FETCH, f"{stage.api}/v1/instance") == UNREADABLE
    assert stage.carried() == []


# -- the library for web pages -------------------------------------------------------------------

LIBRARY = """
  const {Carebridge} = await import("/library/carebridge.js");
  const settings = {displayName: "Zorg", scopes: ["status:read"], ports: given[0]};
  const carebridge = window.carebridge = new Carebridge(settings);
  go.onclick = () => {
    window.found = window.code === undefined
      ? carebridge.connect() : carebridge.pair({onCode: code => { window.code = code; }});
  };
"""
FOUND = "return await window.found;"
UNASKED = "return await window.carebridge.connect();"
CALL = """
  try {
    const answer = await carebridge.fetch(given[0]);
    return answer.status;
  } catch (error) {
    return error.found.state;
  }
"""


def shown(stage: Stage, origin: str, *ports: int, path: str = "/button") -> None:
    """Show a page that uses the library, and no other candidate ports than these."""
    stage.at(origin, path)
    stage.browser.run(LIBRARY, ports or [stage.daemon.port])


def clicked(stage: Stage) -> dict:
    """Give what the library says after a click of the user's."""
    stage.browser.click("#go")
    return stage.browser.run(FOUND)


def state(stage: Stage) -> str:
    return clicked(stage)["state"]


@pytest.fixture
def connected(stage: Stage) -> Stage:
    """Give the stage with a page of ``FAR_GOOD`` connected, as its user would do it."""
    stage.browser.permit(FAR_GOOD, "granted")
    shown(stage, FAR_GOOD)
    if state(stage) == "ready":
        return stage
    stage.browser.run("window.code = null;")
    stage.browser.click("#go")
    (waiting,) = until(stage.daemon.waiting, what="a request to be connected")
    until(lambda: stage.browser.run("return window.code;"), what="the code")
    assert stage.browser.run("return window.code;") == waiting["code"]
    assert waiting["origin"] == FAR_GOOD
    stage.daemon.decide(waiting["id"])
    assert stage.browser.run(FOUND)["state"] == "ready"
    return stage


def test_lna_01_the_library_tells_each_state_of_the_permission_sec_62(connected):
    permit = connected.browser.permit
    permit(FAR_GOOD, "prompt")
    shown(connected, FAR_GOOD)
    assert connected.browser.run(UNASKED)["state"] == "needs_click"
    unanswered = clicked(connected)
    assert (unanswered["state"], unanswered["permission"]) == ("not_running", "prompt")
    connected.browser.command("Browser.resetPermissions")
    assert state(connected) == "permission_refused"  # asked; without a screen that is a no
    assert connected.carried() == []
    for setting, wanted in (
        ("denied", "permission_refused"),
        ("granted", "ready"),
        ("denied", "permission_refused"),
        ("granted", "ready"),
    ):
        permit(FAR_GOOD, setting)
        assert state(connected) == wanted


def test_once_the_daemon_has_answered_no_more_click_is_needed(stage):
    stage.browser.command("Browser.resetPermissions")
    shown(stage, GOOD)
    assert state(stage) == "not_paired"
    used_up = """
      window.open("about:blank").close();
      const {state} = await carebridge.connect();
      return [navigator.userActivation.isActive, state];
    """
    assert stage.browser.run(used_up) == [False, "not_paired"]


def test_lna_01_what_nobody_was_asked_was_decided_by_somebody_else(stage):
    stage.browser.permit(FAR_EVIL, "denied")
    shown(stage, FAR_EVIL)
    assert state(stage) == "blocked_by_policy"


def test_lna_01_a_rule_of_the_page_itself_is_told(stage):
    shown(stage, GOOD, path="/strict")
    assert state(stage) == "blocked_by_policy"
    assert stage.carried() == []


FRAMED = """
  const frame = document.createElement("iframe");
  Object.assign(frame, {src: given[0] + "/button", allow: given[1]});
  const loaded = new Promise(resolve => { frame.onload = resolve; });
  document.body.append(frame);
  await loaded;
"""


@pytest.mark.parametrize(
    ("allow", "wanted"),
    [
        pytest.param("", {"blocked_by_policy"}, id="LNA-01-not-passed-on"),
        pytest.param("loopback-network", {"ready", "not_paired"}, id="LNA-01-passed-on"),
    ],
)
def test_lna_01_a_frame_needs_the_permission_passed_on(connected, allow, wanted):
    connected.browser.permit(FAR_EVIL, "granted")
    connected.at(FAR_EVIL)
    connected.browser.run(FRAMED, FAR_GOOD, allow)
    connected.browser.enter("iframe")
    connected.browser.run(LIBRARY, [connected.daemon.port])
    assert state(connected) in wanted


def test_a_connected_page_calls_with_a_key_that_cannot_leave_the_browser(connected):
    connected.relay.forget()
    assert connected.browser.run(CALL, "/v1/health") in {200, 503}
    call = connected.carried()[-1]
    assert call.sent("authorization").startswith("DPoP cbr_")
    assert len(call.sent("dpop").split(".")) == 3
    stolen = {"Authorization": call.sent("authorization").replace("DPoP", "Bearer")}
    answer = connected.daemon.ask("GET", "/v1/health", **stolen, Origin=FAR_GOOD)
    assert answer.json()["code"] == "dpop_required"
    kept = """
      const {BrowserStore} = await import("/library/carebridge.js");
      const {key} = await new BrowserStore().get("pairing");
      return [key.type, key.extractable];
    """
    assert connected.browser.run(kept) == ["private", False]


def test_a_refusal_of_the_user_is_told_as_one(connected):
    stage = connected  # a refusal makes those who ask after it wait
    shown(stage, GOOD)
    stage.browser.run("window.code = null;")
    stage.browser.click("#go")
    (waiting,) = until(stage.daemon.waiting, what="a request to be connected")
    stage.daemon.decide(waiting["id"], "deny")
    assert stage.browser.run(FOUND)["state"] == "pairing_denied"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_nobody_and_somebody_else_are_told_apart(stage):
    shown(stage, GOOD, free_port())
    assert state(stage) == "not_running"
    with WebSite() as stranger:
        shown(stage, GOOD, stranger.port)
        found = clicked(stage)
        assert (found["state"], found["strangers"]) == ("wrong_port", [stranger.port])
        shown(stage, GOOD, stranger.port, stage.daemon.port)
        found = clicked(stage)
        assert (found["state"], found["port"]) == ("not_paired", stage.daemon.port)


class FakeDaemon:
    """Answers as the daemon does; proofs it makes up, or gets from the daemon itself."""

    def __init__(self, stage: Stage, *, relays_proofs: bool) -> None:
        self._stage = stage
        self._relays_proofs = relays_proofs

    def __call__(self, method: str, path: str, body: bytes) -> Page:
        headers = {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "*, authorization",
        }
        if path == "/v1/pairings/none":
            return 401, headers, b'{"type":"urn:carebridge:problem:token_invalid"}'
        proof = {"signature": "A" * 86}
        if self._relays_proofs and method == "POST":
            asked = json.loads(body)
            proof = self._stage.daemon.ask(
                "POST", "/v1/instance/proof", asked, Origin=FAR_GOOD
            ).json()
            assert len(proof["signature"]) == 86
        return 200, headers, json.dumps(proof).encode()


@pytest.mark.parametrize(
    "relays_proofs", [pytest.param(False, id="SQ-02"), pytest.param(True, id="SQ-03-other-port")]
)
def test_sq_02_a_fake_daemon_on_an_earlier_port_never_sees_the_token_sec_12_sec_44(
    connected, relays_proofs
):
    with WebSite(answer=FakeDaemon(connected, relays_proofs=relays_proofs)) as fake:
        shown(connected, FAR_GOOD, fake.port, connected.daemon.port)
        assert clicked(connected)["port"] == connected.daemon.port
        assert connected.browser.run(CALL, "/v1/health") in {200, 503}
        shown(connected, FAR_GOOD, fake.port)
        found = clicked(connected)
        assert (found["state"], found["strangers"]) == ("wrong_port", [fake.port])
        assert connected.browser.run(CALL, "/v1/health") == "wrong_port"
    asked = "".join(fake.asked)
    assert "/v1/instance/proof" in asked
    assert "cbr_" not in asked


def test_sq_02_before_it_is_connected_a_page_does_not_choose_between_two(stage):
    with WebSite(answer=FakeDaemon(stage, relays_proofs=False)) as fake:
        shown(stage, GOOD, fake.port, stage.daemon.port)
        found = clicked(stage)
    assert (found["state"], set(found["strangers"])) == (
        "several",
        {fake.port, stage.daemon.port},
    )


def test_each_state_has_a_sentence_in_each_language(stage):
    stage.at(GOOD)
    script = """
      const {STATES} = await import("/library/carebridge.js");
      const texts = await import("/library/carebridge-texts.js");
      const states = [...STATES, "before_asking"];
      const said = states.map(state => texts.LANGUAGES.map(each => texts.sentence(state, each)));
      const back = Object.keys(texts.WAYS_BACK).map(
        name => texts.LANGUAGES.map(each => texts.wayBack(each, name)));
      return [...said, ...back, [texts.wayBack("it"), texts.wayBack("en-GB", "chromium")]];
    """
    *said, (unknown, english) = stage.browser.run(script)
    assert {len(set(each)) for each in said} == {4}
    assert unknown == english


# -- what is let through -------------------------------------------------------------------------


def test_a_page_over_tls_may_speak_to_the_literal_address_without_tls(stage):
    """*Local API security* 6.2: not mixed content, here; pictures of other sites would be."""
    stage.at(GOOD)
    wanted = {"headers": {"Authorization": f"Bearer {stage.token}"}}
    assert stage.api.startswith("http://127.0.0.1:")
    status, _ = stage.browser.run(FETCH, f"{stage.api}/v1/operations", wanted)
    assert status == 200


def test_nothing_of_all_this_reached_a_handler(stage):
    """The daemon's own access log: of foreign pages it let through nothing at all."""
    rebound(stage).browser.run(FETCH, "/v1/operations")
    stage.at(EVIL)
    before = stage.daemon.handled()
    stage.browser.run(FETCH, f"{stage.api}/v1/operations")
    stage.browser.run(FORM, f"{stage.api}/v1/ehealth-sessions")
    stage.browser.run(FRAME, f"{stage.api}/v1/exchanges")
    assert stage.daemon.handled() == before
