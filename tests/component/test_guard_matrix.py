"""Every endpoint behind every step of the guard; a new endpoint is covered by itself (21.8).

Each refusal: the code of the table, a problem document with a reference, no CORS header, all
headers of 5.2, and no handler executed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from api.simulated import ALL_ENDPOINTS
from bridge.i18n import LANGUAGES, PROBLEMS
from tests.support.api_services import (
    EVIL_ORIGIN,
    GOOD_ORIGIN,
    HOST,
    JSON_LINE,
    KEY_LINE,
    OLD_TOKEN,
    POOR_TOKEN,
    GuardedProbe,
    bearer,
    good_request,
)

ALWAYS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "vary": "Origin, Accept-Language",
    "api-version": "1.9",
}


@dataclass(frozen=True)
class Attack:
    """How a good request is spoilt, and the code that must answer."""

    name: str
    code: str
    more: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    change: tuple[tuple[str, Any], ...] = ()
    needs: str = "nothing"

    def spoil(self, request: dict[str, Any]) -> dict[str, Any]:
        kept = [line for line in request["headers"] if line[0] not in self.without]
        return {**request, "headers": [*kept, *self.more], **dict(self.change)}

    def fits(self, endpoint) -> bool:
        return {
            "nothing": True,
            "body": endpoint.method in {"POST", "PUT"},
            "no body": endpoint.method in {"GET", "DELETE"},
            "token": endpoint.scopes is not None,
            "scope": bool(endpoint.scopes),
            "key": endpoint.idempotency == "required",
            "optional key": endpoint.idempotency is not None,
            "paired origin": not endpoint.is_for_strangers,
            "stranger": endpoint.is_for_strangers,
        }[self.needs]


ATTACKS = [
    Attack("target", "request_target_invalid", change=(("raw_path", b"http://evil.example/"),)),
    Attack("sixty-one-headers", "headers_too_large", more=(("x", "y"),) * 61),
    Attack("HOST-02", "host_header_invalid", change=(("host", None),)),
    Attack("HOST-03", "host_header_invalid", more=(("host", HOST),)),
    Attack("HOST-04", "host_not_allowed", change=(("host", "evil.example:42110"),)),
    Attack(
        "HOST-08",
        "host_not_allowed",
        more=(("x-forwarded-host", HOST), ("forwarded", f"host={HOST}")),
        change=(("host", "evil.example"),),
    ),
    Attack("WS-01", "not_found", more=(("connection", "upgrade"), ("upgrade", "websocket"))),
    Attack(
        "ORIG-01",
        "origin_not_allowed",
        more=(("origin", EVIL_ORIGIN),),
        needs="paired origin",
    ),
    Attack(
        "ORIG-01-stranger",
        "origin_not_allowed",
        more=(("origin", "http://evil.example"),),
        needs="stranger",
    ),
    Attack("ORIG-03", "origin_not_allowed", more=(("origin", "null"),)),
    Attack("ORIG-05", "origin_not_allowed", more=(("origin", GOOD_ORIGIN),) * 2),
    Attack("ORIG-10", "origin_not_allowed", more=(("origin", "http://127.0.0.1:8080"),)),
    Attack("ORIG-11", "fetch_metadata_rejected", more=(("sec-fetch-site", "cross-site"),)),
    Attack(
        "ORIG-12",
        "fetch_metadata_rejected",
        more=(("origin", GOOD_ORIGIN), ("sec-fetch-mode", "no-cors")),
    ),
    Attack("ORIG-13", "fetch_metadata_rejected", more=(("sec-fetch-mode", "navigate"),)),
    Attack("FRAME-01", "fetch_metadata_rejected", more=(("sec-fetch-dest", "iframe"),)),
    Attack("TRACE", "method_not_allowed", change=(("method", "TRACE"),)),
    Attack("HEAD", "method_not_allowed", change=(("method", "HEAD"),)),
    Attack("OPTIONS", "method_not_allowed", change=(("method", "OPTIONS"),)),
    Attack(
        "TE-and-CL",
        "request_framing_invalid",
        more=(("content-length", "2"), ("transfer-encoding", "chunked")),
    ),
    Attack("3-GB", "content_too_large", more=(("content-length", "3000000000"),), needs="body"),
    Attack(
        "body-on-GET",
        "request_framing_invalid",
        more=(("content-length", "2"),),
        needs="no body",
    ),
    Attack("CSRF-03", "unsupported_media_type", without=("content-type",), needs="body"),
    Attack(
        "CSRF-01-native",
        "unsupported_media_type",
        without=("content-type",),
        more=(("content-type", "application/x-www-form-urlencoded"),),
        needs="body",
    ),
    Attack("CT-01", "unsupported_media_type", more=(JSON_LINE,), needs="body"),
    Attack("CT-02", "unsupported_media_type", more=(("content-encoding", "gzip"),), needs="body"),
    Attack("TOK-01-none", "authentication_required", without=("authorization",), needs="token"),
    Attack("TOK-01-two", "authentication_required", more=(bearer(),), needs="token"),
    Attack(
        "TOK-01-basic",
        "authentication_required",
        without=("authorization",),
        more=(("authorization", "Basic Y2JyOng="),),
        needs="token",
    ),
    Attack(
        "TOK-01-cookie",
        "authentication_required",
        without=("authorization",),
        more=(("cookie", "token=cbr_good"),),
        needs="token",
    ),
    Attack(
        "TOK-02",
        "token_invalid",
        without=("authorization",),
        more=(bearer("cbr_goo"),),
        needs="token",
    ),
    Attack(
        "TOK-03",
        "token_expired",
        without=("authorization",),
        more=(bearer(OLD_TOKEN),),
        needs="token",
    ),
    Attack("TOK-04", "token_origin_mismatch", more=(("origin", GOOD_ORIGIN),), needs="token"),
    Attack(
        "TOK-05",
        "insufficient_scope",
        without=("authorization",),
        more=(bearer(POOR_TOKEN),),
        needs="scope",
    ),
    Attack("RPL-07", "idempotency_key_missing", without=("idempotency-key",), needs="key"),
    Attack("two-keys", "idempotency_key_invalid", more=(KEY_LINE,), needs="optional key"),
    Attack(
        "short-key",
        "idempotency_key_invalid",
        without=("idempotency-key",),
        more=(("idempotency-key", "short"),),
        needs="optional key",
    ),
    Attack("CT-03", "json_invalid", change=(("body", b'{"a":1,"a":2}'),), needs="body"),
    Attack("empty-body", "json_invalid", change=(("body", b""),), needs="body"),
    Attack("PIN-01", "secret_in_request", change=(("body", b'{"a":[{"PIN":"1"}]}'),), needs="body"),
]
CASES = [
    pytest.param(endpoint, attack, id=f"{endpoint.operation_id}-{attack.name}")
    for endpoint in ALL_ENDPOINTS
    for attack in ATTACKS
    if attack.fits(endpoint)
]


@pytest.mark.parametrize(("endpoint", "attack"), CASES)
async def test_each_step_refuses_before_any_handler(endpoint, attack):
    """SEC-02, SEC-03, SEC-04, SEC-06, SEC-07, SEC-08, SEC-82; API-70; AUD-03."""
    guarded = GuardedProbe()
    reply = await guarded.ask(**attack.spoil(good_request(endpoint)))
    assert reply.code == attack.code
    assert reply.status == PROBLEMS[attack.code].status == reply.document["status"]
    assert reply.header("content-type") == "application/problem+json"
    assert guarded.probe.calls == 0
    if "origin_not_allowed" in reply.code or ("origin", GOOD_ORIGIN) not in attack.more:
        assert not [name for name in reply.names if name.startswith("access-control-")]
    for name, value in ALWAYS.items():
        assert reply.header(name) == value
    assert "server" not in reply.names
    assert reply.header("x-request-id") in reply.document["instance"]
    assert len(reply.document["support_ref"]) == len("K7QF-29")
    assert [code for code, _, _ in guarded.reported] == [attack.code]


@pytest.mark.parametrize("endpoint", ALL_ENDPOINTS, ids=lambda endpoint: endpoint.operation_id)
async def test_each_endpoint_is_reached_by_a_good_request(endpoint):
    guarded = GuardedProbe()
    request = good_request(endpoint)
    reply = await guarded.ask(**request)
    assert reply.status == 200
    assert guarded.probe.calls == 1
    assert guarded.probe.body == request["body"]
    assert not guarded.reported
    assert "server" not in reply.names
    for name, value in ALWAYS.items():
        assert reply.header(name) == value


@pytest.mark.parametrize(
    "endpoint",
    [endpoint for endpoint in ALL_ENDPOINTS if endpoint.scopes],
    ids=lambda endpoint: endpoint.operation_id,
)
async def test_tok_05_the_missing_scope_is_named(endpoint):
    guarded = GuardedProbe()
    request = good_request(endpoint)
    request["headers"] = [bearer(POOR_TOKEN), *request["headers"][1:]]
    reply = await guarded.ask(**request)
    assert reply.document["params"] == {"scope": endpoint.scopes[0]}


@pytest.mark.parametrize(
    "endpoint",
    [endpoint for endpoint in ALL_ENDPOINTS if not endpoint.is_for_strangers],
    ids=lambda endpoint: endpoint.operation_id,
)
async def test_orig_02_preflights_of_strangers_are_refused(endpoint):
    guarded = GuardedProbe()
    request = good_request(endpoint)
    headers = [
        ("origin", EVIL_ORIGIN),
        ("access-control-request-method", endpoint.method),
        ("access-control-request-private-network", "true"),
    ]
    reply = await guarded.ask("OPTIONS", request["path"], headers=headers)
    assert reply.code == "origin_not_allowed"
    assert not [name for name in reply.names if name.startswith("access-control-")]


FORMS = {
    "application/x-www-form-urlencoded": b"a=1",
    "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
    "text/plain": b'{"a":"1="}',
}
"""The encodings a form can have, and a body in each."""

FORM_METADATA = [
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
]


@pytest.mark.parametrize("encoding", FORMS)
@pytest.mark.parametrize(
    ("headers", "of_strangers"),
    [
        pytest.param(
            [("origin", EVIL_ORIGIN), *FORM_METADATA], "fetch_metadata_rejected", id="browser"
        ),
        pytest.param([("origin", EVIL_ORIGIN)], "unsupported_media_type", id="old-browser"),
        # Chromium hides the origin of a page over TLS from an address without TLS.
        pytest.param([("origin", "null"), *FORM_METADATA], "origin_not_allowed", id="hidden"),
    ],
)
async def test_csrf_01_no_form_of_a_foreign_page_reaches_any_address(
    encoding, headers, of_strangers
):
    """SEC-03, SEC-08; a form has the cookies and passwords of the browser, and no token."""
    guarded = GuardedProbe()
    changing = [each for each in ALL_ENDPOINTS if each.method != "GET"]
    assert len(changing) > 60
    for endpoint in changing:
        reply = await guarded.ask(
            "POST",
            good_request(endpoint)["path"],
            headers=[*headers, ("content-type", encoding)],
            body=FORMS[encoding],
        )
        # Whoever asks to be connected is a stranger, but no form can ask that.
        expected = of_strangers if endpoint.is_for_strangers else "origin_not_allowed"
        assert reply.code == expected, endpoint.route
        if not endpoint.is_for_strangers:
            assert not [name for name in reply.names if name.startswith("access-control-")]
    assert guarded.probe.calls == 0


def test_step_9_strangers_reach_the_two_pairing_endpoints_and_no_other():
    """*Local API security* 5, step 9, and 5.3."""
    open_ones = {endpoint.route for endpoint in ALL_ENDPOINTS if endpoint.is_for_strangers}
    assert open_ones == {"POST /v1/pairings", "GET /v1/pairings/{pairing_id}"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/pairings"), ("GET", "/v1/pairings/pair_1")]
)
async def test_orig_08_a_stranger_may_ask_to_be_connected_and_gets_no_private_network(method, path):
    guarded = GuardedProbe()
    headers = [
        ("origin", EVIL_ORIGIN),
        ("access-control-request-method", method),
        ("access-control-request-private-network", "true"),
    ]
    reply = await guarded.ask("OPTIONS", path, headers=headers)
    assert reply.status == 204
    assert reply.header("access-control-allow-origin") == EVIL_ORIGIN
    assert "access-control-allow-private-network" not in reply.names
    assert guarded.probe.calls == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/pairings"),
        ("POST", "/v1/pairings/pair_1/code"),
        ("GET", "/v1/pairings/current"),
        ("DELETE", "/v1/pairings/current"),
        ("PUT", "/v1/pairings/pair_1"),
        ("PATCH", "/v1/pairings/pair_1"),
    ],
)
async def test_orig_01_strangers_get_nowhere_else_about_pairings(method, path):
    guarded = GuardedProbe()
    reply = await guarded.ask(method, path, headers=[("origin", EVIL_ORIGIN)])
    assert reply.code == "origin_not_allowed"
    assert not [name for name in reply.names if name.startswith("access-control-")]


@pytest.mark.parametrize("endpoint", ALL_ENDPOINTS, ids=lambda endpoint: endpoint.operation_id)
async def test_orig_06_orig_07_preflights_of_paired_origins_are_answered(endpoint):
    guarded = GuardedProbe()
    headers = [
        ("origin", GOOD_ORIGIN),
        ("access-control-request-method", endpoint.method),
        ("access-control-request-headers", "x-anything"),
    ]
    reply = await guarded.ask("OPTIONS", good_request(endpoint)["path"], headers=headers)
    assert reply.status == 204
    assert reply.header("access-control-allow-origin") == GOOD_ORIGIN
    assert endpoint.method in reply.header("access-control-allow-methods").split(", ")
    assert reply.header("access-control-max-age") == "600"
    assert "x-anything" not in reply.header("access-control-allow-headers")
    assert "access-control-allow-credentials" not in reply.names
    assert "access-control-allow-private-network" not in reply.names
    assert guarded.probe.calls == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/livez", "/v1/nothing", "/v1/operations"])
async def test_refusals_are_in_the_callers_language_api_71(language, path):
    guarded = GuardedProbe()
    reply = await guarded.ask("PATCH", path, headers=[("accept-language", f"{language}-BE")])
    assert reply.header("content-language") == language
    titles = {
        (await guarded.ask("PATCH", path, headers=[("accept-language", other)])).document["title"]
        for other in LANGUAGES
    }
    assert len(titles) == len(LANGUAGES)
