"""The conformance suite of the port ``Transport``, over plain HTTP and over TLS."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bridge.adapters.http import HttpTransport
from bridge.adapters.httplimits import HttpLimits
from bridge.errors import NotDelivered, OurMessageInvalid, OutcomeUnknown, TheirAnswerInvalid
from bridge.ports.transport import WireRequest
from tests.support import tls

LIMITS = HttpLimits(connect_s=2, read_s=0.3, total_s=1, most_bytes=1000)


class Peer:
    """One way of reaching a server on loopback."""

    def __init__(self, scheme, folder) -> None:
        is_secure = scheme == "https"
        self.scheme = scheme
        self.context = tls.server_context(folder, tls.server_credential()) if is_secure else None
        self.transport = HttpTransport(
            program="carebridge/1.0",
            contact="support@carebridge.invalid",
            trust_file=tls.trust_file(folder),
            limits=LIMITS,
        )

    def serving(self, handler):
        return tls.serving(handler, context=self.context)

    def request(self, port: int, **changes) -> WireRequest:
        facts = {
            "url": f"{self.scheme}://127.0.0.1:{port}/service",
            "body": b"<question/>",
            "content_type": "text/xml; charset=utf-8",
        }
        return WireRequest(**(facts | changes))

    async def answered(self, answer: bytes, **changes):
        """Let the server answer with exactly these bytes; give reply and request."""
        handler, seen = tls.answering(answer)
        async with self.serving(handler) as port:
            reply = await self.transport.exchange(self.request(port, **changes))
        return reply, seen[0]


@pytest.fixture(params=["http", "https"])
async def peer(request, tmp_path):
    made = Peer(request.param, tmp_path)
    yield made
    await made.transport.close()


async def test_the_exact_body_goes_and_comes_back(peer):
    body = bytes(range(256))
    reply, request = await peer.answered(tls.http_answer(b"\x00answer\xff"), body=body)
    assert request.endswith(b"\r\n\r\n" + body)
    assert (reply.status, reply.body) == (200, b"\x00answer\xff")


async def test_content_type_and_action_are_sent(peer):
    _, request = await peer.answered(tls.http_answer(b""), soap_action="urn:be:action")
    lines = request.lower().split(b"\r\n")
    assert b"content-type: text/xml; charset=utf-8" in lines
    assert b'soapaction: "urn:be:action"' in lines


async def test_without_action_no_such_header_is_sent(peer):
    _, request = await peer.answered(tls.http_answer(b""))
    assert b"soapaction" not in request.lower()


@pytest.mark.parametrize("status", ["400 Bad Request", "500 Oops", "503 Busy", "429 Slow"])
async def test_an_error_status_is_a_reply(peer, status):
    reply, _ = await peer.answered(tls.http_answer(b"<fault/>", status=status))
    assert (reply.status, reply.body) == (int(status[:3]), b"<fault/>")


async def test_a_redirect_is_a_reply_and_not_followed(peer):
    asked = []

    async def elsewhere(reader, writer) -> None:
        asked.append(await tls.read_request(reader))
        writer.write(tls.http_answer(b"followed"))

    async with peer.serving(elsewhere) as other:
        target = f"Location: {peer.scheme}://127.0.0.1:{other}/"
        reply, _ = await peer.answered(
            tls.http_answer(b"", status="307 Elsewhere", headers=(target,))
        )
    assert reply.status == 307
    assert asked == []


async def test_content_type_and_date_are_given(peer):
    headers = ("Content-Type: text/xml", "Date: Mon, 23 Nov 2026 09:30:00 GMT")
    reply, _ = await peer.answered(tls.http_answer(b"", headers=headers))
    assert reply.content_type == "text/xml"
    assert reply.sent_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("headers", [(), ("Date: yesterday",), ("Date: ",)])
async def test_an_absent_or_unreadable_date_is_none(peer, headers):
    reply, _ = await peer.answered(tls.http_answer(b"", headers=headers))
    assert reply.sent_at is None
    assert reply.content_type == ""


async def test_nobody_listens_is_not_delivered(peer):
    async with peer.serving(tls.answering(b"")[0]) as port:
        pass
    with pytest.raises(NotDelivered):
        await peer.transport.exchange(peer.request(port))


async def test_a_name_that_does_not_exist_is_not_delivered(peer):
    request = peer.request(1, url="https://no-such-host.invalid/service")
    with pytest.raises(NotDelivered) as caught:
        await peer.transport.exchange(request)
    assert caught.value.problem_code == "remote_unavailable"


async def test_a_connection_that_ends_before_the_answer_is_unknown(peer):
    async def silent(reader, _writer) -> None:
        await tls.read_request(reader)

    async with peer.serving(silent) as port:
        with pytest.raises(OutcomeUnknown):
            await peer.transport.exchange(peer.request(port))


async def test_a_connection_reset_before_the_answer_is_unknown(peer):
    async def resetting(reader, writer) -> None:
        await tls.read_request(reader)
        writer.transport.abort()

    async with peer.serving(resetting) as port:
        with pytest.raises(OutcomeUnknown):
            await peer.transport.exchange(peer.request(port))


async def test_a_connection_closed_while_the_request_is_written_is_unknown(peer):
    async def deaf(reader, writer) -> None:
        await reader.read(10)
        writer.transport.abort()

    async with peer.serving(deaf) as port:
        with pytest.raises(OutcomeUnknown):
            await peer.transport.exchange(peer.request(port, body=bytes(5_000_000)))


async def test_an_answer_that_breaks_off_is_unknown(peer):
    async def half(reader, writer) -> None:
        await tls.read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        await writer.drain()

    async with peer.serving(half) as port:
        with pytest.raises(OutcomeUnknown):
            await peer.transport.exchange(peer.request(port))


async def test_an_answer_that_is_no_http_is_unknown(peer):
    with pytest.raises(OutcomeUnknown):
        await peer.answered(b"220 mail.example ESMTP\r\n\r\n")


async def test_silence_is_unknown(peer):
    stop = asyncio.Event()

    async def slow(reader, _writer) -> None:
        await tls.read_request(reader)
        await stop.wait()

    async with peer.serving(slow) as port:
        with pytest.raises(OutcomeUnknown):
            await peer.transport.exchange(peer.request(port))
        stop.set()


async def test_an_answer_that_trickles_for_ever_is_unknown(peer):
    async def trickling(reader, writer) -> None:
        await tls.read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with peer.serving(trickling) as port:
        with pytest.raises(OutcomeUnknown):
            await peer.transport.exchange(peer.request(port))


@pytest.mark.parametrize("size", [999, 1000])
async def test_an_answer_up_to_the_limit_is_read(peer, size):
    reply, _ = await peer.answered(tls.http_answer(bytes(size)))
    assert len(reply.body) == size


async def test_an_answer_above_the_limit_is_refused(peer):
    with pytest.raises(TheirAnswerInvalid):
        await peer.answered(tls.http_answer(bytes(1001)))


async def test_an_endless_answer_is_refused_while_it_comes(peer):
    async def endless(reader, writer) -> None:
        await tls.read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + bytes(1024) + b"\r\n")
            await writer.drain()

    async with peer.serving(endless) as port:
        with pytest.raises(TheirAnswerInvalid):
            await peer.transport.exchange(peer.request(port))


async def test_a_compressed_answer_is_refused(peer):
    headers = ("Content-Encoding: gzip",)
    with pytest.raises(TheirAnswerInvalid):
        await peer.answered(tls.http_answer(b"\x1f\x8b", headers=headers))


async def test_an_action_that_would_split_the_header_is_never_sent(peer):
    handler, seen = tls.answering(tls.http_answer(b""))
    async with peer.serving(handler) as port:
        with pytest.raises(OurMessageInvalid):
            await peer.transport.exchange(peer.request(port, soap_action="a\r\nX-Other: b"))
    assert seen == []


async def test_exchanges_at_once_do_not_mix(peer):
    async def echo(reader, writer) -> None:
        request = await tls.read_request(reader)
        writer.write(tls.http_answer(request.rpartition(b"\r\n\r\n")[2]))
        await writer.drain()

    async with peer.serving(echo) as port:
        bodies = [b"<q%d/>" % number for number in range(8)]
        replies = await asyncio.gather(
            *(peer.transport.exchange(peer.request(port, body=body)) for body in bodies)
        )
    assert [reply.body for reply in replies] == bodies
