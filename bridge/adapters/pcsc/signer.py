"""Port ``CardSigner`` by commands to the card, without any library of others.

A practice without the official middleware can work this way.
Source: *Belgian eID card* 7 and 14.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.api import Pcsc
from bridge.adapters.pcsc.card import EidCard, judge_verify
from bridge.adapters.pcsc.connection import CardConnection, opened
from bridge.adapters.pcsc.keypad import find_keypad
from bridge.adapters.pcsc.names import reader_kind
from bridge.crypto.algorithms import SignatureAlgorithm, hash_for, verify
from bridge.crypto.certificates import Certificate
from bridge.domain.cards import ReaderKind
from bridge.domain.secrets import Pin
from bridge.eid import apdu
from bridge.eid.files import EidFile
from bridge.eid.holder import certificate
from bridge.errors import (
    CardError,
    CardExchanged,
    CardMissing,
    CardServiceStopped,
    CardUnsupported,
    CardWithoutCertificate,
    PromptUnavailable,
    ReaderMissing,
    ReaderTimeout,
    SignatureInvalid,
)
from bridge.ports.card import CardFacts

T = TypeVar("T")

_LOOK_S: Final = 30
_SIGN_S: Final = 90
"""Above the 30 s of a keypad and a card that is slow."""
_RELEASE_S: Final = 2
_DIGEST_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""What PKCS#1 v1.5 puts before a SHA-256 hash (RFC 8017, 9.2)."""
_ALGORITHMS: Final[dict[SignatureAlgorithm, tuple[type, int, bytes]]] = {
    SignatureAlgorithm.RSA_SHA256: (RSAPublicKey, apdu.RSA_PKCS1, _DIGEST_INFO),
    SignatureAlgorithm.ECDSA_SHA256: (EllipticCurvePublicKey, apdu.ECDSA_SHA256, b""),
    SignatureAlgorithm.ECDSA_SHA384: (EllipticCurvePublicKey, apdu.ECDSA_SHA384, b""),
}
"""Kind of key, algorithm byte, and what stands before the hash."""


