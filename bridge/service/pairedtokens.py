"""Tokens of connected software: who calls, until when, and how a token is replaced or given up.

Source: *Local API security* 7.1, 7.3, 7.5; TOK-02 to TOK-08.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.pairings import CONNECTED, Pairing, PairingState, digest_of
from bridge.errors import BridgeError, NotFound, PairingPaused, TokenExpired, TokenRevoked
from bridge.service.pairings import GivenToken
from bridge.service.tokens import Client, TokenBook, new_token

if TYPE_CHECKING:
    from bridge.service.pairingdesk import PairingDesk
    from bridge.service.pairingshelf import PairingParts

WRITE_USE_EVERY: Final = timedelta(hours=1)
"""How often the last use goes to disk; expiry counts in days."""
BY_ITSELF: Final = "software"
VOLUME_CHECK: Final = "pairing:volume"

log = structlog.get_logger()


class PairedTokens:
    """Recognises tokens; used on the loop alone."""

    def __init__(self, parts: PairingParts, *, desk: PairingDesk, others: TokenBook) -> None:
        """Recognise tokens of pairings, and those of this run in ``others``."""
        self._parts = parts
        self._desk = desk
        self._others = others
        self._written: dict[str, datetime] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def authenticate(self, token: str) -> Client:
        """Give the client a token belongs to.

        The hash is looked up, not the token, so how long that takes says nothing about it.

        Raises:
            AccessDenied: no such token.
            TokenExpired: its time is over.
            TokenRevoked: it was withdrawn or replaced.
            PairingPaused: the user paused its software.
        """
        digest = digest_of(token)
        pairing = self._parts.shelf.of_token(digest)
        if pairing is None or pairing.token is None:
            return self._others.authenticate(token)
        if pairing.state is not PairingState.COLLECTED or pairing.token.digest != digest:
            raise TokenRevoked
        now = self._parts.clock.now()
        if pairing.token.is_over(now, self._parts.limits):
            raise TokenExpired
        if pairing.paused_at is not None:
            raise PairingPaused
        used = replace(pairing, token=pairing.token.used(now))
        self._parts.shelf.note(used)
        self._notice_volume(pairing, used, now)
        self._write_soon(pairing.id, now)
        return client_of(pairing)

    def checks(self) -> list[HealthCheck]:
        """Speak of software that asks far more than usual today; else say nothing."""
        now = self._parts.clock.now()
        count = sum(
            each.token is not None and each.token.has_unusual_volume(now)
            for each in self._parts.shelf.all()
            if each.state is PairingState.COLLECTED
        )
        if not count:
            return []
        return [
            HealthCheck(
                name=VOLUME_CHECK,
                status=HealthStatus.WARN,
                time=now,
                code="volume_unusual",
                observed_value=count,
            )
        ]

    def is_paired(self, origin: str) -> bool:
        """Tell whether the user connected a web origin; one whose token ran out is still known."""
        return self._parts.shelf.any(
            lambda pairing: pairing.origin == origin and pairing.state in CONNECTED
        )

    def is_alive(self, client: Client) -> bool:
        """Tell whether what a client began may go on: its token may have ended meanwhile."""
        pairing = self._parts.shelf.get(client.id)
        if pairing is None or pairing.token is None:
            return True
        is_over = pairing.token.is_over(self._parts.clock.now(), self._parts.limits)
        is_working = pairing.state is PairingState.COLLECTED and pairing.paused_at is None
        return is_working and not is_over

    def of(self, client: Client) -> Pairing:
        """Give the pairing of a client.

        Raises:
            NotFound: its token is of another kind, such as the command line's.
        """
        pairing = self._parts.shelf.get(client.id)
        if pairing is None:
            raise NotFound
        return pairing

    async def rotate(self, client: Client) -> GivenToken:
        """Replace a client's token; the old one ends now, the new one when the old would have.

        Raises:
            NotFound: as ``of``.
            StoreError: it cannot be kept; the old token stays.
        """
        pairing = self.of(client)
        if pairing.token is None or pairing.state is not PairingState.COLLECTED:
            raise TokenRevoked
        token = new_token(self._parts.ids)
        now = self._parts.clock.now()
        rotated = replace(
            pairing, token=pairing.token.rotated(digest_of(token), now), updated_at=now
        )
        self._parts.tickets.drop(client.id)
        await self._parts.shelf.keep(rotated)
        self._parts.journal.record("pairing.rotated", pairing=pairing.id, origin=pairing.origin)
        return GivenToken(pairing=rotated, token=token)

    async def leave(self, client: Client) -> None:
        """Give the token up, because its software wants to.

        Raises:
            NotFound: as ``of``.
            StoreError: it is given up, but may be back after a restart.
        """
        await self._desk.revoke(self.of(client).id, where=BY_ITSELF)

    async def close(self) -> None:
        """Write what was used lately."""
        await asyncio.gather(*self._writing)
        for pairing in self._parts.shelf.all():
            if pairing.state is PairingState.COLLECTED:
                await self._write(pairing.id)

    def _notice_volume(self, before: Pairing, used: Pairing, now: datetime) -> None:
        """Tell once when a day becomes unusual."""
        is_new = used.token is not None and used.token.has_unusual_volume(now)
        if not is_new or (before.token is not None and before.token.has_unusual_volume(now)):
            return
        log.warning("pairing.volume_unusual", client=used.id)
        if self._parts.screen is not None:
            self._parts.screen.tell("volume_unusual", used.shown_as, BY_ITSELF)

    def _write_soon(self, pairing_id: str, now: datetime) -> None:
        before = self._written.get(pairing_id)
        if before is None or now - before >= WRITE_USE_EVERY:
            self._written[pairing_id] = now
            task = asyncio.get_running_loop().create_task(self._write(pairing_id))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, pairing_id: str) -> None:
        pairing = self._parts.shelf.get(pairing_id)
        if pairing is None or pairing.state is not PairingState.COLLECTED:
            return
        try:
            await self._parts.shelf.keep(pairing)
        except BridgeError as error:
            log.warning("pairing.use_not_written", code=error.problem_code)


def client_of(pairing: Pairing) -> Client:
    """Give who calls with the token of a pairing."""
    return Client(
        id=pairing.id,
        display_name=pairing.shown_as,
        scopes=frozenset(pairing.granted),
        origin=pairing.origin,
        key_thumbprint=pairing.key_thumbprint,
        actor_id=pairing.actor_id,
    )
