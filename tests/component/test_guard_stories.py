"""What the guard does beside refusing: limits, bodies, bugs, preflights, the access log."""

from __future__ import annotations

import json

import pytest
import structlog
from structlog.testing import capture_logs

from api.facts import Refusal
from api.limits import Rates
from api.simulated import ALL_ENDPOINTS
from tests.support.api_services import (
    EVIL_ORIGIN,
    GOOD_ORIGIN,
    JSON_LINE,
    KEY_LINE,
    OWN_ORIGIN,
    POOR_TOKEN,
    GuardedProbe,
    bearer,
    exchange,
)

CHECKS = "/v1/insurability-checks"
POST_LINES = [bearer(), JSON_LINE, KEY_LINE]
MEBIBYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def _plain_logging():
    structlog.reset_defaults()


async def test_step_1_connections_from_elsewhere_get_no_answer():
    guarded = GuardedProbe()
    for ends in (
        {"client": ("192.168.1.10", 5000)},
        {"client": ("::ffff:127.0.0.1", 5000)},
        {"server": ("192.168.1.10", 42110)},
        {"client": None},
    ):
        assert (await guarded.ask(**ends)).status == 0
    assert guarded.probe.calls == 0


async def test_step_6_asks_about_the_calling_process_when_it_can():
    seen = []

    async def check_peer(scope):
        seen.append(scope["client"])
        return Refusal(code="peer_user_mismatch")

    guarded = GuardedProbe(check_peer=check_peer)
    assert (await guarded.ask(headers=[("origin", EVIL_ORIGIN)])).code == "peer_user_mismatch"
    assert seen == [("127.0.0.1", 50000)]


async def test_orig_14_strangers_cannot_learn_that_the_program_is_here():
    guarded = GuardedProbe()
    for path in ("/livez", "/readyz", "/v1/instance", "/v1/unknown"):
        reply = await guarded.ask(path=path, headers=[("origin", EVIL_ORIGIN)])
        assert reply.code == "origin_not_allowed"


async def test_paired_origins_may_read_answers_sec_07():
    guarded = GuardedProbe()
    reply = await guarded.ask(headers=[("origin", GOOD_ORIGIN)])
    assert reply.status == 200
    assert reply.header("access-control-allow-origin") == GOOD_ORIGIN
    assert "x-request-id" in reply.header("access-control-expose-headers")
    assert "access-control-allow-credentials" not in reply.names


async def test_orig_08_private_network_preflights_of_paired_origins_only():
    guarded = GuardedProbe()
    headers = [
        ("access-control-request-method", "GET"),
        ("access-control-request-private-network", "true"),
    ]
    good = await guarded.ask("OPTIONS", headers=[("origin", GOOD_ORIGIN), *headers])
    assert good.header("access-control-allow-private-network") == "true"
    evil = await guarded.ask("OPTIONS", headers=[("origin", EVIL_ORIGIN), *headers])
    assert evil.code == "origin_not_allowed"


async def test_without_pairings_only_our_own_origin_passes():
    guarded = GuardedProbe(paired=frozenset({OWN_ORIGIN}))
    assert (await guarded.ask(headers=[("origin", OWN_ORIGIN)])).status == 200
    assert (await guarded.ask(headers=[("origin", GOOD_ORIGIN)])).code == "origin_not_allowed"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    ["/v0/instance", "/instance", "/api/v1/instance", "/v1beta/instance", "/V1/instance", "/v2"],
)
async def test_down_02_there_is_no_other_major_version(path, method):
    guarded = GuardedProbe()
    reply = await guarded.ask(method, path, headers=POST_LINES if method == "POST" else [bearer()])
    assert (reply.status, reply.code) == (404, "not_found")
    assert guarded.probe.calls == 0


def test_down_02_every_address_is_of_the_one_major_version():
    paths = {endpoint.path for endpoint in ALL_ENDPOINTS}
    assert {path for path in paths if not path.startswith("/v1/")} == {
        "/livez",
        "/readyz",
        "/openapi.json",
    }


async def test_csrf_05_method_overrides_are_ignored():
    guarded = GuardedProbe()
    headers = [("x-http-method-override", "DELETE"), bearer()]
    reply = await guarded.ask("GET", "/v1/operations?_method=DELETE", headers=headers)
    assert reply.status == 200
    assert guarded.probe.scope["method"] == "GET"


async def test_unknown_methods_name_the_known_ones_host_10():
    guarded = GuardedProbe()
    reply = await guarded.ask("BREW", "/v1/ehealth-sessions/current", headers=[bearer()])
    assert reply.header("allow") == "DELETE, GET"


async def test_401_names_the_scheme():
    guarded = GuardedProbe()
    reply = await guarded.ask(path="/v1/operations")
    assert reply.header("www-authenticate") == 'Bearer realm="carebridge"'


@pytest.mark.parametrize(
    "token",
    ["", "x" * 513, "a b", "cbr_é"],
    ids=["empty", "long", "blank", "not-ascii"],
)
async def test_malformed_tokens_are_no_tokens(token):
    guarded = GuardedProbe()
    reply = await guarded.ask(path="/v1/operations", headers=[bearer(token)])
    assert reply.code == "authentication_required"


async def test_tokens_in_the_address_do_not_count_sec_06():
    guarded = GuardedProbe()
    reply = await guarded.ask(path="/v1/operations?access_token=cbr_good")
    assert reply.code == "authentication_required"


