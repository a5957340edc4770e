"""Port ``CardSigner`` through a PKCS#11 library."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bridge.adapters.pkcs11.card import CardChoice, OpenCard, opened_card
from bridge.adapters.pkcs11.errors import pkcs11_errors
from bridge.adapters.pkcs11.login import Login
from bridge.adapters.pkcs11.thread import CardThread
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.errors import (
    CardError,
    CardRemoved,
    CardUnsupported,
    MiddlewareMissing,
    PromptUnavailable,
    SignatureInvalid,
)
from bridge.ports.card import CardFacts

if TYPE_CHECKING:
    from bridge.crypto.certificates import Certificate
    from bridge.domain.secrets import Pin

_ANY_CARD: Final = CardChoice()
_FITTING_KEY: Final[dict[SignatureAlgorithm, type]] = {
    SignatureAlgorithm.RSA_SHA256: RSAPublicKey,
    SignatureAlgorithm.ECDSA_SHA256: EllipticCurvePublicKey,
    SignatureAlgorithm.ECDSA_SHA384: EllipticCurvePublicKey,
}


class Pkcs11Signer:
    """Signs with the authentication key of the card in the reader.

    The library is loaded with the first use, and again after a failure, so that middleware that
    is installed later is found.
    A card that was changed since the last look is refused before the PIN reaches it
    (*Belgian eID card* 14, rule 11).
    """

    def __init__(
        self,
        module: Path | None,
        *,
        choice: CardChoice = _ANY_CARD,
        thread: CardThread | None = None,
    ) -> None:
        """Choose library and card; nothing is loaded yet.

        Args:
            module: Full path of the library; ``None`` when none was found.
            choice: Which token and key.
            thread: The thread that owns this library; needed when two signers share a library.

        Raises:
            ValueError: the chosen key is the signing key.
        """
        if choice.key_label.casefold() == "signature":
            raise ValueError("the signing key is never used")
        self._module = module
        self._choice = choice
        self._thread = thread or CardThread()
        self._seen: Certificate | None = None

    async def facts(self) -> CardFacts:
        """Look at the card; asks no PIN.

        Raises:
            ReaderMissing, CardMissing, CardUnsupported, MiddlewareMissing: as named.
            CardError: the card cannot be read.
        """
        return await self._thread.run(self._look)

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Sign ``data`` after verifying the PIN once; the PIN is wiped.

        On a reader with a keypad the PIN is entered there, even if one is given.
        The signature is verified with the certificate before it is given out.

        Raises:
            PinWrong, PinBlocked: the card refused the PIN.
            PinCancelled: cancelled on the keypad, or nobody entered a PIN.
            PromptUnavailable: no PIN was given and there is no keypad.
            CardMissing, CardRemoved, CardUnsupported, ReaderMissing, MiddlewareMissing: as named.
            CardError: the card failed, or gave a wrong signature.
        """
        return await self._thread.run(partial(self._sign, data, algorithm, pin))

    async def close(self) -> None:
        """End the card thread; a thread that was given is ended too."""
        await self._thread.close()

    def _look(self) -> CardFacts:
        with pkcs11_errors(), opened_card(self._library(), self._choice) as card:
            self._seen = card.certificate
            return CardFacts(
                reader=card.reader,
                authentication_certificate=card.certificate.der,
                has_keypad=card.has_keypad,
                tries_left=card.tries_left(),
            )

    def _sign(self, data: bytes, algorithm: SignatureAlgorithm, pin: Pin | None) -> bytes:
        try:
            with pkcs11_errors(), opened_card(self._library(), self._choice) as card:
                self._check(card, algorithm, pin)
                with pkcs11_errors(card):
                    signature = self._sign_once(card, data, algorithm, pin)
        finally:
            if pin is not None:
                pin.wipe()
        try:
            verify(card.certificate.public_key, algorithm, signature=signature, data=data)
        except SignatureInvalid as error:
            raise CardError("the card gave a wrong signature") from error
        return signature

    def _check(self, card: OpenCard, algorithm: SignatureAlgorithm, pin: Pin | None) -> None:
        if self._seen not in {None, card.certificate}:
            raise CardRemoved("another card is in the reader")
        fitting = _FITTING_KEY.get(algorithm)
        if fitting is None or not isinstance(card.certificate.public_key, fitting):
            raise CardUnsupported("the key does not fit the algorithm")
        if pin is None and not card.has_keypad:
            raise PromptUnavailable("the reader has no keypad")

    def _sign_once(
        self,
        card: OpenCard,
        data: bytes,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        login = self._login()
        try:
            if pin is None or card.has_keypad:
                login.log_in_on_keypad(card.handle)
            else:
                login.log_in(card.handle, pin)
            return card.sign(data, algorithm)
        finally:
            # The verified state belongs to the card: left open, any program could sign.
            login.log_out(card.handle)

    def _library(self) -> Any:
        try:
            return pkcs11.lib(str(self._path()))
        except (pkcs11.PKCS11Error, OSError) as error:
            raise MiddlewareMissing from error

    def _login(self) -> Login:
        return Login(self._path())

    def _path(self) -> Path:
        if self._module is None or not self._module.is_absolute() or not self._module.is_file():
            raise MiddlewareMissing
        return self._module