@dataclass(frozen=True, kw_only=True)
class _Seen:
    reader: str
    certificate: Certificate
    facts: CardFacts


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One signature.

    Attributes:
        algorithm: Byte of the environment.
        text: What the card signs.
        left: Set when nobody wants the signature any more.
    """

    algorithm: int
    text: bytes
    pin: Pin | None
    left: threading.Event


class CommandSigner:
    """Signs with the authentication key of an eID by commands of our own."""

    def __init__(self, scard: Any | None, *, thread: CardThread, language: str = "en") -> None:
        """Prepare; nothing is opened yet.

        Args:
            scard: The library of ``load_scard``, or a ``DriverProcess`` in its place.
            thread: The card thread.
            language: What a keypad with a display speaks.
        """
        self._pcsc = Pcsc(scard)
        self._thread = thread
        self._language = language
        self._chosen: _Seen | None = None
        self._in_doubt: set[str] = set()

    async def facts(self, *, holder: str | None = None) -> CardFacts:
        """Look at the cards; asks no PIN.

        Raises:
            ReaderTimeout: a driver hangs, or another program keeps a card busy for 30 s.
            CardError: as the port says.
        """
        job = partial(self._look, holder)
        return await self._thread.run(partial(self._guarded, job), limit_s=_LOOK_S)

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Sign ``data`` after verifying the PIN once; the PIN is wiped.

        A caller that is cancelled, or waits for too long, has not signed: the PIN stays here,
        unless it was at the card already.

        Raises:
            CardError: as the port says.
        """
        left = threading.Event()
        job = partial(self._sign, data, algorithm, pin=pin, left=left)
        try:
            return await self._thread.run(
                partial(self._guarded, job), limit_s=_SIGN_S, on_leave=left.set
            )
        finally:
            if pin is not None:
                pin.wipe()

    async def close(self) -> None:
        """Give the context back; the card thread is its owner's."""
        with suppress(ReaderTimeout, CardServiceStopped):
            await self._thread.run(self._pcsc.release, limit_s=_RELEASE_S)

    def _guarded(self, job: Callable[[], T]) -> T:
        try:
            return job()
        except CardServiceStopped:
            # The context died with the service; the next job makes a new one.
            self._pcsc.release()
            raise

    def _look(self, holder: str | None) -> CardFacts:
        names = [name for name in self._pcsc.readers() if reader_kind(name) is ReaderKind.PHYSICAL]
        if not names:
            raise ReaderMissing
        found: list[_Seen] = []
        errors: list[CardError] = []
        for name in names:
            try:
                found.append(self._look_at(name))
            except CardServiceStopped:
                raise
            except CardError as error:
                errors.append(error)
        if not found:
            raise _most_telling(errors)
        fitting = [each for each in found if each.certificate.identity.niss == holder]
        self._chosen = (fitting or found)[0]
        return self._chosen.facts

    def _look_at(self, name: str) -> _Seen:
        with opened(self._pcsc, name) as connection, connection.transaction():
            card = EidCard(connection)
            data = card.select()
            if name in self._in_doubt:
                # A verified card would not tell its tries, and would sign for anybody.
                card.log_off()
                self._in_doubt.discard(name)
            held = _authentication_certificate(card)
            has_keypad = find_keypad(connection, name) is not None
            left = card.tries_left(data)
        facts = CardFacts(
            reader=name,
            authentication_certificate=held.der,
            has_keypad=has_keypad,
            tries_left=left,
        )
        return _Seen(reader=name, certificate=held, facts=facts)

    def _sign(
        self,
        data: bytes,
        algorithm: SignatureAlgorithm,
        *,
        pin: Pin | None,
        left: threading.Event,
    ) -> bytes:
        if self._chosen is None:
            self._look(None)
        chosen = self._chosen
        if chosen is None:
            raise CardMissing
        byte, text = _prepared(chosen.certificate, algorithm, data)
        job = _Job(algorithm=byte, text=text, pin=pin, left=left)
        with opened(self._pcsc, chosen.reader) as connection, connection.transaction():
            signature = self._sign_with(connection, chosen, job)
        try:
            verify(chosen.certificate.public_key, algorithm, signature=signature, data=data)
        except SignatureInvalid as error:
            raise CardError("the card gave a wrong signature") from error
        return signature

    def _sign_with(self, connection: CardConnection, chosen: _Seen, job: _Job) -> bytes:
        card = EidCard(connection)
        if not _is_card_of(chosen, card):
            raise CardExchanged
        keypad = find_keypad(connection, chosen.reader)
        if job.pin is None and keypad is None:
            raise PromptUnavailable("the reader has no keypad")
        card.set_environment(job.algorithm)
        if job.left.is_set():
            raise ReaderTimeout("nobody waits for this signature any more")
        try:
            # A keypad is used even when a PIN was given (SEC-81).
            if keypad is not None:
                judge_verify(keypad.verify(connection, language=self._language))
            elif job.pin is not None:
                card.verify(job.pin)
            return card.sign(job.text)
        except ReaderTimeout:
            # Whether the card judged the PIN is not known, nor whether it can be told to forget it.
            self._in_doubt.add(chosen.reader)
            raise
        finally:
            _log_off(card)


def _is_card_of(chosen: _Seen, card: EidCard) -> bool:
    try:
        card.select()
        return _authentication_certificate(card) == chosen.certificate
    except CardUnsupported:
        return False


def _authentication_certificate(card: EidCard) -> Certificate:
    content = card.read(EidFile.AUTHENTICATION_CERTIFICATE)
    held = None if content is None else certificate(content)
    if held is None:
        raise CardWithoutCertificate
    return held


def _prepared(
    held: Certificate,
    algorithm: SignatureAlgorithm,
    data: bytes,
) -> tuple[int, bytes]:
    """Give the algorithm byte and what the card signs: the hash is always made outside."""
    known = _ALGORITHMS.get(algorithm)
    if known is None or not isinstance(held.public_key, known[0]):
        raise CardUnsupported("the key does not fit the algorithm")
    digest = hashes.Hash(hash_for(algorithm))
    digest.update(data)
    return known[1], known[2] + digest.finalize()


def _log_off(card: EidCard) -> None:
    """Log off whatever happened; a card that is gone has forgotten the PIN by itself."""
    try:
        card.log_off()
    except CardError:
        return


def _most_telling(errors: list[CardError]) -> CardError:
    """Of several readers without a usable card, tell what the user can act on."""
    telling = [error for error in errors if not isinstance(error, CardMissing)]
    return (telling or errors)[0]
