"""A certificate authority for TLS on loopback, and servers that misbehave on purpose."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class TlsCredential:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


@cache
def authority(name: str = "Test TLS CA") -> TlsCredential:
    """Give the authority of that name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    extension = x509.BasicConstraints(ca=True, path_length=None)
    usage = _usage(authority=True)
    builder = _builder(subject, subject, key).add_extension(extension, critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(identifier, critical=False)
    return TlsCredential(key, builder.sign(key, hashes.SHA256()))


@cache
def server_credential(
    issuer: str = "Test TLS CA",
    *,
    expired: bool = False,
    address: str = "127.0.0.1",
) -> TlsCredential:
    """Give a certificate for an address, that of loopback unless told otherwise."""
    key, signer = ec.generate_private_key(ec.SECP256R1()), authority(issuer)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    builder = (
        _builder(subject, signer.certificate.subject, key, expired=expired)
        .add_extension(names, critical=False)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
            critical=False,
        )
    )
    return TlsCredential(key, builder.sign(signer.key, hashes.SHA256()))


@cache
def client_credential(issuer: str = "Test TLS CA", *, expired: bool = False) -> TlsCredential:
    """Give a certificate with which a client shows who it is."""
    key, signer = ec.generate_private_key(ec.SECP256R1()), authority(issuer)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "practice")])
    builder = (
        _builder(subject, signer.certificate.subject, key, expired=expired)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
            critical=False,
        )
    )
    return TlsCredential(key, builder.sign(signer.key, hashes.SHA256()))


def trust_file(folder: Path, issuer: str = "Test TLS CA") -> Path:
    path = folder / "trust.pem"
    path.write_bytes(authority(issuer).certificate_pem)
    return path


def server_context(folder: Path, credential: TlsCredential) -> ssl.SSLContext:
    path = folder / "server.pem"
    path.write_bytes(credential.key_pem + credential.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@asynccontextmanager
async def serving(handler: Handler, *, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve connections on loopback with ``handler``; gives the port."""
    server = await asyncio.start_server(_guarded(handler), "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Read one request with its body, and give all its bytes."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    sizes = [line.partition(":")[2] for line in lines if line.startswith("content-length:")]
    return head + await reader.readexactly(int(sizes[0]) if sizes else 0)


def answering(answer: bytes) -> tuple[Handler, list[bytes]]:
    """Give a handler that answers each request the same way, and the requests it saw."""
    seen: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(answer)
        await writer.drain()

    return handler, seen


def http_answer(body: bytes, *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _guarded(handler: Handler) -> Handler:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return guarded


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    expired: bool = False,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 10 * _DAY)
        .not_valid_after(now - _DAY if expired else now + 10 * _DAY)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
