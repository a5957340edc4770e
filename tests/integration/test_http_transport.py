"""What is special about HTTP: trust, proxies, tracing, connections, and the local client."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bridge.adapters.http import HttpDownload, HttpTransport, LocalApiClient, tls_trust
from bridge.adapters.httplimits import HttpLimits
from bridge.errors import NotDelivered, OurMessageInvalid, OutcomeUnknown, TheirAnswerInvalid
from bridge.ports.transport import WireRequest
from tests.support import tls

LIMITS = HttpLimits(connect_s=1, read_s=1, total_s=2)


def transport(**options) -> HttpTransport:
    facts = {"program": "carebridge/1.0", "contact": "support@carebridge.invalid"}
    return HttpTransport(**(facts | {"limits": LIMITS} | options))


def request(url: str) -> WireRequest:
    return WireRequest(url=url, body=b"<q/>", content_type="text/xml")


async def exchange(made: HttpTransport, url: str):
    try:
        return await made.exchange(request(url))
    finally:
        await made.close()


@pytest.fixture
def ok():
    return tls.answering(tls.http_answer(b"ok"))


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"issuer": "Some other CA"}, id="other-authority"),
        pytest.param({"expired": True}, id="expired"),
        pytest.param({"address": "127.0.0.2"}, id="other-address"),
    ],
)
async def test_a_server_we_do_not_trust_gets_nothing(tmp_path, ok, facts):
    handler, seen = ok
    credential = tls.server_credential(**facts)
    context = tls.server_context(tmp_path, credential)
    async with tls.serving(handler, context=context) as port:
        with pytest.raises(NotDelivered) as caught:
            await exchange(
                transport(trust_file=tls.trust_file(tmp_path)), f"https://127.0.0.1:{port}/"
            )
    assert caught.value.problem_code == "tls_intercepted"
    assert seen == []


async def test_the_usual_authorities_do_not_vouch_for_a_test_server(tmp_path, ok):
    handler, seen = ok
    context = tls.server_context(tmp_path, tls.server_credential())
    async with tls.serving(handler, context=context) as port:
        with pytest.raises(NotDelivered) as caught:
            await exchange(transport(), f"https://127.0.0.1:{port}/")
    assert caught.value.problem_code == "tls_intercepted"
    assert seen == []


async def test_a_server_without_tls_is_not_delivered(tmp_path, ok):
    handler, seen = ok
    async with tls.serving(handler) as port:
        with pytest.raises(NotDelivered) as caught:
            await exchange(
                transport(trust_file=tls.trust_file(tmp_path)), f"https://127.0.0.1:{port}/"
            )
    assert caught.value.problem_code == "remote_unavailable"
    assert seen == []


async def test_a_handshake_that_never_ends_is_not_delivered(tmp_path):
    stop = asyncio.Event()

    async def mute(_reader, _writer) -> None:
        await stop.wait()

    async with tls.serving(mute) as port:
        made = transport(
            trust_file=tls.trust_file(tmp_path), limits=HttpLimits(connect_s=0.2, total_s=2)
        )
        with pytest.raises(NotDelivered):
            await exchange(made, f"https://127.0.0.1:{port}/")
        stop.set()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://services.ehealth.fgov.be/x", id="plain-http"),
        pytest.param("http://192.168.1.5/x", id="plain-http-in-the-house"),
        pytest.param("http://127.0.0.1.example.org/x", id="name-like-loopback"),
        pytest.param("ftp://127.0.0.1/x", id="other-protocol"),
        pytest.param("//127.0.0.1/x", id="no-protocol"),
        pytest.param("https://[::1/x", id="no-address"),
    ],
)
async def test_an_unsafe_address_is_our_mistake(url):
    with pytest.raises(OurMessageInvalid):
        await exchange(transport(), url)


async def test_program_and_contact_are_named(ok):
    handler, seen = ok
    async with tls.serving(handler) as port:
        await exchange(transport(), f"http://127.0.0.1:{port}/")
    lines = seen[0].lower().split(b"\r\n")
    assert b"user-agent: carebridge/1.0" in lines
    assert b"from: support@carebridge.invalid" in lines
    assert b"accept-encoding: identity" in lines


async def test_each_exchange_has_its_own_connection():
    ports = []

    async def handler(reader, writer) -> None:
        ports.append(writer.get_extra_info("peername")[1])
        while True:
            await tls.read_request(reader)
            writer.write(tls.http_answer(b"ok"))
            await writer.drain()

    made = transport()
    async with tls.serving(handler) as port:
        for _ in range(3):
            await made.exchange(request(f"http://127.0.0.1:{port}/"))
        await made.close()
    assert len(set(ports)) == 3


async def test_proxies_of_the_environment_are_not_used(ok, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    handler, _ = ok
    async with tls.serving(handler) as port:
        reply = await exchange(transport(), f"http://127.0.0.1:{port}/")
    assert reply.body == b"ok"


async def test_a_proxy_carries_https(tmp_path, ok):
    context = tls.server_context(tmp_path, tls.server_credential())
    asked = []

    async def proxy(reader, writer) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        host, _, port = asked[0].split()[1].decode().partition(":")
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    async with tls.serving(ok[0], context=context) as target, tls.serving(proxy) as port:
        made = transport(proxy=f"http://127.0.0.1:{port}", trust_file=tls.trust_file(tmp_path))
        reply = await exchange(made, f"https://127.0.0.1:{target}/")
    assert reply.body == b"ok"
    assert asked[0].startswith(f"CONNECT 127.0.0.1:{target} ".encode())


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while content := await reader.read(65_536):
        writer.write(content)
        await writer.drain()
    writer.close()


async def test_a_proxy_that_refuses_is_not_delivered():
    refusal = tls.http_answer(b"", status="407 Who are you")
    async with tls.serving(_refusing(refusal)) as port:
        with pytest.raises(NotDelivered):
            await exchange(transport(proxy=f"http://127.0.0.1:{port}"), "https://127.0.0.1:1/")


def _refusing(answer: bytes):
    async def handler(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return handler


async def test_plain_http_on_loopback_never_goes_through_the_proxy(ok):
    async with tls.serving(ok[0]) as port:
        reply = await exchange(transport(proxy="http://127.0.0.1:1"), f"http://127.0.0.1:{port}/")
    assert reply.body == b"ok"


def test_an_unreadable_trust_file_is_refused_at_once(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        tls_trust(tmp_path / "absent.pem")


def test_a_trust_file_without_certificates_is_refused_at_once(tmp_path):
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(OSError, match=r"X509|NO_CERTIFICATE"):
        tls_trust(tmp_path / "empty.pem")


def test_a_proxy_address_that_is_none_is_refused_at_once():
    with pytest.raises(ValueError, match="proxy"):
        transport(proxy="nowhere")


class Daemon(BaseHTTPRequestHandler):
    """Answers like a daemon, as far as the client can tell."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/away":
            self.connection.close()
            return
        content = b"" if self.path == "/empty" else self._echo(body)
        if self.path == "/text":
            content = b"not json"
        self.send_response(202)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _echo(self, body: bytes) -> bytes:
        seen = {name.lower(): value for name, value in self.headers.items()}
        return json.dumps({"headers": seen, "body": body.decode()}).encode()

    def log_message(self, *_arguments) -> None:
        """Stay silent."""


