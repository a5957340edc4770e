"""The guard behind the real server, attacked with raw bytes no HTTP library would send."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn

from api.wire import RefusingH11Protocol
from tests.support.api_services import GuardedProbe, Reply

PATIENCE_S = 30
GOOD = "Authorization: Bearer cbr_good\r\n"
OUR_NAMES = ["127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT", "LOCALHOST:PORT"]


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


HAS_IPV6 = socket.has_ipv6 and has_ipv6()
FAMILIES = [
    pytest.param("127.0.0.1", id="ipv4"),
    pytest.param(
        "::1",
        id="ipv6",
        marks=pytest.mark.skipif(not HAS_IPV6, reason="IPv6 is switched off on this machine"),
    ),
]


def listening(family: int, address: str, port: int = 0) -> socket.socket:
    sock = socket.socket(family)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((address, port))
    sock.listen()
    return sock


@contextmanager
def serving(guarded: GuardedProbe, sockets: list[socket.socket], *, keep_alive_s: float = 5):
    """Run the daemon's server with its settings in a thread."""
    config = uvicorn.Config(
        guarded.guard,
        http=RefusingH11Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=keep_alive_s,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=sockets)))
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        thread.join()


class Wire:
    """A server on both loopback addresses, and a way to send it bytes."""

    def __init__(self, port: int, guarded: GuardedProbe) -> None:
        self.port = port
        self.guarded = guarded

    def send(self, text: str | bytes, address: str = "127.0.0.1") -> bytes:
        content = text if isinstance(text, bytes) else text.encode("latin-1")
        content = content.replace(b"PORT", str(self.port).encode())
        with socket.create_connection((address, self.port), timeout=PATIENCE_S) as connection:
            connection.sendall(content)
            connection.settimeout(PATIENCE_S)
            received = b""
            while part := self._read(connection):
                received += part
        return received

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        try:
            return connection.recv(65536)
        except ConnectionResetError:
            return b""

    def ask(self, text: str | bytes, address: str = "127.0.0.1") -> Reply:
        """Send a request that closes its connection, and read the one answer."""
        head, _, body = self.send(text, address).partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines]
        return Reply(int(status.split(" ")[1]), [(a, b) for a, b in pairs], body)


@pytest.fixture(scope="module")
def wire():
    first = listening(socket.AF_INET, "127.0.0.1")
    port = first.getsockname()[1]
    sockets = [first, *([listening(socket.AF_INET6, "::1", port)] if HAS_IPV6 else [])]
    guarded = GuardedProbe(port=port)
    with serving(guarded, sockets):
        yield Wire(port, guarded)


def refused(wire: Wire, text: str | bytes, address: str = "127.0.0.1") -> str:
    """Give the code of a refusal, after checking what all refusals have in common."""
    before = wire.guarded.probe.calls
    reply = wire.ask(text, address)
    assert wire.guarded.probe.calls == before
    assert reply.header("content-type") == "application/problem+json"
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("connection") == "close"
    assert reply.header("x-request-id").startswith("req_")
    assert reply.header("api-version") == "1.9"
    assert "server" not in reply.names
    assert not [name for name in reply.names if name.startswith("access-control-")]
    assert reply.status == reply.document["status"]
    return reply.code


@pytest.mark.parametrize("address", FAMILIES)
@pytest.mark.parametrize(
    "host", ["127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT", "LOCALHOST:PORT"]
)
def test_host_01_our_own_names_are_accepted(wire, address, host):
    text = f"GET /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    reply = wire.ask(text, address)
    assert reply.status == 200
    assert "server" not in reply.names


