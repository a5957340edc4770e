"""Finding the card and its authentication key, and signing with it; runs on the card thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import pkcs11
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pkcs11 import Attribute, Mechanism, ObjectClass, SlotFlag, TokenFlag
from pkcs11.types import SignMixin

from bridge.adapters.pkcs11.job import CardChoice
from bridge.crypto.algorithms import SignatureAlgorithm, hash_for
from bridge.crypto.certificates import Certificate
from bridge.errors import (
    CardExchanged,
    CardMissing,
    CardUnsupported,
    CardWithoutCertificate,
    CertificateUntrusted,
    ReaderMissing,
)

if TYPE_CHECKING:
    from pkcs11.types import Session, Slot, Token

_VIRTUAL_READER: Final = "windows hello"
_EID_LABEL: Final = "BELPIC"
_COUNTER_LABEL: Final = "carddata_pin_counter"
_MOST_TRIES: Final = 15


class OpenCard:
    """One card with a session on it; alive within ``opened_card`` only."""

    def __init__(
        self, library: Any, session: Session, certificate: Certificate, choice: CardChoice
    ) -> None:
        self.session = session
        self._library = library
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

    @property
    def needs_login(self) -> bool:
        """Tell whether the library waits for a PIN of ours; without, it asks in its own window."""
        return bool(self.session.token.flags & TokenFlag.LOGIN_REQUIRED)

    def can_sign(self) -> bool:
        """Tell whether the library has the mechanism that the card's key needs.

        OpenSC before 0.27 reads cards with EC keys and has none for them.
        """
        return self._mechanism in self._slot.get_mechanisms()

    def is_present(self) -> bool:
        """Tell whether a card is still in the reader.

        The readers are listed for that: some libraries notice nothing before.
        """
        number = self._slot.slot_id
        try:
            slot = next(each for each in self._library.get_slots() if each.slot_id == number)
            slot.get_token()
        except (pkcs11.PKCS11Error, StopIteration):
            return False
        return bool(slot.flags & SlotFlag.TOKEN_PRESENT)

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
        if self._mechanism is Mechanism.SHA256_RSA_PKCS:
            return key.sign(data, mechanism=self._mechanism)
        digest = hashes.Hash(hash_for(algorithm))
        digest.update(data)
        return key.sign(digest.finalize(), mechanism=self._mechanism)

    @property
    def _mechanism(self) -> Mechanism:
        """The only mechanism per kind of key that all libraries share (*eID card* 11)."""
        is_rsa = isinstance(self.certificate.public_key, RSAPublicKey)
        return Mechanism.SHA256_RSA_PKCS if is_rsa else Mechanism.ECDSA

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


Judge = Callable[[Certificate], bool]
"""Tells whether a card is the wanted one, by its authentication certificate."""


@contextmanager
def opened_card(
    library: Any,
    choice: CardChoice,
    *,
    wanted: Judge = lambda _: True,
    is_strict: bool = False,
) -> Iterator[OpenCard]:
    """Open the wanted card, or the first one that has the authentication certificate.

    Readers are listed anew each time, so cards and readers may come and go.
    The certificate is read in the session that is given out: nobody can exchange the card between
    the look and the use.

    Args:
        library: The loaded library.
        choice: Which tokens and which key.
        wanted: Which card is meant when several are there.
        is_strict: Give no other card than the wanted one.

    Raises:
        ReaderMissing: no reader.
        CardMissing: no card in any reader.
        CardUnsupported: no card has an authentication certificate;
            ``CardWithoutCertificate`` when one of them is an eID.
        CardExchanged: there are cards, but the wanted one is not among them.
    """
    tokens = _tokens(library, choice)
    others: list[Token] = []
    failures: list[pkcs11.PKCS11Error] = []
    for token in tokens:
        with ExitStack() as stack:
            try:
                card = stack.enter_context(_card_on(library, token, choice))
            except pkcs11.PKCS11Error as error:
                # One broken card must not hide another one.
                failures.append(error)
                continue
            if card is not None and wanted(card.certificate):
                yield card
                return
            others += [] if card is None else [token]
    if others and is_strict:
        raise CardExchanged
    if not others:
        raise _no_card(tokens, failures)
    with _card_on(library, others[0], choice) as card:
        if card is None:
            raise CardExchanged
        yield card


def _no_card(tokens: list[Token], failures: list[pkcs11.PKCS11Error]) -> Exception:
    if failures:
        return failures[0]
    if any(token.label.startswith(_EID_LABEL) for token in tokens):
        return CardWithoutCertificate("no authentication certificate")
    return CardUnsupported("no authentication certificate")


@contextmanager
def _card_on(library: Any, token: Token, choice: CardChoice) -> Iterator[OpenCard | None]:
    """Open a token; gives ``None`` when it has no authentication certificate."""
    with _session(token) as session:
        certificate = _certificate(session, choice.key_label)
        yield None if certificate is None else OpenCard(library, session, certificate, choice)


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
    """List the readers; a library that lost the card service is initialised anew.

    OpenSC answers with an error or with no readers after the service was restarted.
    """
    slots: list[Slot] = []
    with suppress(pkcs11.PKCS11Error):
        slots = library.get_slots()
    if not slots:
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
