"""The software card: behaves towards the port ``CardSigner`` as an eID does.

Source: *eID card* 6 and 7 (three tries, a right PIN restores them), 12 (keypad).
"""

from __future__ import annotations

import hmac
from typing import Final, Literal

from bridge.crypto.algorithms import SignatureAlgorithm, sign
from bridge.crypto.certificates import Certificate
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardMissing,
    CardRemoved,
    CardWithoutCertificate,
    PinBlocked,
    PinCancelled,
    PinTimeout,
    PinWrong,
)
from bridge.ports.card import CardFacts
from bridge.sandbox.nurse import Nurse
from bridge.sandbox.pki import PrivateKey
from bridge.sandbox.scenarios import ScenarioBoard

MOST_TRIES: Final = 3
READER: Final = "Sandbox reader"

_TRIES_OF: Final = {"pin_blocked": 0, "pin_last_try": 1, "last_try_consented": 1}
"""Scenario to the tries the card says it still grants."""

Step = Literal["facts", "pin", "sign"]


class SoftwareCard:
    """One card in one reader, with counters by which tests prove how often it was asked.

    Attributes:
        pins_verified: How many PINs the card was asked to verify.
        signatures: How many signatures its authentication key has made.
    """

    def __init__(
        self,
        nurse: Nurse,
        *,
        scenario: ScenarioBoard,
        expired: Certificate,
        has_keypad: bool = False,
    ) -> None:
        """Insert the card of a nurse.

        Args:
            nurse: Whose card it is.
            scenario: Decides how the card misbehaves.
            expired: What it shows in the scenario ``card_expired``.
            has_keypad: Let the reader ask for the PIN; it then enters the right one by itself.
        """
        self._credential = nurse.eid
        self._pin = nurse.pin
        self._scenario = scenario
        self._expired = expired
        self._has_keypad = has_keypad
        self._removed_at: Step | None = None
        self._tries_left = MOST_TRIES
        self.pins_verified = 0
        self.signatures = 0

    @property
    def tries_left(self) -> int:
        """PIN tries the card still grants."""
        return _TRIES_OF.get(self._scenario.name, self._tries_left)

    def pull_at(self, step: Step | None) -> None:
        """Let the card be pulled out at a step of the next calls; ``None`` puts it back."""
        self._removed_at = step

    def unblock(self) -> None:
        """Give all tries back, as a visit to the municipality does."""
        self._tries_left = MOST_TRIES

    def export_for_token(self) -> tuple[PrivateKey, Certificate]:
        """Give key and certificate, to be loaded into a PKCS#11 token instead."""
        return self._credential.key, self._credential.certificate

    async def facts(self, *, holder: str | None = None) -> CardFacts:
        """Look at the card, the only one there is, whoever's is wanted.

        Raises:
            CardMissing: there is none.
            CardWithoutCertificate: the scenario says that the card has no keys.
        """
        del holder
        if self._scenario.name == "card_missing" or self._removed_at == "facts":
            raise CardMissing
        if self._scenario.name == "card_without_certificate":
            raise CardWithoutCertificate
        is_expired = self._scenario.name == "card_expired"
        shown = self._expired if is_expired else self._credential.certificate
        return CardFacts(
            reader=READER,
            authentication_certificate=shown.der,
            has_keypad=self._has_keypad,
            tries_left=self.tries_left,
        )

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Verify the PIN and sign once; the PIN state is dropped afterwards.

        Raises:
            CardMissing, CardRemoved: the card is not there, or was pulled out.
            PinWrong, PinBlocked: the card refuses the PIN.
            PinCancelled, PinTimeout: at the keypad.
        """
        if self._scenario.name == "card_missing" or self._removed_at == "facts":
            raise CardMissing
        if self._removed_at == "pin":
            raise CardRemoved
        self._verify(pin)
        if self._removed_at == "sign" or self._scenario.name == "card_removed":
            raise CardRemoved
        self.signatures += 1
        return sign(self._credential.key, algorithm, data)

    def _verify(self, pin: Pin | None) -> None:
        if pin is None:
            is_right = self._typed_on_keypad()
        else:
            is_right = hmac.compare_digest(pin.buffer, self._pin)
        if self.tries_left == 0:
            raise PinBlocked
        self.pins_verified += 1
        if is_right:
            self._tries_left = MOST_TRIES
            return
        self._tries_left -= 1
        if self._tries_left == 0:
            raise PinBlocked
        raise PinWrong(tries_left=self._tries_left)

    def _typed_on_keypad(self) -> bool:
        if not self._has_keypad or self._scenario.name == "pin_cancelled":
            raise PinCancelled
        if self._scenario.name == "pin_timeout":
            raise PinTimeout
        return self._scenario.name != "pin_wrong"
