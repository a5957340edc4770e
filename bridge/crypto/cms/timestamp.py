"""Time-stamp tokens: who says that bytes existed, and since when.

Source: RFC 3161 2.3 and 2.4.2; *MyCareNet transport* 3.3; *Library choices* 3.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from asn1crypto import tsp  # type: ignore[import-untyped]  # publishes no types
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms import schemes
from bridge.crypto.cms.reading import content_of, structure
from bridge.crypto.cms.signed import SignedMessage
from bridge.errors import SignatureInvalid, TheirAnswerInvalid

_CONTENT_TYPE: Final = "tst_info"


@dataclass(frozen=True, kw_only=True)
class TimestampToken:
    """A token whose own signature holds; whether its signer is trusted is for the caller.

    Attributes:
        made_at: Aware moment the token states.
        signer: Certificate of the authority that made it.
        certificates: All certificates of the token, not trusted.
    """

    made_at: datetime
    signer: Certificate
    certificates: tuple[Certificate, ...]
    _hash_name: str = field(repr=False)
    _imprint: bytes = field(repr=False)

    @classmethod
    def read(cls, encoded: bytes) -> Self:
        """Read a token and verify its signature.

        Args:
            encoded: The bare token, a CMS message; not the answer it came in.

        Raises:
            SignatureInvalid: its signature does not hold, or its signer may not make time-stamps.
            TheirAnswerInvalid: it is none, or lacks the certificate of its signer.
        """
        with structure():
            inside = content_of(encoded, "signed_data")["encap_content_info"]
            if inside["content_type"].native != _CONTENT_TYPE:
                raise TheirAnswerInvalid("not a time-stamp token")
        message = SignedMessage.read(encoded)
        signer = message.verify()
        _demand_purpose(signer)
        with structure():
            info = tsp.TSTInfo.load(message.content, strict=True)
            imprint = info["message_imprint"]
            return cls(
                made_at=info["gen_time"].native.astimezone(UTC),
                signer=signer,
                certificates=message.certificates,
                _hash_name=imprint["hash_algorithm"]["algorithm"].native,
                _imprint=imprint["hashed_message"].native,
            )

    def verify(self, octets: bytes) -> None:
        """Compare the token with what it should be about.

        Raises:
            SignatureInvalid: it is about other bytes, or uses a hash that is not believed.
        """
        expected = hashes.Hash(schemes.hash_named(self._hash_name))
        expected.update(octets)
        if not hmac.compare_digest(expected.finalize(), self._imprint):
            raise SignatureInvalid("time-stamp is about something else")


def _demand_purpose(signer: Certificate) -> None:
    """Demand the one critical purpose of a time-stamp authority (RFC 3161 2.3)."""
    try:
        purpose = signer.x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise SignatureInvalid("signer may not make time-stamps") from error
    if not purpose.critical or list(purpose.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise SignatureInvalid("signer may not make time-stamps")
