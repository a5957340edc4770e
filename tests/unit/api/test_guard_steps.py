"""Each step of the guard alone (*Local API security* 5, cases HOST, ORIG, CT, WS)."""

from __future__ import annotations

import pytest

from api import guard_steps
from api.facts import Facts

PORT = 42110
HOSTS = guard_steps.own_hosts(PORT)


def facts(
    headers: list[tuple[bytes, bytes]] | None = None,
    *,
    method: str = "GET",
    raw_path: bytes = b"/livez",
    query: bytes = b"",
) -> Facts:
    return Facts(
        method=method,
        raw_path=raw_path,
        path=raw_path.decode("latin-1"),
        query=query,
        headers=tuple(headers or []),
    )


def code(refusal) -> str | None:
    return None if refusal is None else refusal.code


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(b"/", id="root"),
        pytest.param(b"/v1/operations/op_01", id="plain"),
        pytest.param(b"/v1/a%20b", id="encoded-blank"),
        pytest.param(b"//v1", id="two-slashes-are-simply-unknown"),
        pytest.param(b"/v1/x;param=1", id="parameter-is-simply-unknown"),
        pytest.param(b"/v1/name.", id="trailing-dot-is-simply-unknown"),
        pytest.param(b"/" + b"a" * 2047, id="longest"),
    ],
)
def test_plain_targets_pass(path):
    assert guard_steps.check_target(facts(raw_path=path)) is None


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(b"http://evil.example/v1", id="HOST-09-absolute-form"),
        pytest.param(b"*", id="HOST-10-asterisk"),
        pytest.param(b"host:443", id="HOST-10-authority"),
        pytest.param(b"", id="empty"),
        pytest.param(b"/v1/../admin", id="CT-05-dot-segment"),
        pytest.param(b"/v1/./x", id="CT-05-single-dot"),
        pytest.param(b"/v1/%2e%2E/admin", id="CT-05-encoded-dots"),
        pytest.param(b"/v1/.%2e/admin", id="CT-05-half-encoded-dots"),
        pytest.param(b"/v1%2fadmin", id="CT-05-encoded-slash"),
        pytest.param(b"/v1%5Cadmin", id="encoded-backslash"),
        pytest.param(b"/v1\\admin", id="backslash"),
        pytest.param(b"/v1/%00", id="CT-05-encoded-nul"),
        pytest.param(b"/v1/%0d%0aX", id="encoded-line-break"),
        pytest.param(b"/v1/%7f", id="encoded-delete"),
        pytest.param(b"/v1/\x01", id="control-character"),
        pytest.param(b"/v1/\xe9", id="not-ascii"),
        pytest.param(b"/v1/%zz", id="broken-percent"),
        pytest.param(b"/v1/#x", id="fragment"),
        pytest.param(b"/" + b"a" * 2048, id="too-long"),
    ],
)
def test_hidden_and_foreign_targets_are_refused(path):
    assert code(guard_steps.check_target(facts(raw_path=path))) == "request_target_invalid"


@pytest.mark.parametrize("query", [b"a=%00", b"a=\n", b"a=%1f", b"<script>"])
def test_control_characters_in_the_query_are_refused(query):
    assert code(guard_steps.check_target(facts(query=query))) == "request_target_invalid"


def test_header_limits_are_sixty_fields_and_sixteen_kibibytes():
    assert guard_steps.check_headers_size(facts([(b"a", b"")] * 60)) is None
    many = facts([(b"a", b"")] * 61)
    assert code(guard_steps.check_headers_size(many)) == "headers_too_large"
    long = facts([(b"a", b"b" * 16_380)])
    assert code(guard_steps.check_headers_size(long)) == "headers_too_large"


@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param([], id="HOST-02-none"),
        pytest.param([b"127.0.0.1:42110", b"evil.example"], id="HOST-03-good-first"),
        pytest.param([b"evil.example", b"127.0.0.1:42110"], id="HOST-03-good-second"),
        pytest.param([b"127.0.0.1:42110", b"127.0.0.1:42110"], id="HOST-03-twice-the-same"),
        pytest.param([b"user@127.0.0.1:42110"], id="HOST-07-user-info"),
        pytest.param([b"127.0.0.1:42110/path"], id="HOST-07-path"),
        pytest.param([b"127.0.0.1:42110#x"], id="HOST-07-fragment"),
        pytest.param([b"127.0.0.1:42110,evil.example"], id="HOST-07-comma-list"),
        pytest.param([b"127.0.0.1:42110\tx"], id="HOST-07-tab"),
        pytest.param([b"127.0.0.1:42110\x00"], id="HOST-07-nul"),
        pytest.param([b"a" * 300], id="HOST-07-300-characters"),
        pytest.param([b""], id="empty"),
        pytest.param([b"127.0.0.1:port"], id="port-is-no-number"),
        pytest.param([b"[::1"], id="broken-brackets"),
        pytest.param(["é.example".encode()], id="not-ascii"),
    ],
)
def test_malformed_hosts_are_refused_sec_02(hosts):
    request = facts([(b"host", host) for host in hosts])
    assert code(guard_steps.check_host_line(request)) == "host_header_invalid"


