"""One job on the card through a PKCS#11 library, step by step; owned by one thread.

The same steps run in the daemon's card thread (software tokens) and in the worker process (real
middleware).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bridge.adapters.pkcs11.binaryformat import is_for_other_processor
from bridge.adapters.pkcs11.card import OpenCard, opened_card
from bridge.adapters.pkcs11.errors import pkcs11_errors
from bridge.adapters.pkcs11.job import CardPart, SignJob
from bridge.adapters.pkcs11.login import Login
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.errors import (
    CardError,
    CardMissing,
    CardRemoved,
    CardUnsupported,
    LastTryRefused,
    MiddlewareCannotSign,
    MiddlewareMissing,
    MiddlewareWrongBitness,
    PinBlocked,
    PromptUnavailable,
    ReaderMissing,
    ReaderRemoved,
    SignatureInvalid,
)
from bridge.ports.card import CardFacts

if TYPE_CHECKING:
    from bridge.crypto.certificates import Certificate
    from bridge.domain.secrets import Pin

_FITTING_KEY: Final[dict[SignatureAlgorithm, type]] = {
    SignatureAlgorithm.RSA_SHA256: RSAPublicKey,
    SignatureAlgorithm.ECDSA_SHA256: EllipticCurvePublicKey,
    SignatureAlgorithm.ECDSA_SHA384: EllipticCurvePublicKey,
}

_NOTICED_S: Final = 1.0
_GLANCE_S: Final = 0.1

AfterJob = Callable[[str], None]
"""Takes the verified state from the card in the named reader; never raises."""

TriesOf = Callable[[str], int | None]
"""Tells the PIN tries left on the card in the named reader, where it tells; never raises."""


class CardCore:
    """Looks at cards and signs; every call on the same thread.

    The library is loaded with the first use, and again after a failure, so that middleware that
    is installed later is found.
    """

    def __init__(
        self,
        part: CardPart,
        *,
        after_job: AfterJob | None = None,
        tries_of: TriesOf | None = None,
    ) -> None:
        """Choose library and card; nothing is loaded yet.

        Args:
            part: Library and key.
            after_job: Called with the reader after each signature, failed or not: log-out does
                not reach the card through every library (*Belgian eID card* 14).
            tries_of: Asked where the library does not tell the tries.
        """
        self._part = part
        self._after_job: AfterJob = after_job or (lambda _reader: None)
        self._tries_of: TriesOf = tries_of or (lambda _reader: None)

    def facts(self, holder: str | None) -> CardFacts:
        """Look at the card of the holder, or at the first one; asks no PIN.

        Raises:
            ReaderMissing, CardMissing, CardUnsupported, CardWithoutCertificate: as named.
            MiddlewareMissing, MiddlewareWrongBitness: the library cannot be loaded.
            MiddlewareCannotSign: the library has no mechanism for the card's key.
            CardError: the card cannot be read.
        """
        library = self.load()

        def wanted(found: Certificate) -> bool:
            return holder in {None, found.identity.niss}

        with pkcs11_errors(), opened_card(library, self._part.choice, wanted=wanted) as card:
            if not card.can_sign():
                raise MiddlewareCannotSign
            return CardFacts(
                reader=card.reader,
                authentication_certificate=card.certificate.der,
                has_keypad=card.has_keypad,
                tries_left=_CardNow(card, self._tries_of).tries_left(),
                asks_itself=self._asks_itself(card),
            )

    def sign(self, job: SignJob, pin: Pin | None) -> bytes:
        """Sign after one PIN verification; the PIN is wiped.

        On a reader with a keypad the PIN is entered there, even if one is given.
        The signature is verified with the certificate before it is given out.

        Raises:
            PinWrong, PinBlocked, PinCancelled, PinRequired: as named.
            LastTryRefused: the library's own window is not opened for a last try.
            PromptUnavailable: nobody would ask for the PIN.
            CardExchanged: the card that was seen is not there; the PIN reached no card.
            CardMissing, CardRemoved, CardUnsupported, ReaderMissing, ReaderRemoved,
            MiddlewareMissing, MiddlewareCannotSign: as named.
            CardError: the card failed, or gave a wrong signature.
        """

        def wanted(found: Certificate) -> bool:
            return job.expected in {None, found.der}

        try:
            with (
                _known(job),
                pkcs11_errors(),
                opened_card(self.load(), self._part.choice, wanted=wanted, is_strict=True) as card,
            ):
                self._check(card, job, pin)
                now = _CardNow(card, self._tries_of)
                with self._closed_afterwards(card), pkcs11_errors(now):
                    signature = self._sign_once(card, job, pin)
        finally:
            if pin is not None:
                pin.wipe()
        try:
            public_key = card.certificate.public_key
            verify(public_key, job.algorithm, signature=signature, data=job.data)
        except SignatureInvalid as error:
            raise CardError("the card gave a wrong signature") from error
        return signature

    def load(self) -> Any:
        """Load the library, or give the one that is loaded.

        Raises:
            MiddlewareMissing: there is none, or it is no PKCS#11 library.
            MiddlewareWrongBitness: it is made for another word size or processor.
        """
        path = self._path()
        try:
            return pkcs11.lib(str(path))
        except (pkcs11.PKCS11Error, OSError) as error:
            if is_for_other_processor(path):
                raise MiddlewareWrongBitness from error
            raise MiddlewareMissing from error

    @contextmanager
    def _closed_afterwards(self, card: OpenCard) -> Iterator[None]:
        """Take the verified state from the card, whatever happened."""
        try:
            yield
        finally:
            self._after_job(card.reader)

    def _asks_itself(self, card: OpenCard) -> bool:
        return self._part.has_dialogue and not card.needs_login and not card.has_keypad

    def _check(self, card: OpenCard, job: SignJob, pin: Pin | None) -> None:
        fitting = _FITTING_KEY.get(job.algorithm)
        if fitting is None or not isinstance(card.certificate.public_key, fitting):
            raise CardUnsupported("the key does not fit the algorithm")
        if not card.can_sign():
            raise MiddlewareCannotSign
        if pin is not None or card.has_keypad:
            return
        if not self._asks_itself(card):
            raise PromptUnavailable("the reader has no keypad")
        tries_left = _CardNow(card, self._tries_of).tries_left()
        if tries_left == 0:
            raise PinBlocked
        if tries_left == 1 or (tries_left is None and job.has_failed_before):
            # That window may ask again and again inside one call (*Belgian eID card* 14, rule 10).
            raise LastTryRefused

    def _sign_once(self, card: OpenCard, job: SignJob, pin: Pin | None) -> bytes:
        login = Login(self._path())
        try:
            if card.has_keypad:
                login.log_in_on_keypad(card.handle)
            elif pin is not None:
                login.log_in(card.handle, pin)
            else:
                # A card that somebody else left open would sign without asking anybody.
                self._after_job(card.reader)
            return card.sign(job.data, job.algorithm)
        finally:
            # The verified state belongs to the card: left open, any program could sign.
            login.log_out(card.handle)

    def _path(self) -> Path:
        module = self._part.module
        if module is None or not module.is_absolute() or not module.is_file():
            raise MiddlewareMissing
        return module


@dataclass(frozen=True)
class _CardNow:
    """A card as it is now, by all who can tell."""

    card: OpenCard
    tries_of: TriesOf

    def tries_left(self) -> int | None:
        """Give the tries left, by the library or by the card itself."""
        told = self.card.tries_left()
        return self.tries_of(self.card.reader) if told is None else told

    def is_present(self) -> bool:
        """Tell whether the card is still there; some readers tell after half a second only."""
        deadline = time.monotonic() + _NOTICED_S
        while self.card.is_present():
            if time.monotonic() > deadline:
                return True
            time.sleep(_GLANCE_S)
        return False


@contextmanager
def _known(job: SignJob) -> Iterator[None]:
    """Say that a card that was seen went away, where one that was not would be missing."""
    try:
        yield
    except CardMissing as error:
        raise error if job.expected is None else CardRemoved from error
    except ReaderMissing as error:
        raise error if job.expected is None else ReaderRemoved from error
