"""What a signer remembers between looking at a card and signing with it, for this run only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bridge.adapters.pkcs11.job import SignJob
from bridge.errors import (
    CardError,
    CardExchanged,
    CardMissing,
    CardUnsupported,
    LastTryRefused,
    MiddlewareCannotSign,
    MiddlewareMissing,
    PinCancelled,
    PromptUnavailable,
    ReaderMissing,
    ReaderRemoved,
)

if TYPE_CHECKING:
    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.ports.card import CardFacts

_COST_NO_TRY: Final = (
    CardExchanged,
    CardMissing,
    CardUnsupported,
    LastTryRefused,
    MiddlewareCannotSign,
    MiddlewareMissing,
    PinCancelled,
    PromptUnavailable,
    ReaderMissing,
    ReaderRemoved,
)
"""Failures in which no PIN was judged; any other may have cost a try."""


class CardMemory:
    """The card seen last, and the cards whose last attempt failed."""

    def __init__(self) -> None:
        self._seen: bytes | None = None
        self._failed: set[bytes] = set()

    def keep(self, facts: CardFacts) -> CardFacts:
        """Remember the card that is shown."""
        self._seen = facts.authentication_certificate
        return facts

    @contextmanager
    def attempt(self, data: bytes, algorithm: SignatureAlgorithm) -> Iterator[SignJob]:
        """Describe one signature with the card seen last, and remember how it ends."""
        seen = self._seen
        try:
            yield SignJob(
                data=data,
                algorithm=algorithm,
                expected=seen,
                has_failed_before=seen in self._failed,
            )
        except CardError as error:
            if seen is not None and not isinstance(error, _COST_NO_TRY):
                self._failed.add(seen)
            raise
        self._failed -= {seen}
