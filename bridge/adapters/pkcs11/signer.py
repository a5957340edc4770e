"""Port ``CardSigner`` through a PKCS#11 library in this process: for software tokens.

A library for real cards may crash or hang; it lives in a worker process
(``bridge.adapters.pkcs11.process``).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pkcs11.core import AfterJob, CardCore
from bridge.adapters.pkcs11.job import CardChoice, CardPart
from bridge.adapters.pkcs11.memory import CardMemory

if TYPE_CHECKING:
    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.domain.secrets import Pin
    from bridge.ports.card import CardFacts

_ANY_CARD: Final = CardChoice()


class Pkcs11Signer:
    """Signs with the authentication key of the card in the reader.

    A card that was changed since the last look is refused before the PIN reaches it
    (*Belgian eID card* 14, rule 11).
    """

    def __init__(
        self,
        module: Path | None,
        *,
        choice: CardChoice = _ANY_CARD,
        has_dialogue: bool = False,
        after_job: AfterJob | None = None,
        thread: CardThread | None = None,
    ) -> None:
        """Choose library and card; nothing is loaded yet.

        Args:
            module: Full path of the library; ``None`` when none was found.
            choice: Which token and key.
            has_dialogue: Let the library ask in its own window, where it offers to (D9).
            after_job: See ``CardCore``.
            thread: The thread that owns this library; needed when two signers share a library.
        """
        part = CardPart(module=module, choice=choice, has_dialogue=has_dialogue)
        self._core = CardCore(part, after_job=after_job)
        self._thread = thread or CardThread()
        self._memory = CardMemory()

    async def facts(self, *, holder: str | None = None) -> CardFacts:
        """Look at the card; asks no PIN.

        Raises:
            CardError: see ``CardCore.facts``.
        """
        return await self._thread.run(partial(self._look, holder))

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Sign ``data`` after verifying the PIN once; the PIN is wiped.

        Raises:
            CardError, InputError: see ``CardCore.sign``.
        """
        return await self._thread.run(partial(self._sign, data, algorithm, pin))

    async def close(self) -> None:
        """End the card thread; a thread that was given is ended too."""
        await self._thread.close()

    def _look(self, holder: str | None) -> CardFacts:
        return self._memory.keep(self._core.facts(holder))

    def _sign(self, data: bytes, algorithm: SignatureAlgorithm, pin: Pin | None) -> bytes:
        with self._memory.attempt(data, algorithm) as job:
            return self._core.sign(job, pin)
