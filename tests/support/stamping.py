"""A time-stamp authority run by the openssl command, and XAdES-T put together by hand."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from lxml import etree

from bridge.crypto.certificates import Certificate
from bridge.soap import xml
from bridge.xmldsig.names import DS, q
from tests.support import pki

XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"

_CONFIG = """
[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512, sha1
ess_cert_id_alg = sha256
"""


@cache
def authority(kind: pki.KeyKind = "rsa", *, purpose: str = "stamping") -> pki.Credential:
    """Give an authority that may make time-stamps, or one that has another purpose."""
    purposes = {
        "stamping": [ExtendedKeyUsageOID.TIME_STAMPING],
        "mail": [ExtendedKeyUsageOID.EMAIL_PROTECTION],
    }
    key = pki.key(kind, f"tsa {purpose}")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test TSA")])
    year = timedelta(days=365)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(pki.root().certificate.x509.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(pki.NOW - year)
        .not_valid_after(pki.NOW + year)
        .add_extension(x509.ExtendedKeyUsage(purposes[purpose]), critical=True)
    )
    certificate = builder.sign(pki.root().key, hashes.SHA256())
    return pki.Credential(key, Certificate.from_x509(certificate))


def token_over(
    octets: bytes, *, tsa: pki.Credential, digest: str = "sha256", has_certificate: bool = True
) -> bytes:
    """Let openssl make a bare token over octets."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key.pem").write_bytes(tsa.key_pem)
        (folder / "tsa.pem").write_bytes(tsa.certificate_pem)
        (folder / "tsa.cnf").write_text(_CONFIG)
        imprint = hashlib.new(digest, octets, usedforsecurity=False).hexdigest()
        wanted = ["-cert"] if has_certificate else []
        _openssl(folder, "-query", "-digest", imprint, f"-{digest}", *wanted, "-out", "q.tsq")
        reply = ["-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "q.tsq"]
        signer = ["-inkey", "key.pem", "-signer", "tsa.pem"]
        _openssl(folder, *reply, *signer, "-token_out", "-out", "token.der")
        return (folder / "token.der").read_bytes()


def stamped(signature: bytes, token: bytes, *, method: str | None = EXC) -> bytes:
    """Put a time-stamp into the unsigned properties of a signature."""
    element = xml.parse(signature)
    parent = next(element.iter(q(XADES, "QualifyingProperties")))
    for step in ("UnsignedProperties", "UnsignedSignatureProperties", "SignatureTimeStamp"):
        parent = etree.SubElement(parent, q(XADES, step))
    if method is not None:
        etree.SubElement(parent, q(DS, "CanonicalizationMethod"), Algorithm=method)
    place = etree.SubElement(parent, q(XADES, "EncapsulatedTimeStamp"))
    place.text = base64.b64encode(token).decode()
    return etree.tostring(element)


def value_of(signature: bytes) -> bytes:
    """Write the canonical SignatureValue, computed apart from our own code."""
    value = xml.parse(signature).find(q(DS, "SignatureValue"))
    return f'<ds:SignatureValue xmlns:ds="{DS}">{value.text}</ds:SignatureValue>'.encode()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["openssl", "ts", *arguments], cwd=folder, check=True, capture_output=True, timeout=10
    )