CLOSE = "Connection: close\r\n\r\n"
HOST = "Host: 127.0.0.1:PORT\r\n"
CASES = [
    pytest.param(f"GET /livez HTTP/1.1\r\n{CLOSE}", "host_header_invalid", id="HOST-02-http-1.1"),
    pytest.param(f"GET /livez HTTP/1.0\r\n{CLOSE}", "host_header_invalid", id="HOST-02-http-1.0"),
    pytest.param(
        f"GET /livez HTTP/1.1\r\n{HOST}Host: evil.example\r\n{CLOSE}",
        "host_header_invalid",
        id="HOST-03-good-first",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\nHost: evil.example\r\n{HOST}{CLOSE}",
        "host_header_invalid",
        id="HOST-03-good-second",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\nHost: evil.example:PORT\r\n{CLOSE}",
        "host_not_allowed",
        id="HOST-04",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n{CLOSE}",
        "host_not_allowed",
        id="HOST-05",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\nHost: localhost.:PORT\r\n{CLOSE}",
        "host_not_allowed",
        id="HOST-06",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\nHost: a@127.0.0.1:PORT\r\n{CLOSE}",
        "host_header_invalid",
        id="HOST-07-user-info",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:PORT\x00\r\n{CLOSE}",
        "host_header_invalid",
        id="HOST-07-nul",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:PORT\tx\r\n{CLOSE}",
        "host_header_invalid",
        id="HOST-07-tab",
    ),
    pytest.param(
        f"GET http://evil.example/livez HTTP/1.1\r\n{HOST}{CLOSE}",
        "request_target_invalid",
        id="HOST-09-evil",
    ),
    pytest.param(
        f"GET http://127.0.0.1:PORT/livez HTTP/1.1\r\n{HOST}{CLOSE}",
        "request_target_invalid",
        id="HOST-09-own",
    ),
    pytest.param(f"OPTIONS * HTTP/1.1\r\n{HOST}{CLOSE}", "request_target_invalid", id="HOST-10"),
    pytest.param(
        f"CONNECT host:443 HTTP/1.1\r\n{HOST}{CLOSE}",
        "request_target_invalid",
        id="HOST-10-connect",
    ),
    pytest.param(f"GET /a b HTTP/1.1\r\n{HOST}{CLOSE}", "request_target_invalid", id="blank"),
    pytest.param("\x16\x03\x01\x02\x00\r\n\r\n", "request_target_invalid", id="tls-hello"),
    pytest.param(
        f"POST /v1/ehealth-sessions HTTP/1.1\r\n{HOST}{GOOD}Content-Length: 2\r\n"
        f"Transfer-Encoding: chunked\r\n{CLOSE}0\r\n\r\n",
        "request_framing_invalid",
        id="TE-and-CL",
    ),
    pytest.param(
        f"POST /v1/ehealth-sessions HTTP/1.1\r\n{HOST}{GOOD}Content-Length: 2\r\n"
        f"Content-Length: 3\r\n{CLOSE}{{}}",
        "request_framing_invalid",
        id="two-lengths",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\n{HOST}X: {'a' * 20_000}\r\n{CLOSE}",
        "headers_too_large",
        id="DOS-04-long-header",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\n{HOST}" + "X: y\r\n" * 61 + CLOSE,
        "headers_too_large",
        id="many-headers",
    ),
    pytest.param(
        f"POST /v1/ehealth-sessions HTTP/1.1\r\n{HOST}{GOOD}Content-Type: application/json\r\n"
        "Content-Length: 3000000000\r\n\r\n",
        "content_too_large",
        id="DOS-04-3-GB",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\n{HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "not_found",
        id="WS-01",
    ),
    pytest.param(
        f"GET /livez HTTP/1.1\r\n{HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        "not_found",
        id="WS-02",
    ),
]


@pytest.mark.parametrize("address", FAMILIES)
@pytest.mark.parametrize(("text", "code"), CASES)
def test_raw_attacks_get_one_answer_and_the_connection_is_closed(wire, address, text, code):
    """SEC-103: programs of our own user, in whatever container, come this far and no further."""
    assert refused(wire, text, address) == code


def test_host_08_forwarding_headers_do_not_count(wire):
    text = (
        "GET /livez HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: 127.0.0.1:PORT\r\n"
        f"Forwarded: host=127.0.0.1:PORT\r\nX-Original-Host: 127.0.0.1:PORT\r\n{CLOSE}"
    )
    assert refused(wire, text) == "host_not_allowed"


def test_the_parsers_refusals_speak_the_callers_language(wire):
    reply = wire.ask(f"GET /livez HTTP/1.1\r\nAccept-Language: fr\r\n{CLOSE}")
    assert reply.header("content-language") == "fr"
    assert reply.document["title"].startswith("La demande")


def test_a_second_request_on_the_line_is_judged_by_itself(wire):
    good = f"GET /livez HTTP/1.1\r\n{HOST}\r\n"
    bad = f"GET /livez HTTP/1.1\r\nHost: evil.example:PORT\r\n{CLOSE}"
    answer = wire.send(good + bad)
    assert answer.count(b"HTTP/1.1 200 ") == 1
    assert answer.count(b"HTTP/1.1 421 ") == 1
    assert json.loads(answer.rsplit(b"\r\n\r\n", 1)[1])["code"] == "host_not_allowed"


def test_a_body_that_was_refused_is_not_read_as_a_request(wire):
    smuggled = f"GET /v1/instance HTTP/1.1\r\n{HOST}\r\n"
    text = (
        f"POST /v1/ehealth-sessions HTTP/1.1\r\n{HOST}Content-Length: 5\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    )
    assert wire.send(text).count(b"HTTP/1.1 ") == 1


def test_connections_from_elsewhere_are_closed_without_a_word():
    """SEC-01, step 1: even if something bound a wider address by mistake."""
    outside = own_address()
    if outside is None:
        pytest.skip("this machine has no address beside loopback")
    sock = listening(socket.AF_INET, "0.0.0.0")  # noqa: S104  # the mistake this test plays
    port = sock.getsockname()[1]
    guarded = GuardedProbe(port=port)
    with serving(guarded, [sock]):
        answer = Wire(port, guarded).send(f"GET /livez HTTP/1.1\r\n{HOST}{CLOSE}", outside)
    assert answer == b""
    assert guarded.probe.calls == 0


def own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address