async def test_a_body_in_parts_is_put_together():
    guarded = GuardedProbe()
    parts = [b'{"pat', b"", b'ient":', b" 1}"]
    await guarded.ask("POST", CHECKS, headers=POST_LINES, body=parts)
    assert guarded.probe.body == b"".join(parts)


async def test_dos_04_a_body_without_end_is_cut_at_one_mebibyte():
    guarded = GuardedProbe()
    parts = [b" " * (MEBIBYTE // 2)] * 50
    reply = await guarded.ask("POST", CHECKS, headers=POST_LINES, body=parts)
    assert reply.code == "content_too_large"
    assert reply.header("connection") == "close"
    assert guarded.probe.calls == 0


async def test_a_caller_that_leaves_halfway_changes_nothing():
    guarded = GuardedProbe()
    scope_parts: list[bytes] = []
    reply = await guarded.ask("POST", CHECKS, headers=POST_LINES, body=scope_parts)
    assert reply.code == "request_framing_invalid"
    assert guarded.probe.calls == 0


async def test_dos_02_a_flood_without_token_hurts_nobody_else():
    guarded = GuardedProbe(rates=Rates())
    replies = [await guarded.ask() for _ in range(12)]
    assert [reply.status for reply in replies] == [200] * 10 + [429] * 2
    limited = replies[-1]
    assert limited.code == "rate_limited"
    assert limited.header("retry-after") == "1"
    assert limited.document["retry_after_s"] == 1
    assert limited.header("ratelimit-policy").startswith('"without-token"')
    assert (await guarded.ask(path="/v1/operations", headers=[bearer()])).status == 200


async def test_dos_03_a_noisy_client_does_not_silence_another():
    guarded = GuardedProbe(rates=Rates(per_token_burst=2))
    statuses = [
        (await guarded.ask(path="/v1/operations", headers=[bearer()])).status for _ in range(3)
    ]
    assert statuses == [200, 200, 429]
    other = await guarded.ask(path="/openapi.json", headers=[bearer(POOR_TOKEN)])
    assert other.status == 200


async def test_ten_wrong_tokens_bring_a_pause_and_good_ones_still_pass():
    guarded = GuardedProbe(rates=Rates())
    wrong = [bearer("cbr_wrong")]
    codes = [(await guarded.ask(path="/v1/operations", headers=wrong)).code for _ in range(11)]
    assert codes == ["token_invalid"] * 10 + ["rate_limited"]
    assert (await guarded.ask(path="/v1/operations", headers=[bearer()])).status == 200
    guarded.clock.advance(seconds=61)
    assert (await guarded.ask(path="/v1/operations", headers=wrong)).code == "token_invalid"


class Broken:
    """An application with a bug."""

    def __init__(self, *, starts: bool = False) -> None:
        self.starts = starts

    async def __call__(self, scope, *channels) -> None:
        if self.starts:
            await channels[1]({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(f"patient {scope['path']} is not insured")


async def test_api_75_a_bug_is_a_500_with_a_reference_and_nothing_of_interest():
    guarded = GuardedProbe(app=Broken())
    with capture_logs() as logs:
        path = "/v1/operations/00000000097"
        reply = await guarded.ask(path=path, headers=[bearer()])
    assert reply.status == 500
    assert reply.code == "internal_error"
    assert "00000000097" not in reply.body.decode()
    assert "RuntimeError" not in reply.body.decode()
    (broken,) = [entry for entry in logs if entry["event"] == "http.broken"]
    assert broken["support_ref"] == reply.document["support_ref"]
    assert broken["exception"].endswith("RuntimeError")
    assert "00000000097" not in json.dumps(logs)


async def test_a_bug_after_the_first_byte_ends_the_answer():
    guarded = GuardedProbe(app=Broken(starts=True))
    reply = await guarded.ask()
    assert (reply.status, reply.body) == (200, b"")


async def test_sec_144_the_access_log_has_the_template_and_no_path():
    guarded = GuardedProbe()
    with capture_logs() as logs:
        await guarded.ask(path="/v1/operations/op_SECRET?limit=00000000097", headers=[bearer()])
    (entry,) = [entry for entry in logs if entry["event"] == "http.answered"]
    assert entry["route"] == "GET /v1/operations/{operation_id}"
    assert (entry["status"], entry["client"], entry["bytes"]) == (200, "good", 2)
    assert "SECRET" not in json.dumps(logs)
    assert "00000000097" not in json.dumps(logs)


async def test_unknown_paths_and_methods_leave_no_trace_of_themselves():
    guarded = GuardedProbe()
    with capture_logs() as logs:
        await guarded.ask("SECRET", "/SECRET")
    assert "SECRET" not in json.dumps(logs)


async def test_api_110_every_answer_of_the_simulator_says_so():
    simulator, other = GuardedProbe(is_simulator=True), GuardedProbe()
    for path in ("/livez", "/v1/nothing"):
        assert (await simulator.ask(path=path)).header("carebridge-simulator") == "true"
        assert (await other.ask(path=path)).header("carebridge-simulator") is None


async def test_websockets_are_closed_before_they_open_ws_01():
    guarded = GuardedProbe()
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    await guarded.guard({"type": "websocket", "path": "/", "headers": []}, receive, send)
    assert sent == ["websocket.close"]
    assert guarded.probe.calls == 0


async def test_lifespan_events_reach_the_application():
    seen = []

    async def app(scope, *_channels):
        seen.append(scope["type"])

    guarded = GuardedProbe(app=app)
    await exchange(guarded.guard, {"type": "lifespan"}, [])
    assert seen == ["lifespan"]
