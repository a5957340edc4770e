"""The conformance suite of the port ``RestTransport``: over HTTP, TLS, and TLS of both sides."""

from __future__ import annotations

import ssl

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from bridge.adapters.clienttls import HttpRestOpener
from bridge.adapters.httplimits import HttpLimits
from bridge.crypto.clientidentity import ClientIdentity, read_identity, sealed_key
from bridge.errors import InputError, NotDelivered, OurMessageInvalid, OutcomeUnknown
from bridge.ports.rest import RestRequest
from tests.support import tls

LIMITS = HttpLimits(connect_s=2, read_s=1, total_s=2, most_bytes=1000)
OTHER = "Other CA"


def pkcs12_of(credential, *, passphrase=b"secret", key=None):
    return pkcs12.serialize_key_and_certificates(
        b"practice", key or credential.key, credential.certificate, None,
        BestAvailableEncryption(passphrase) if passphrase else NoEncryption(),
    )  # fmt: skip


def identity(issuer="Test TLS CA"):
    return read_identity(pkcs12_of(tls.client_credential(issuer)), "secret")


class Peer:
    """A server on loopback, and a transport that reaches it."""

    def __init__(self, kind, folder) -> None:
        self.scheme = "http" if kind == "http" else "https"
        self.context = None
        if self.scheme == "https":
            self.context = tls.server_context(folder, tls.server_credential())
        if kind == "mutual":
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(tls.trust_file(folder))
        self.opener = HttpRestOpener(
            program="carebridge/1.0", trust_file=tls.trust_file(folder), limits=LIMITS
        )
        self.transport = self.opener(identity() if kind == "mutual" else None)

    def request(self, port, **changes):
        facts = {"method": "GET", "url": f"{self.scheme}://127.0.0.1:{port}/v1/changes?limit=5"}
        return RestRequest(**(facts | changes))

    async def answered(self, answer, **changes):
        handler, seen = tls.answering(answer)
        async with tls.serving(handler, context=self.context) as port:
            reply = await self.transport.send(self.request(port, **changes))
        return reply, seen[0]


@pytest.fixture(params=["http", "https", "mutual"])
async def peer(request, tmp_path):
    made = Peer(request.param, tmp_path)
    yield made
    await made.transport.close()


async def test_method_address_headers_and_the_exact_body_go(peer):
    body = bytes(range(256))
    headers = {"Authorization": "Bearer t", "Content-Type": "application/json"}
    reply, request = await peer.answered(
        tls.http_answer(b"{}", status="201 Created"), method="PUT", headers=headers, body=body
    )
    assert request.startswith(b"PUT /v1/changes?limit=5 HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer t\r\n" in request
    assert request.endswith(b"\r\n\r\n" + body)
    assert (reply.status, reply.body) == (201, b"{}")


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("Retry-After: 120", 120),
        ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("X: y", None),
    ],
)
async def test_an_error_is_a_reply_and_says_how_long_to_wait(peer, line, seconds):
    answer = tls.http_answer(b"{}", status="429 Slow", headers=(line,))
    reply, _ = await peer.answered(answer)
    assert (reply.status, reply.retry_after_s) == (429, seconds)


async def test_nobody_listens_is_not_delivered(peer):
    async with tls.serving(tls.answering(b"")[0], context=peer.context) as port:
        pass
    with pytest.raises(NotDelivered):
        await peer.transport.send(peer.request(port))


async def test_a_connection_that_ends_before_the_answer_is_unknown(peer):
    async def silent(reader, _writer) -> None:
        await tls.read_request(reader)

    async with tls.serving(silent, context=peer.context) as port:
        with pytest.raises(OutcomeUnknown):
            await peer.transport.send(peer.request(port))


async def test_plain_http_leaves_this_computer_never(tmp_path):
    transport = HttpRestOpener(program="carebridge/1.0")(None)
    with pytest.raises(OurMessageInvalid):
        await transport.send(RestRequest(method="GET", url="http://billing.example/changes"))
    await transport.close()


@pytest.mark.parametrize("shown", ["nothing", "of another authority"])
async def test_without_the_right_certificate_nothing_comes_back(tmp_path, shown):
    made = Peer("mutual", tmp_path)
    await made.transport.close()
    made.transport = made.opener(None if shown == "nothing" else identity(OTHER))
    handler, seen = tls.answering(tls.http_answer(b"{}"))
    async with tls.serving(handler, context=made.context) as port:
        with pytest.raises((NotDelivered, OutcomeUnknown)):
            await made.transport.send(made.request(port))
    assert seen == []
    await made.transport.close()


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        pytest.param(b"no file", "secret", id="no file"),
        pytest.param(pkcs12_of(tls.client_credential()), "other", id="wrong pass phrase"),
        pytest.param(
            pkcs12.serialize_key_and_certificates(
                None, None, None, [tls.client_credential().certificate],
                BestAvailableEncryption(b"secret"),
            ),
            "secret",
            id="no key",
        ),
    ],
)  # fmt: skip
def test_a_certificate_file_that_cannot_be_used_is_refused(content, passphrase):
    with pytest.raises(InputError) as caught:
        read_identity(content, passphrase)
    assert caught.value.problem_code == "billing_certificate_invalid"


def test_a_key_is_never_shown_and_leaves_only_sealed():
    made = identity()
    assert made.key.hex() not in repr(made)
    assert "BEGIN" not in repr(made)
    sealed = sealed_key(made, b"passphrase")
    assert sealed.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    with pytest.raises(InputError):
        sealed_key(ClientIdentity(certificate=made.certificate, key=b"no key"), b"passphrase")


def test_a_certificate_with_the_key_of_another_is_not_opened():
    mixed = ClientIdentity(
        certificate=identity().certificate,
        key=tls.client_credential(OTHER).key.private_bytes(
            Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
        ),
    )
    with pytest.raises(InputError) as caught:
        HttpRestOpener(program="carebridge/1.0")(mixed)
    assert caught.value.problem_code == "billing_certificate_invalid"
