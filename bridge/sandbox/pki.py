"""Keys and certificates of one run; nothing is written to disk.

Every role has an authority of its own, so that no certificate is good for another role.
Shapes of subjects: *STS session* 9.7 and 11, *eID card* 5 and 10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from bridge.crypto.algorithms import algorithm_for, sign
from bridge.crypto.certificates import Certificate
from bridge.crypto.trust import TrustList
from bridge.ehealth.saml import EHEALTH_CBE

KeyKind = Literal["rsa", "ec"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KeyMaker = Callable[[KeyKind, ec.EllipticCurve | None], PrivateKey]
"""Gives a key that nobody else of the same run has, as ``new_key`` does."""

_RSA_BITS: Final = 2048
_AUTHORITY_BEFORE: Final = timedelta(days=5 * 365)
_AUTHORITY_AFTER: Final = timedelta(days=10 * 365)
_LEAF_BEFORE: Final = timedelta(days=180)
_LEAF_AFTER: Final = timedelta(days=3 * 365)
_EXPIRED_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A private key with its certificate."""

    key: PrivateKey = field(repr=False)
    certificate: Certificate

    def sign(self, data: bytes) -> bytes:
        """Sign ``data`` with the algorithm that fits the key."""
        return sign(self.key, algorithm_for(self.key.public_key()), data)


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Issues certificates for one role."""

    name: x509.Name
    key: PrivateKey = field(repr=False)
    certificate: Certificate

    @property
    def trust(self) -> TrustList:
        """A trust list with this authority alone."""
        return TrustList([self.certificate])

    def issue(
        self,
        subject: x509.Name,
        key: PrivateKey,
        *,
        now: datetime,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        is_for_signing: bool = False,
    ) -> Certificate:
        """Issue a certificate for authentication, or one for signatures of the law.

        The key usage is ``digitalSignature``, or ``nonRepudiation``.
        """
        usage = x509.KeyUsage(
            digital_signature=not is_for_signing,
            content_commitment=is_for_signing,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            _builder(subject, key, issuer=self.name)
            .not_valid_before(not_before or now - _LEAF_BEFORE)
            .not_valid_after(not_after or now + _LEAF_AFTER)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        return Certificate.from_x509(builder.sign(self.key, hashes.SHA256()))

    def credential(
        self,
        subject: x509.Name,
        key: PrivateKey,
        *,
        now: datetime,
        is_for_signing: bool = False,
    ) -> Credential:
        """Issue a certificate and give it together with its key."""
        issued = self.issue(subject, key, now=now, is_for_signing=is_for_signing)
        return Credential(key=key, certificate=issued)


def new_key(kind: KeyKind, curve: ec.EllipticCurve | None = None) -> PrivateKey:
    """Make a key: RSA of 2048 bits, or EC on ``curve`` (P-256 unless told otherwise)."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(curve or ec.SECP256R1())


def new_authority(
    common_name: str,
    *,
    now: datetime,
    key: PrivateKey,
    parent: Authority | None = None,
) -> Authority:
    """Make the authority of a key below ``parent``, or a self-signed one."""
    name = _name((NameOID.COUNTRY_NAME, "BE"), (NameOID.COMMON_NAME, common_name))
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, key, issuer=parent.name if parent else name)
        .not_valid_before(now - _AUTHORITY_BEFORE)
        .not_valid_after(now + _AUTHORITY_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    signer = parent.key if parent else key
    certificate = Certificate.from_x509(builder.sign(signer, hashes.SHA256()))
    return Authority(name=name, key=key, certificate=certificate)


def eid_subject(
    niss: str,
    first_name: str,
    last_name: str,
    role: str = "Authentication",
) -> x509.Name:
    """Write the subject of a certificate of the eID (*eID card* 5)."""
    return _name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.COMMON_NAME, f"{first_name} {last_name} ({role})"),
        (NameOID.SURNAME, last_name),
        (NameOID.GIVEN_NAME, first_name),
        (NameOID.SERIAL_NUMBER, niss),
    )


def ehealth_subject(
    identifier: str,
    name: str,
    application: str | None = None,
) -> x509.Name:
    """Write the subject of an eHealth certificate (*STS session* 9.7).

    Args:
        identifier: Such as ``SSIN=…`` or ``CBE=…``.
        name: Name of the person, or of the organisation.
        application: One of several of the same owner.
    """
    common = identifier if application is None else f"{identifier}, {application}"
    return _name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.ORGANIZATION_NAME, "Federal Government"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "eHealth-platform Belgium"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, name),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, identifier),
        (NameOID.COMMON_NAME, common),
    )


