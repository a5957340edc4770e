"""Idempotency keys while they are being accepted, and of requests that send nothing.

What sends keeps its keys in the database, with the work itself (API-35); this book adds the
answer "just being accepted" (API-33) and remembers keys of the other requests until a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from bridge.errors import Conflict, KeyReused
from bridge.service.keys import KeyClaim

MOST_REMEMBERED: Final = 1000
_Slot = tuple[str, str, str]


@dataclass
class Reservation:
    """A key in the hands of one request.

    Attributes:
        earlier: What an earlier request with this key made, if any.
        made: What this request made; set it and it is remembered.
    """

    earlier: str | None = None
    made: str | None = None


@dataclass(frozen=True)
class _Remembered:
    fingerprint: str
    made: str


@dataclass
class KeyBook:
    """Keys in use and keys remembered."""

    _busy: set[_Slot] = field(default_factory=set)
    _known: dict[_Slot, _Remembered] = field(default_factory=dict)

    @contextmanager
    def reserve(self, client_id: str, claim: KeyClaim | None) -> Iterator[Reservation]:
        """Hold a key while its request is being accepted; without a key nothing is held.

        Raises:
            Conflict: ``idempotency_key_in_progress``, the same key is in use at this moment.
            KeyReused: the key was used for another request.
        """
        if claim is None:
            yield Reservation()
            return
        slot = (client_id, claim.route, claim.key)
        if slot in self._busy:
            raise Conflict(code="idempotency_key_in_progress")
        known = self._known.get(slot)
        if known is not None and known.fingerprint != claim.fingerprint:
            raise KeyReused
        reservation = Reservation(earlier=None if known is None else known.made)
        self._busy.add(slot)
        try:
            yield reservation
            if reservation.made is not None:
                self._remember(slot, _Remembered(claim.fingerprint, reservation.made))
        finally:
            self._busy.discard(slot)

    def _remember(self, slot: _Slot, remembered: _Remembered) -> None:
        self._known[slot] = remembered
        while len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
