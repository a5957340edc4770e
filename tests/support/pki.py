"""A throw-away PKI for tests: keys, a root, leaf certificates; made once per run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from bridge.crypto import algorithms
from bridge.crypto.certificates import Certificate

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KeyKind = Literal["rsa", "ec"]

NOW: Final = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
"""A Monday morning: the moment at which everything of this PKI is valid."""

NISS: Final = "90010100121"
OTHER_NISS: Final = "85073003328"
CBE: Final = "0123456749"

_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Credential:
    """A key with its certificate."""

    key: PrivateKey
    certificate: Certificate

    @property
    def algorithm(self) -> algorithms.SignatureAlgorithm:
        return algorithms.algorithm_for(self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        return algorithms.sign(self.key, self.algorithm, data)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.x509.public_bytes(serialization.Encoding.PEM)


@cache
def key(kind: KeyKind, _name: str) -> PrivateKey:
    """Give the key of that name, made on first use."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP384R1())


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Make a name, in the order of the certificate (country first)."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def eid_name(niss: str = NISS) -> x509.Name:
    """Name of the holder of an eID authentication certificate."""
    return name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.COMMON_NAME, "Fien Testens (Authentication)"),
        (NameOID.SURNAME, "Testens"),
        (NameOID.GIVEN_NAME, "Fien Maria"),
        (NameOID.SERIAL_NUMBER, niss),
    )


def ehealth_name(
    identifier: str,
    *,
    application: str | None = None,
    holder: str = "TESTENS FIEN",
) -> x509.Name:
    """Name of an eHealth certificate; ``identifier`` such as ``SSIN=…`` (*STS session* 9.7)."""
    extra = [] if application is None else [(NameOID.ORGANIZATIONAL_UNIT_NAME, application)]
    common = identifier if application is None else f"{identifier}, {application}"
    return name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.ORGANIZATION_NAME, "Federal Government"),
        *extra,
        (NameOID.ORGANIZATIONAL_UNIT_NAME, identifier),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, holder),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "eHealth-platform Belgium"),
        (NameOID.COMMON_NAME, common),
    )


def issue(
    subject: x509.Name,
    subject_key: PrivateKey,
    *,
    issuer: Credential | None = None,
    authority: bool = False,
    not_before: datetime = NOW - _YEAR,
    not_after: datetime = NOW + _YEAR,
) -> Credential:
    """Issue a certificate; without an issuer it signs itself."""
    signer = subject_key if issuer is None else issuer.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.x509.subject)
        .public_key(subject_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority=authority), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(subject_key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
    )
    certificate = builder.sign(signer, hashes.SHA256())
    return Credential(subject_key, Certificate.from_x509(certificate))


@cache
def root(name_: str = "Test Root CA") -> Credential:
    """Give the root of that name."""
    subject = name((NameOID.COUNTRY_NAME, "BE"), (NameOID.COMMON_NAME, name_))
    return issue(subject, key("rsa", name_), authority=True, not_after=NOW + 9 * _YEAR)


@cache
def eid(kind: KeyKind = "rsa", *, niss: str = NISS) -> Credential:
    """Give an eID authentication credential, issued by the root."""
    return issue(eid_name(niss), key(kind, f"eid {niss}"), issuer=root())


@cache
def ehealth(kind: KeyKind = "rsa", *, identifier: str = f"SSIN={NISS}") -> Credential:
    """Give an eHealth credential, issued by the root."""
    return issue(ehealth_name(identifier), key(kind, f"ehealth {identifier}"), issuer=root())


@cache
def sts(kind: KeyKind = "rsa") -> Credential:
    """Give the STS's signing credential, of the shape ``CBE=0809394427, IAMACC``."""
    subject = ehealth_name("CBE=0809394427", application="IAMACC", holder="EHEALTH-PLATFORM")
    return issue(subject, key(kind, "sts"), issuer=root())


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
