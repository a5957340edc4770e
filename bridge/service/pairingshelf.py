"""All pairings of this installation: in memory for every request, on disk once decided.

Used on the loop alone.
What waits for a decision is in memory only, so that a web site nobody approved writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bridge.domain.pairings import KEPT, Pairing, PairingState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bridge.domain.ids import IdSource
    from bridge.domain.knownsoftware import KnownSoftware
    from bridge.domain.pairings import TokenLimits
    from bridge.ports.clock import Clock
    from bridge.ports.pairings import PairingScreen, SecurityJournal
    from bridge.ports.store import Store
    from bridge.service.actors import ActorBook
    from bridge.service.events import EventBook
    from bridge.service.tickets import TicketBook

FORGOTTEN_AFTER: Final = timedelta(days=1)
"""How long a request that came to nothing is known; then its identifier says nothing any more."""
REVOKED_KEPT_FOR: Final = timedelta(days=365)
CHANGED: Final = "pairing.changed"


@dataclass(frozen=True, kw_only=True)
class PairingParts:
    """What the services of pairings share.

    Attributes:
        instance_id: This installation; tokens of another one are worth nothing here (SEC-135).
        known: What signed lists say of web origins.
        actors: Whom software can act for.
        screen: What the user sees; ``None`` when there is only the command line.
    """

    shelf: PairingShelf
    clock: Clock
    ids: IdSource
    events: EventBook
    journal: SecurityJournal
    instance_id: str
    limits: TokenLimits
    tickets: TicketBook
    language: str
    known: KnownSoftware
    actors: ActorBook
    screen: PairingScreen | None = None

    def tell_changed(self, pairing: Pairing) -> None:
        """Tell the software itself, and nobody else, what became of its pairing."""
        self.events.publish(
            CHANGED,
            object="pairing",
            object_id=pairing.id,
            status=pairing.state.value,
            path="/v1/pairings/current",
            client_id=pairing.id,
        )


class PairingShelf:
    """Finds pairings by identifier and by token, and keeps them."""

    def __init__(self, *, store: Store, clock: Clock, instance_id: str) -> None:
        """Start with nothing; ``load`` reads what was decided in earlier runs."""
        self._store = store
        self._clock = clock
        self._instance_id = instance_id
        self._pairings: dict[str, Pairing] = {}
        self._by_digest: dict[str, str] = {}
        self._listeners: list[Callable[[], None]] = []

    async def load(self) -> None:
        """Read what was decided, and forget what was revoked long ago.

        Raises:
            StoreError: it cannot be read.
        """
        before = self._clock.now() - REVOKED_KEPT_FOR
        for pairing in await self._store.read(lambda unit: unit.pairings.all()):
            is_revoked = pairing.state is PairingState.REVOKED
            if is_revoked and pairing.updated_at < before:
                await self._remove(pairing.id)
            else:
                self._hold(self._at_home(pairing))

    def get(self, pairing_id: str) -> Pairing | None:
        """Give a pairing."""
        return self._pairings.get(pairing_id)

    def all(self) -> list[Pairing]:
        """Give all pairings, newest first."""
        return sorted(self._pairings.values(), key=lambda each: each.id, reverse=True)

    def of_token(self, digest: str) -> Pairing | None:
        """Give the pairing a token belongs, or belonged, to."""
        return self._pairings.get(self._by_digest.get(digest, ""))

    def any(self, wanted: Callable[[Pairing], bool]) -> bool:
        """Tell whether there is such a pairing."""
        return any(wanted(pairing) for pairing in self._pairings.values())

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called when something begins to wait, or waits no more."""
        self._listeners.append(listener)

    def note(self, pairing: Pairing) -> None:
        """Keep a pairing in memory alone: it waits, or came to nothing."""
        self._hold(pairing)
        for listener in self._listeners:
            listener()

    def forget_old(self) -> None:
        """Forget requests that came to nothing long ago."""
        before: datetime = self._clock.now() - FORGOTTEN_AFTER
        old = [
            pairing.id
            for pairing in self._pairings.values()
            if pairing.state not in KEPT and pairing.updated_at < before
        ]
        for pairing_id in old:
            del self._pairings[pairing_id]

    async def keep(self, pairing: Pairing) -> None:
        """Keep a pairing, on disk as far as it belongs there.

        Memory changes first: what happens meanwhile meets the new state.

        Raises:
            StoreError: it could not be written; memory is as before.
        """
        before = self._pairings.get(pairing.id)
        self._hold(pairing)
        try:
            if pairing.state in KEPT:
                await self._store.write(lambda unit: unit.pairings.put(pairing))
            elif before is not None and before.state in KEPT:
                await self._remove(pairing.id)
        except BaseException:
            # Withdrawing a right is never taken back, whatever the disk says.
            is_grant = pairing.state is PairingState.COLLECTED
            if is_grant and before is not None and self._pairings[pairing.id] is pairing:
                self._hold(before)
            raise

    async def _remove(self, pairing_id: str) -> None:
        await self._store.write(lambda unit: unit.pairings.remove(pairing_id))

    def _hold(self, pairing: Pairing) -> None:
        self._pairings[pairing.id] = pairing
        if pairing.token is not None:
            for digest in (pairing.token.digest, *pairing.token.former):
                self._by_digest[digest] = pairing.id

    def _at_home(self, pairing: Pairing) -> Pairing:
        """Take the token from a pairing that came with a backup of another computer."""
        if pairing.instance_id == self._instance_id or pairing.state is PairingState.BLOCKED:
            return pairing
        return replace(pairing, state=PairingState.REVOKED)
