"""Who is this: the holder of a card, believed only after every signature was verified.

Reading needs no PIN, so a card in a reader is access to personal data: only what was asked for is
read, and nothing of it is kept here.
Source: *Belgian eID card* 5, 9 and 10.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.domain.cards import (
    CardHolder,
    CardKind,
    ReaderSnapshot,
    ReaderState,
    ServiceState,
    is_named,
)
from bridge.eid.files import ADDRESS_FILES, CHAIN_FILES, IDENTITY_FILES
from bridge.eid.holder import CardChain, verified_holder
from bridge.eid.trust import BelgianRoots
from bridge.errors import (
    CardError,
    CardExchanged,
    CardMissing,
    CardServiceStopped,
    CardUnsupported,
    NotFound,
    ReaderMissing,
)
from bridge.ports.card import CardFacts, CardReader
from bridge.ports.clock import Clock

_PERHAPS_EID: Final = frozenset({CardKind.EID, CardKind.UNREAD})
"""What reading is tried on: a card that another program held a moment ago may be free by now."""


class IdentityService:
    """Reads and verifies the holder of a card.

    Attributes:
        card_until: End of the certificate of the card that was to sign last.
    """

    def __init__(
        self,
        *,
        reader: CardReader,
        roots: BelgianRoots,
        clock: Clock,
        has_chain_check: bool = True,
    ) -> None:
        """Take the port and whom to trust.

        Args:
            reader: Where cards are read.
            roots: The roots of the cards.
            clock: Tells the moment of each judgement.
            has_chain_check: Refuse a card of an unknown root before the PIN is asked.
        """
        self._reader = reader
        self._roots = roots
        self._clock = clock
        self._has_chain_check = has_chain_check
        self.card_until: datetime | None = None

    async def who(self, reader_id: str, *, has_address: bool = False) -> CardHolder:
        """Read the holder of the eID in a reader.

        Raises:
            CardServiceStopped: nothing can be read at all.
            NotFound: no reader of that identifier.
            CardMissing, CardUnsupported: nothing, or no eID, in it.
            CardUntrusted, CardDataInvalid: what it says cannot be believed.
            CardError: it cannot be read.
        """
        reader = self._running().reader(reader_id)
        if reader is None:
            raise NotFound
        _require_eid(reader)
        files = ADDRESS_FILES if has_address else IDENTITY_FILES
        return verified_holder(
            await self._reader.read(reader_id, files),
            roots=self._roots,
            at=self._clock.now(),
            has_address=has_address,
        )

    async def check(self, facts: CardFacts) -> None:
        """Judge the card that will sign, before its PIN is asked.

        A reader that PC/SC does not know, such as that of a software token, is not judged.

        Raises:
            CardUntrusted: its certificates lead to no trusted root.
            CardExchanged: another card lies in the reader now.
            CardExpired, CardWithoutCertificate, CardError: as named.
        """
        shown = Certificate.parse(facts.authentication_certificate)
        self.card_until = shown.not_after
        found = self._eid_in(facts.reader)
        if found is None or not self._has_chain_check:
            return
        files = await self._reader.read(found.id, CHAIN_FILES)
        leaf = CardChain.of(files).verify(self._roots, at=self._clock.now())
        if leaf != shown:
            raise CardExchanged

    def readable(self) -> list[str]:
        """Give the identifiers of the readers in which an eID lies, or may lie.

        Raises:
            CardServiceStopped, ReaderMissing, CardMissing, CardUnsupported, CardError: why there
                is none.
        """
        readers = self._running().readers
        found = [each.id for each in readers if each.card and each.card.kind in _PERHAPS_EID]
        if found:
            return found
        if not readers:
            raise ReaderMissing
        for reader in readers:
            if reader.card is not None:
                _require_eid(reader)
        raise CardMissing

    def _eid_in(self, name: str) -> ReaderState | None:
        readers = self._reader.snapshot().readers
        found = next((each for each in readers if is_named(each, name)), None)
        is_eid = found and found.card and found.card.kind is CardKind.EID
        return found if is_eid else None

    def _running(self) -> ReaderSnapshot:
        snapshot = self._reader.snapshot()
        if snapshot.service is not ServiceState.RUNNING:
            raise CardServiceStopped
        return snapshot


def _require_eid(reader: ReaderState) -> None:
    """Refuse a reader in which no eID can be.

    Raises:
        CardMissing, CardUnsupported: there is nothing, or another card, in it.
        CardError: what is in it does not answer.
    """
    if reader.card is None:
        raise CardMissing
    if reader.card.kind is CardKind.FOREIGN:
        raise CardUnsupported
    if reader.card.kind is CardKind.MUTE:
        raise CardError
