"""What is asked of a PKCS#11 library; known on both sides of the worker's pipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.crypto.algorithms import SignatureAlgorithm

if TYPE_CHECKING:
    from pkcs11.types import Token


@dataclass(frozen=True, kw_only=True)
class CardChoice:
    """Which token and which key on it.

    Attributes:
        key_label: Label of the authentication key and of its certificate.
        token_label: Only a token with this label.
        token_serial: Only the token with this serial number.

    Raises:
        ValueError: the chosen key is the signing key.
    """

    key_label: str = "Authentication"
    token_label: str | None = None
    token_serial: str | None = None

    def __post_init__(self) -> None:
        if self.key_label.casefold() == "signature":
            raise ValueError("the signing key is never used")

    def fits(self, token: Token) -> bool:
        """Tell whether a token is meant."""
        label_fits = self.token_label in {None, token.label}
        serial_fits = self.token_serial in {None, token.serial.decode("ascii", "replace")}
        return label_fits and serial_fits


@dataclass(frozen=True, kw_only=True)
class CardPart:
    """Which library, which key, and who asks for the PIN.

    Attributes:
        module: Full path of the library; ``None`` when none was found.
        has_dialogue: Let the library ask in its own window, where it offers to (D9).
    """

    module: Path | None
    choice: CardChoice = CardChoice()
    has_dialogue: bool = False


@dataclass(frozen=True, kw_only=True)
class SignJob:
    """One signature.

    Attributes:
        expected: DER of the authentication certificate seen last; ``None`` when nobody looked.
        has_failed_before: The last attempt with this card failed, as far as this run knows.
    """

    data: bytes
    algorithm: SignatureAlgorithm
    expected: bytes | None = None
    has_failed_before: bool = False
