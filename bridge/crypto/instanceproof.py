"""The proof that a program on a port is this user's genuine daemon (SEC-64).

What is signed are lines of plain text: nothing a caller sends can be taken for another line, and
the first line keeps the key from ever signing anything else.
``verify_proof`` is what a front end does before it shows its token.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from bridge.crypto.algorithms import SignatureAlgorithm, sign, verify
from bridge.errors import SignatureInvalid

PREFIX: Final = "carebridge-instance-proof-1"
CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes as base64url without padding."""
_ALGORITHM: Final = SignatureAlgorithm.ECDSA_SHA256


@dataclass(frozen=True, kw_only=True)
class ProofSubject:
    """What a proof is about.

    Attributes:
        challenge: 32 fresh random bytes of the caller, base64url.
        port: The port the daemon really listens on.
        origin: The caller's web origin; ``None`` for native software.
    """

    challenge: str
    port: int
    origin: str | None
    instance_id: str

    @property
    def text(self) -> bytes:
        """Give the bytes that are signed."""
        lines = (PREFIX, self.challenge, str(self.port), self.origin or "", self.instance_id)
        return "\n".join(lines).encode()


def sign_proof(key: ec.EllipticCurvePrivateKey, subject: ProofSubject) -> str:
    """Sign; gives ``r || s`` as base64url, which is what WebCrypto verifies."""
    return base64.urlsafe_b64encode(sign(key, _ALGORITHM, subject.text)).rstrip(b"=").decode()


def verify_proof(public_key: str, subject: ProofSubject, signature: str) -> None:
    """Verify a proof as a front end does, with the key it stored at pairing.

    Args:
        public_key: DER SubjectPublicKeyInfo, base64, as ``GET /v1/instance`` gives it.
        subject: What the caller knows itself: its challenge, the port it asked, its own origin.
        signature: What was answered.

    Raises:
        SignatureInvalid: it is not the daemon of that key, or the proof is about something else.
    """
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
        value = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (ValueError, binascii.Error) as error:
        raise SignatureInvalid("no key or no signature") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SignatureInvalid("no EC key")
    verify(key, _ALGORITHM, signature=value, data=subject.text)
