"""Who has an encryption token on the played platform: keys, and tokens of its own authority.

Keys are made when they are first needed.
Source: *MyCareNet transport* 8.2 and 8.3.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms import schemes
from bridge.crypto.cms.enveloped import RsaDecryptionKey
from bridge.crypto.cms.schemes import Scheme
from bridge.crypto.cms.signed import CmsSigner, write_signed
from bridge.crypto.etk import EtkTrust
from bridge.crypto.trust import TrustList
from bridge.ehealth.etkdepot import EtkIdentifier, EtkSettings, identifier_of
from bridge.ehealth.saml import EHEALTH_CBE
from bridge.sandbox.pki import Authority, Credential, Pki, ehealth_subject, new_key

_BEFORE: Final = timedelta(days=180)
_AFTER: Final = timedelta(days=2 * 365)


@dataclass(frozen=True, kw_only=True)
class TokenOwner:
    """Somebody for whom messages can be sealed.

    Attributes:
        identifier: Under which the depot files the token.
        authentication: Signs what the owner seals.
        encryption: Opens what was sealed for the owner.
    """

    identifier: EtkIdentifier
    authentication: Credential = field(repr=False)
    encryption: Credential = field(repr=False)

    @property
    def signer(self) -> CmsSigner:
        """The owner as signer of a seal."""
        return signer_of(self.authentication)

    @property
    def key(self) -> RsaDecryptionKey:
        """The owner's key for opening."""
        return decryption_key(self.encryption)


class TokenBook:
    """Whom the depot knows; safe to use from several threads."""

    def __init__(self, pki: Pki, settings: EtkSettings | None = None) -> None:
        """Know MyCareNet only."""
        self._pki = pki
        self._mycarenet_identifier = (settings or EtkSettings()).mycarenet
        self._lock = threading.RLock()
        self._owners: list[TokenOwner] = []
        self._tokens: dict[str, bytes] = {}
        self._mycarenet: TokenOwner | None = None
        self._authority: Credential | None = None

    @property
    def trust(self) -> EtkTrust:
        """Whom to believe about tokens of this platform."""
        anchors = TrustList([self._pki.ehealth_authority.certificate])
        return EtkTrust(anchors=anchors, signer_cbe=EHEALTH_CBE)

    @property
    def authority(self) -> Credential:
        """The registration authority."""
        with self._lock:
            if self._authority is None:
                self._authority = self._issued(f"CBE={EHEALTH_CBE}", "EHEALTH-PLATFORM", "ETK-RA")
            return self._authority

    @property
    def mycarenet(self) -> TokenOwner:
        """MyCareNet, for whom requests are sealed."""
        with self._lock:
            if self._mycarenet is None:
                named = self._mycarenet_identifier
                identifier = f"{named.type}={named.value}"
                owner = self._issued(identifier, "MYCARENET", named.application or None)
                encryption = self._encryption(owner)
                self._mycarenet = self.register(owner, encryption)
            return self._mycarenet

    def register(self, authentication: Credential, encryption: Credential) -> TokenOwner:
        """File a token for the owner of a certificate; a later one replaces an earlier one."""
        identifier = identifier_of(authentication.certificate)
        owner = TokenOwner(
            identifier=identifier, authentication=authentication, encryption=encryption
        )
        with self._lock:
            self._owners = [each for each in self._owners if each.identifier != identifier]
            self._owners.append(owner)
        return owner

    def token_of(self, owner: TokenOwner) -> bytes:
        """Give the token the depot gives."""
        with self._lock:
            certificate = owner.encryption.certificate
            if certificate.fingerprint not in self._tokens:
                self._tokens[certificate.fingerprint] = write_token(
                    certificate, owner.authentication.certificate, authority=self.authority
                )
            return self._tokens[certificate.fingerprint]

    def find(self, asked: EtkIdentifier) -> tuple[TokenOwner, ...]:
        """Give all owners who could be meant; an application left out means any."""
        with self._lock:
            _ = self.mycarenet
            return tuple(
                each
                for each in self._owners
                if (each.identifier.type, each.identifier.value) == (asked.type, asked.value)
                and asked.application in {"", each.identifier.application}
            )

    def forged(self, owner: TokenOwner) -> bytes:
        """Give a token that somebody else than the registration authority made."""
        thief = self._pki.other_holder
        return write_token(
            owner.encryption.certificate, owner.authentication.certificate, authority=thief
        )

    def expired(self, owner: TokenOwner) -> bytes:
        """Give a token whose time is over."""
        late = issue_encryption(
            owner.authentication,
            now=self._pki.now - _AFTER,
            after=timedelta(days=1),
            key=owner.encryption.key,
        )
        return write_token(
            late.certificate, owner.authentication.certificate, authority=self.authority
        )

    def somebody_else(self, owner: TokenOwner) -> TokenOwner:
        """Give another owner, made when there is none."""
        with self._lock:
            others = [each for each in self._owners if each.identifier != owner.identifier]
            if others:
                return others[0]
            other = self._pki.other_holder
            return self.register(other, self._encryption(other))

    def _issued(self, identifier: str, name: str, application: str | None) -> Credential:
        authority: Authority = self._pki.ehealth_authority
        subject = ehealth_subject(identifier, name, application)
        return authority.credential(subject, self._pki.new_key("rsa"), now=self._pki.now)

    def _encryption(self, owner: Credential) -> Credential:
        return issue_encryption(owner, now=self._pki.now, key=self._pki.new_key("rsa"))


def issue_encryption(
    owner: Credential,
    *,
    now: datetime,
    after: timedelta = _AFTER,
    key: object = None,
) -> Credential:
    """Let an owner issue itself an encryption certificate, as it does when asking for a token."""
    own = key if isinstance(key, rsa.RSAPrivateKey) else new_key("rsa")
    name = owner.certificate.x509.subject
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + after)
        .add_extension(usage, critical=True)
        .sign(owner.key, hashes.SHA256())
    )
    return Credential(key=own, certificate=Certificate.from_x509(certificate))


def signer_of(credential: Credential) -> CmsSigner:
    """Give a holder of an eHealth certificate as signer of a seal."""
    scheme = schemes.scheme_of_ehealth(credential.certificate.public_key)
    return CmsSigner(
        certificate=credential.certificate,
        scheme=scheme,
        sign=partial(schemes.sign, credential.key, scheme),
    )


def decryption_key(credential: Credential) -> RsaDecryptionKey:
    """Give the key behind an encryption certificate."""
    if not isinstance(credential.key, rsa.RSAPrivateKey):
        raise TypeError("encryption needs an RSA key")
    return RsaDecryptionKey(key=credential.key, certificate=credential.certificate)


def write_token(
    encryption: Certificate, authentication: Certificate, *, authority: Credential
) -> bytes:
    """Write a token: signed data with two certificates in its set."""
    signer = CmsSigner(
        certificate=authority.certificate,
        scheme=Scheme.RSA_PKCS1,
        sign=partial(schemes.sign, authority.key, Scheme.RSA_PKCS1),
    )
    return write_signed(
        encryption.der, signer=signer, has_certificate=True, others=[authentication]
    )
