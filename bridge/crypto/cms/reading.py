"""Reading CMS structures that others wrote: DER, or BER with indefinite lengths.

Source: RFC 5652, *MyCareNet transport* 8.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from asn1crypto import cms, x509  # type: ignore[import-untyped]  # publishes no types

from bridge.crypto.certificates import Certificate
from bridge.errors import CertificateUntrusted, TheirAnswerInvalid

MOST_BYTES: Final = 40_000_000
"""Longest message that is read; a sealed batch stays far below."""

MOST_CERTIFICATES: Final = 20
"""Most certificates of one message; a chain has four."""

_HOSTILE: Final = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)
"""What the library raises for bytes that are something else."""


@contextmanager
def structure() -> Iterator[None]:
    """Turn what the library raises for a wrong structure into an error of ours."""
    try:
        yield
    except (*_HOSTILE, AttributeError) as error:
        raise TheirAnswerInvalid("not the expected CMS structure") from error


def content_of(encoded: bytes, kind: str) -> Any:
    """Give the content of one ``ContentInfo`` without a byte behind it.

    Args:
        encoded: DER or BER.
        kind: ``signed_data`` or ``enveloped_data``.

    Raises:
        TheirAnswerInvalid: too long, another structure, or another kind of content.
    """
    if len(encoded) > MOST_BYTES:
        raise TheirAnswerInvalid("CMS message is too long")
    with structure():
        info = cms.ContentInfo.load(encoded, strict=True)
        if info["content_type"].native != kind:
            raise TheirAnswerInvalid("another kind of CMS message")
        return info["content"]


def certificates_of(signed: Any) -> tuple[Certificate, ...]:
    """Give the certificates of signed data in their order; other kinds are passed over.

    Raises:
        TheirAnswerInvalid: too many, or one cannot be read.
    """
    with structure():
        found = [each.chosen.dump() for each in signed["certificates"] if each.name in _X509]
    if len(found) > MOST_CERTIFICATES:
        raise TheirAnswerInvalid("too many certificates")
    try:
        return tuple(map(Certificate.parse, found))
    except CertificateUntrusted as error:
        raise TheirAnswerInvalid("a certificate cannot be read") from error


def is_named(certificate: Certificate, identifier: Any) -> bool:
    """Tell whether a signer or recipient identifier names a certificate.

    Args:
        certificate: In question.
        identifier: Issuer and serial number, or subject key identifier.

    Raises:
        TheirAnswerInvalid: the identifier cannot be read.
    """
    with structure():
        parsed = x509.Certificate.load(certificate.der)
        if identifier.name != "issuer_and_serial_number":
            return bool(parsed.key_identifier == identifier.chosen.native)
        named = identifier.chosen
        return bool(
            parsed.serial_number == named["serial_number"].native
            and parsed.issuer == named["issuer"]
        )


_X509: Final = frozenset({"certificate"})
