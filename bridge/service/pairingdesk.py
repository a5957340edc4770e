"""Where the user decides about software: in our window, or on her own command line (D10).

A page cannot make windows pop up: a request shows a badge, and a window only when the user has
just said that she is about to connect something, opens it herself, or a signed list names the
origin.
Source: *Local API security* 7.2, 7.5.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bridge.domain.pairings import CONNECTED, Pairing, PairingMove, PairingState
from bridge.domain.promptlimits import Setbacks
from bridge.domain.softwarenames import shown_origin
from bridge.errors import BridgeError, NotFound, StoreError
from bridge.ports.pairings import Consent, ConsentRequest

if TYPE_CHECKING:
    from datetime import datetime

    from bridge.service.pairingshelf import PairingParts

EXPECTED_FOR: Final = timedelta(minutes=5)
"""How long after "Allow a new connection" a request opens its window by itself (7.2, step 2)."""
WINDOW: Final = "window"
COMMAND_LINE: Final = "command_line"

log = structlog.get_logger()


class PairingDesk:
    """Shows what waits and takes the user's decisions; used on the loop alone."""

    def __init__(self, parts: PairingParts) -> None:
        """Start with nothing decided in this run."""
        self._parts = parts
        self._setbacks: dict[str, Setbacks] = {}
        self._expected_until: datetime | None = None
        self._asking: set[asyncio.Task[None]] = set()

    def all(self) -> list[Pairing]:
        """Give all pairings, newest first."""
        self.expire_late()
        return self._parts.shelf.all()

    def get(self, pairing_id: str) -> Pairing:
        """Give one pairing.

        Raises:
            NotFound: there is none.
        """
        self.expire_late()
        pairing = self._parts.shelf.get(pairing_id)
        if pairing is None:
            raise NotFound
        return pairing

    def expect(self) -> None:
        """Let the user say that she is about to connect something."""
        self._expected_until = self._parts.clock.now() + EXPECTED_FOR

    def arrived(self, pairing: Pairing) -> None:
        """Show that a request waits; its window opens if it was expected, or a list names it."""
        self._show_waiting()
        until = self._expected_until
        is_expected = until is not None and self._parts.clock.now() < until
        if is_expected:
            self._expected_until = None
        if is_expected or self._parts.known.of(pairing.origin) is not None:
            task = asyncio.get_running_loop().create_task(self.ask(pairing.id))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def ask(self, pairing_id: str) -> None:
        """Ask the user in a window, because she opened it; does what she chose."""
        screen, pairing = self._parts.screen, self._parts.shelf.get(pairing_id)
        if screen is None or pairing is None or pairing.state is not PairingState.PENDING:
            return
        consent = await screen.ask(
            ConsentRequest(
                pairing_id=pairing.id,
                display_name=pairing.display_name,
                origin=None if pairing.origin is None else shown_origin(pairing.origin),
                scopes=pairing.scopes,
                code=pairing.code,
                language=self._parts.language,
                vendor=self.vendor_of(pairing),
            )
        )
        try:
            await self._do(pairing_id, consent)
        except BridgeError as error:
            # Meanwhile it ran out of time, or was decided on the command line.
            log.info("pairing.too_late", code=error.problem_code)

    async def approve(
        self, pairing_id: str, *, where: str, has_all_history: bool = False
    ) -> Pairing:
        """Allow what was asked; the software fetches its token.

        Args:
            pairing_id: Which request.
            where: ``window`` or ``command_line``.
            has_all_history: Also let it see exchanges made by other software (D13).

        Raises:
            NotFound: there is none.
            Conflict: ``state_not_allowed``, it does not wait.
        """
        now = self._parts.clock.now()
        pairing = self.get(pairing_id).approved(now, where=where, has_all_history=has_all_history)
        self._setbacks.pop(pairing.subject, None)
        self._parts.shelf.note(pairing)
        self._decided(pairing, pairing.state.value, where)
        return pairing

    async def deny(self, pairing_id: str, *, where: str) -> Pairing:
        """Refuse a request.

        Raises:
            NotFound, Conflict: as ``approve``.
        """
        pairing = await self._move(pairing_id, PairingMove.DENY, where)
        self._count_setback(pairing.subject)
        return pairing

    async def block(self, pairing_id: str, *, where: str) -> Pairing:
        """Refuse this software until the block is taken back, and withdraw what it has.

        Raises:
            NotFound, Conflict: as ``approve``.
            StoreError: the block holds, but may be gone after a restart.
        """
        blocked = await self._move(pairing_id, PairingMove.BLOCK, where)
        for other in self._parts.shelf.all():
            if other.subject == blocked.subject and other.state in CONNECTED:
                await self._move(other.id, PairingMove.REVOKE, where)
        return blocked

    async def unblock(self, pairing_id: str, *, where: str) -> Pairing:
        """Take a block back; the software may ask again.

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        return await self._move(pairing_id, PairingMove.UNBLOCK, where)

    async def revoke(self, pairing_id: str, *, where: str) -> Pairing:
        """Withdraw a token: the next request is refused, open streams end (7.5).

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        return await self._move(pairing_id, PairingMove.REVOKE, where)

    async def pause(self, pairing_id: str, *, where: str) -> Pairing:
        """Let software do nothing until it is resumed; open streams end (7.5).

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        now = self._parts.clock.now()
        return await self._change(self.get(pairing_id).paused(now), "paused", where)

    async def resume(self, pairing_id: str, *, where: str) -> Pairing:
        """Let paused software go on with the token it has.

        Raises:
            NotFound, Conflict, StoreError: as ``block``.
        """
        now = self._parts.clock.now()
        return await self._change(self.get(pairing_id).resumed(now), "resumed", where)

    async def revoke_all(self, *, where: str) -> int:
        """Withdraw every token and refuse what waits; gives how many had one (7.5).

        Raises:
            StoreError: all are withdrawn, but some may be back after a restart.
        """
        connected = [each for each in self.all() if each.state in CONNECTED]
        trouble: StoreError | None = None
        for pairing in connected:
            try:
                await self._move(pairing.id, PairingMove.REVOKE, where)
            except StoreError as error:
                trouble = error
        for pairing in self.all():
            if pairing.state is PairingState.PENDING:
                await self._move(pairing.id, PairingMove.DENY, where)
        if trouble is not None:
            raise trouble
        return len(connected)

    def void(self, pairing: Pairing) -> timedelta:
        """Make a request void; gives the pause before the next one."""
        now = self._parts.clock.now()
        self._parts.shelf.note(pairing.moved(PairingMove.EXPIRE, now))
        self._parts.journal.record("pairing.expired", pairing=pairing.id, origin=pairing.origin)
        self._count_setback(pairing.subject)
        self._show_waiting()
        return self._setbacks[pairing.subject].until - now

    def expire_late(self) -> None:
        """Make void what waited too long."""
        now = self._parts.clock.now()
        for pairing in self._parts.shelf.all():
            if pairing.is_late(now):
                self.void(pairing)
        self._parts.shelf.forget_old()

    def vendor_of(self, pairing: Pairing) -> str | None:
        """Give whom an origin belongs to, where the signed directory says so."""
        known = self._parts.known.of(pairing.origin)
        return None if known is None else known.vendor

    def setbacks(self, subject: str) -> Setbacks | None:
        """Give how often in a row some software got no yes."""
        return self._setbacks.get(subject)

    async def _do(self, pairing_id: str, consent: Consent) -> None:
        if consent.decision == "approve":
            await self.approve(pairing_id, where=WINDOW, has_all_history=consent.has_all_history)
        elif consent.decision == "deny":
            await self.deny(pairing_id, where=WINDOW)
        elif consent.decision == "block":
            await self.block(pairing_id, where=WINDOW)

    async def _move(self, pairing_id: str, move: PairingMove, where: str) -> Pairing:
        pairing = self.get(pairing_id).moved(move, self._parts.clock.now())
        return await self._change(pairing, pairing.state.value, where)

    async def _change(self, pairing: Pairing, what: str, where: str) -> Pairing:
        # First what the software can still do, then the disk, which may fail.
        self._parts.events.cut(pairing.id)
        self._parts.tickets.drop(pairing.id)
        try:
            await self._parts.shelf.keep(pairing)
        finally:
            self._decided(pairing, what, where)
        return pairing

    def _decided(self, pairing: Pairing, what: str, where: str) -> None:
        self._parts.journal.record(
            f"pairing.{what}", pairing=pairing.id, origin=pairing.origin, where=where
        )
        self._parts.tell_changed(pairing)
        self._show_waiting()
        if self._parts.screen is not None and where != WINDOW:
            self._parts.screen.tell(what, pairing.shown_as, where)

    def _count_setback(self, subject: str) -> None:
        now = self._parts.clock.now()
        before = self._setbacks.get(subject)
        first = Setbacks(count=1, last_at=now)
        self._setbacks[subject] = first if before is None else before.another(now)

    def _show_waiting(self) -> None:
        if self._parts.screen is not None:
            pairings = self._parts.shelf.all()
            count = sum(each.state is PairingState.PENDING for each in pairings)
            self._parts.screen.show_waiting(count)