@pytest.mark.parametrize(
    "host",
    [b"127.0.0.1:42110", b"localhost:42110", b"[::1]:42110", b"LOCALHOST:42110"],
)
def test_host_01_our_own_names_pass(host):
    request = facts([(b"host", host)])
    assert guard_steps.check_host_line(request) is None
    assert guard_steps.check_host(request, HOSTS) is None


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(b"evil.example:42110", id="HOST-04"),
        pytest.param(b"127.0.0.1:42111", id="HOST-05-wrong-port"),
        pytest.param(b"127.0.0.1", id="HOST-05-no-port"),
        pytest.param(b"127.0.0.1:04211", id="port-with-zero"),
        pytest.param(b"localhost.:42110", id="HOST-06-trailing-dot"),
        pytest.param(b"127.1:42110", id="HOST-06-short"),
        pytest.param(b"2130706433:42110", id="HOST-06-decimal"),
        pytest.param(b"0x7f000001:42110", id="HOST-06-hexadecimal"),
        pytest.param(b"0.0.0.0:42110", id="HOST-06-wildcard"),
        pytest.param(b"[::ffff:127.0.0.1]:42110", id="HOST-06-mapped"),
        pytest.param(b"127.0.0.1.evil.example:42110", id="HOST-06-suffix"),
        pytest.param(b"127.0.0.2:42110", id="second-loopback"),
    ],
)
def test_other_names_for_this_machine_are_refused_sec_02(host):
    request = facts([(b"host", host)])
    assert guard_steps.check_host_line(request) is None
    assert code(guard_steps.check_host(request, HOSTS)) == "host_not_allowed"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"upgrade", b"websocket")], id="WS-01"),
        pytest.param([(b"upgrade", b"h2c")], id="WS-02"),
        pytest.param([(b"connection", b"keep-alive, Upgrade")], id="connection-upgrade"),
        pytest.param([(b"connection", b"close"), (b"connection", b"upgrade")], id="second-line"),
    ],
)
def test_upgrades_end_the_connection(headers):
    refusal = guard_steps.check_upgrade(facts(headers))
    assert code(refusal) == "not_found"
    assert refusal.closes


def test_ordinary_connections_are_no_upgrade():
    assert guard_steps.check_upgrade(facts([(b"connection", b"keep-alive")])) is None


GOOD = "https://app.vendor.example"


@pytest.mark.parametrize(
    "origins",
    [
        pytest.param([b"https://evil.example"], id="ORIG-01"),
        pytest.param([b"null"], id="ORIG-03"),
        pytest.param([b"https://app.vendor.example.evil.example"], id="ORIG-04-suffix"),
        pytest.param([b"https://evilapp.vendor.example"], id="ORIG-04-prefix"),
        pytest.param([b"http://app.vendor.example"], id="ORIG-04-plain-http"),
        pytest.param([b"https://app.vendor.example:8443"], id="ORIG-04-port"),
        pytest.param([b"https://app.vendor.example/"], id="ORIG-04-slash"),
        pytest.param([b"https://APP.vendor.example"], id="ORIG-04-upper-case"),
        pytest.param([b"https://app.vendor.example."], id="ORIG-04-trailing-dot"),
        pytest.param([GOOD.encode(), GOOD.encode()], id="ORIG-05-twice"),
        pytest.param([GOOD.encode() + b", https://evil.example"], id="ORIG-05-comma"),
        pytest.param([b"chrome-extension://abc"], id="ORIG-09"),
        pytest.param([b"moz-extension://abc"], id="ORIG-09-moz"),
        pytest.param([b"http://127.0.0.1:42111"], id="ORIG-10"),
        pytest.param([b""], id="empty"),
        pytest.param(["https://app.vendor.exämple".encode()], id="not-ascii"),
    ],
)
def test_unpaired_origins_are_refused_sec_03(origins):
    request = facts([(b"origin", origin) for origin in origins])
    refusal = guard_steps.check_origin(request, GOOD.__eq__)
    assert code(refusal) == "origin_not_allowed"


