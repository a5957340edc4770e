"""Finding the card and its authentication key, and signing with it; runs on the card thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pkcs11
from cryptography.hazmat.primitives import hashes
from pkcs11 import Attribute, Mechanism, ObjectClass, TokenFlag
from pkcs11.types import SignMixin

from bridge.crypto.algorithms import SignatureAlgorithm, hash_for
from bridge.crypto.certificates import Certificate
from bridge.errors import CardMissing, CardUnsupported, CertificateUntrusted, ReaderMissing

if TYPE_CHECKING:
    from pkcs11.types import Session, Slot, Token

_VIRTUAL_READER: Final = "windows hello"
_COUNTER_LABEL: Final = "carddata_pin_counter"
_MOST_TRIES: Final = 15


@dataclass(frozen=True, kw_only=True)
class CardChoice:
    """Which token and which key on it.

    Attributes:
        key_label: Label of the authentication key and of its certificate.
        token_label: Only a token with this label.
        token_serial: Only the token with this serial number.
    """

    key_label: str = "Authentication"
    token_label: str | None = None
    token_serial: str | None = None

    def fits(self, token: Token) -> bool:
        """Tell whether a token is meant."""
        label_fits = self.token_label in {None, token.label}
        serial_fits = self.token_serial in {None, token.serial.decode("ascii", "replace")}
        return label_fits and serial_fits


class OpenCard:
    """One card with a session on it; alive within ``opened_card`` only."""

    def __init__(self, session: Session, certificate: Certificate, choice: CardChoice) -> None:
        self.session = session
        self.certificate = certificate
        self._choice = choice
        self._slot = session.token.slot

    @property
    def handle(self) -> int:
        """Number of the session in the library."""
        number: int = self.session.handle  # type: ignore[attr-defined]  # missing in their stub
        return number

    @property
    def reader(self) -> str:
        """Name of the reader."""
        return self._slot.slot_description

    @property
    def has_keypad(self) -> bool:
        """Tell whether the PIN is entered on the reader."""
        return bool(self.session.token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH)

    def is_present(self) -> bool:
        """Tell whether a card is still in the reader."""
        try:
            self._slot.get_token()
        except pkcs11.PKCS11Error:
            return False
        return True

    def tries_left(self) -> int | None:
        """Give the PIN tries left: from the token's flags, or the official library's counter."""
        with suppress(pkcs11.PKCS11Error):
            flags = self._slot.get_token().flags
            if flags & TokenFlag.USER_PIN_LOCKED:
                return 0
            if flags & TokenFlag.USER_PIN_FINAL_TRY:
                return 1
            return self._counter()
        return None

    def sign(self, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
        """Sign with the authentication key; somebody must be logged in.

        Only the mechanisms that every library has are used: RSA hashes inside, EC outside.
        """
        key = self.session.get_key(
            object_class=ObjectClass.PRIVATE_KEY, label=self._choice.key_label
        )
        if not isinstance(key, SignMixin):
            raise CardUnsupported("the key does not sign")
        if algorithm is SignatureAlgorithm.RSA_SHA256:
            return key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS)
        digest = hashes.Hash(hash_for(algorithm))
        digest.update(data)
        return key.sign(digest.finalize(), mechanism=Mechanism.ECDSA)

    def _counter(self) -> int | None:
        """Read the counter the official library shows for cards since 2021, without a PIN.

        Its form is not documented; a number and a digit are both understood.
        """
        wanted = {Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: _COUNTER_LABEL}
        for found in list(self.session.get_objects(wanted)):
            content: bytes = found[Attribute.VALUE]
            if content.isdigit():
                return int(content)
            if len(content) == 1 and content[0] <= _MOST_TRIES:
                return content[0]
        return None


@contextmanager
def opened_card(library: Any, choice: CardChoice) -> Iterator[OpenCard]:
    """Open the first card that has the authentication certificate.

    Readers are listed anew each time, so cards and readers may come and go.

    Raises:
        ReaderMissing: no reader.
        CardMissing: no card in any reader.
        CardUnsupported: no card has an authentication certificate.
    """
    tokens = _tokens(library, choice)
    for token in tokens:
        with _session(token) as session:
            certificate = _certificate(session, choice.key_label)
            if certificate is not None:
                yield OpenCard(session, certificate, choice)
                return
    raise CardUnsupported("no authentication certificate")


def _tokens(library: Any, choice: CardChoice) -> list[Token]:
    slots = [slot for slot in _slots(library) if not _is_virtual(slot)]
    if not slots:
        raise ReaderMissing
    tokens: list[Token] = []
    unknown = 0
    for slot in slots:
        try:
            token = slot.get_token()
        except pkcs11.TokenNotPresent:
            continue
        except pkcs11.TokenNotRecognised:
            unknown += 1
            continue
        if _is_usable(token) and choice.fits(token):
            tokens.append(token)
    if not tokens:
        raise CardUnsupported("card is not known") if unknown else CardMissing
    return tokens


def _slots(library: Any) -> list[Slot]:
    try:
        slots: list[Slot] = library.get_slots()
    except pkcs11.PKCS11Error:
        # The card service of the system may have been restarted.
        library.reinitialize()
        slots = library.get_slots()
    return slots


def _is_virtual(slot: Slot) -> bool:
    return _VIRTUAL_READER in slot.slot_description.lower()


def _is_usable(token: Token) -> bool:
    return bool(token.flags & TokenFlag.TOKEN_INITIALIZED or token.label)


@contextmanager
def _session(token: Token) -> Iterator[Session]:
    session = token.open()
    try:
        yield session
    finally:
        # Closing fails when the card is gone; then there is nothing left to close.
        with suppress(pkcs11.PKCS11Error):
            session.close()


def _certificate(session: Session, label: str) -> Certificate | None:
    wanted = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: label}
    for found in list(session.get_objects(wanted)):
        # A file of zeros means that the card has no such certificate.
        with suppress(CertificateUntrusted):
            return Certificate.parse(found[Attribute.VALUE])
    return None
