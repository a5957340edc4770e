"""Port: the card that signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.domain.secrets import Pin


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What can be known of the inserted card without a PIN.

    Attributes:
        reader: Name of the reader, as the user knows it.
        authentication_certificate: DER of the authentication certificate, trailing zeros removed.
        has_keypad: The PIN is entered on the reader; ``sign`` then takes no PIN.
        tries_left: PIN tries left, where the card tells without spending one.
    """

    reader: str
    authentication_certificate: bytes
    has_keypad: bool = False
    tries_left: int | None = None


class CardSigner(Protocol):
    """Signs with the authentication key of the inserted card.

    Contract: the authentication key only, never the signing key.
    One ``sign`` is one PIN verification and one signature; afterwards the card is logged out
    again, whatever happened.
    A wrong PIN is never retried.
    RSA gives PKCS#1 v1.5; EC gives raw ``r || s`` of fixed length, never DER.
    All calls run on the one thread that owns the card.
    """

    async def facts(self) -> CardFacts:
        """Look at the card; asks no PIN.

        Raises:
            ReaderMissing, CardMissing, CardUnsupported, MiddlewareMissing: as named.
        """
        ...

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Sign ``data`` (not its hash) after verifying the PIN.

        Args:
            data: The exact bytes, hashed inside.
            algorithm: Must fit the card's key.
            pin: ``None`` only for a reader with a keypad.

        Raises:
            PinWrong, PinBlocked, PinCancelled, PinTimeout: about the PIN.
            CardMissing, CardRemoved: about the card.
        """
        ...
