"""Belgian roots, trusted by their key and not by a certificate's bytes (*Belgian eID card* 10).

Root CA4 exists as two certificates on one key, so only the key can be listed.
The root that the card delivers is believed when its key is listed; the card alone is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.crypto.certificates import Certificate
from bridge.crypto.trust import TrustList
from bridge.errors import (
    CardExpired,
    CardUntrusted,
    CertificateOutOfTime,
    CertificateUntrusted,
)

BELGIAN_ROOT_KEYS: Final = frozenset(
    {
        "c7bc5e493726bbf531f62fc5f5513ac03ead813af4dcd445b3305ba3d3d53374",  # Belgium Root CA3
        "b1538a9071705a92d938e506b738da0cafd1ae66aec2eeddc75479d433bd8776",  # Belgium Root CA4
        "894ad2232fe69bb09e8370ef387ec1c66ab6a4ce53c811fd3c8ced5b5158d8c1",  # Belgium Root CA6
    },
)
"""SHA-256 of the public keys (SubjectPublicKeyInfo, DER); Root CA2 ended in 2021."""


def key_hash(certificate: Certificate) -> str:
    """Give the SHA-256 of a certificate's public key, hexadecimal."""
    encoded = certificate.x509.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(encoded).hexdigest()


class BelgianRoots:
    """The keys of the roots that are trusted."""

    def __init__(self, further_keys: Iterable[str] = ()) -> None:
        """Trust the Belgian roots, and the keys of further ones for test cards."""
        self._keys = BELGIAN_ROOT_KEYS | {key.lower().replace(":", "") for key in further_keys}

    def verify(
        self,
        leaf: Certificate,
        *,
        authority: Certificate | None,
        root: Certificate | None,
        at: datetime,
    ) -> None:
        """Find a valid path from a certificate of the card to a trusted root.

        Args:
            leaf: Of the holder, or of the National Register.
            authority: What issued it, where that is not the root itself.
            root: The root as the card delivers it.
            at: Aware moment of the judgement.

        Raises:
            CardExpired: the leaf is not valid at that moment.
            CardUntrusted: the root's key is not listed, or there is no path.
        """
        if root is None or key_hash(root) not in self._keys:
            raise CardUntrusted("the root is not listed")
        helpers = [] if authority is None else [authority]
        try:
            TrustList([root]).verify(leaf, at=at, intermediates=helpers)
        except CertificateOutOfTime as error:
            raise CardExpired from error
        except CertificateUntrusted as error:
            raise CardUntrusted("no path to a listed root") from error
        _check_usage(leaf)


def _check_usage(leaf: Certificate) -> None:
    """Refuse a certificate that may not make signatures of the moment (digitalSignature)."""
    try:
        usage = leaf.x509.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.digital_signature:
        raise CardUntrusted("the certificate is not for authentication")