def sts_subject() -> x509.Name:
    """Write the subject of the STS signer (*STS session* 11)."""
    return _name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.ORGANIZATION_NAME, "Federal Government"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "eHealth-platform Belgium"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "EHEALTH-PLATFORM"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, f"CBE={EHEALTH_CBE}"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "IAMACC"),
        (NameOID.COMMON_NAME, f"CBE={EHEALTH_CBE}, IAMACC"),
    )


class Pki:
    """All authorities and credentials of one run."""

    def __init__(
        self,
        *,
        now: datetime,
        key_kind: KeyKind,
        issuer_kind: KeyKind = "ec",
        key_maker: KeyMaker = new_key,
    ) -> None:
        """Make the authorities and the STS signer.

        Args:
            now: Moment around which certificates are valid.
            key_kind: Kind of the eID's key; the eHealth certificate is RSA in either case.
            issuer_kind: Kind of the keys of root, citizen authority and National Register.
                An RSA card of EC issuers is a re-keyed one (*eID card* 1).
            key_maker: Where keys come from; fresh ones unless told otherwise.
        """
        self.now = now.replace(microsecond=0)
        self.key_kind = key_kind
        self.issuer_kind = issuer_kind
        self._key_maker = key_maker
        root_key = self.new_key(issuer_kind)
        self.root = new_authority("Sandbox Root CA", now=self.now, key=root_key)
        self.eid_authority = self._authority("Sandbox Citizen CA", issuer_kind)
        self.ehealth_authority = self._authority("Sandbox eHealth issuing CA")
        self.sts_authority = self._authority("Sandbox IAM issuing CA")
        self.sts = self.sts_authority.credential(sts_subject(), self.new_key("rsa"), now=self.now)
        self.revoked: set[int] = set()

    def new_key(self, kind: KeyKind, curve: ec.EllipticCurve | None = None) -> PrivateKey:
        """Give a key of this run: RSA of 2048 bits, or EC on ``curve``."""
        return self._key_maker(kind, curve)

    def eid(self, niss: str, first_name: str, last_name: str) -> Credential:
        """Make the authentication key and certificate of a card."""
        key = self.new_key(self.key_kind, ec.SECP384R1())
        subject = eid_subject(niss, first_name, last_name)
        return self.eid_authority.credential(subject, key, now=self.now)

    def eid_signature(self, niss: str, first_name: str, last_name: str) -> Credential:
        """Make the signature key and certificate of a card, which we never use."""
        key = self.new_key(self.key_kind, ec.SECP384R1())
        subject = eid_subject(niss, first_name, last_name, role="Signature")
        return self.eid_authority.credential(subject, key, now=self.now, is_for_signing=True)

    @cached_property
    def national_register(self) -> Credential:
        """Who signs identity and address on the cards (*eID card* 9)."""
        key = self.new_key(self.issuer_kind, ec.SECP384R1())
        name = _name((NameOID.COUNTRY_NAME, "BE"), (NameOID.COMMON_NAME, "Sandbox RRN"))
        return self.root.credential(name, key, now=self.now)

    def expired(self, credential: Credential) -> Certificate:
        """Issue the certificate of a card once more, as one that has expired."""
        return self.eid_authority.issue(
            credential.certificate.x509.subject,
            credential.key,
            now=self.now,
            not_before=self.now - _LEAF_AFTER,
            not_after=self.now - _EXPIRED_FOR,
        )

    def ehealth(self, niss: str, name: str) -> Credential:
        """Make the key and eHealth certificate of a person."""
        subject = ehealth_subject(f"SSIN={niss}", name)
        return self.ehealth_authority.credential(subject, self.new_key("rsa"), now=self.now)

    def revoke(self, certificate: Certificate) -> None:
        """Put a certificate on the revocation list."""
        self.revoked.add(certificate.x509.serial_number)

    def is_revoked(self, certificate: Certificate) -> bool:
        """Tell whether a certificate is on the revocation list."""
        return certificate.x509.serial_number in self.revoked

    @cached_property
    def stranger(self) -> Authority:
        """An authority nobody trusts."""
        return new_authority("Sandbox Stranger CA", now=self.now, key=self.new_key("ec"))

    @cached_property
    def false_sts(self) -> Credential:
        """A signer that only looks like the STS."""
        return self.stranger.credential(sts_subject(), self.new_key("rsa"), now=self.now)

    @cached_property
    def other_holder(self) -> Credential:
        """The eHealth certificate of somebody else."""
        subject = ehealth_subject("SSIN=00000000097", "Somebody Else")
        return self.ehealth_authority.credential(subject, self.new_key("rsa"), now=self.now)

    def _authority(self, common_name: str, key_kind: KeyKind = "ec") -> Authority:
        key = self.new_key(key_kind)
        return new_authority(common_name, now=self.now, key=key, parent=self.root)


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _builder(
    subject: x509.Name,
    key: PrivateKey,
    *,
    issuer: x509.Name,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