def test_a_malformed_origin_is_refused_even_if_somebody_paired_it():
    request = facts([(b"origin", b"null")])
    assert code(guard_steps.check_origin(request, lambda _: True)) == "origin_not_allowed"


def test_paired_and_absent_origins_pass():
    assert guard_steps.check_origin(facts([(b"origin", GOOD.encode())]), GOOD.__eq__) is None
    assert guard_steps.check_origin(facts(), GOOD.__eq__) is None


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(b"sec-fetch-site", b"cross-site")], id="ORIG-11"),
        pytest.param([(b"sec-fetch-site", b"same-site")], id="same-site-without-origin"),
        pytest.param(
            [(b"sec-fetch-site", b"none"), (b"sec-fetch-site", b"cross-site")],
            id="two-lines",
        ),
        pytest.param(
            [(b"origin", GOOD.encode()), (b"sec-fetch-mode", b"no-cors")],
            id="ORIG-12",
        ),
        pytest.param([(b"sec-fetch-mode", b"navigate")], id="ORIG-13"),
        pytest.param(
            [(b"sec-fetch-site", b"none"), (b"sec-fetch-dest", b"document")],
            id="typed-address",
        ),
        pytest.param([(b"sec-fetch-dest", b"iframe")], id="FRAME-01"),
        pytest.param([(b"sec-fetch-dest", b"serviceworker")], id="service-worker"),
        pytest.param(
            [(b"sec-fetch-site", b"same-origin"), (b"sec-fetch-dest", b"image")],
            id="image",
        ),
    ],
)
def test_what_browsers_say_must_fit(headers):
    assert code(guard_steps.check_fetch_metadata(facts(headers))) == "fetch_metadata_rejected"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="native-client"),
        pytest.param(
            [
                (b"origin", GOOD.encode()),
                (b"sec-fetch-site", b"cross-site"),
                (b"sec-fetch-mode", b"cors"),
                (b"sec-fetch-dest", b"empty"),
            ],
            id="fetch-of-a-paired-page",
        ),
        pytest.param([(b"sec-fetch-site", b"same-origin"), (b"sec-fetch-mode", b"cors")], id="own"),
    ],
)
def test_honest_fetches_pass(headers):
    assert guard_steps.check_fetch_metadata(facts(headers)) is None


NAVIGATION = [(b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"document")]
FROM_US = (b"sec-fetch-site", b"same-origin")


@pytest.mark.parametrize(
    ("part", "headers"),
    [
        pytest.param("page", [], id="page-without-metadata"),
        pytest.param("page", [(b"sec-fetch-site", b"none"), *NAVIGATION], id="page-from-the-tray"),
        pytest.param("page", [FROM_US, *NAVIGATION], id="page-again"),
        pytest.param("asset", [], id="part-without-metadata"),
        *(
            pytest.param(
                "asset",
                [FROM_US, (b"sec-fetch-mode", mode), (b"sec-fetch-dest", wanted)],
                id=f"{wanted.decode()}-of-the-page",
            )
            for mode, wanted in (
                (b"cors", b"script"),
                (b"no-cors", b"style"),
                (b"no-cors", b"image"),
                (b"cors", b"empty"),
            )
        ),
    ],
)
def test_our_own_page_may_be_shown_and_load_its_parts(part, headers):
    assert guard_steps.check_fetch_metadata(facts(headers), part) is None


