"""Ports: the card that signs, and the readers that are watched and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.domain.cards import ReaderChange, ReaderSnapshot
    from bridge.domain.secrets import Pin
    from bridge.eid.files import CardFiles, EidFile


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What can be known of the inserted card without a PIN.

    Attributes:
        reader: Name of the reader, as the user knows it.
        authentication_certificate: DER of the authentication certificate, trailing zeros removed.
        has_keypad: The PIN is entered on the reader; ``sign`` then takes no PIN.
        tries_left: PIN tries left, where the card tells without spending one.
        asks_itself: The library asks for the PIN in a window of its own (D9); ``sign`` then takes
            no PIN, and refuses a last try.
    """

    reader: str
    authentication_certificate: bytes
    has_keypad: bool = False
    tries_left: int | None = None
    asks_itself: bool = False


class CardSigner(Protocol):
    """Signs with the authentication key of the inserted card.

    Contract: the authentication key only, never the signing key.
    One ``sign`` is one PIN verification and one signature; afterwards the card is logged out
    again, whatever happened.
    A wrong PIN is never retried.
    RSA gives PKCS#1 v1.5; EC gives raw ``r || s`` of fixed length, never DER.
    ``sign`` uses the card that ``facts`` showed last; when another card lies there now, the PIN
    does not reach it.
    All calls run on the one thread that owns the card.
    """

    async def facts(self, *, holder: str | None = None) -> CardFacts:
        """Look at the card; asks no PIN.

        Args:
            holder: NISS (11 digits) of the person whose card is wanted when several are there;
                without such a card the first one is shown, and the caller judges it.

        Raises:
            ReaderMissing, CardMissing, CardInUse, CardUnsupported, CardNotActivated,
            CardServiceStopped: about readers and cards, as named.
            MiddlewareMissing, MiddlewareCrashed, MiddlewareCannotSign: about the library.
            ReaderTimeout: reader or library gave no answer.
        """
        ...

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Sign ``data`` (not its hash) after verifying the PIN, which is wiped.

        Args:
            data: The exact bytes, hashed inside.
            algorithm: Must fit the card's key.
            pin: ``None`` only for a reader with a keypad, or where the library asks itself.

        Raises:
            PinWrong, PinBlocked, PinRequired: the card refuses.
            PinCancelled, PinTimeout, KeypadFailed: at the keypad.
            PromptUnavailable: no PIN was given and nobody else asks for it.
            LastTryRefused: the library would ask itself, and one try is left.
            CardMissing, CardRemoved, CardExchanged, ReaderRemoved, ReaderTimeout: as named.
        """
        ...


class CardReader(Protocol):
    """Watches readers and reads cards; never asks or sends a PIN.

    Contract: ``snapshot`` answers from memory, without any wait.
    Listeners are called for each change, in order, on a thread of the implementation; they
    return at once.
    The loss of the smart-card service is a change like others, and so is its return.
    """

    async def start(self) -> None:
        """Begin to watch; the first snapshot is there when this returns."""
        ...

    async def close(self) -> None:
        """Stop to watch and give everything back."""
        ...

    def snapshot(self) -> ReaderSnapshot:
        """Give service, readers and cards as last seen."""
        ...

    def subscribe(self, listener: Callable[[ReaderChange], None]) -> Callable[[], None]:
        """Have changes told; the result ends that."""
        ...

    async def read(self, reader_id: str, files: frozenset[EidFile]) -> CardFiles:
        """Read files of the eID in a reader; a file the card does not have is left out.

        Raises:
            ReaderMissing: no reader of that identifier.
            CardMissing, CardRemoved, CardInUse, CardUnsupported, CardNotActivated,
            ReaderRemoved, CardServiceStopped, CardError: as named.
        """
        ...

    async def tries_left(self, reader_id: str) -> int | None:
        """Read the PIN tries left, only where that spends none (applet 1.7 and later).

        Raises:
            As ``read``.
        """
        ...
