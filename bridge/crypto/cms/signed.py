"""Signed data: content with one signer.

We write no signed attributes, as the real messages; when reading, they may be there.
Source: RFC 5652 5, *MyCareNet transport* 8.3.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from asn1crypto import cms, x509  # type: ignore[import-untyped]  # publishes no types
from cryptography.hazmat.primitives import hashes

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms import schemes
from bridge.crypto.cms.reading import certificates_of, content_of, is_named, structure
from bridge.crypto.cms.schemes import Scheme
from bridge.errors import SignatureInvalid, TheirAnswerInvalid

_HASH: Final = {"algorithm": "sha256"}
_SET_OF: Final = b"\x31"


@dataclass(frozen=True, kw_only=True)
class CmsSigner:
    """Who signs a layer.

    Attributes:
        certificate: Of the signer.
        scheme: How the key signs.
        sign: Signs data, hashed inside; gives the value as CMS writes it (ECDSA in DER).
    """

    certificate: Certificate
    scheme: Scheme
    sign: Callable[[bytes], bytes] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PendingSigned:
    """Signed data that waits for the value of its signature, which a card may make.

    Attributes:
        to_be_signed: What the signer signs, hashed inside.
        certificate: Of the signer.
        scheme: How the signer signs.
        has_certificate: Whether the certificate goes into the message.
        others: Certificates that go into the message beside it.
    """

    to_be_signed: bytes = field(repr=False)
    certificate: Certificate
    scheme: Scheme
    has_certificate: bool
    others: tuple[Certificate, ...] = ()

    def finish(self, signature: bytes) -> bytes:
        """Write the message in DER.

        Raises:
            SignatureInvalid: the value does not fit content and certificate.
        """
        schemes.verify(
            self.certificate.public_key,
            digest=hashes.SHA256(),
            identifier=schemes.identifier_of(self.scheme),
            signature=signature,
            data=self.to_be_signed,
        )
        return _written(self, signature)


@dataclass(frozen=True, kw_only=True)
class SignedMessage:
    """Signed data as read, not yet verified.

    Attributes:
        content: What is signed.
        certificates: Those of the message, in their order, not trusted.
    """

    content: bytes = field(repr=False)
    certificates: tuple[Certificate, ...]
    _content_type: str = field(repr=False)
    _info: Any = field(repr=False)

    @classmethod
    def read(cls, encoded: bytes) -> Self:
        """Read a message with its content inside and one signer.

        Raises:
            TheirAnswerInvalid: it is none.
        """
        signed = content_of(encoded, "signed_data")
        with structure():
            inside = signed["encap_content_info"]
            if len(signed["signer_infos"]) != 1 or not inside["content"].native:
                raise TheirAnswerInvalid("not one signer and one content")
            return cls(
                content=bytes(inside["content"]),
                certificates=certificates_of(signed),
                _content_type=inside["content_type"].native,
                _info=signed["signer_infos"][0],
            )

    def verify(self, others: Sequence[Certificate] = ()) -> Certificate:
        """Verify the signature; says nothing about trust in the signer.

        Args:
            others: Certificates known otherwise, used when the message does not carry the
                signer's own.

        Returns:
            The certificate of the signer.

        Raises:
            SignatureInvalid: nobody known signed it, or the signature does not hold.
            TheirAnswerInvalid: the signer's part cannot be read.
        """
        signer = self._signer([*others, *self.certificates])
        with structure():
            digest = schemes.hash_named(self._info["digest_algorithm"]["algorithm"].native)
            schemes.verify(
                signer.public_key,
                digest=digest,
                identifier=self._info["signature_algorithm"],
                signature=self._info["signature"].native,
                data=self._signed_octets(digest),
            )
        return signer

    def _signer(self, candidates: Sequence[Certificate]) -> Certificate:
        with structure():
            identifier = self._info["sid"]
        named = next((each for each in candidates if is_named(each, identifier)), None)
        if named is None:
            raise SignatureInvalid("certificate of the signer is not there")
        return named

    def _signed_octets(self, digest: hashes.HashAlgorithm) -> bytes:
        attributes = self._info["signed_attrs"]
        if not attributes.native:
            _refuse_disguise(self.content, self._content_type)
            return self.content
        expected = hashes.Hash(digest)
        expected.update(self.content)
        stated = _only_value(attributes, "message_digest")
        if not hmac.compare_digest(stated, expected.finalize()):
            raise SignatureInvalid("digest of the content differs")
        if _only_value(attributes, "content_type") != self._content_type:
            raise SignatureInvalid("kind of content differs")
        # What is signed is the DER form with the tag of a set, whatever form arrived.
        return bytes(attributes.untag().dump(force=True))


def prepare_signed(
    content: bytes,
    *,
    certificate: Certificate,
    scheme: Scheme,
    has_certificate: bool,
    others: Sequence[Certificate] = (),
) -> PendingSigned:
    """Begin signed data around ``content``, to be finished with the value of the signature."""
    return PendingSigned(
        to_be_signed=content,
        certificate=certificate,
        scheme=scheme,
        has_certificate=has_certificate,
        others=tuple(others),
    )


def write_signed(
    content: bytes,
    *,
    signer: CmsSigner,
    has_certificate: bool,
    others: Sequence[Certificate] = (),
) -> bytes:
    """Sign ``content`` and write the message in DER.

    Raises:
        SignatureInvalid: the signer's value does not fit its certificate.
    """
    pending = prepare_signed(
        content,
        certificate=signer.certificate,
        scheme=signer.scheme,
        has_certificate=has_certificate,
        others=others,
    )
    return pending.finish(signer.sign(pending.to_be_signed))


def _written(pending: PendingSigned, signature: bytes) -> bytes:
    certificate = x509.Certificate.load(pending.certificate.der)
    named = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", named),
        "digest_algorithm": _HASH,
        "signature_algorithm": schemes.identifier_of(pending.scheme),
        "signature": signature,
    }
    signed = {
        "version": "v1",
        "digest_algorithms": [_HASH],
        "encap_content_info": {"content_type": "data", "content": pending.to_be_signed},
        "signer_infos": [signer],
    }
    others = [x509.Certificate.load(each.der) for each in pending.others]
    if pending.has_certificate or others:
        signed["certificates"] = [*([certificate] if pending.has_certificate else []), *others]
    info = {"content_type": "signed_data", "content": cms.SignedData(signed)}
    return bytes(cms.ContentInfo(info).dump())


def _only_value(attributes: Any, name: str) -> Any:
    """Give the one value of the one attribute of a name."""
    found = [each["values"] for each in attributes if each["type"].native == name]
    if len(found) != 1 or len(found[0]) != 1:
        raise SignatureInvalid("signed attribute is missing or repeated")
    return found[0][0].native


def _refuse_disguise(content: bytes, content_type: str) -> None:
    """Refuse the signed attributes of another message that were made the content of this one.

    Their signature would hold (RFC 5652 gives both the same form).
    """
    if content_type != "data":
        raise SignatureInvalid("kind of content needs signed attributes")
    if not content.startswith(_SET_OF):
        return
    try:
        names = {each["type"].native for each in cms.CMSAttributes.load(content, strict=True)}
    except (ValueError, TypeError, KeyError):
        return
    if "message_digest" in names:
        raise SignatureInvalid("content is the signed attributes of another message")