@pytest.mark.parametrize(
    ("part", "headers"),
    [
        pytest.param("page", [(b"sec-fetch-site", b"cross-site"), *NAVIGATION], id="ORIG-13"),
        pytest.param("page", [(b"sec-fetch-site", b"same-site"), *NAVIGATION], id="ORIG-13-port"),
        pytest.param(
            "page",
            [FROM_US, (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"iframe")],
            id="FRAME-01",
        ),
        pytest.param("page", [FROM_US, (b"sec-fetch-mode", b"navigate")], id="half-said"),
        pytest.param("page", [FROM_US, (b"sec-fetch-dest", b"script")], id="page-as-script"),
        pytest.param("asset", [FROM_US, *NAVIGATION], id="part-as-page"),
        pytest.param(
            "asset",
            [FROM_US, (b"sec-fetch-mode", b"same-origin"), (b"sec-fetch-dest", b"serviceworker")],
            id="service-worker",
        ),
        pytest.param(
            "asset",
            [
                (b"sec-fetch-site", b"cross-site"),
                (b"sec-fetch-mode", b"no-cors"),
                (b"sec-fetch-dest", b"script"),
            ],
            id="ORIG-11",
        ),
        pytest.param(
            "asset",
            [
                (b"sec-fetch-site", b"none"),
                (b"sec-fetch-mode", b"no-cors"),
                (b"sec-fetch-dest", b"style"),
            ],
            id="part-for-nobody",
        ),
    ],
)
def test_nobody_else_shows_our_page_or_loads_its_parts(part, headers):
    refused = guard_steps.check_fetch_metadata(facts(headers), part)
    assert code(refused) == "fetch_metadata_rejected"


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        pytest.param("GET", [], None, id="no-body"),
        pytest.param("GET", [(b"content-length", b"0")], None, id="explicit-zero"),
        pytest.param("POST", [(b"content-length", b"10")], None, id="plain"),
        pytest.param("POST", [(b"transfer-encoding", b"chunked")], None, id="chunked"),
        pytest.param(
            "POST",
            [(b"content-length", b"10"), (b"transfer-encoding", b"chunked")],
            "request_framing_invalid",
            id="both",
        ),
        pytest.param(
            "POST",
            [(b"content-length", b"10"), (b"content-length", b"10")],
            "request_framing_invalid",
            id="two-lengths",
        ),
        pytest.param(
            "POST",
            [(b"transfer-encoding", b"gzip, chunked")],
            "request_framing_invalid",
            id="other-coding",
        ),
        pytest.param("POST", [(b"content-length", b"-1")], "request_framing_invalid", id="minus"),
        pytest.param("POST", [(b"content-length", b"+1")], "request_framing_invalid", id="plus"),
        pytest.param("POST", [(b"content-length", b"1, 1")], "request_framing_invalid", id="list"),
        pytest.param("POST", [(b"content-length", b"101")], "content_too_large", id="too-large"),
        pytest.param("GET", [(b"content-length", b"1")], "request_framing_invalid", id="get-body"),
        pytest.param(
            "DELETE",
            [(b"transfer-encoding", b"chunked")],
            "request_framing_invalid",
            id="delete-body",
        ),
    ],
)
def test_framing(method, headers, expected):
    request = facts(headers, method=method)
    assert code(guard_steps.check_framing(request, most_bytes=100)) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"application/json",
        b"Application/JSON",
        b"application/json; charset=utf-8",
        b'application/json;charset="UTF-8"',
    ],
)
def test_json_content_types_pass(value):
    request = facts([(b"content-type", value)], method="POST")
    assert guard_steps.check_content_type(request) is None


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="CSRF-03-none"),
        pytest.param([(b"content-type", b"text/plain")], id="CSRF-02"),
        pytest.param([(b"content-type", b"application/x-www-form-urlencoded")], id="CSRF-01-form"),
        pytest.param([(b"content-type", b"multipart/form-data; boundary=x")], id="CSRF-01-files"),
        pytest.param([(b"content-type", b"text/json")], id="CT-01-text-json"),
        pytest.param([(b"content-type", b"application/json; charset=utf-16")], id="CT-01-utf-16"),
        pytest.param([(b"content-type", b"application/json, text/plain")], id="CT-01-list"),
        pytest.param([(b"content-type", b"application/json")] * 2, id="CT-01-two-lines"),
        pytest.param([(b"content-type", b"application/xml")], id="CT-01-xml"),
        pytest.param([(b"content-type", b"application/jsonx")], id="longer-name"),
        pytest.param([(b"content-type", b"application/merge-patch+json")], id="suffix"),
        pytest.param(
            [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")],
            id="CT-02",
        ),
        pytest.param(
            [(b"content-type", b"application/json"), (b"content-encoding", b"identity")],
            id="any-coding",
        ),
    ],
)
def test_other_content_is_refused_sec_08(headers):
    request = facts(headers, method="POST")
    assert code(guard_steps.check_content_type(request)) == "unsupported_media_type"


def test_methods_without_a_body_need_no_content_type():
    assert guard_steps.check_content_type(facts(method="DELETE")) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.8.7", True),
        ("::1", True),
        ("::ffff:127.0.0.1", False),
        ("192.168.1.10", False),
        ("fe80::1", False),
        ("0.0.0.0", False),  # noqa: S104  # the very address that must be refused
        ("localhost", False),
        ("", False),
    ],
)
def test_step_1_only_literal_loopback_addresses_are_local(address, expected):
    assert guard_steps.is_loopback(address) is expected
