"""Port ``CardSigner`` with a second way: the setting ``auto``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bridge.errors import MiddlewareCannotSign, MiddlewareCrashed, MiddlewareMissing

if TYPE_CHECKING:
    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.domain.secrets import Pin
    from bridge.ports.card import CardFacts, CardSigner

_UNFIT: Final = (MiddlewareMissing, MiddlewareCrashed, MiddlewareCannotSign)
"""Failures of the library, not of the card; ``MiddlewareWrongBitness`` is a missing one."""


class SwitchingSigner:
    """Looks at the card by the first way that can use it, and signs by the same way.

    A signature that failed is never tried by the other way: the PIN may have been judged.
    """

    def __init__(self, first: CardSigner, second: CardSigner) -> None:
        """Take both ways; each look at the card begins with the first."""
        self._first = first
        self._second = second
        self._chosen = first

    async def facts(self, *, holder: str | None = None) -> CardFacts:
        """Look at the card, by the second way where the library of the first is unfit.

        Raises:
            CardError: as the way that was used says.
        """
        try:
            facts = await self._first.facts(holder=holder)
        except _UNFIT:
            facts = await self._second.facts(holder=holder)
            self._chosen = self._second
            return facts
        self._chosen = self._first
        return facts

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Sign by the way that showed the card last.

        Raises:
            CardError, InputError: as that way says.
        """
        return await self._chosen.sign(data, algorithm=algorithm, pin=pin)