@contextmanager
def daemon():
    with ThreadingHTTPServer(("127.0.0.1", 0), Daemon) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_local_client_sends_token_and_json():
    with daemon() as url, LocalApiClient(url, "cbr_secret") as client:
        reply = client.request("POST", "/v1/x", content={"a": 1}, headers={"Prefer": "wait=30"})
    assert reply.status == 202
    assert reply.content["headers"]["authorization"] == "Bearer cbr_secret"
    assert reply.content["headers"]["content-type"] == "application/json"
    assert reply.content["headers"]["prefer"] == "wait=30"
    assert json.loads(reply.content["body"]) == {"a": 1}


def test_the_local_client_gives_none_for_an_empty_answer():
    with daemon() as url, LocalApiClient(url, "t") as client:
        assert client.request("POST", "/empty").content is None


def test_the_local_client_refuses_what_is_no_json():
    with daemon() as url, LocalApiClient(url, "t") as client, pytest.raises(TheirAnswerInvalid):
        client.request("POST", "/text")


def test_the_local_client_says_when_the_daemon_went_away():
    with daemon() as url, LocalApiClient(url, "t") as client, pytest.raises(OutcomeUnknown):
        client.request("POST", "/away")


def test_the_local_client_says_when_nobody_listens():
    with daemon() as url:
        pass
    with LocalApiClient(url, "t") as client, pytest.raises(NotDelivered):
        client.request("GET", "/v1/instance")


@pytest.mark.parametrize("url", ["http://example.org", "https://10.0.0.1"])
def test_the_local_client_stays_on_loopback(url):
    with pytest.raises(OurMessageInvalid):
        LocalApiClient(url, "t")


@pytest.mark.parametrize("address", ["http://updates.example/root.json", "ftp://127.0.0.1/x", "x"])
def test_files_come_over_https_or_from_this_computer(address):
    download = HttpDownload(program="carebridge/1.0", limits=LIMITS)
    with pytest.raises(OurMessageInvalid):
        next(download.chunks(address))


async def test_a_file_that_trickles_is_given_up(ok):
    _, seen = ok

    async def trickle(reader, writer):
        seen.append(await tls.read_request(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    limits = HttpLimits(connect_s=1, read_s=1, total_s=0.1)
    download = HttpDownload(program="carebridge/1.0", limits=limits)
    async with tls.serving(trickle) as port:
        with pytest.raises(OutcomeUnknown):
            await asyncio.to_thread(list, download.chunks(f"http://127.0.0.1:{port}/"))
    assert b"user-agent: carebridge/1.0" in seen[0].lower()
