"""Addresses of our own scheme: what any page can write must not do anything else (LOC-04)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.openuris import (
    LONGEST,
    OpenRequest,
    console_address,
    is_openable,
    is_origin,
    is_return_path,
    parse,
    return_address,
)
from bridge.errors import InputError

GOOD = "https://app.vendor.example"
HANDLE = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    ["carebridge://start", "carebridge:start", "carebridge://start/"],
)
def test_the_daemon_alone(text):
    assert parse(text) == OpenRequest()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"carebridge://start?origin={GOOD}", id="plain"),
        pytest.param(f"carebridge://start/?origin={GOOD}", id="as-browsers-write-it"),
        pytest.param(f"carebridge:start?origin={quote(GOOD, safe='')}", id="encoded"),
        pytest.param("carebridge://start?origin=https%3a%2f%2fapp.vendor.example", id="small-hex"),
    ],
)
def test_a_web_site_that_wants_its_page(text):
    assert parse(text).origin == GOOD


def test_a_port_of_its_own_is_part_of_an_origin():
    assert parse(f"carebridge://start?origin={GOOD}:8443").origin == f"{GOOD}:8443"


HOSTILE = [
    pytest.param("", id="LOC-04-empty"),
    pytest.param("carebridge:", id="LOC-04-nothing"),
    pytest.param("CAREBRIDGE://start", id="LOC-04-upper-case"),
    pytest.param(" carebridge://start", id="LOC-04-blank-before"),
    pytest.param("carebridge://start\n", id="LOC-04-line-end"),
    pytest.param("carebridge://start\x00", id="LOC-04-nul"),
    pytest.param("https://start", id="LOC-04-other-scheme"),
    pytest.param("carebridge://stop", id="LOC-04-other-action"),
    pytest.param("carebridge://start/../quit", id="LOC-04-path"),
    pytest.param("carebridge://user@start", id="LOC-04-user"),
    pytest.param("carebridge://start#x", id="LOC-04-fragment"),
    pytest.param("carebridge://start?", id="LOC-04-empty-query"),
    pytest.param("carebridge://start?origin=", id="LOC-04-empty-origin"),
    pytest.param(f"carebridge://start?origin={GOOD}&x=1", id="LOC-04-extra"),
    pytest.param(f"carebridge://start?x=1&origin={GOOD}", id="LOC-04-extra-before"),
    pytest.param(f"carebridge://start?origin={GOOD}&origin={GOOD}", id="LOC-04-twice"),
    pytest.param(f"carebridge://start?origin={GOOD};x=1", id="LOC-04-semicolon"),
    pytest.param(f"carebridge://start?Origin={GOOD}", id="LOC-04-name-in-upper-case"),
    pytest.param("carebridge://start?run=calc.exe", id="LOC-04-program"),
    pytest.param("carebridge://start?file=/etc/passwd", id="LOC-04-file"),
    pytest.param("carebridge://start?origin=file:///etc/passwd", id="LOC-04-file-origin"),
    pytest.param("carebridge://start?origin=javascript:alert(1)", id="LOC-04-script"),
    pytest.param("carebridge://start?origin=http://app.vendor.example", id="LOC-04-no-tls"),
    pytest.param(f"carebridge://start?origin={GOOD}/", id="LOC-04-slash"),
    pytest.param(f"carebridge://start?origin={GOOD}/x", id="LOC-04-page"),
    pytest.param(f"carebridge://start?origin={GOOD}:0", id="LOC-04-port-0"),
    pytest.param("carebridge://start?origin=https://user@app.example", id="LOC-04-origin-user"),
    pytest.param("carebridge://start?origin=https://APP.example", id="LOC-04-origin-upper-case"),
    pytest.param("carebridge://start?origin=https://[::1]", id="LOC-04-address"),
    pytest.param(
        "carebridge://start?origin=https%253A%252F%252Fa.example", id="LOC-04-twice-encoded"
    ),
    pytest.param("carebridge://start?origin=https://a.example%00", id="LOC-04-encoded-nul"),
    pytest.param("carebridge://start?origin=https://a.example%0d%0aX", id="LOC-04-encoded-line"),
    pytest.param("carebridge://start?origin=https://a.example%23x", id="LOC-04-encoded-fragment"),
    pytest.param("carebridge://start?origin=https://%61.example", id="LOC-04-needless-encoding"),
    pytest.param("carebridge://start?origin=https://a.example%", id="LOC-04-half-encoded"),
    pytest.param("carebridge://start?%6Frigin=https://a.example", id="LOC-04-encoded-name"),
    pytest.param(
        f"carebridge://start?origin=https://{'a' * LONGEST}.example", id="LOC-04-oversized"
    ),
    pytest.param(f"carebridge://start?origin=https://{'a.' * 130}ex", id="LOC-04-long-origin"),
    pytest.param('carebridge://start" --config "x', id="LOC-04-words-of-a-command"),
    pytest.param("carebridge://start;calc.exe", id="LOC-04-command"),
    pytest.param("carebridge://start`id`", id="LOC-04-shell"),
    pytest.param("--config=x", id="LOC-04-option"),
    pytest.param("carebridge://st\u0430rt", id="LOC-04-look-alike"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_loc_04_everything_else_is_refused(text):
    with pytest.raises(InputError) as caught:
        parse(text)
    assert caught.value.problem_code == "open_uri_refused"
    assert text not in str(caught.value) or not text


@settings(max_examples=40)
@given(st.text(max_size=30))
def test_loc_04_whatever_is_put_behind_the_scheme_gives_an_https_origin_or_nothing(text):
    try:
        wanted = parse(f"carebridge://start?origin={text}")
    except InputError:
        return
    assert wanted.origin is not None
    assert is_openable(return_address(wanted.origin, "/", port=42110, handle=HANDLE))


def test_the_address_that_is_opened():
    address = return_address(GOOD, "/carebridge", port=42110, handle=HANDLE)
    assert address == f"{GOOD}/carebridge#port=42110&pairing_handle={HANDLE}"
    assert is_openable(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("http://app.vendor.example/#port=1", id="no-tls"),
        pytest.param("https://app.vendor.example/", id="no-fragment"),
        pytest.param("https://app.vendor.example/?x=1#port=1", id="query"),
        pytest.param("https://user@app.vendor.example/#port=1", id="user"),
        pytest.param('https://app.vendor.example/"#port=1', id="quote"),
        pytest.param("https://app.vendor.example/#port=1\n", id="line-end"),
        pytest.param("file:///etc/passwd#port=1", id="file"),
        pytest.param(f"https://app.vendor.example/{'a' * 1100}#port=1", id="long"),
    ],
)
def test_loc_04_no_other_address_is_opened(address):
    assert not is_openable(address)


TICKET = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"


def test_sec_48_the_address_of_our_own_page_is_opened_with_its_ticket_in_the_fragment():
    address = console_address(port=42110, ticket=TICKET)
    assert address == f"http://127.0.0.1:42110/#ticket={TICKET}"
    assert is_openable(address)
    assert is_openable(console_address(port=42110, ticket=TICKET, page="pairings"))


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(f"http://127.0.0.1:42110/#ticket={TICKET}&page=../x", id="page"),
        pytest.param(f"http://localhost:42110/#ticket={TICKET}", id="name"),
        pytest.param(f"http://127.0.0.1/#ticket={TICKET}", id="no-port"),
        pytest.param(f"http://127.0.0.1:42110/x#ticket={TICKET}", id="path"),
        pytest.param(f"http://127.0.0.1:42110/?ticket={TICKET}", id="query"),
        pytest.param(f"http://127.0.0.1:42110/#ticket={TICKET} x", id="more"),
        pytest.param("http://127.0.0.1:42110/", id="no-ticket"),
    ],
)
def test_no_other_address_of_this_computer_is_opened(address):
    assert not is_openable(address)


def test_what_may_be_registered():
    assert is_origin("https://a.be")
    assert not is_origin("https://a.be/")
    assert is_return_path("/")
    assert is_return_path("/a/b_c-d.html")
    assert not is_return_path("/a?b")
    assert not is_return_path("a")
